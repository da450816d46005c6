package render

import (
	"encoding/json"
	"maps"
	"reflect"
	"strings"

	"github.com/openova-io/esotree/internal/eso"
)

// defaultsByKind are the defaults that an operator's release fills in, ready to be applied.
type defaultsByKind map[string][]fieldDefault

type fieldDefault struct {
	// path in elements; "[]" is every item of a list, "{}" every value of a map.
	path  []string
	value any
}

func newDefaults(profile *eso.Profile) defaultsByKind {
	out := defaultsByKind{}
	for _, kind := range eso.Kinds() {
		for _, d := range profile.Defaults(kind.Name) {
			if strings.HasPrefix(d.Path, "status") {
				continue
			}
			path := strings.ReplaceAll(strings.ReplaceAll(d.Path, "[]", ".[]"), "{}", ".{}")
			out[kind.Name] = append(out[kind.Name], fieldDefault{strings.Split(path, "."), d.Value})
		}
	}
	return out
}

// apply writes out the defaults that the API server would fill in. A typed value stays typed unless its type does not
// know a field that has a default here.
func (d defaultsByKind) apply(kind string, value any) any {
	list := d[kind]
	if m, ok := value.(map[string]any); ok {
		return d.applyMap(list, m)
	}
	for _, f := range list {
		if !setTyped(reflect.ValueOf(value), f.path, f.value) {
			plain := asMap(value)
			delete(plain, "status")
			return d.applyMap(list, plain)
		}
	}
	return value
}

func (d defaultsByKind) applyMap(list []fieldDefault, m map[string]any) map[string]any {
	for _, f := range list {
		setPlain(m, f.path, f.value)
	}
	return m
}

// setTyped sets a default where the field is absent and its parent is there. It returns false where the parent is there
// and its type has no such field.
func setTyped(v reflect.Value, path []string, value any) bool {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return true
		}
		v = v.Elem()
	}
	switch path[0] {
	case "[]":
		ok := true
		for i := range v.Len() {
			ok = setTyped(v.Index(i), path[1:], value) && ok
		}
		return ok
	case "{}":
		return v.Len() == 0
	}
	if v.Kind() != reflect.Struct {
		return true
	}
	f, ok := fieldByName(v.Type(), path[0])
	if !ok {
		return false
	}
	field := v.FieldByIndex(f.Index)
	if len(path) > 1 {
		return setTyped(field, path[1:], value)
	}
	if !field.IsZero() || !strings.Contains(f.Tag.Get("json"), "omitempty") {
		return true
	}
	data, err := json.Marshal(value)
	return err == nil && json.Unmarshal(data, field.Addr().Interface()) == nil
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
		if inner, isMap := value.(map[string]any); isMap {
			value = maps.Clone(inner)
		}
		m[path[0]] = value
	}
}
