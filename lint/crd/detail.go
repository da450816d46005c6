package crd

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/object"
)

// detail says what the API server has against a field. It never shows the field's value.
func detail(f *field.Error) string {
	name := f.Field
	if name == "" || name == "<nil>" {
		name = "the object"
	}
	text := strings.TrimPrefix(f.Detail, f.Field+" in body ")
	if before, value, ok := strings.Cut(text, "must be of type "); ok && before == "" {
		want, got, _ := strings.Cut(value, ": ")
		text = "must be of type " + want
		switch got = strings.Trim(got, `"`); got {
		case "array", "boolean", "integer", "null", "number", "object", "string":
			text += ", not " + got
		}
	}
	text = strings.TrimSuffix(strings.TrimSpace(text), ".")
	switch f.Type {
	case field.ErrorTypeRequired:
		if text == "" || strings.HasPrefix(text, "Required value") || text == "is required" {
			return fmt.Sprintf("%q is missing", name)
		}
	case field.ErrorTypeDuplicate:
		return fmt.Sprintf("%q is there twice", name)
	case field.ErrorTypeNotSupported:
		if _, values, ok := strings.Cut(text, "supported values: "); ok {
			return fmt.Sprintf("%q is none of %s", name, values)
		}
	case field.ErrorTypeTooLong, field.ErrorTypeTooMany, field.ErrorTypeForbidden, field.ErrorTypeInvalid:
	}
	if text == "" {
		text = strings.ToLower(f.Type.String())
	}
	return fmt.Sprintf("%q: %s", name, text)
}

// resolve turns a path as the API server writes it, where a key may hold dots, into one that finds its place in a value.
func resolve(value any, path string) string {
	out := ""
	for rest := strings.TrimLeft(path, "."); rest != ""; rest = strings.TrimLeft(rest, ".") {
		element, index := "", false
		switch {
		case rest[0] == '[' && strings.Contains(rest, "]"):
			element, rest, _ = strings.Cut(rest[1:], "]")
			_, index = value.([]any)
		default:
			element = longest(value, rest)
			rest = rest[len(element):]
		}
		if index {
			list, i := value.([]any), -1
			if n, err := strconv.Atoi(element); err == nil {
				i = n
			}
			if i < 0 || i >= len(list) {
				return out
			}
			out, value = yamlsrc.Index(out, i), list[i]
			continue
		}
		fields, _ := value.(map[string]any)
		out, value = yamlsrc.Join(out, element), fields[element]
	}
	return out
}

// longest is the longest field of a value that a path begins with; what stands before the next dot where there is none.
func longest(value any, path string) string {
	best := ""
	fields, _ := value.(map[string]any)
	for name := range fields {
		if rest, ok := strings.CutPrefix(path, name); ok && len(name) > len(best) && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			best = name
		}
	}
	if best == "" {
		end := strings.IndexAny(path[1:], ".[") + 1
		if end == 0 {
			end = len(path)
		}
		best = path[:end]
	}
	return best
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// title names an object in a sentence.
func title(o *object.Object) string {
	if o.Namespace == "" {
		return fmt.Sprintf("%s %q", o.Kind, o.Name)
	}
	return fmt.Sprintf("%s %q", o.Kind, o.Namespace+"/"+o.Name)
}
