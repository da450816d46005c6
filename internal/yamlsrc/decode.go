package yamlsrc

import (
	"cmp"
	"encoding"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/openova-io/esotree/diag"
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
	d := &decoder{Document: doc}
	d.decode(0, none, v.Elem(), planOf(v.Type().Elem()))
	slices.SortStableFunc(d.findings, func(a, b diag.Finding) int { return cmp.Compare(a.Span.Start, b.Span.Start) })
	return d.findings
}

type decoder struct {
	*Document
	trail   Trail
	present []bool // the fields of the structs that are being filled
	buffer  []byte // for JSON that is read at once
	// name and element are those of the map that is being filled, where they are strings.
	name, element string
	findings      []diag.Finding
}

// report reports something at the end of the trail.
func (d *decoder) report(code string, n, key int32, hint, format string, args ...any) {
	if len(d.findings) >= maxFindings {
		return
	}
	span := d.nodeSpan(n)
	if n == 0 && d.nodes[0].kind != Scalar {
		span = d.whole()
	} else if span.Start == span.End && key != none {
		span = d.nodeSpan(key)
	}
	d.findings = append(d.findings, diag.Finding{
		Code: code, Message: fmt.Sprintf(format, args...), Hint: hint, Span: span, Path: d.trail.Path(), Object: d.ref,
	})
}

// decode fills v from a node; key is the node's mapping key, none where it has none.
func (d *decoder) decode(at, key int32, v reflect.Value, p *plan) {
	n := d.at(at)
	if p.kind == reflect.String && p.reads == byKind && d.nodes[n].kind == Scalar {
		if text, ok := d.textOf(n); ok { // as nearly all are
			v.SetString(text)
			return
		}
	}
	null := d.isNull(n)
	if p.reads == byJSON || p.reads == byText && !null {
		d.custom(n, at, key, v, p)
		return
	}
	if null && p.kind != reflect.Interface {
		v.SetZero()
		return
	}
	switch p.kind {
	case reflect.Pointer:
		pointer := reflect.New(v.Type().Elem())
		d.decode(at, key, pointer.Elem(), p.of)
		v.Set(pointer)
	case reflect.Struct:
		if d.nodes[n].kind != Map {
			d.wrong(n, at, key, "a map")
			return
		}
		d.structure(n, at, key, v, p)
	case reflect.Map:
		d.mapping(n, at, key, v, p)
	case reflect.Slice:
		if d.nodes[n].kind != List {
			d.wrong(n, at, key, "a list")
			return
		}
		length := d.children(n)
		list := reflect.MakeSlice(v.Type(), length, length)
		for i, c := 0, n+1; c < d.nodes[n].next; i, c = i+1, d.nodes[c].next {
			d.trail.EnterIndex(i)
			d.decode(c, none, list.Index(i), p.of)
			d.trail.Leave()
		}
		v.Set(list)
	case reflect.Interface:
		if v.NumMethod() > 0 {
			d.wrong(n, at, key, "something else")
			return
		}
		if value := d.toAny(n); value != nil {
			v.Set(reflect.ValueOf(value))
		} else {
			v.SetZero()
		}
	default:
		d.scalar(n, at, key, v)
	}
}

// custom lets a type read itself.
func (d *decoder) custom(n, at, key int32, v reflect.Value, p *plan) {
	var err error
	if p.reads == byJSON {
		var text []byte
		if text, err = d.appendJSON(d.buffer[:0], n); err == nil {
			d.buffer = text // whoever reads itself keeps a copy
			err = v.Addr().Interface().(json.Unmarshaler).UnmarshalJSON(text)
		}
	} else {
		text, ok := "", d.nodes[n].kind == Scalar
		if ok {
			text, ok = d.textOf(n)
		}
		if !ok {
			d.wrong(n, at, key, "a string")
			return
		}
		err = v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text))
	}
	if err != nil {
		d.report(CodeWrongType, at, key, "", "%s", sentence(err))
	}
}

// sentence makes a finding's message of an error of another package.
func sentence(err error) string {
	text := strings.TrimSuffix(strings.TrimPrefix(err.Error(), "json: "), ".")
	return strings.Join(strings.Fields(text), " ")
}

func (d *decoder) structure(n, at, key int32, v reflect.Value, p *plan) {
	mark := len(d.present)
	d.present = append(d.present, make([]bool, len(p.fields))...)
	for e := d.entries(n); e.more(); {
		d.trail.Enter(e.name)
		f := p.find(e.name)
		if f == nil {
			if f := p.find(d.unknown(e.pair, p)); f != nil {
				d.present[mark+f.at] = true // it is there, under another name
			}
		} else if !d.isTextKey(e.key) {
			d.keyType(e.pair)
		} else {
			d.present[mark+f.at] = !d.isNull(d.at(e.value))
			d.decode(e.value, e.key, f.in(v), f.plan)
		}
		d.trail.Leave()
	}
	for i := range p.fields {
		f := &p.fields[i]
		if !f.required || d.present[mark+f.at] {
			continue
		}
		owner := at
		if key != none {
			owner = key
		}
		d.trail.Enter(f.name)
		d.report(CodeMissingField, owner, none, "add "+f.name+": …", "the field %q is missing", f.name)
		d.trail.Leave()
	}
	d.present = d.present[:mark]
}

func (d *decoder) isTextKey(key int32) bool {
	if d.plain {
		return true
	}
	_, is := d.textOf(d.at(key))
	return is
}

// unknown reports a field that does not exist, and returns the one that seems to be meant, "" for none.
func (d *decoder) unknown(e pair, p *plan) string {
	names := make([]string, len(p.fields))
	for i, f := range p.fields {
		names[i] = f.name
	}
	near, hint := Closest(e.name, names), ""
	if near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	d.report(CodeUnknownField, e.key, none, hint, "unknown field %q", d.value(d.at(e.key)))
	return near
}

func (d *decoder) keyType(e pair) {
	text := d.value(d.at(e.key))
	d.report(CodeWrongType, e.key, none, "quote it: "+strconv.Quote(text), "a key must be a string, found %s", d.describe(e.key))
}

func (d *decoder) mapping(n, at, key int32, v reflect.Value, p *plan) {
	if d.nodes[n].kind != Map || !p.stringKeys {
		d.wrong(n, at, key, "a map")
		return
	}
	t := v.Type()
	m := reflect.MakeMapWithSize(t, d.children(n)/2)
	name, element := settable(t.Key(), &d.name), settable(t.Elem(), &d.element)
	for e := d.entries(n); e.more(); {
		d.trail.Enter(e.name)
		if !d.isTextKey(e.key) {
			d.keyType(e.pair)
		} else {
			element.SetZero()
			d.decode(e.value, e.key, element, p.of)
			name.SetString(e.name)
			m.SetMapIndex(name, element)
		}
		d.trail.Leave()
	}
	v.Set(m)
}

// settable makes a value of a type, of shared where that is a string: nothing is within one.
func settable(t reflect.Type, shared *string) reflect.Value {
	if t == reflect.TypeFor[string]() {
		return reflect.ValueOf(shared).Elem()
	}
	return reflect.New(t).Elem()
}

func (d *decoder) scalar(n, at, key int32, v reflect.Value) {
	var value any
	if d.nodes[n].kind == Scalar {
		value = d.resolve(n)
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
func (d *decoder) wrong(n, at, key int32, wanted string) {
	hint := ""
	if wanted == "a string" && d.nodes[n].kind == Scalar {
		hint = "quote it: " + strconv.Quote(d.value(n))
	}
	d.report(CodeWrongType, at, key, hint, "%s is wanted, found %s", wanted, d.describe(n))
}

// describe says what a node is without showing a text that could be a secret.
func (d *decoder) describe(n int32) string {
	n = d.at(n)
	switch d.nodes[n].kind {
	case Map:
		return "a map"
	case List:
		return "a list"
	}
	switch v := d.resolve(n).(type) {
	case nil:
		return "nothing"
	case bool:
		if text := d.value(n); text != "true" && text != "false" {
			return fmt.Sprintf("%s, which YAML reads as %t", text, v)
		}
		return d.value(n)
	case string:
		return "a string"
	}
	return "a number"
}

// toAny turns a subtree into plain values.
func (t *tree) toAny(n int32) any {
	n = t.at(n)
	switch t.nodes[n].kind {
	case Map:
		m := make(map[string]any, t.children(n)/2)
		for e := t.entries(n); e.more(); {
			m[e.name] = t.toAny(e.value)
		}
		return m
	case List:
		list := make([]any, 0, t.children(n))
		for c := n + 1; c < t.nodes[n].next; c = t.nodes[c].next {
			list = append(list, t.toAny(c))
		}
		return list
	}
	return t.resolve(n)
}
