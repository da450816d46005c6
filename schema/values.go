package schema

import (
	"reflect"
	"strings"
	"sync"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/yamlsrc"
)

type enum interface{ Values() []string }

// checkValues refuses what decoding into the types of Go lets through: a null outside of the open parts, a value that its
// enumeration does not have, a malformed duration, in an open part what JSON cannot hold.
//
// Null is refused because a field that lost its value is a mistake more often than a wish: an empty `epoch:` that counted
// as absent would rotate.
func checkValues(doc *yamlsrc.Document, t reflect.Type) []diag.Finding {
	c := &valueChecker{doc: doc}
	c.value(doc.Root(), yamlsrc.Node{}, t)
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

// value checks a node that is not null; key is its key, where it has one. What is not of the type's own shape is skipped: decoding has
// reported it.
func (c *valueChecker) value(n, key yamlsrc.Node, t reflect.Type) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == reflect.TypeFor[Open]():
		if _, err := n.JSON(); err != nil {
			c.report(n, key, "wrong-type", err.Error(), "")
		}
	case t == reflect.TypeFor[Regions]():
	case t.Kind() == reflect.Struct && n.Kind() == yamlsrc.Map:
		fields := fieldsOf(t)
		for key, value := range n.Entries() {
			name := key.Value()
			f, known := fields[name]
			if known && !(f.required && value.IsNull()) { // a required null is a missing field already
				c.trail.Enter(name)
				c.element(value, key, f.t)
				c.trail.Leave()
			}
		}
	case t.Kind() == reflect.Map && n.Kind() == yamlsrc.Map:
		for key, value := range n.Entries() {
			c.trail.Enter(key.Value())
			c.element(value, key, t.Elem())
			c.trail.Leave()
		}
	case t.Kind() == reflect.Slice && n.Kind() == yamlsrc.List:
		for i, e := range n.Elements() {
			c.trail.EnterIndex(i)
			c.element(e, yamlsrc.Node{}, t.Elem())
			c.trail.Leave()
		}
	case t.Kind() == reflect.String && n.Kind() == yamlsrc.Scalar:
		c.text(n, key, t)
	}
}

func (c *valueChecker) element(n, key yamlsrc.Node, t reflect.Type) {
	if n.IsNull() {
		c.null(n, key, t)
		return
	}
	c.value(n, key, t)
}

func (c *valueChecker) null(n, key yamlsrc.Node, t reflect.Type) {
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
	c.report(n, key, "wrong-type", wanted+" is wanted, found nothing", hint)
}

func (c *valueChecker) text(n, key yamlsrc.Node, t reflect.Type) {
	isDuration := t == reflect.TypeFor[Duration]()
	if !isDuration && t.NumMethod() == 0 { // nearly all are plain texts
		return
	}
	e, isEnum := reflect.Zero(t).Interface().(enum)
	text, isText := n.Text() // as decoding reads it: `off` is none
	if !isEnum && !isDuration || !isText {
		return
	}
	if isDuration {
		if !strings.Contains(text, "$(") {
			if _, err := Duration(text).Parse(); err != nil {
				c.report(n, key, "invalid-value", err.Error(), "")
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
	c.report(n, key, "invalid-value", c.trail.Field()+" can't be "+quote(text), hint)
}

func (c *valueChecker) report(n, key yamlsrc.Node, code, message, hint string) {
	span := n.Span()
	if span.Start == span.End && key.Exists() {
		span = key.Span()
	}
	c.findings = append(c.findings, diag.Finding{Code: code, Path: c.trail.Path(), Span: span, Message: message, Hint: hint, Object: c.doc.Ref()})
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
