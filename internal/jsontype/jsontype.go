// Package jsontype says what encoding/json sees of a Go type, for who writes or copies values without making JSON of them.
package jsontype

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
	"sync"
	"time"
)

// Type describes a Go type. Types that contain each other do so here too.
type Type struct {
	Go reflect.Type
	// Kind is Go's kind; Invalid for what only encoding/json can write: a type with a marshaller of its own, json.Number, a struct whose fields
	// hide each other or have odd names, embedded pointers, the option "string", a map whose keys are no strings, bytes.
	Kind reflect.Kind
	// Fields are those of a struct, in the order that encoding/json writes them; those of embedded structs are among them.
	Fields []Field
	// Elem is what a pointer, list or map holds.
	Elem *Type
	// Text returns the string that encoding/json writes, where that is known of a type with a marshaller of its own; else it is nil.
	Text func(reflect.Value) string
}

// Field is one field of a struct.
type Field struct {
	Name  string
	Index []int
	Type  *Type
	// OmitEmpty and OmitZero are the tag's options.
	OmitEmpty, OmitZero bool
}

// Of describes a type. It may be called from several goroutines.
func Of(t reflect.Type) *Type {
	if known, ok := all.Load(t); ok {
		return known.(*Type)
	}
	building.Lock()
	defer building.Unlock()
	b := builder{}
	out := b.of(t)
	for t, made := range b { // only now that all of them are complete
		all.Store(t, made)
	}
	return out
}

// all keeps what Of has found, which depends on the type alone.
var (
	all      sync.Map
	building sync.Mutex
)

// builder holds the types that are being described.
type builder map[reflect.Type]*Type

func (b builder) of(t reflect.Type) *Type {
	if known, ok := all.Load(t); ok {
		return known.(*Type)
	}
	if known := b[t]; known != nil {
		return known
	}
	out := &Type{Go: t, Kind: t.Kind()}
	b[t] = out
	if marshals(t) || t == reflect.TypeFor[json.Number]() {
		out.Kind = reflect.Invalid
		if isDuration(t) {
			out.Text = func(v reflect.Value) string { return time.Duration(v.Field(0).Int()).String() }
		}
		return out
	}
	switch t.Kind() {
	case reflect.Struct:
		if fields, ok := b.fields(t, nil, map[string]bool{}); ok {
			out.Fields = fields
		} else {
			out.Kind = reflect.Invalid
		}
	case reflect.Pointer:
		out.Elem = b.of(t.Elem())
	case reflect.Slice, reflect.Array:
		if out.Elem = b.of(t.Elem()); t.Elem().Kind() == reflect.Uint8 {
			out.Kind = reflect.Invalid
		}
	case reflect.Map:
		if out.Elem = b.of(t.Elem()); t.Key().Kind() != reflect.String || marshals(t.Key()) {
			out.Kind = reflect.Invalid
		}
	}
	return out
}

// isDuration reports whether a type is Kubernetes' metav1.Duration, which most objects have, and whose marshaller takes a fifth of
// the time that all of such an object takes.
// It is known by its name, as its package would bring 150 others along.
func isDuration(t reflect.Type) bool {
	return t.Name() == "Duration" && t.PkgPath() == "k8s.io/apimachinery/pkg/apis/meta/v1" && t.Kind() == reflect.Struct && t.NumField() == 1 &&
		t.Field(0).Type == reflect.TypeFor[time.Duration]()
}

var (
	marshaler     = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

// marshals reports whether a type, or a pointer to it, has a marshaller of its own.
func marshals(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer || t.Kind() == reflect.Interface {
		return false // asked of what it points to
	}
	p := reflect.PointerTo(t)
	return p.Implements(marshaler) || p.Implements(textMarshaler)
}

// fields lists the fields of a struct, and of those embedded in it, below an index.
func (b builder) fields(t reflect.Type, index []int, seen map[string]bool) ([]Field, bool) {
	var out []Field
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("json")
		name, options, _ := strings.Cut(tag, ",")
		if tag == "-" || !f.IsExported() && !f.Anonymous {
			continue
		}
		at := append(append([]int(nil), index...), i)
		if f.Anonymous && name == "" {
			if f.Type.Kind() != reflect.Struct {
				return nil, false
			}
			inner, ok := b.fields(f.Type, at, seen)
			if !ok {
				return nil, false
			}
			out = append(out, inner...)
			continue
		}
		if !f.IsExported() {
			return nil, false
		}
		if name == "" {
			name = f.Name
		}
		if seen[name] || strings.ContainsFunc(name, odd) {
			return nil, false
		}
		seen[name] = true
		field := Field{Name: name, Index: at, Type: b.of(f.Type)}
		for option := range strings.SplitSeq(options, ",") {
			switch option {
			case "omitempty":
				field.OmitEmpty = true
			case "omitzero":
				field.OmitZero = true
			case "string":
				return nil, false
			}
		}
		out = append(out, field)
	}
	return out, true
}

// odd reports whether encoding/json might not take a name with this rune from a tag.
func odd(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.$/:@", r))
}

// In returns the field of a struct. There is no pointer on the way.
func (f *Field) In(v reflect.Value) reflect.Value {
	for _, i := range f.Index {
		v = v.Field(i)
	}
	return v
}

// Omitted reports whether encoding/json leaves a field with this value out.
func (f *Field) Omitted(v reflect.Value) bool {
	return f.OmitEmpty && empty(v) || f.OmitZero && zero(v)
}

func empty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

// zero is what the type itself says, where it says it.
func zero(v reflect.Value) bool {
	type isZeroer interface{ IsZero() bool }
	if v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			return true
		}
		z, ok := v.Interface().(isZeroer)
		return ok && z.IsZero()
	}
	if !v.CanAddr() {
		boxed := reflect.New(v.Type()).Elem()
		boxed.Set(v)
		v = boxed
	}
	if z, ok := v.Addr().Interface().(isZeroer); ok {
		return z.IsZero()
	}
	return v.IsZero()
}
