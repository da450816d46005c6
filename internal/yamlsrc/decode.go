package yamlsrc

import (
	"encoding"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"sort"
	"strconv"
	"strings"

	"github.com/openova-io/esotree/diag"
	"go.yaml.in/yaml/v3"
)

// Decode fills a struct, given by a pointer, from the document and returns everything that does not fit, in the order of the
// text and up to 1000: unknown-field, wrong-type and missing-field, each with its span and path. What fits is filled in even then.
//
// Field names are those of the json tags, and must match exactly; embedded structs without a name and fields tagged
// `json:",inline"` are flattened; a field tagged `esotree:"required"` must be present and not null. Nothing is converted: a
// number or a boolean where a string is wanted is an error. A type with UnmarshalJSON or UnmarshalText reads itself, and its
// error becomes a wrong-type. An open subtree is a json.RawMessage, or an any (nil, bool, int64, float64, string, []any,
// map[string]any; uint64 for what int64 cannot hold).
func Decode(doc *Document, into any) []diag.Finding {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return []diag.Finding{{Code: CodeWrongType, Span: doc.Span(""), Message: "there is nothing to decode the document into"}}
	}
	d := &decoder{doc: doc, ref: doc.Ref()}
	d.decode(doc.root, nil, v.Elem())
	sort.SliceStable(d.findings, func(i, j int) bool { return d.findings[i].Span.Start < d.findings[j].Span.Start })
	return d.findings
}

type decoder struct {
	doc      *Document
	ref      diag.ObjectRef
	trail    Trail
	findings []diag.Finding
}

// report reports something at the end of the trail.
func (d *decoder) report(code string, n, key *yaml.Node, hint, format string, args ...any) {
	if len(d.findings) >= maxFindings {
		return
	}
	span := d.doc.nodeSpan(n)
	if n == d.doc.root && n.Kind != yaml.ScalarNode {
		span = d.doc.whole()
	} else if span.Start == span.End && key != nil {
		span = d.doc.nodeSpan(key)
	}
	d.findings = append(d.findings, diag.Finding{
		Code: code, Message: fmt.Sprintf(format, args...), Hint: hint, Span: span, Path: d.trail.Path(), Object: d.ref,
	})
}

// decode fills v from a node; key is the node's mapping key, nil where it has none.
func (d *decoder) decode(n, key *yaml.Node, v reflect.Value) {
	at := n
	n = deref(n)
	null := isNull(n)
	if v.Kind() != reflect.Pointer || !null {
		if done := d.custom(n, at, key, v); done {
			return
		}
	}
	if null && v.Kind() != reflect.Interface {
		v.SetZero()
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		p := reflect.New(v.Type().Elem())
		d.decode(at, key, p.Elem())
		v.Set(p)
	case reflect.Struct:
		if n.Kind != yaml.MappingNode {
			d.wrong(n, at, key, "a map")
			return
		}
		d.structure(n, at, key, v)
	case reflect.Map:
		d.mapping(n, at, key, v)
	case reflect.Slice:
		if n.Kind != yaml.SequenceNode {
			d.wrong(n, at, key, "a list")
			return
		}
		list := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
		for i, c := range n.Content {
			d.trail.EnterIndex(i)
			d.decode(c, nil, list.Index(i))
			d.trail.Leave()
		}
		v.Set(list)
	case reflect.Interface:
		if v.NumMethod() > 0 {
			d.wrong(n, at, key, "something else")
			return
		}
		if value := open(n); value != nil {
			v.Set(reflect.ValueOf(value))
		} else {
			v.SetZero()
		}
	default:
		d.scalar(n, at, key, v)
	}
}

func isNull(n *yaml.Node) bool {
	if n.Kind != yaml.ScalarNode {
		return false
	}
	if _, ok := textOf(n); ok {
		return false
	}
	return scalar(n) == nil
}

// custom lets a type read itself.
func (d *decoder) custom(n, at, key *yaml.Node, v reflect.Value) (done bool) {
	if !v.CanAddr() {
		return false
	}
	switch u := v.Addr().Interface().(type) {
	case json.Unmarshaler:
		text, err := NodeJSON(n)
		if err == nil {
			err = u.UnmarshalJSON(text)
		}
		if err != nil {
			d.report(CodeWrongType, at, key, "", "%s", sentence(err))
		}
		return true
	case encoding.TextUnmarshaler:
		if isNull(n) {
			return false
		}
		text, ok := "", n.Kind == yaml.ScalarNode
		if ok {
			text, ok = textOf(n)
		}
		if !ok {
			d.wrong(n, at, key, "a string")
		} else if err := u.UnmarshalText([]byte(text)); err != nil {
			d.report(CodeWrongType, at, key, "", "%s", sentence(err))
		}
		return true
	}
	return false
}

// sentence makes a finding's message of an error of another package.
func sentence(err error) string {
	text := strings.TrimSuffix(strings.TrimPrefix(err.Error(), "json: "), ".")
	return strings.Join(strings.Fields(text), " ")
}

func (d *decoder) structure(n, at, key *yaml.Node, v reflect.Value) {
	fields := fieldsOf(v.Type())
	present := make([]bool, len(fields.list))
	for _, p := range pairs(n) {
		d.trail.Enter(p.name)
		f, ok := fields.find(p.name)
		if !ok {
			if f, ok := fields.find(d.unknown(p, fields)); ok {
				present[f.at] = true // it is there, under another name
			}
		} else if _, isText := textOf(deref(p.key)); !isText {
			d.keyType(p)
		} else {
			present[f.at] = !isNull(deref(p.value))
			d.decode(p.value, p.key, f.in(v))
		}
		d.trail.Leave()
	}
	for _, f := range fields.list {
		if !f.required || present[f.at] {
			continue
		}
		owner := at
		if key != nil {
			owner = key
		}
		d.trail.Enter(f.name)
		d.report(CodeMissingField, owner, nil, "add "+f.name+": …", "the field %q is missing", f.name)
		d.trail.Leave()
	}
}

// unknown reports a field that does not exist, and returns the one that seems to be meant, "" for none.
func (d *decoder) unknown(p pair, fields *fieldSet) string {
	names := make([]string, len(fields.list))
	for i, f := range fields.list {
		names[i] = f.name
	}
	near, hint := Closest(p.name, names), ""
	if near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	d.report(CodeUnknownField, p.key, nil, hint, "unknown field %q", deref(p.key).Value)
	return near
}

func (d *decoder) keyType(p pair) {
	text := deref(p.key).Value
	d.report(CodeWrongType, p.key, nil, "quote it: "+strconv.Quote(text), "a key must be a string, found %s", describe(p.key))
}

func (d *decoder) mapping(n, at, key *yaml.Node, v reflect.Value) {
	if n.Kind != yaml.MappingNode || v.Type().Key().Kind() != reflect.String {
		d.wrong(n, at, key, "a map")
		return
	}
	m := reflect.MakeMap(v.Type())
	for _, p := range pairs(n) {
		d.trail.Enter(p.name)
		if _, isText := textOf(deref(p.key)); !isText {
			d.keyType(p)
		} else {
			element := reflect.New(v.Type().Elem()).Elem()
			d.decode(p.value, p.key, element)
			m.SetMapIndex(reflect.ValueOf(p.name).Convert(v.Type().Key()), element)
		}
		d.trail.Leave()
	}
	v.Set(m)
}

func (d *decoder) scalar(n, at, key *yaml.Node, v reflect.Value) {
	if v.Kind() == reflect.String && n.Kind == yaml.ScalarNode {
		if s, ok := textOf(n); ok {
			v.SetString(s)
			return
		}
	}
	var value any
	if n.Kind == yaml.ScalarNode {
		value = scalar(n)
	}
	switch v.Kind() {
	case reflect.String:
		d.wrong(n, at, key, "a string")
	case reflect.Bool:
		if b, ok := value.(bool); ok {
			v.SetBool(b)
			return
		}
		d.wrong(n, at, key, "true or false")
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		switch i := value.(type) {
		case int64:
			if !v.OverflowInt(i) {
				v.SetInt(i)
				return
			}
			d.report(CodeWrongType, at, key, "", "the number %d is out of range", i)
		case uint64:
			d.report(CodeWrongType, at, key, "", "the number %d is out of range", i)
		default:
			d.wrong(n, at, key, "a whole number")
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		switch i := value.(type) {
		case uint64:
			if !v.OverflowUint(i) {
				v.SetUint(i)
				return
			}
			d.report(CodeWrongType, at, key, "", "the number %d is out of range", i)
		case int64:
			if i >= 0 && !v.OverflowUint(uint64(i)) {
				v.SetUint(uint64(i))
				return
			}
			d.report(CodeWrongType, at, key, "", "the number %d is out of range", i)
		default:
			d.wrong(n, at, key, "a whole number")
		}
	case reflect.Float32, reflect.Float64:
		switch f := value.(type) {
		case float64:
			if !math.IsInf(f, 0) && !math.IsNaN(f) {
				v.SetFloat(f)
				return
			}
		case int64:
			v.SetFloat(float64(f))
			return
		case uint64:
			v.SetFloat(float64(f))
			return
		}
		d.wrong(n, at, key, "a number")
	default:
		d.wrong(n, at, key, "something else")
	}
}

// wrong reports a value of the wrong type in YAML's words.
func (d *decoder) wrong(n, at, key *yaml.Node, wanted string) {
	hint := ""
	if wanted == "a string" && n.Kind == yaml.ScalarNode {
		hint = "quote it: " + strconv.Quote(n.Value)
	}
	d.report(CodeWrongType, at, key, hint, "%s is wanted, found %s", wanted, describe(n))
}

// describe says what a node is without showing a text that could be a secret.
func describe(n *yaml.Node) string {
	n = deref(n)
	switch n.Kind {
	case yaml.MappingNode:
		return "a map"
	case yaml.SequenceNode:
		return "a list"
	}
	switch v := scalar(n).(type) {
	case nil:
		return "nothing"
	case bool:
		if n.Value != "true" && n.Value != "false" {
			return fmt.Sprintf("%s, which YAML reads as %t", n.Value, v)
		}
		return n.Value
	case string:
		return "a string"
	}
	return "a number"
}

// open turns a subtree into plain values.
func open(n *yaml.Node) any {
	n = deref(n)
	switch n.Kind {
	case yaml.MappingNode:
		m := make(map[string]any, len(n.Content)/2)
		for _, p := range pairs(n) {
			m[p.name] = open(p.value)
		}
		return m
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, c := range n.Content {
			list[i] = open(c)
		}
		return list
	}
	return scalar(n)
}
