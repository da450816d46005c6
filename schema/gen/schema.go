package main

import (
	"bytes"
	"encoding/json"
	"reflect"

	"github.com/invopop/jsonschema"
	"github.com/openova-io/esotree/schema"
)

// jsonSchemas returns the files by name.
func jsonSchemas(types []structType, c comments) (map[string][]byte, error) {
	platform, err := reflected(types, c, reflect.TypeFor[schema.Platform](), true)
	if err != nil {
		return nil, err
	}
	tenant, err := reflected(types, c, reflect.TypeFor[schema.Tenant](), true)
	if err != nil {
		return nil, err
	}
	either, err := eitherKind(types, c)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for name, s := range map[string]*jsonschema.Schema{"platform": platform, "tenant": tenant, "description": either} {
		name += ".schema.json"
		s.Version = jsonschema.Version
		s.ID = jsonschema.ID(schema.SchemaBase + name)
		if files[name], err = marshal(s); err != nil {
			return nil, err
		}
	}
	return files, nil
}

func marshal(s *jsonschema.Schema) ([]byte, error) {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, err
	}
	for _, c := range []byte("<>&") { // escaped for HTML, which is hard to read in a diff
		escaped, err := json.Marshal(string(c))
		if err != nil {
			return nil, err
		}
		text = bytes.ReplaceAll(text, bytes.Trim(escaped, `"`), []byte{c})
	}
	return append(text, '\n'), nil
}

// reflected is the schema of a kind, its own fields at the root or among the $defs.
func reflected(types []structType, c comments, root reflect.Type, expanded bool) (*jsonschema.Schema, error) {
	r := &jsonschema.Reflector{
		Anonymous: true, ExpandedStruct: expanded, RequiredFromJSONSchemaTags: true, Mapper: mapped, CommentMap: c,
	}
	s := r.ReflectFromType(root)
	for _, t := range types {
		object := s.Definitions[t.name]
		if expanded && t.t == root {
			object = s
		}
		if object == nil {
			continue
		}
		object.Title, object.Description, object.Required = "", t.text, nil
		for _, f := range t.fields {
			if err := describe(object, f); err != nil {
				return nil, err
			}
		}
		if t.t == reflect.TypeFor[schema.Platform]() || t.t == reflect.TypeFor[schema.Tenant]() {
			object.Title = "esotree " + t.name
			constant(object, "apiVersion", schema.APIVersion)
			constant(object, "kind", t.name)
		}
	}
	return s, nil
}

func constant(object *jsonschema.Schema, name, value string) {
	if property, ok := object.Properties.Get(name); ok {
		property.Const = value
	}
}

// describe adds to a property what its doc comment says.
func describe(object *jsonschema.Schema, f field) error {
	property, ok := object.Properties.Get(f.name)
	if !ok {
		return nil
	}
	if f.required {
		object.Required = append(object.Required, f.name)
	}
	property.Description = f.text
	if f.fallback != "" {
		property.Description += " Default: " + f.fallback + "."
	}
	if value, ok := f.literal(); ok {
		property.Default = value
	}
	if f.example != "" {
		value, err := f.exampleValue()
		if err != nil {
			return err
		}
		property.Examples = []any{value}
	}
	return nil
}

// mapped is the schema of the types that are written otherwise than Go holds them; nil for the rest.
func mapped(t reflect.Type) *jsonschema.Schema {
	switch t {
	case reflect.TypeFor[schema.Open]():
		return &jsonschema.Schema{Type: "object", AdditionalProperties: jsonschema.TrueSchema}
	case reflect.TypeFor[schema.Duration]():
		return &jsonschema.Schema{Type: "string", Pattern: `\$\(|` + schema.DurationPattern}
	case reflect.TypeFor[schema.Regions]():
		one := uint64(1)
		return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{
			{Type: "string", Enum: []any{"Home", "All"}},
			{Type: "array", Items: &jsonschema.Schema{Type: "string"}, MinItems: &one},
		}}
	}
	legal := values(t)
	if legal == nil {
		return nil
	}
	s := &jsonschema.Schema{Type: "string"}
	for _, v := range legal {
		s.Enum = append(s.Enum, v)
	}
	return s
}

// eitherKind switches on kind. It repeats the definitions of both, so that an editor needs this file alone.
func eitherKind(types []structType, c comments) (*jsonschema.Schema, error) {
	definitions := jsonschema.Definitions{}
	for _, root := range []reflect.Type{reflect.TypeFor[schema.Platform](), reflect.TypeFor[schema.Tenant]()} {
		s, err := reflected(types, c, root, false)
		if err != nil {
			return nil, err
		}
		for name, definition := range s.Definitions {
			definitions[name] = definition
		}
	}
	kind := func(is *jsonschema.Schema) *jsonschema.Schema {
		s := &jsonschema.Schema{Properties: jsonschema.NewProperties(), Required: []string{"kind"}}
		s.Properties.Set("kind", is)
		return s
	}
	where := func(s *jsonschema.Schema, name string) *jsonschema.Schema {
		s.If = kind(&jsonschema.Schema{Const: name})
		s.Then = &jsonschema.Schema{Ref: "#/$defs/" + name}
		return s
	}
	s := where(kind(&jsonschema.Schema{Type: "string", Enum: []any{schema.KindPlatform, schema.KindTenant}}), schema.KindPlatform)
	s.Else = where(&jsonschema.Schema{}, schema.KindTenant)
	s.Title = "esotree description"
	s.Description = "One document of an esotree description: a Platform or a Tenant."
	s.Type = "object"
	s.Definitions = definitions
	return s, nil
}
