package object

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"unsafe"

	"github.com/openova-io/esotree/internal/jsontype"
)

// View fills a view, which is a pointer to a struct that is zero, as json.Unmarshal would from the object's JSON. From a typed value
// it copies the fields that the view has and makes no JSON; text that is no UTF-8 stays as it is. A view may share lists and maps
// with the value, so that nothing in it may be changed.
func (o *Object) View(view any) error {
	into := reflect.ValueOf(view)
	if value := reflect.ValueOf(o.Value); value.Kind() == reflect.Pointer && !value.IsNil() {
		if copierOf(into.Type().Elem(), value.Type().Elem())(into.UnsafePointer(), value.UnsafePointer()) {
			return nil
		}
		into.Elem().SetZero() // what was filled in so far
	}
	text, err := o.JSON()
	if err != nil {
		return err
	}
	return decode(text, view)
}

// Text is a field of a view that is there to hold text, whatever text it is: what is no string does not fit the view.
type Text struct{}

// UnmarshalText implements encoding.TextUnmarshaler, which encoding/json calls for strings alone.
func (*Text) UnmarshalText([]byte) error { return nil }

// copier fills a zero value with what is left of another one that goes through JSON. It returns false for what only JSON has an
// answer to, which is types that do not fit. It is called for two values of the types that it was made for, by their addresses: there
// are a hundred fields in an object, most are empty or a text, and package reflect takes as long to find one as to copy three.
type copier func(into, from unsafe.Pointer) bool

// copierOf returns the copier from one type to another.
func copierOf(into, from reflect.Type) copier {
	pair := typePair{into, from}
	if known, ok := copiers.Load(pair); ok {
		return known.(copier)
	}
	planning.Lock()
	defer planning.Unlock()
	p := planner{}
	out := p.copier(jsontype.Of(into), jsontype.Of(from))
	for pair, made := range p { // only now that all of them are complete
		copiers.Store(pair, *made)
	}
	return out
}

// copiers keeps what copierOf has planned, which depends on the types alone.
var (
	copiers  sync.Map
	planning sync.Mutex
)

type typePair struct{ into, from reflect.Type }

// planner holds the copiers that are being made, so that types may contain themselves.
type planner map[typePair]*copier

func (p planner) copier(into, from *jsontype.Type) copier {
	pair := typePair{into.Go, from.Go}
	if known, ok := copiers.Load(pair); ok {
		return known.(copier)
	}
	if made := p[pair]; made != nil {
		if *made != nil {
			return *made
		}
		return func(into, from unsafe.Pointer) bool { return (*made)(into, from) }
	}
	made := new(copier)
	p[pair] = made
	*made = p.choose(into, from)
	return *made
}

func (p planner) choose(into, from *jsontype.Type) copier {
	switch {
	case into.Go == reflect.TypeFor[json.RawMessage]():
		return func(into, at unsafe.Pointer) bool {
			text, err := marshal(reflect.NewAt(from.Go, at).Interface())
			*(*json.RawMessage)(into) = text
			return err == nil
		}
	case into.Kind == reflect.Invalid, formOf(into.Go).kind == reflect.Invalid:
		return throughJSON(into, from)
	case into.Kind == reflect.String && from.Text != nil:
		return func(into, at unsafe.Pointer) bool {
			*(*string)(into) = from.Text(reflect.NewAt(from.Go, at).Elem())
			return true
		}
	case from.Kind == reflect.Invalid, from.Kind == reflect.Interface:
		return throughJSON(into, from)
	case from.Kind == reflect.Pointer:
		elem := p.copier(into, from.Elem)
		return func(into, from unsafe.Pointer) bool {
			at := *(*unsafe.Pointer)(from)
			return at == nil || elem(into, at)
		}
	case into.Go == reflect.TypeFor[any](), into.Go == reflect.TypeFor[map[string]any]() && (from.Kind == reflect.Map || from.Kind == reflect.Struct):
		return func(to, at unsafe.Pointer) bool {
			value, ok := plain(from, reflect.NewAt(from.Go, at).Elem())
			if value != nil {
				reflect.NewAt(into.Go, to).Elem().Set(reflect.ValueOf(value))
			}
			return ok
		}
	case into.Kind == reflect.Pointer:
		elem, t := p.copier(into.Elem, from), into.Elem.Go
		return func(into, from unsafe.Pointer) bool {
			at := reflect.New(t).UnsafePointer()
			*(*unsafe.Pointer)(into) = at
			return elem(at, from)
		}
	case into.Kind == reflect.Map && from.Kind == reflect.Struct:
		return p.fieldsToMap(into, from)
	case into.Kind == reflect.Map && into.Go == from.Go && from.Elem.Kind == reflect.String: // shared
		return func(into, from unsafe.Pointer) bool {
			*(*unsafe.Pointer)(into) = *(*unsafe.Pointer)(from)
			return true
		}
	case into.Kind != from.Kind:
		return throughJSON(into, from)
	}
	switch into.Kind {
	case reflect.String:
		return func(into, from unsafe.Pointer) bool {
			*(*string)(into) = *(*string)(from)
			return true
		}
	case reflect.Bool:
		return func(into, from unsafe.Pointer) bool {
			*(*bool)(into) = *(*bool)(from)
			return true
		}
	case reflect.Struct:
		return p.fields(into, from)
	case reflect.Slice:
		return p.list(into, from)
	}
	return throughJSON(into, from)
}

// throughJSON makes JSON of one value.
func throughJSON(into, from *jsontype.Type) copier {
	return func(to, at unsafe.Pointer) bool {
		text, err := marshal(reflect.NewAt(from.Go, at).Interface())
		return err == nil && fill(reflect.NewAt(into.Go, to).Elem(), text)
	}
}

// fill is decode for a value of any kind.
func fill(into reflect.Value, text []byte) bool {
	if d := (viewDecoder{text: text}); d.value(formOf(into.Type()), into) && d.at == len(text) {
		return true
	}
	into.SetZero()
	return json.Unmarshal(text, into.Addr().Interface()) == nil
}

// fieldStep copies one field.
type fieldStep struct {
	into, from uintptr // where they are
	omitted    func(at unsafe.Pointer) bool
	copy       copier
}

func (p planner) fields(into, from *jsontype.Type) copier {
	var steps []fieldStep
	for i := range from.Fields {
		source := &from.Fields[i]
		for _, field := range into.Fields {
			switch {
			case field.Name == source.Name && field.Type.Go == reflect.TypeFor[Text]() && holdsText(source.Type): // nothing to copy
			case field.Name == source.Name:
				steps = append(steps, fieldStep{field.Offset, source.Offset, omission(source), p.copier(field.Type, source.Type)})
			case strings.EqualFold(field.Name, source.Name):
				return throughJSON(into, from) // it would take the one for the other
			}
		}
	}
	return func(into, from unsafe.Pointer) bool {
		for i := range steps {
			step := &steps[i]
			at := unsafe.Add(from, step.from)
			if step.omitted != nil && step.omitted(at) {
				continue
			}
			if !step.copy(unsafe.Add(into, step.into), at) {
				return false
			}
		}
		return true
	}
}

func holdsText(t *jsontype.Type) bool {
	return t.Kind == reflect.String || t.Kind == reflect.Pointer && holdsText(t.Elem)
}

// omission reports whether JSON leaves out the field that is at an address; nil where it never does.
func omission(f *jsontype.Field) func(at unsafe.Pointer) bool {
	switch {
	case f.OmitZero:
	case !f.OmitEmpty, f.Type.Kind == reflect.Struct:
		return nil
	case f.Type.Kind == reflect.Pointer:
		return func(at unsafe.Pointer) bool { return *(*unsafe.Pointer)(at) == nil }
	case f.Type.Kind == reflect.String:
		return func(at unsafe.Pointer) bool { return *(*string)(at) == "" }
	case f.Type.Kind == reflect.Slice:
		return func(at unsafe.Pointer) bool { return len(*(*[]struct{})(at)) == 0 }
	}
	return func(at unsafe.Pointer) bool { return f.Omitted(reflect.NewAt(f.Type.Go, at).Elem()) }
}

func (p planner) list(into, from *jsontype.Type) copier {
	if into.Go == from.Go && from.Elem.Kind == reflect.String { // shared, and who appends to it makes another one
		return func(into, from unsafe.Pointer) bool {
			*(*[]string)(into) = slices.Clip(*(*[]string)(from))
			return true
		}
	}
	elem, size, fromSize := p.copier(into.Elem, from.Elem), into.Elem.Go.Size(), from.Elem.Go.Size()
	return func(to, at unsafe.Pointer) bool {
		list := reflect.NewAt(from.Go, at).Elem()
		if list.IsNil() {
			return true
		}
		made := reflect.NewAt(into.Go, to).Elem()
		made.Set(reflect.MakeSlice(into.Go, list.Len(), list.Len()))
		to, at = made.UnsafePointer(), list.UnsafePointer()
		for i := range uintptr(list.Len()) {
			if !elem(unsafe.Add(to, i*size), unsafe.Add(at, i*fromSize)) {
				return false
			}
		}
		return true
	}
}

func (p planner) fieldsToMap(into, from *jsontype.Type) copier {
	steps := make([]fieldStep, len(from.Fields))
	for i := range steps {
		field := &from.Fields[i]
		steps[i] = fieldStep{from: field.Offset, omitted: omission(field), copy: p.copier(into.Elem, field.Type)}
	}
	return func(to, at unsafe.Pointer) bool {
		made := reflect.MakeMap(into.Go)
		for i := range steps {
			step := &steps[i]
			at := unsafe.Add(at, step.from)
			if step.omitted != nil && step.omitted(at) {
				continue
			}
			value := reflect.New(into.Elem.Go)
			if !step.copy(value.UnsafePointer(), at) {
				return false
			}
			made.SetMapIndex(reflect.ValueOf(from.Fields[i].Name), value.Elem())
		}
		reflect.NewAt(into.Go, to).Elem().Set(made)
		return true
	}
}

// plain is what json.Unmarshal fills an any with.
func plain(t *jsontype.Type, v reflect.Value) (any, bool) {
	switch t.Kind {
	case reflect.Interface:
		if v.IsNil() {
			return nil, true
		}
		return plain(jsontype.Of(v.Elem().Type()), v.Elem())
	case reflect.Pointer:
		if v.IsNil() {
			return nil, true
		}
		return plain(t.Elem, v.Elem())
	case reflect.String:
		return v.String(), true
	case reflect.Bool:
		return v.Bool(), true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return float64(v.Int()), true
	case reflect.Float64:
		return v.Float(), !math.IsNaN(v.Float()) && !math.IsInf(v.Float(), 0)
	case reflect.Struct:
		return plainFields(t, v)
	case reflect.Slice:
		if v.IsNil() {
			return nil, true
		}
		out := make([]any, v.Len())
		for i := range out {
			var ok bool
			if out[i], ok = plain(t.Elem, v.Index(i)); !ok {
				return nil, false
			}
		}
		return out, true
	case reflect.Map:
		if v.IsNil() {
			return nil, true
		}
		out := make(map[string]any, v.Len())
		for i := v.MapRange(); i.Next(); {
			key := i.Key().String()
			value, ok := plain(t.Elem, i.Value())
			if !ok {
				return nil, false
			}
			out[key] = value
		}
		return out, true
	}
	var out any
	text, err := marshal(asWritten(v))
	return out, err == nil && fill(reflect.ValueOf(&out).Elem(), text)
}

func plainFields(t *jsontype.Type, v reflect.Value) (any, bool) {
	out := map[string]any{}
	for i := range t.Fields {
		field := &t.Fields[i]
		value := v.FieldByIndex(field.Index)
		if field.Omitted(value) {
			continue
		}
		var ok bool
		if out[field.Name], ok = plain(field.Type, value); !ok {
			return nil, false
		}
	}
	return out, true
}

// asWritten is what encoding/json makes of a value: it sees methods of a pointer to it where it can.
func asWritten(v reflect.Value) any {
	if v.CanAddr() {
		v = v.Addr()
	}
	return v.Interface()
}
