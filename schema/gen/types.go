package main

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"github.com/openova-io/esotree/schema"
	"go.yaml.in/yaml/v3"
)

// structType is a type of the description with what its doc comments say.
type structType struct {
	t      reflect.Type
	name   string
	text   string
	fields []field
}

// field is one field as a person writes it. Fields of embedded types are listed as the type's own.
type field struct {
	name string
	t    reflect.Type // never a pointer
	// owner is the embedded type that declares the field, "" where the type itself does.
	owner    string
	required bool
	// text is the doc comment without its last sentences "Default: …" and "Example: …", which are the next two.
	text, fallback, example string
}

// comments are the doc comments of package schema, by fully qualified type and field.
type comments map[string]string

func (c comments) of(t reflect.Type, field string) (text, fallback, example string) {
	key := t.PkgPath() + "." + t.Name()
	if field != "" {
		key += "." + field
	}
	text = strings.Join(strings.Fields(c[key]), " ")
	text, example, _ = strings.Cut(text, " Example: ")
	text, fallback, _ = strings.Cut(text, " Default: ")
	return text, strings.TrimSuffix(fallback, "."), strings.TrimSuffix(example, ".")
}

// structTypes lists the types that the roots are made of, each before the types of its fields.
func structTypes(c comments, roots ...reflect.Type) []structType {
	var list []structType
	seen := map[reflect.Type]bool{}
	var visit func(t reflect.Type)
	visit = func(t reflect.Type) {
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct || t == reflect.TypeFor[schema.Regions]() || seen[t] {
			return
		}
		seen[t] = true
		s := structType{t: t, name: t.Name()}
		s.text, _, _ = c.of(t, "")
		for _, f := range reflect.VisibleFields(t) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name != "" && name != "-" {
				s.fields = append(s.fields, fieldOf(c, t, f, name))
			}
		}
		list = append(list, s)
		for _, f := range s.fields {
			visit(f.t)
		}
	}
	for _, root := range roots {
		visit(root)
	}
	return list
}

func fieldOf(c comments, t reflect.Type, f reflect.StructField, name string) field {
	out := field{name: name, t: f.Type, required: f.Tag.Get("esotree") == "required"}
	if out.t.Kind() == reflect.Pointer {
		out.t = out.t.Elem()
	}
	declared := t
	if len(f.Index) > 1 {
		declared = t.FieldByIndex(f.Index[:len(f.Index)-1]).Type
		out.owner = declared.Name()
	}
	out.text, out.fallback, out.example = c.of(declared, f.Name)
	if rest, ok := strings.CutPrefix(out.text, f.Name+" "); ok { // Go's name for it means nothing in YAML
		out.text = name + " " + rest
	} else if rest, ok := strings.CutPrefix(out.text, f.Name+":"); ok {
		out.text = name + ":" + rest
	}
	return out
}

// values returns the legal values of an enumeration; nil for other types.
func values(t reflect.Type) []string {
	if e, ok := reflect.Zero(t).Interface().(interface{ Values() []string }); ok {
		return e.Values()
	}
	return nil
}

var word = regexp.MustCompile(`^[A-Za-z0-9$().\-/]+$`)

// literal returns the default as a value of the field's type; false where it is a rule, such as "the first region".
func (f field) literal() (any, bool) {
	text := strings.Trim(f.fallback, `"`)
	switch {
	case text == "":
		return nil, false
	case f.t.Kind() == reflect.Bool:
		return text == "true", text == "true" || text == "false"
	case f.t.Kind() != reflect.String:
		return nil, false
	case values(f.t) != nil:
		for _, v := range values(f.t) {
			if v == text {
				return text, true
			}
		}
		return nil, false
	case f.t == reflect.TypeFor[schema.Duration]():
		_, err := schema.Duration(text).Parse()
		return text, err == nil
	}
	return text, word.MatchString(text)
}

// exampleValue reads the example, which is YAML.
func (f field) exampleValue() (any, error) {
	var value any
	if err := yaml.Unmarshal([]byte(f.example), &value); err != nil {
		return nil, fmt.Errorf("the example of %s: %w", f.name, err)
	}
	return value, nil
}
