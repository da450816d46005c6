package object

import (
	"encoding/json"
	"reflect"
	"strings"
	"sync"
	"unicode/utf8"
)

// decode fills a view, which is a pointer to a struct that is zero, from an object's JSON, as json.Unmarshal does. For JSON that is
// compact, which an object's is, it takes a third of the time: the text was valid when it was made and is not checked once more, and
// what a view does not have is skipped. Whatever is not as plain as that is left to json.Unmarshal, errors too.
func decode(text []byte, view any) error {
	v := reflect.ValueOf(view).Elem()
	d := viewDecoder{text: text}
	if v.Kind() == reflect.Struct && d.value(formOf(v.Type()), v) && d.at == len(text) {
		return nil
	}
	v.SetZero() // what was filled in so far
	return json.Unmarshal(text, view)
}

// viewForm is what decode knows of a type.
type viewForm struct {
	t      reflect.Type
	kind   reflect.Kind // Invalid for what is left to json.Unmarshal
	fields []viewField
}

type viewField struct {
	name  string
	index []int
	t     reflect.Type
}

// forms keeps what formOf has found, which depends on the type alone.
var forms sync.Map

func formOf(t reflect.Type) *viewForm {
	if f, ok := forms.Load(t); ok {
		return f.(*viewForm)
	}
	f := &viewForm{t: t, kind: t.Kind()}
	switch {
	case t == reflect.TypeFor[json.RawMessage]():
	case t == reflect.TypeFor[Text]():
		f.kind = reflect.String
	case reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()):
		f.kind = reflect.Invalid
	case f.kind == reflect.Map && t.Key() != reflect.TypeFor[string](), f.kind == reflect.Slice && t.Elem().Kind() == reflect.Uint8:
		f.kind = reflect.Invalid
	case f.kind == reflect.Struct:
		f.structure()
	}
	forms.Store(t, f)
	return f
}

func (f *viewForm) structure() {
	names := map[string]bool{}
	for _, field := range reflect.VisibleFields(f.t) {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case field.Anonymous && name == "" && field.Type.Kind() == reflect.Struct: // its fields are there themselves
			continue
		case name == "-", !field.IsExported():
			continue
		case name == "" || field.Anonymous || strings.Contains(options, "string") || names[name]:
			f.kind = reflect.Invalid
			return
		}
		names[name] = true
		f.fields = append(f.fields, viewField{name, field.Index, field.Type})
	}
	if len(f.fields) > 64 {
		f.kind = reflect.Invalid
	}
}

// viewDecoder is one run of decode. Its methods return false for what they leave to json.Unmarshal.
type viewDecoder struct {
	text []byte
	at   int
}

// is reports whether the next byte is c, and passes over it.
func (d *viewDecoder) is(c byte) bool {
	if d.at < len(d.text) && d.text[d.at] == c {
		d.at++
		return true
	}
	return false
}

func (d *viewDecoder) word(word string) bool {
	if len(d.text)-d.at >= len(word) && string(d.text[d.at:d.at+len(word)]) == word {
		d.at += len(word)
		return true
	}
	return false
}

func (d *viewDecoder) value(f *viewForm, v reflect.Value) bool {
	if f.t == reflect.TypeFor[json.RawMessage]() {
		start := d.at
		if !d.skip() {
			return false
		}
		v.SetBytes(append([]byte(nil), d.text[start:d.at]...)) // the rest of the text is not to be kept for it
		return true
	}
	if d.word("null") {
		return true
	}
	switch f.kind {
	case reflect.String:
		if f.t == reflect.TypeFor[Text]() {
			return d.at < len(d.text) && d.text[d.at] == '"' && d.skip()
		}
		text, ok := d.string()
		v.SetString(text)
		return ok
	case reflect.Bool:
		if d.word("true") {
			v.SetBool(true)
			return true
		}
		return d.word("false")
	case reflect.Pointer:
		v.Set(reflect.New(f.t.Elem()))
		return d.value(formOf(f.t.Elem()), v.Elem())
	case reflect.Struct:
		return d.structure(f, v)
	case reflect.Slice:
		return d.list(f, v)
	case reflect.Map:
		return d.mapping(f, v)
	}
	start := d.at
	return d.skip() && json.Unmarshal(d.text[start:d.at], v.Addr().Interface()) == nil
}

func (d *viewDecoder) structure(f *viewForm, v reflect.Value) bool {
	if !d.is('{') {
		return false
	}
	seen := uint64(0)
	for first := true; !d.is('}'); first = false {
		if !first && !d.is(',') {
			return false
		}
		name, ok := d.plain()
		if !ok || !d.is(':') {
			return false
		}
		i := f.find(name)
		switch {
		case i < 0:
			if f.resembles(name) || !d.skip() {
				return false
			}
			continue
		case seen&(1<<i) != 0:
			return false
		}
		seen |= 1 << i
		if !d.value(formOf(f.fields[i].t), v.FieldByIndex(f.fields[i].index)) {
			return false
		}
	}
	return true
}

func (f *viewForm) find(name []byte) int {
	for i := range f.fields {
		if f.fields[i].name == string(name) {
			return i
		}
	}
	return -1
}

// resembles reports whether json.Unmarshal would take a name for that of a field, in other letters.
func (f *viewForm) resembles(name []byte) bool {
	for i := range f.fields {
		if n := f.fields[i].name; (len(n) == len(name) || !isASCII(name)) && strings.EqualFold(n, string(name)) {
			return true
		}
	}
	return false
}

func isASCII(text []byte) bool {
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func (d *viewDecoder) list(f *viewForm, v reflect.Value) bool {
	if !d.is('[') {
		return false
	}
	v.Set(reflect.MakeSlice(f.t, 0, 0))
	element := formOf(f.t.Elem())
	for n := 0; !d.is(']'); n++ {
		if n > 0 && !d.is(',') {
			return false
		}
		v.Grow(1)
		v.SetLen(n + 1)
		if !d.value(element, v.Index(n)) {
			return false
		}
	}
	return true
}

func (d *viewDecoder) mapping(f *viewForm, v reflect.Value) bool {
	if !d.is('{') {
		return false
	}
	m := reflect.MakeMap(f.t)
	element := formOf(f.t.Elem())
	for first := true; !d.is('}'); first = false {
		if !first && !d.is(',') {
			return false
		}
		name, ok := d.string()
		if !ok || !d.is(':') {
			return false
		}
		value := reflect.New(f.t.Elem()).Elem()
		if !d.value(element, value) {
			return false
		}
		m.SetMapIndex(reflect.ValueOf(name), value)
	}
	v.Set(m)
	return true
}

// plain reads a string without escapes.
func (d *viewDecoder) plain() ([]byte, bool) {
	if !d.is('"') {
		return nil, false
	}
	for start := d.at; d.at < len(d.text); d.at++ {
		switch c := d.text[d.at]; {
		case c == '"':
			d.at++
			return d.text[start : d.at-1], true
		case c == '\\', c < ' ':
			return nil, false
		}
	}
	return nil, false
}

func (d *viewDecoder) string() (text string, ok bool) {
	start := d.at
	if plain, ok := d.plain(); ok && (isASCII(plain) || utf8.Valid(plain)) {
		return string(plain), true
	}
	d.at = start
	ok = d.skip() && json.Unmarshal(d.text[start:d.at], &text) == nil
	return text, ok
}

// skip passes over a value.
func (d *viewDecoder) skip() bool {
	start := d.at
	for depth := 0; d.at < len(d.text); d.at++ {
		switch d.text[d.at] {
		case '"':
			for d.at++; d.at < len(d.text) && d.text[d.at] != '"'; d.at++ {
				if d.text[d.at] == '\\' {
					d.at++
				}
			}
			if d.at >= len(d.text) {
				return false
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return d.at > start
			}
			depth--
		case ',':
			if depth == 0 {
				return d.at > start
			}
			continue
		case ' ', '\n', '\t', '\r':
			return false
		default:
			continue
		}
		if depth == 0 {
			d.at++
			return true
		}
	}
	return false
}
