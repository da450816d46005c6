package schema

import (
	"encoding/json"
	"reflect"
	"strings"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"go.yaml.in/yaml/v3"
)

type enum interface{ Values() []string }

// checkValues refuses what decoding into the types of Go lets through: a null outside of the open parts, a value that its
// enumeration does not have, a malformed duration, in an open part what JSON cannot hold.
//
// Null is refused because a field that lost its value is a mistake more often than a wish: an empty `epoch:` that counted
// as absent would rotate.
func checkValues(doc *yamlsrc.Document, t reflect.Type) []diag.Finding {
	c := &valueChecker{doc: doc, fields: map[reflect.Type]map[string]fieldType{}}
	c.value(doc.Root(), t, "")
	return c.findings
}

type valueChecker struct {
	doc      *yamlsrc.Document
	fields   map[reflect.Type]map[string]fieldType
	findings []diag.Finding
}

type fieldType struct {
	t        reflect.Type
	required bool
}

// value checks a node that is not null. What is not of the type's own shape is skipped: decoding has reported it.
func (c *valueChecker) value(n *yaml.Node, t reflect.Type, path string) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == reflect.TypeFor[Open]():
		if _, err := yamlsrc.NodeJSON(n); err != nil {
			c.report("wrong-type", path, err.Error(), "")
		}
	case t == reflect.TypeFor[Regions]():
	case t.Kind() == reflect.Struct && n.Kind == yaml.MappingNode:
		fields := c.fieldsOf(t)
		for i := 0; i+1 < len(n.Content); i += 2 {
			name, value := n.Content[i].Value, n.Content[i+1]
			f, known := fields[name]
			if known && !(f.required && isNull(value)) { // a required null is a missing field already
				c.element(value, f.t, yamlsrc.Join(path, name))
			}
		}
	case t.Kind() == reflect.Map && n.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			c.element(n.Content[i+1], t.Elem(), yamlsrc.Join(path, n.Content[i].Value))
		}
	case t.Kind() == reflect.Slice && n.Kind == yaml.SequenceNode:
		for i, e := range n.Content {
			c.element(e, t.Elem(), yamlsrc.Index(path, i))
		}
	case t.Kind() == reflect.String && n.Kind == yaml.ScalarNode:
		c.text(n, t, path)
	}
}

func (c *valueChecker) element(n *yaml.Node, t reflect.Type, path string) {
	if isNull(n) {
		c.null(t, path)
		return
	}
	c.value(n, t, path)
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

func (c *valueChecker) null(t reflect.Type, path string) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	wanted, hint := "a string", "leave it out"
	switch {
	case t == reflect.TypeFor[Regions]():
		wanted = regionsForm
	case t.Kind() == reflect.Struct, t.Kind() == reflect.Map:
		wanted, hint = "a map", "leave it out, or write {}"
	case t.Kind() == reflect.Slice:
		wanted, hint = "a list", "leave it out, or write []"
	case t.Kind() == reflect.Bool:
		wanted = "true or false"
	}
	c.report("wrong-type", path, wanted+" is wanted, found nothing", hint)
}

func (c *valueChecker) text(n *yaml.Node, t reflect.Type, path string) {
	e, isEnum := reflect.Zero(t).Interface().(enum)
	isDuration := t == reflect.TypeFor[Duration]()
	var text string
	if !isEnum && !isDuration || !scalarText(n, &text) {
		return
	}
	if isDuration {
		if !strings.Contains(text, "$(") {
			if _, err := Duration(text).Parse(); err != nil {
				c.report("invalid-value", path, err.Error(), "")
			}
		}
		return
	}
	legal := e.Values()
	for _, l := range legal {
		if l == text {
			return
		}
	}
	hint := "one of " + strings.Join(legal, ", ")
	if near := yamlsrc.Closest(text, legal); near != "" {
		hint = "did you mean " + quote(near) + "?"
	}
	c.report("invalid-value", path, path[strings.LastIndexByte(path, '.')+1:]+" can't be "+quote(text), hint)
}

// scalarText reads a scalar as decoding does: `off` is no text.
func scalarText(n *yaml.Node, into *string) bool {
	value, err := yamlsrc.NodeJSON(n)
	return err == nil && json.Unmarshal(value, into) == nil
}

func (c *valueChecker) report(code, path, message, hint string) {
	c.findings = append(c.findings, diag.Finding{Code: code, Path: path, Span: c.doc.Span(path), Message: message, Hint: hint, Object: c.doc.Ref()})
}

// fieldsOf maps the names of a type's fields, those of embedded types included.
func (c *valueChecker) fieldsOf(t reflect.Type) map[string]fieldType {
	if fields, ok := c.fields[t]; ok {
		return fields
	}
	fields := map[string]fieldType{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name != "" && name != "-" {
			fields[name] = fieldType{f.Type, f.Tag.Get("esotree") == "required"}
		}
	}
	c.fields[t] = fields
	return fields
}
