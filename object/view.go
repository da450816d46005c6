package object

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"sync"

	"github.com/openova-io/esotree/internal/jsontype"
)

// View fills a view, which is a pointer to a struct that is zero, as json.Unmarshal would from the object's JSON. From a typed value
// it copies the fields that the view has and makes no JSON; text that is no UTF-8 stays as it is. A view may share lists and maps
// with the value, so that nothing in it may be changed.
func (o *Object) View(view any) error {
	into := reflect.ValueOf(view)
	if value := reflect.ValueOf(o.Value); value.Kind() == reflect.Pointer && !value.IsNil() {
		if copierOf(into.Type().Elem(), value.Type().Elem())(into.Elem(), value.Elem()) {
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
// answer to, which is types that do not fit. It is called for two values of the types that it was made for.
type copier func(into, from reflect.Value) bool

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
		return func(into, from reflect.Value) bool { return (*made)(into, from) }
	}
	made := new(copier)
	p[pair] = made
	*made = p.choose(into, from)
	return *made
}

func (p planner) choose(into, from *jsontype.Type) copier {
	switch {
	case into.Go == reflect.TypeFor[json.RawMessage]():
		return func(into, from reflect.Value) bool {
			text, err := marshal(asWritten(from))
			into.SetBytes(text)
			return err == nil
		}
	case into.Kind == reflect.Invalid, formOf(into.Go).kind == reflect.Invalid:
		return throughJSON
	case into.Kind == reflect.String && from.Text != nil:
		text := from.Text
		return func(into, from reflect.Value) bool {
			into.SetString(text(from))
			return true
		}
	case from.Kind == reflect.Invalid, from.Kind == reflect.Interface:
		return throughJSON
	case from.Kind == reflect.Pointer:
		elem := p.copier(into, from.Elem)
		return func(into, from reflect.Value) bool { return from.IsNil() || elem(into, from.Elem()) }
	case into.Go == reflect.TypeFor[any](), into.Go == reflect.TypeFor[map[string]any]() && (from.Kind == reflect.Map || from.Kind == reflect.Struct):
		t := from
		return func(into, from reflect.Value) bool {
			value, ok := plain(t, from)
			if value != nil {
				into.Set(reflect.ValueOf(value))
			}
			return ok
		}
	case into.Kind == reflect.Pointer:
		elem, t := p.copier(into.Elem, from), into.Elem.Go
		return func(into, from reflect.Value) bool {
			made := reflect.New(t)
			into.Set(made)
			return elem(made.Elem(), from)
		}
	case into.Kind == reflect.Map && from.Kind == reflect.Struct:
		return p.fieldsToMap(into, from)
	case into.Kind == reflect.Map && into.Go == from.Go && from.Elem.Kind == reflect.String: // shared
		return func(into, from reflect.Value) bool {
			into.Set(from)
			return true
		}
	case into.Kind != from.Kind:
		return throughJSON
	}
	switch into.Kind {
	case reflect.String:
		return func(into, from reflect.Value) bool {
			into.SetString(from.String())
			return true
		}
	case reflect.Bool:
		return func(into, from reflect.Value) bool {
			into.SetBool(from.Bool())
			return true
		}
	case reflect.Struct:
		return p.fields(into, from)
	case reflect.Slice:
		return p.list(into, from)
	}
	return throughJSON
}

// throughJSON makes JSON of one value.
func throughJSON(into, from reflect.Value) bool {
	text, err := marshal(asWritten(from))
	return err == nil && fill(into, text)
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
	into, from *jsontype.Field
	// omitted reports whether JSON leaves the field out; it is nil where it never does.
	omitted func(reflect.Value) bool
	copy    copier
}

func (p planner) fields(into, from *jsontype.Type) copier {
	var steps []fieldStep
	for i := range from.Fields {
		source := &from.Fields[i]
		for j := range into.Fields {
			switch field := &into.Fields[j]; {
			case field.Name == source.Name && field.Type.Go == reflect.TypeFor[Text]() && holdsText(source.Type): // nothing to copy
			case field.Name == source.Name:
				steps = append(steps, fieldStep{field, source, omission(source), p.copier(field.Type, source.Type)})
			case strings.EqualFold(field.Name, source.Name):
				return throughJSON // it would take the one for the other
			}
		}
	}
	return func(into, from reflect.Value) bool {
		for i := range steps {
			step := &steps[i]
			value := step.from.In(from)
			if step.omitted != nil && step.omitted(value) {
				continue
			}
			if !step.copy(step.into.In(into), value) {
				return false
			}
		}
		return true
	}
}

func holdsText(t *jsontype.Type) bool {
	return t.Kind == reflect.String || t.Kind == reflect.Pointer && holdsText(t.Elem)
}

func omission(f *jsontype.Field) func(reflect.Value) bool {
	switch {
	case f.OmitZero:
	case !f.OmitEmpty, f.Type.Kind == reflect.Struct:
		return nil
	case f.Type.Kind == reflect.Pointer:
		return reflect.Value.IsNil
	case f.Type.Kind == reflect.String, f.Type.Kind == reflect.Slice:
		return func(v reflect.Value) bool { return v.Len() == 0 }
	}
	return f.Omitted
}

func (p planner) list(into, from *jsontype.Type) copier {
	if into.Go == from.Go && from.Elem.Kind == reflect.String { // shared, and who appends to it makes another one
		return func(into, from reflect.Value) bool {
			into.Set(from.Slice3(0, from.Len(), from.Len()))
			return true
		}
	}
	elem, t := p.copier(into.Elem, from.Elem), into.Go
	return func(into, from reflect.Value) bool {
		if from.IsNil() {
			return true
		}
		made := reflect.MakeSlice(t, from.Len(), from.Len())
		into.Set(made)
		for i := range from.Len() {
			if !elem(made.Index(i), from.Index(i)) {
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
		steps[i] = fieldStep{from: field, omitted: omission(field), copy: p.copier(into.Elem, field.Type)}
	}
	t, names := into.Go, from.Fields
	return func(into, from reflect.Value) bool {
		made := reflect.MakeMap(t)
		for i := range steps {
			step := &steps[i]
			value := step.from.In(from)
			if step.omitted != nil && step.omitted(value) {
				continue
			}
			elem := reflect.New(t.Elem()).Elem()
			if !step.copy(elem, value) {
				return false
			}
			made.SetMapIndex(reflect.ValueOf(names[i].Name), elem)
		}
		into.Set(made)
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
