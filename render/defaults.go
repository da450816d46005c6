package render

import (
	"encoding/json"
	"reflect"
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
	// typed are the same for the kind's Go type, in the same order.
	typed []typedDefault
}

// plainDefault sets a field of plain data.
type plainDefault struct {
	// path in elements; "[]" is every item of a list, "{}" every value of a map.
	path  []string
	value any
}

// typedDefault sets a field of a typed value. The way to it is looked up once, not for each object.
type typedDefault struct {
	steps []step
	// value is ready to be set; the zero Value says that the type does not know the field.
	value reflect.Value
}

// step goes one element down: to a struct's field, or to every item of a list.
type step struct {
	field []int
	items bool
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
	var k kindDefaults
	for _, d := range profile.Defaults(kind) {
		if strings.HasPrefix(d.Path, "status") {
			continue
		}
		path := strings.Split(strings.ReplaceAll(strings.ReplaceAll(d.Path, "[]", ".[]"), "{}", ".{}"), ".")
		k.plain = append(k.plain, plainDefault{path, d.Value})
		if t == nil {
			continue
		}
		if typed, applies := newTypedDefault(t, path, d.Value); applies {
			k.typed = append(k.typed, typed)
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

// newTypedDefault looks the way to a field up. A default below a part that the type does not have never applies to its
// values.
func newTypedDefault(t reflect.Type, path []string, value any) (d typedDefault, applies bool) {
	for i, element := range path {
		last := i == len(path)-1
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if element == "[]" && t.Kind() == reflect.Slice {
			d.steps = append(d.steps, step{items: true})
			t = t.Elem()
			continue
		}
		if t.Kind() != reflect.Struct {
			return d, false
		}
		f, ok := fieldByName(t, element)
		if !ok {
			return d, last
		}
		d.steps = append(d.steps, step{field: f.Index})
		t = f.Type
	}
	filled := reflect.New(t)
	if data, err := json.Marshal(value); err == nil && json.Unmarshal(data, filled.Interface()) == nil {
		d.value = filled.Elem()
	}
	return d, true
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
	v := reflect.ValueOf(value).Elem()
	for _, f := range defaults.typed {
		if !f.set(v, f.steps) {
			plain := asMap(value)
			delete(plain, "status")
			return defaults.fill(plain)
		}
	}
	return value
}

// set fills the field where it is absent and its parent is there. It returns false where the parent is there and its type
// has no such field.
func (d typedDefault) set(v reflect.Value, steps []step) bool {
	for v.Kind() == reflect.Pointer && len(steps) > 0 {
		if v.IsNil() {
			return true
		}
		v = v.Elem()
	}
	if len(steps) == 0 {
		if !d.value.IsValid() {
			return false
		}
		if v.IsZero() {
			v.Set(d.value)
		}
		return true
	}
	if !steps[0].items {
		return d.set(v.FieldByIndex(steps[0].field), steps[1:])
	}
	ok := true
	for i := range v.Len() {
		ok = d.set(v.Index(i), steps[1:]) && ok
	}
	return ok
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
