package schema

import (
	"reflect"
	"strings"
	"sync"

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
	c := &valueChecker{doc: doc}
	c.value(doc.Root(), t)
	return c.findings
}

type valueChecker struct {
	doc      *yamlsrc.Document
	trail    yamlsrc.Trail
	findings []diag.Finding
}

type fieldType struct {
	t        reflect.Type
	required bool
}

// value checks a node that is not null. What is not of the type's own shape is skipped: decoding has reported it.
func (c *valueChecker) value(n *yaml.Node, t reflect.Type) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == reflect.TypeFor[Open]():
		if _, err := yamlsrc.NodeJSON(n); err != nil {
			c.report("wrong-type", err.Error(), "")
		}
	case t == reflect.TypeFor[Regions]():
	case t.Kind() == reflect.Struct && n.Kind == yaml.MappingNode:
		fields := fieldsOf(t)
		for i := 0; i+1 < len(n.Content); i += 2 {
			name, value := n.Content[i].Value, n.Content[i+1]
			f, known := fields[name]
			if known && !(f.required && yamlsrc.IsNull(value)) { // a required null is a missing field already
				c.trail.Enter(name)
				c.element(value, f.t)
				c.trail.Leave()
			}
		}
	case t.Kind() == reflect.Map && n.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			c.trail.Enter(n.Content[i].Value)
			c.element(n.Content[i+1], t.Elem())
			c.trail.Leave()
		}
	case t.Kind() == reflect.Slice && n.Kind == yaml.SequenceNode:
		for i, e := range n.Content {
			c.trail.EnterIndex(i)
			c.element(e, t.Elem())
			c.trail.Leave()
		}
	case t.Kind() == reflect.String && n.Kind == yaml.ScalarNode:
		c.text(n, t)
	}
}

func (c *valueChecker) element(n *yaml.Node, t reflect.Type) {
	if yamlsrc.IsNull(n) {
		c.null(t)
		return
	}
	c.value(n, t)
}

func (c *valueChecker) null(t reflect.Type) {
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
	c.report("wrong-type", wanted+" is wanted, found nothing", hint)
}

func (c *valueChecker) text(n *yaml.Node, t reflect.Type) {
	isDuration := t == reflect.TypeFor[Duration]()
	if !isDuration && t.NumMethod() == 0 { // nearly all are plain texts
		return
	}
	e, isEnum := reflect.Zero(t).Interface().(enum)
	text, isText := yamlsrc.Text(n) // as decoding reads it: `off` is none
	if !isEnum && !isDuration || !isText {
		return
	}
	if isDuration {
		if !strings.Contains(text, "$(") {
			if _, err := Duration(text).Parse(); err != nil {
				c.report("invalid-value", err.Error(), "")
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
	c.report("invalid-value", c.trail.Field()+" can't be "+quote(text), hint)
}

func (c *valueChecker) report(code, message, hint string) {
	path := c.trail.Path()
	c.findings = append(c.findings, diag.Finding{Code: code, Path: path, Span: c.doc.Span(path), Message: message, Hint: hint, Object: c.doc.Ref()})
}

// known keeps what fieldsOf has found, which depends on the type alone.
var known sync.Map

// fieldsOf maps the names of a type's fields, those of embedded types included.
func fieldsOf(t reflect.Type) map[string]fieldType {
	if fields, ok := known.Load(t); ok {
		return fields.(map[string]fieldType)
	}
	fields := map[string]fieldType{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name != "" && name != "-" {
			fields[name] = fieldType{f.Type, f.Tag.Get("esotree") == "required"}
		}
	}
	known.Store(t, fields)
	return fields
}
