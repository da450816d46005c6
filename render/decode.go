package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/eso"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/model"
)

// places finds a field of an open part in the description, or its name.
type places func(field string, name bool) (diag.Span, string)

// decode fills a typed value with an open part of the description. It reports what is wrong at the line it was written
// at, and returns false where the operator's release knows a field that the types don't: the caller then passes the part
// on as it is.
func (w *writer) decode(open map[string]any, into any, kind, base string, cluster *model.Region, at places) bool {
	data, err := json.Marshal(open)
	if err != nil {
		span, path := at("", false)
		w.findings = append(w.findings, diag.Finding{Code: "wrong-type", Message: "the part is not plain data", Span: span, Path: path})
		return true
	}
	exact := true
	for _, field := range unknownFields(open, reflect.TypeOf(into), "") {
		full := joinField(base, field)
		if !cluster.ESO.HasField(kind, full) {
			w.noField(kind, full, cluster, at, field)
			continue
		}
		exact = false
		span, path := at(field, true)
		w.findings = append(w.findings, diag.Finding{Code: "unknown-field", Severity: diag.Warning, Span: span, Path: path,
			Message: `"` + field + `" is newer than the types that esotree is built with; of it only the fields' names are checked`})
		w.names(within(open, field), kind, base, cluster, at, field)
	}
	if err := json.NewDecoder(bytes.NewReader(data)).Decode(into); err != nil {
		f := diag.Finding{Code: "wrong-type", Message: "the value does not fit " + kind + " " + base}
		f.Span, f.Path = at("", false)
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			full := joinField(base, wrong.Field)
			f.Span, f.Path = at(wrong.Field, false)
			f.Message = kind + " " + full + " can't be a " + strings.Replace(wrong.Value, "bool", "boolean", 1)
			if want := cluster.ESO.FieldType(kind, full); want != "" {
				f.Hint = "it is of type " + want
				if want == "string" && (wrong.Value == "bool" || strings.HasPrefix(wrong.Value, "number")) {
					f.Hint = "it is a string: quote it"
				}
			}
		}
		w.findings = append(w.findings, f)
	}
	w.enums(open, kind, base, cluster, at, "")
	return exact && !drops(open, reflect.TypeOf(into))
}

// noField reports a field that the operator's release does not have; where no release has it, once for all clusters.
func (w *writer) noField(kind, full string, cluster *model.Region, at places, field string) {
	f := diag.Finding{Code: "unknown-field", Message: kind + ` has no field "` + full + `"`}
	if since, known := eso.Since(kind, full); known {
		f.Message += ofRelease(cluster)
		if !cluster.ESO.Release().AtLeast(since) {
			f.Hint = "release " + since.String() + " has it"
		}
	}
	f.Span, f.Path = at(field, true)
	parent, last := full, full
	if i := strings.LastIndexByte(full, '.'); i >= 0 {
		parent, last = full[:i], full[i+1:]
	}
	if near := yamlsrc.Closest(last, cluster.ESO.Fields(kind, parent)); near != "" {
		f.Hint = `did you mean "` + near + `"?`
	}
	w.findings = append(w.findings, f)
}

func ofRelease(cluster *model.Region) string {
	return " in release " + cluster.ESO.Release().String() + " of the operator"
}

// names checks the names of fields against the operator's release alone, where there is no type.
func (w *writer) names(v any, kind, base string, cluster *model.Region, at places, field string) {
	full := joinField(base, field)
	switch v := v.(type) {
	case map[string]any:
		if cluster.ESO.FieldType(kind, full) == "map" || len(cluster.ESO.Fields(kind, full)) == 0 {
			return
		}
		for _, k := range slices.Sorted(maps.Keys(v)) {
			inner := yamlsrc.Join(field, k)
			if !cluster.ESO.HasField(kind, joinField(base, inner)) {
				w.noField(kind, joinField(base, inner), cluster, at, inner)
				continue
			}
			w.names(v[k], kind, base, cluster, at, inner)
		}
	case []any:
		for i := range v {
			w.names(v[i], kind, base, cluster, at, yamlsrc.Index(field, i))
		}
	}
}

// within is the value at a field's path in an open part.
func within(v any, field string) any {
	for _, element := range yamlsrc.Split(field) {
		switch inner := v.(type) {
		case map[string]any:
			v = inner[element]
		case []any:
			i, err := strconv.Atoi(element)
			if err != nil || i < 0 || i >= len(inner) {
				return nil
			}
			v = inner[i]
		default:
			return nil
		}
	}
	return v
}

// drops reports whether a type would lose a false, a 0, a "" or something empty when it is written.
func drops(v any, t reflect.Type) bool {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch v := v.(type) {
	case map[string]any:
		if t.Kind() == reflect.Map {
			for _, inner := range v {
				if drops(inner, t.Elem()) {
					return true
				}
			}
		}
		if t.Kind() != reflect.Struct || reflect.PointerTo(t).Implements(unmarshaler) {
			return false
		}
		for k, inner := range v {
			f, ok := fieldByName(t, k)
			if ok && (empty(inner) && f.Type.Kind() != reflect.Pointer && f.Type.Kind() != reflect.Struct && strings.Contains(f.Tag.Get("json"), ",omitempty") || drops(inner, f.Type)) {
				return true
			}
		}
	case []any:
		if t.Kind() == reflect.Slice {
			return slices.ContainsFunc(v, func(item any) bool { return drops(item, t.Elem()) })
		}
	}
	return false
}

// adds reports whether a type writes values that nobody wrote: a 0 or a null that would stand in the place of a default.
// A map without anything in it does no harm.
func adds(typed any, open map[string]any) bool {
	return more(asMap(typed), open)
}

func more(typed, open any) bool {
	switch typed := typed.(type) {
	case map[string]any:
		open, _ := open.(map[string]any)
		for k, v := range typed {
			if more(v, open[k]) {
				return true
			}
		}
	case []any:
		open, _ := open.([]any)
		for i, v := range typed {
			if i >= len(open) || more(v, open[i]) {
				return true
			}
		}
	default:
		return open == nil
	}
	return false
}

func empty(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	default:
		return v == nil || reflect.ValueOf(v).IsZero()
	}
}

// enums checks the values of enumerations against the operator's release.
func (w *writer) enums(v any, kind, base string, cluster *model.Region, at places, field string) {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			w.enums(v[k], kind, base, cluster, at, yamlsrc.Join(field, k))
		}
	case []any:
		for i := range v {
			w.enums(v[i], kind, base, cluster, at, yamlsrc.Index(field, i))
		}
	case string:
		full := joinField(base, field)
		if legal := cluster.ESO.Enum(kind, full); legal != nil && !slices.Contains(legal, v) {
			f := diag.Finding{Code: "invalid-value", Message: kind + " " + full + ` can't be "` + v + `"`, Hint: "one of " + strings.Join(legal, ", ")}
			if slices.Contains(eso.Latest().Enum(kind, full), v) {
				f.Message += ofRelease(cluster)
			}
			f.Span, f.Path = at(field, false)
			w.findings = append(w.findings, f)
		}
	}
}

// unknownFields are the paths of an open value that a type has no field for.
func unknownFields(v any, t reflect.Type, path string) []string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	var out []string
	switch v := v.(type) {
	case map[string]any:
		if t.Kind() == reflect.Map {
			for _, k := range slices.Sorted(maps.Keys(v)) {
				out = append(out, unknownFields(v[k], t.Elem(), yamlsrc.Join(path, k))...)
			}
			return out
		}
		if t.Kind() != reflect.Struct || reflect.PointerTo(t).Implements(unmarshaler) {
			return nil
		}
		for _, k := range slices.Sorted(maps.Keys(v)) {
			field, ok := fieldByName(t, k)
			if !ok {
				out = append(out, yamlsrc.Join(path, k))
				continue
			}
			out = append(out, unknownFields(v[k], field.Type, yamlsrc.Join(path, k))...)
		}
	case []any:
		if t.Kind() != reflect.Slice {
			return nil
		}
		for i := range v {
			out = append(out, unknownFields(v[i], t.Elem(), yamlsrc.Index(path, i))...)
		}
	}
	return out
}

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

// fieldByName finds a struct's field by its JSON name, looking into inlined structs.
func fieldByName(t reflect.Type, name string) (reflect.StructField, bool) {
	for i := range t.NumField() {
		f := t.Field(i)
		tag, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if tag == name && tag != "" && tag != "-" {
			return f, true
		}
		if f.Anonymous && (tag == "" || strings.Contains(options, "inline")) && f.Type.Kind() == reflect.Struct {
			if inner, ok := fieldByName(f.Type, name); ok {
				inner.Index = append(append([]int{}, i), inner.Index...)
				return inner, true
			}
		}
	}
	return reflect.StructField{}, false
}

// withUnknown gives an object as plain data, with an open part put back whole at a path, for fields that the types would
// drop.
func (w *writer) withUnknown(typed any, open map[string]any, path ...string) map[string]any {
	out := asMap(typed)
	delete(out, "status")
	m := out
	for _, p := range path[:len(path)-1] {
		m, _ = m[p].(map[string]any)
	}
	last := path[len(path)-1]
	under, _ := m[last].(map[string]any)
	m[last] = layUnder(under, open)
	return out
}

// layUnder adds what base says where over says nothing.
func layUnder(over, base map[string]any) map[string]any {
	if over == nil {
		return base
	}
	for k, v := range base {
		have, ok := over[k]
		if !ok {
			over[k] = v
			continue
		}
		inner, isMap := have.(map[string]any)
		if more, ok := v.(map[string]any); ok && isMap {
			over[k] = layUnder(inner, more)
		}
	}
	return over
}

func joinField(base, field string) string {
	switch {
	case field == "":
		return base
	case base == "":
		return field
	case field[0] == '[':
		return base + field
	default:
		return base + "." + field
	}
}

// trimField cuts a base off a field's path; it returns the path itself when it is not below the base.
func trimField(path, base string) string {
	if path == base {
		return ""
	}
	if rest, ok := strings.CutPrefix(path, base); ok && (rest[0] == '.' || rest[0] == '[') {
		return strings.TrimPrefix(rest, ".")
	}
	return path
}

func itoa(i int) string { return strconv.Itoa(i) }
