package render

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"sync"

	esv1 "github.com/external-secrets/external-secrets/apis/externalsecrets/v1"
	esv1alpha1 "github.com/external-secrets/external-secrets/apis/externalsecrets/v1alpha1"

	"github.com/openova-io/esotree/internal/eso"
)

// defaultsByKind are the defaults that an operator's release fills in, ready to be applied. Those of a kind are looked up when there is
// one of it. A nil map has none.
type defaultsByKind map[string]func() kindDefaults

type kindDefaults struct {
	plain []plainDefault
	// typed are the same for the kind's Go type.
	typed *typedDefaults
}

// plainDefault sets a field of plain data.
type plainDefault struct {
	// path in elements; "[]" is every item of a list, "{}" every value of a map.
	path  []string
	value any
}

// typedDefaults set the fields of a typed value: of a struct, or of every item of a list. The way to a field is looked up once, not for
// each object, and gone once for all that lie on it.
type typedDefaults struct {
	fields []fieldDefaults
	// items are those of a list's items, nil where there are none.
	items *typedDefaults
	// unknown is set where the type has not got a field that has a default: then an object does not stay typed, whether it has this
	// part or not.
	unknown bool
}

type fieldDefaults struct {
	index []int
	// value is the field's own, ready to be set; the zero Value where it has none.
	value reflect.Value
	// unfit is set where its type can't hold it.
	unfit bool
	below *typedDefaults
}

func newDefaults(profile *eso.Profile) defaultsByKind {
	out := defaultsByKind{}
	for _, kind := range eso.Kinds() {
		out[kind.Name] = sync.OnceValue(func() kindDefaults { return newKindDefaults(profile, kind.Name) })
	}
	return out
}

func newKindDefaults(profile *eso.Profile, kind string) kindDefaults {
	t := typeOf(kind)
	k := kindDefaults{typed: &typedDefaults{}}
	for _, d := range profile.Defaults(kind) {
		if strings.HasPrefix(d.Path, "status") {
			continue
		}
		path := strings.Split(strings.ReplaceAll(strings.ReplaceAll(d.Path, "[]", ".[]"), "{}", ".{}"), ".")
		k.plain = append(k.plain, plainDefault{path, d.Value})
		if t != nil {
			k.typed.add(t, path, d.Value)
		}
	}
	return k
}

func typeOf(kind string) reflect.Type {
	switch kind {
	case "ExternalSecret":
		return reflect.TypeFor[esv1.ExternalSecret]()
	case "ClusterSecretStore":
		return reflect.TypeFor[esv1.ClusterSecretStore]()
	case "PushSecret":
		return reflect.TypeFor[esv1alpha1.PushSecret]()
	}
	if g, ok := newGenerator(kind); ok {
		return reflect.TypeOf(g.value).Elem()
	}
	return nil
}

// add looks the way to a field up. A default below a part that the type does not have never applies to its values.
func (d *typedDefaults) add(t reflect.Type, path []string, value any) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case path[0] == "[]" && t.Kind() == reflect.Slice:
		if d.items == nil {
			d.items = &typedDefaults{}
		}
		d.items.add(t.Elem(), path[1:], value)
		return
	case t.Kind() != reflect.Struct:
		return
	}
	found, ok := fieldByName(t, path[0])
	if !ok {
		d.unknown = d.unknown || len(path) == 1
		return
	}
	f := d.field(found.Index)
	if len(path) > 1 {
		if f.below == nil {
			f.below = &typedDefaults{}
		}
		f.below.add(found.Type, path[1:], value)
		return
	}
	filled := reflect.New(found.Type)
	if data, err := json.Marshal(value); err != nil || json.Unmarshal(data, filled.Interface()) != nil {
		f.unfit = true
		return
	}
	f.value = filled.Elem()
}

func (d *typedDefaults) field(index []int) *fieldDefaults {
	i := slices.IndexFunc(d.fields, func(f fieldDefaults) bool { return slices.Equal(f.index, index) })
	if i < 0 {
		i = len(d.fields)
		d.fields = append(d.fields, fieldDefaults{index: index})
	}
	return &d.fields[i]
}

// apply writes out the defaults that the API server would fill in. A typed value stays typed unless its type does not
// know a field that has a default here.
func (d defaultsByKind) apply(kind string, value any) any {
	ofKind, ok := d[kind]
	if !ok {
		return value
	}
	defaults := ofKind()
	if len(defaults.plain) == 0 {
		return value
	}
	if m, ok := value.(map[string]any); ok {
		return defaults.fill(m)
	}
	if !defaults.typed.set(reflect.ValueOf(value)) {
		plain := asMap(value)
		delete(plain, "status")
		return defaults.fill(plain)
	}
	return value
}

// set fills the fields that are absent and whose parents are there. It returns false where the type has no such field.
func (d *typedDefaults) set(v reflect.Value) bool {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return !d.unknown
		}
		v = v.Elem()
	}
	if d.unknown {
		return false
	}
	if d.items != nil {
		for i := range v.Len() {
			if !d.items.set(v.Index(i)) {
				return false
			}
		}
		return true
	}
	for i := range d.fields {
		f := &d.fields[i]
		field := v.FieldByIndex(f.index)
		if f.unfit {
			return false
		}
		if f.value.IsValid() && field.IsZero() {
			field.Set(f.value)
		}
		if f.below != nil && !f.below.set(field) {
			return false
		}
	}
	return true
}

// fill sets them in a copy: parts of a plain value are the description's own.
func (k kindDefaults) fill(m map[string]any) map[string]any {
	m = clone(m).(map[string]any)
	for _, f := range k.plain {
		setPlain(m, f.path, f.value)
	}
	return m
}

// clone copies plain data.
func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, inner := range v {
			out[k] = clone(inner)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			out[i] = clone(inner)
		}
		return out
	}
	return v
}

func setPlain(v any, path []string, value any) {
	switch path[0] {
	case "[]":
		list, _ := v.([]any)
		for _, item := range list {
			setPlain(item, path[1:], value)
		}
		return
	case "{}":
		m, _ := v.(map[string]any)
		for _, item := range m {
			setPlain(item, path[1:], value)
		}
		return
	}
	m, ok := v.(map[string]any)
	if !ok {
		return
	}
	if len(path) > 1 {
		if inner, ok := m[path[0]]; ok {
			setPlain(inner, path[1:], value)
		}
		return
	}
	if _, ok := m[path[0]]; !ok {
		m[path[0]] = clone(value)
	}
}
