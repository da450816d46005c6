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

// finder yields the strings in a value of the type that it was made for; it returns false when it is told to stop. It is nil for types
// that have none.
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
		finders.Store(t, made.finder)
	}
	return out
}

// finders keeps what finderOf has planned, which depends on the type alone.
var (
	finders         sync.Map
	planningFinders sync.Mutex
)

// finderPlanner holds the finders that are being made, so that types may contain themselves.
type finderPlanner map[reflect.Type]*plannedFinder

type plannedFinder struct {
	finder
	made bool
}

func (p finderPlanner) finder(t *jsontype.Type) finder {
	if known, ok := finders.Load(t.Go); ok {
		return known.(finder)
	}
	planned := p[t.Go]
	switch {
	case planned == nil:
		planned = &plannedFinder{}
		p[t.Go] = planned
		planned.finder, planned.made = p.choose(t), true
	case !planned.made: // the type contains itself
		return func(v reflect.Value, yield func(string) bool) bool {
			return planned.finder == nil || planned.finder(v, yield)
		}
	}
	return planned.finder
}

func (p finderPlanner) choose(t *jsontype.Type) finder {
	switch t.Kind {
	case reflect.String:
		return func(v reflect.Value, yield func(string) bool) bool {
			text := v.String()
			return text == "" || yield(text)
		}
	case reflect.Struct:
		return p.fields(t)
	case reflect.Pointer:
		find := p.finder(t.Elem)
		if find == nil {
			return nil
		}
		return func(v reflect.Value, yield func(string) bool) bool {
			return v.IsNil() || find(v.Elem(), yield)
		}
	case reflect.Slice:
		return p.list(t)
	case reflect.Map:
		if t.Elem.Kind == reflect.String {
			return func(v reflect.Value, yield func(string) bool) bool {
				for i := v.MapRange(); i.Next(); {
					if text := i.Value().String(); text != "" && !yield(text) {
						return false
					}
				}
				return true
			}
		}
	case reflect.Invalid:
		if t.Text != nil {
			return func(v reflect.Value, yield func(string) bool) bool {
				return yield(t.Text(v))
			}
		}
	case reflect.Interface, reflect.Array:
	default: // numbers and the like
		return nil
	}
	return throughText(t)
}

// throughText makes JSON of one value, but of zero, as the times in a status mostly are.
func throughText(t *jsontype.Type) finder {
	zeroText, err := marshal(reflect.New(t.Go).Interface())
	zeroHasNone := err == nil && stringsIn(zeroText, func(string) bool { return false })
	return func(v reflect.Value, yield func(string) bool) bool {
		if zeroHasNone && v.IsZero() {
			return true
		}
		text, err := marshal(asWritten(v))
		return err != nil || stringsIn(text, yield)
	}
}

func (p finderPlanner) list(t *jsontype.Type) finder {
	find := p.finder(t.Elem)
	if find == nil {
		return nil
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
		// omitted is nil where what JSON leaves out has no strings anyway.
		omitted func(reflect.Value) bool
		find    finder
	}
	var steps []step
	for i := range t.Fields {
		field := &t.Fields[i]
		if find := p.finder(field.Type); find != nil {
			s := step{Field: field, find: find}
			if field.OmitZero {
				s.omitted = omission(field)
			}
			steps = append(steps, s)
		}
	}
	if len(steps) == 0 {
		return nil
	}
	return func(v reflect.Value, yield func(string) bool) bool {
		for i := range steps {
			step := &steps[i]
			value := step.In(v)
			if step.omitted != nil && step.omitted(value) {
				continue
			}
			if !step.find(value, yield) {
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
		text = text[end:]
		for len(text) > 0 && text[0] <= ' ' {
			text = text[1:]
		}
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
