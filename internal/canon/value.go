package canon

import (
	"cmp"
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// deepest is the indent from which on values become JSON first: encoding/json says so of one that contains itself.
const deepest = 1000 * step

// value writes a Go value and the line ending. A null is not written but reported, as it depends on where it stands what becomes
// of it. The indent is that of the member or item.
func (e *Encoder) value(p *plan, v reflect.Value, indent int, a after) (null bool, err error) {
	if indent > deepest {
		return e.viaJSON(p.at, v, indent, a)
	}
	switch p.kind {
	case reflect.String:
		e.string(v.String(), indent, a)
		return false, nil
	case reflect.Pointer:
		if v.IsNil() {
			return true, nil
		}
		return e.value(p.elem, v.Elem(), indent, a)
	case reflect.Interface:
		if v.IsNil() {
			return true, nil
		}
		return e.value(planOf(v.Elem().Type(), p.at), v.Elem(), indent, a)
	case reflect.Struct:
		return false, e.fields(p, v, indent, a)
	case reflect.Map:
		if v.IsNil() {
			return true, nil
		}
		return e.mapping(p, v, indent, a)
	case reflect.Slice:
		if v.IsNil() {
			return true, nil
		}
		return false, e.items(p, v, indent, a)
	case reflect.Array:
		return false, e.items(p, v, indent, a)
	case reflect.Bool:
		e.space(a)
		e.dst = strconv.AppendBool(e.dst, v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		e.space(a)
		e.dst = strconv.AppendInt(e.dst, v.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		e.space(a)
		e.dst = strconv.AppendUint(e.dst, v.Uint(), 10)
	default:
		if p.text == nil || p.at == atRoot {
			return e.viaJSON(p.at, v, indent, a)
		}
		e.string(p.text(v), indent, a)
		return false, nil
	}
	e.dst = append(e.dst, '\n')
	return false, nil
}

// viaJSON writes what encoding/json makes of a value.
func (e *Encoder) viaJSON(at place, v reflect.Value, indent int, a after) (null bool, err error) {
	if e.toJSON == nil {
		e.toJSON = json.NewEncoder(&e.json)
		e.toJSON.SetEscapeHTML(false)
	}
	if v.CanAddr() { // where encoding/json finds the marshaller of a pointer
		v = v.Addr()
	}
	e.json.Reset()
	if err := e.toJSON.Encode(v.Interface()); err != nil {
		return false, err
	}
	e.src, e.pos = e.json.Bytes(), 0
	if at == atRoot && e.src[0] != '{' {
		return false, errNoObject
	}
	if e.src[0] == 'n' {
		return true, nil
	}
	return false, e.token(at, indent, a)
}

// fields writes a struct.
func (e *Encoder) fields(p *plan, v reflect.Value, indent int, a after) error {
	e.open(a)
	written := false
	for i := range p.list {
		f := &p.list[i]
		in := f.In(v)
		if f.Omitted(in) {
			continue
		}
		begin := len(e.dst)
		if written || a == colon {
			e.indent(indent + step)
		}
		e.dst = append(e.dst, f.key...)
		null, err := e.value(f.plan, in, indent+step, colon)
		if err != nil {
			return err
		}
		if null {
			e.dst = e.dst[:begin]
			continue
		}
		written = true
	}
	if !written {
		e.empty(a, "{}")
	}
	return nil
}

// mapping writes a map. One whose keys are no UTF-8 becomes JSON first, where two of them can be the same.
func (e *Encoder) mapping(p *plan, v reflect.Value, indent int, a after) (null bool, err error) {
	texts, _ := v.Interface().(map[string]string)
	values, _ := v.Interface().(map[string]any)
	first := len(e.names)
	defer func() { e.names = e.names[:first] }()
	switch {
	case texts != nil:
		for name := range texts {
			e.names = append(e.names, name)
		}
	case values != nil:
		for name := range values {
			e.names = append(e.names, name)
		}
	default:
		for _, name := range v.MapKeys() {
			e.names = append(e.names, name.String())
		}
	}
	names := e.names[first:]
	for _, name := range names {
		if !utf8.ValidString(name) {
			return e.viaJSON(p.at, v, indent, a)
		}
	}
	if p.at == elsewhere {
		slices.Sort(names)
	} else {
		slices.SortFunc(names, func(a, b string) int {
			return cmp.Or(cmp.Compare(p.at.rank(a), p.at.rank(b)), strings.Compare(a, b))
		})
	}
	e.open(a)
	written := false
	for _, name := range names {
		if p.at.omits(name) {
			continue
		}
		begin := len(e.dst)
		if written || a == colon {
			e.indent(indent + step)
		}
		e.scratch = append(e.scratch[:0], name...)
		if err := e.key(e.scratch, classify(e.scratch)); err != nil {
			return false, err
		}
		switch {
		case texts != nil:
			e.string(texts[name], indent+step, colon)
		case values != nil:
			value := values[name]
			if value == nil {
				null = true
			} else {
				null, err = e.value(planOf(reflect.TypeOf(value), p.at.below(name)), reflect.ValueOf(value), indent+step, colon)
			}
		default:
			elem := p.elem
			if below := p.at.below(name); below != elsewhere {
				elem = planOf(v.Type().Elem(), below)
			}
			null, err = e.value(elem, v.MapIndex(reflect.ValueOf(name).Convert(v.Type().Key())), indent+step, colon)
		}
		if err != nil {
			return false, err
		}
		if null {
			e.dst = e.dst[:begin]
			continue
		}
		written = true
	}
	if !written {
		e.empty(a, "{}")
	}
	return false, nil
}

// items writes a list.
func (e *Encoder) items(p *plan, v reflect.Value, indent int, a after) error {
	e.open(a)
	in := indentItems(indent, a)
	for i := range v.Len() {
		if i > 0 || a == colon {
			e.indent(in)
		}
		e.dst = append(e.dst, "- "...)
		null, err := e.value(p.elem, v.Index(i), in, dash)
		if err != nil {
			return err
		}
		if null {
			e.dst = append(e.dst, "null\n"...)
		}
	}
	if v.Len() == 0 {
		e.empty(a, "[]")
	}
	return nil
}

// string writes a text and the line ending, with U+FFFD for what is no UTF-8.
func (e *Encoder) string(text string, indent int, a after) {
	e.space(a)
	e.scratch = append(e.scratch[:0], text...)
	flags := classify(e.scratch)
	if flags&wide != 0 && !utf8.ValidString(text) {
		e.scratch = e.scratch[:0]
		for _, r := range text {
			e.scratch = utf8.AppendRune(e.scratch, r)
		}
		flags = classify(e.scratch)
	}
	e.text(e.scratch, flags, indent+step)
	e.dst = append(e.dst, '\n')
}
