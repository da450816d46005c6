package yamlsrc

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
	"sync"
)

// field is one field of a struct as a document sees it.
type field struct {
	name     string
	index    []int
	required bool
	at       int // in the list of the struct's fields
	plan     *plan
}

// in returns the field of a struct, making the pointers on the way to it.
func (f *field) in(v reflect.Value) reflect.Value {
	for _, i := range f.index {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		v = v.Field(i)
	}
	return v
}

// plan is what decoding wants to know of a type. It is made once for a type: a document has hundreds of values.
type plan struct {
	kind       reflect.Kind
	reads      reads
	of         *plan   // what a pointer points to, a list or map holds
	stringKeys bool    // of a map
	fields     []field // of a struct, in its order
}

// reads says how a type reads itself.
type reads uint8

const (
	byKind reads = iota // it does not
	byJSON
	byText
)

// find returns the field of a name, nil for none.
func (p *plan) find(name string) *field {
	for i := range p.fields {
		if p.fields[i].name == name {
			return &p.fields[i]
		}
	}
	return nil
}

// plans keeps what planOf has found, as encoding/json does: it depends on the type alone.
var plans sync.Map

func planOf(t reflect.Type) *plan {
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	made := map[reflect.Type]*plan{}
	p := newPlan(t, made)
	for t, p := range made {
		plans.LoadOrStore(t, p)
	}
	return p
}

func newPlan(t reflect.Type, made map[reflect.Type]*plan) *plan {
	if p := made[t]; p != nil { // also of a type within itself
		return p
	}
	p := &plan{kind: t.Kind()}
	made[t] = p
	switch pointer := reflect.PointerTo(t); {
	case pointer.Implements(reflect.TypeFor[json.Unmarshaler]()):
		p.reads = byJSON
	case pointer.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()):
		p.reads = byText
	}
	switch p.kind {
	case reflect.Pointer, reflect.Slice:
		p.of = newPlan(t.Elem(), made)
	case reflect.Map:
		p.of = newPlan(t.Elem(), made)
		p.stringKeys = t.Key().Kind() == reflect.String
	case reflect.Struct:
		p.add(t, nil, map[reflect.Type]bool{})
		for i := range p.fields {
			f := &p.fields[i]
			f.at, f.plan = i, newPlan(t.FieldByIndex(f.index).Type, made)
		}
	}
	return p
}

// add lists the fields of a struct by their json tags. A field of an outer struct hides one of the same name further in.
func (p *plan) add(t reflect.Type, index []int, open map[reflect.Type]bool) {
	if open[t] {
		return
	}
	open[t] = true
	defer delete(open, t)
	var inner []reflect.StructField
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" && options == "" {
			continue
		}
		kind := f.Type
		if kind.Kind() == reflect.Pointer {
			kind = kind.Elem()
		}
		inline := name == "" && kind.Kind() == reflect.Struct && (f.Anonymous || options == "inline")
		switch {
		case inline && (f.IsExported() || f.Type.Kind() == reflect.Struct):
			inner = append(inner, f)
			continue
		case !f.IsExported():
			continue
		case name == "":
			name = f.Name
		}
		if p.find(name) == nil {
			p.fields = append(p.fields, field{name: name, index: append(append([]int(nil), index...), i), required: f.Tag.Get("esotree") == "required"})
		}
	}
	for _, f := range inner {
		kind := f.Type
		if kind.Kind() == reflect.Pointer {
			kind = kind.Elem()
		}
		p.add(kind, append(append([]int(nil), index...), f.Index[0]), open)
	}
}
