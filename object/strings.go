package object

import (
	"bytes"
	"encoding/json"
	"iter"
	"reflect"
	"sync"

	"github.com/openova-io/esotree/internal/jsontype"
)

// Strings are the strings in the object's JSON that are not empty, but for the names of fields and the keys of maps, in no fixed
// order. Of a typed value no JSON is made.
func (o *Object) Strings() iter.Seq[string] {
	return func(yield func(string) bool) {
		if value := reflect.ValueOf(o.Value); value.Kind() == reflect.Pointer && !value.IsNil() {
			if find := finderOf(value.Type().Elem()); find != nil {
				find(value.Elem(), yield)
			}
			return
		}
		if text, err := o.JSON(); err == nil {
			stringsIn(text, yield)
		}
	}
}

// finder yields the strings in a value; it returns false when it is told to stop. It is nil for types that have none.
type finder func(v reflect.Value, yield func(string) bool) bool

func finderOf(t reflect.Type) finder {
	if known, ok := finders.Load(t); ok {
		return known.(finder)
	}
	planningFinders.Lock()
	defer planningFinders.Unlock()
	p := finderPlanner{}
	out := p.finder(jsontype.Of(t))
	for t, made := range p { // only now that all of them are complete
		finders.Store(t, *made)
	}
	return out
}

// finders keeps what finderOf has planned, which depends on the type alone.
var (
	finders         sync.Map
	planningFinders sync.Mutex
)

// finderPlanner holds the finders that are being made, so that types may contain themselves.
type finderPlanner map[reflect.Type]*finder

func (p finderPlanner) finder(t *jsontype.Type) finder {
	if known, ok := finders.Load(t.Go); ok {
		return known.(finder)
	}
	if made := p[t.Go]; made != nil {
		return func(v reflect.Value, yield func(string) bool) bool { return *made == nil || (*made)(v, yield) }
	}
	made := new(finder)
	p[t.Go] = made
	*made = p.choose(t)
	return *made
}

func (p finderPlanner) choose(t *jsontype.Type) finder {
	switch t.Kind {
	case reflect.String:
		return func(v reflect.Value, yield func(string) bool) bool { return v.Len() == 0 || yield(v.String()) }
	case reflect.Invalid:
		return func(v reflect.Value, yield func(string) bool) bool {
			text, err := valueText(v)
			return err != nil || stringsIn(text, yield)
		}
	case reflect.Interface:
		return func(v reflect.Value, yield func(string) bool) bool {
			if v.IsNil() {
				return true
			}
			find := finderOf(v.Elem().Type())
			return find == nil || find(v.Elem(), yield)
		}
	case reflect.Struct:
		return p.fields(t)
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return p.elements(t)
	}
	return nil
}

func (p finderPlanner) elements(t *jsontype.Type) finder {
	find := p.finder(t.Elem)
	if find == nil {
		return nil
	}
	switch t.Kind {
	case reflect.Pointer:
		return func(v reflect.Value, yield func(string) bool) bool { return v.IsNil() || find(v.Elem(), yield) }
	case reflect.Map:
		return func(v reflect.Value, yield func(string) bool) bool {
			for i := v.MapRange(); i.Next(); {
				if !find(i.Value(), yield) {
					return false
				}
			}
			return true
		}
	}
	return func(v reflect.Value, yield func(string) bool) bool {
		for i := range v.Len() {
			if !find(v.Index(i), yield) {
				return false
			}
		}
		return true
	}
}

func (p finderPlanner) fields(t *jsontype.Type) finder {
	type step struct {
		*jsontype.Field
		find finder
	}
	var steps []step
	for i := range t.Fields {
		field := &t.Fields[i]
		if find := p.finder(field.Type); find != nil {
			steps = append(steps, step{field, find})
		}
	}
	if len(steps) == 0 {
		return nil
	}
	return func(v reflect.Value, yield func(string) bool) bool {
		for i := range steps {
			value := v.FieldByIndex(steps[i].Index)
			if !steps[i].Omitted(value) && !steps[i].find(value, yield) {
				return false
			}
		}
		return true
	}
}

// stringsIn yields the strings in a JSON text but for names and keys.
func stringsIn(text []byte, yield func(string) bool) bool {
	for {
		begin := bytes.IndexByte(text, '"')
		if begin < 0 {
			return true
		}
		text = text[begin:]
		end, escaped := 1, false
		for end < len(text) && text[end] != '"' {
			if text[end] == '\\' {
				escaped = true
				end++
			}
			end++
		}
		end = min(end+1, len(text))
		quoted := text[:end]
		text = bytes.TrimLeft(text[end:], " \t\r\n")
		if len(text) > 0 && text[0] == ':' || len(quoted) <= len(`""`) {
			continue
		}
		value := string(quoted[1 : len(quoted)-1])
		if escaped && json.Unmarshal(quoted, &value) != nil {
			continue
		}
		if !yield(value) {
			return false
		}
	}
}
