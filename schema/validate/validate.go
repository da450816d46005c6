// Package validate checks descriptions against the committed JSON Schemas, as an editor or another program would. It stands
// apart from package schema because of its dependency.
//
// Loading does not need it: strict decoding refuses the same and explains it better. It is for callers that hold JSON, and
// it is what the tests compare decoding with.
package validate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/schema"
	"github.com/santhosh-tekuri/jsonschema/v5"
)

// Validator holds the compiled schemas. It is safe for concurrent use.
type Validator struct {
	kinds map[string]*jsonschema.Schema
}

// New compiles the schemas. An error means that a committed schema is broken.
func New() (*Validator, error) {
	v := &Validator{kinds: map[string]*jsonschema.Schema{}}
	for _, kind := range []string{"", schema.KindPlatform, schema.KindTenant} {
		compiler := jsonschema.NewCompiler()
		compiler.LoadURL = func(address string) (io.ReadCloser, error) {
			return nil, fmt.Errorf("the schema refers to %s", address)
		}
		name := strings.ToLower(kind)
		if kind == "" {
			name = "description"
		}
		address := schema.SchemaBase + name + ".schema.json"
		if err := compiler.AddResource(address, bytes.NewReader(schema.JSONSchema(kind))); err != nil {
			return nil, err
		}
		compiled, err := compiler.Compile(address)
		if err != nil {
			return nil, err
		}
		v.kinds[kind] = compiled
	}
	return v, nil
}

// JSON checks one description of a kind, Platform or Tenant, or of either for the kind "". It returns an error that wraps a
// *jsonschema.ValidationError where the description breaks the schema, and another where data is no JSON or there is no
// such kind.
func (v *Validator) JSON(kind string, data []byte) error {
	s, ok := v.kinds[kind]
	if !ok {
		return fmt.Errorf("there is no schema of kind %q", kind)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("there is more than one JSON value")
	}
	return s.Validate(value)
}

// File checks every document of a YAML file as a description of either kind. The findings have the place of the smallest
// value that the schema is about, in the order of the text.
func (v *Validator) File(file *diag.File) []diag.Finding {
	docs, findings := yamlsrc.Read(file, yamlsrc.DefaultLimits())
	for _, doc := range docs {
		data, err := doc.JSON()
		if err == nil {
			err = v.JSON("", data)
		}
		broken, ok := err.(*jsonschema.ValidationError)
		switch {
		case ok:
			leaves(broken, func(e *jsonschema.ValidationError) { findings = append(findings, finding(doc, data, e)) })
		case err != nil:
			findings = append(findings, diag.Finding{Code: yamlsrc.CodeWrongType, Message: err.Error(), Span: doc.Span(""), Object: doc.Ref()})
		}
	}
	slices.SortStableFunc(findings, func(a, b diag.Finding) int { return int(a.Span.Start) - int(b.Span.Start) })
	return findings
}

// leaves visits what is really wrong: an error without causes, or the whole of alternatives that all failed.
func leaves(e *jsonschema.ValidationError, visit func(*jsonschema.ValidationError)) {
	if len(e.Causes) == 0 || strings.HasSuffix(e.KeywordLocation, "/anyOf") {
		visit(e)
		return
	}
	for _, cause := range e.Causes {
		leaves(cause, visit)
	}
}

func finding(doc *yamlsrc.Document, data []byte, e *jsonschema.ValidationError) diag.Finding {
	f := diag.Finding{Code: "invalid-value", Path: path(data, e.InstanceLocation), Object: doc.Ref()}
	switch e.KeywordLocation[strings.LastIndexByte(e.KeywordLocation, '/')+1:] {
	case "additionalProperties":
		f.Code = yamlsrc.CodeUnknownField
	case "required":
		f.Code = yamlsrc.CodeMissingField
	case "type", "anyOf":
		f.Code = yamlsrc.CodeWrongType
	}
	f.Span = doc.Span(f.Path)
	if f.Code == yamlsrc.CodeUnknownField || f.Code == yamlsrc.CodeMissingField {
		f.Span = doc.KeySpan(f.Path)
	}
	f.Message = strings.ReplaceAll(e.Message, "'", `"`)
	return f
}

// path turns a JSON pointer into the path syntax of findings, which tells lists from maps.
func path(data []byte, pointer string) string {
	var value any
	if json.Unmarshal(data, &value) != nil {
		return ""
	}
	out := ""
	for _, token := range strings.Split(pointer, "/")[1:] { // a pointer is "" or begins with a slash
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		switch at := value.(type) {
		case map[string]any:
			value = at[token]
			out = yamlsrc.Join(out, token)
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(at) {
				return out
			}
			value = at[i]
			out = yamlsrc.Index(out, i)
		}
	}
	return out
}
