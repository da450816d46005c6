package schema

import (
	"reflect"
	"strings"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/yamlsrc"
)

type enum interface{ Values() []string }

// checkEnums walks a decoded description and refuses values that an enumeration does not have.
func checkEnums(source *Source, description any) []diag.Finding {
	var findings []diag.Finding
	walkEnums(reflect.ValueOf(description).Elem(), "", func(field string, value string, legal []string) {
		f := diag.Finding{Code: "invalid-value", Path: field, Span: source.Span(field),
			Message: field[strings.LastIndexByte(field, '.')+1:] + " can't be " + quote(value),
			Hint:    "one of " + strings.Join(legal, ", ")}
		if near := yamlsrc.Closest(value, legal); near != "" {
			f.Hint = "did you mean " + quote(near) + "?"
		}
		findings = append(findings, f)
	})
	return findings
}

func walkEnums(v reflect.Value, path string, bad func(path, value string, legal []string)) {
	switch v.Kind() {
	case reflect.String:
		e, ok := v.Interface().(enum)
		if !ok || v.Len() == 0 {
			return
		}
		for _, legal := range e.Values() {
			if legal == v.String() {
				return
			}
		}
		bad(path, v.String(), e.Values())
	case reflect.Pointer:
		if !v.IsNil() {
			walkEnums(v.Elem(), path, bad)
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Struct {
			for i := range v.Len() {
				walkEnums(v.Index(i), yamlsrc.Index(path, i), bad)
			}
		}
	case reflect.Map:
		if v.Type().Elem().Kind() == reflect.Struct {
			for iter := v.MapRange(); iter.Next(); {
				walkEnums(iter.Value(), yamlsrc.Join(path, iter.Key().String()), bad)
			}
		}
	case reflect.Struct:
		t := v.Type()
		for i := range t.NumField() {
			field := t.Field(i)
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			switch {
			case name == "-" || !field.IsExported():
			case field.Anonymous:
				walkEnums(v.Field(i), path, bad)
			default:
				walkEnums(v.Field(i), yamlsrc.Join(path, name), bad)
			}
		}
	}
}
