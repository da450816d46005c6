package canon

import (
	"cmp"
	"reflect"
	"slices"
	"sync"

	"github.com/openova-io/esotree/internal/jsontype"
)

// plan says how the values of a Go type are written at a place.
type plan struct {
	// kind is Go's kind; Invalid for what becomes JSON first.
	kind reflect.Kind
	at   place
	elem *plan                      // of a pointer, list or map
	list []field                    // of a struct, in the order that they are written
	text func(reflect.Value) string // of what would become JSON first, if it is a string that is known
}

type field struct {
	*jsontype.Field
	key  []byte // as it is written, with its colon
	plan *plan
}

// planOf returns the plan of a type. It may be called from several goroutines.
func planOf(t reflect.Type, at place) *plan {
	if known, ok := plans[at].Load(t); ok {
		return known.(*plan)
	}
	planning.Lock()
	defer planning.Unlock()
	p := planner{}
	out := p.plan(jsontype.Of(t), at)
	for made, plan := range p { // only now that all of them are complete
		plans[made.at].Store(made.t, plan)
	}
	return out
}

// plans keeps what planOf has made, which depends on type and place alone.
var (
	plans    [places]sync.Map
	planning sync.Mutex
)

// planner holds the plans that are being made.
type planner map[planned]*plan

type planned struct {
	t  reflect.Type
	at place
}

func (p planner) plan(t *jsontype.Type, at place) *plan {
	if known, ok := plans[at].Load(t.Go); ok {
		return known.(*plan)
	}
	if known := p[planned{t.Go, at}]; known != nil {
		return known
	}
	out := &plan{at: at, text: t.Text}
	p[planned{t.Go, at}] = out
	switch t.Kind {
	case reflect.Struct:
		list, ok := p.fields(t, at)
		if !ok {
			return out
		}
		out.list = list
	case reflect.Pointer:
		// Pointers that lead to themselves are left to encoding/json, which finds them.
		if k := t.Elem.Kind; k == reflect.Pointer || k == reflect.Interface {
			return out
		}
		out.elem = p.plan(t.Elem, at)
	case reflect.Map:
		out.elem = p.plan(t.Elem, elsewhere)
	case reflect.Interface:
	case reflect.Slice, reflect.Array:
		if at == atRoot {
			return out // no object, as the pass over the JSON says
		}
		out.elem = p.plan(t.Elem, elsewhere)
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		if at == atRoot {
			return out
		}
	default:
		return out
	}
	out.kind = t.Kind
	return out
}

// fields returns false when a struct has a key that is too long.
func (p planner) fields(t *jsontype.Type, at place) ([]field, bool) {
	list := make([]field, 0, len(t.Fields))
	for i := range t.Fields {
		f := &t.Fields[i]
		if at.omits(f.Name) {
			continue
		}
		var e Encoder
		if e.key([]byte(f.Name), classify([]byte(f.Name))) != nil {
			return nil, false
		}
		list = append(list, field{f, e.dst, p.plan(f.Type, at.below(f.Name))})
	}
	slices.SortStableFunc(list, func(a, b field) int { return cmp.Compare(at.rank(a.Name), at.rank(b.Name)) })
	return list, true
}
