package yamlsrc

import (
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
}

// in returns the field of a struct, making the pointers on the way to it.
func (f field) in(v reflect.Value) reflect.Value {
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

// fieldSet holds the fields in the order of the struct.
type fieldSet struct{ list []field }

func (s *fieldSet) find(name string) (field, bool) {
	for _, f := range s.list {
		if f.name == name {
			return f, true
		}
	}
	return field{}, false
}

// known keeps what fieldsOf has found, as encoding/json does: it depends on the type alone, and a document has hundreds of them.
var known sync.Map

// fieldsOf lists the fields of a struct by their json tags. A field of an outer struct hides one of the same name further in.
func fieldsOf(t reflect.Type) *fieldSet {
	if s, ok := known.Load(t); ok {
		return s.(*fieldSet)
	}
	s := &fieldSet{}
	s.add(t, nil, map[reflect.Type]bool{})
	for i := range s.list {
		s.list[i].at = i
	}
	known.Store(t, s)
	return s
}

func (s *fieldSet) add(t reflect.Type, index []int, open map[reflect.Type]bool) {
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
		if _, hidden := s.find(name); !hidden {
			s.list = append(s.list, field{name: name, index: append(append([]int(nil), index...), i), required: f.Tag.Get("esotree") == "required"})
		}
	}
	for _, f := range inner {
		kind := f.Type
		if kind.Kind() == reflect.Pointer {
			kind = kind.Elem()
		}
		s.add(kind, append(append([]int(nil), index...), f.Index[0]), open)
	}
}
