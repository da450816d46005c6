package canon

import (
	"cmp"
	"reflect"
	"slices"
	"sync"
	"unsafe"

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
	memory
}

// memory says where a field is in a struct that has an address, for what can be told of it at a glance: most fields of most objects
// are empty, most others are texts, and to ask package reflect about each of them takes as long as to write them.
type memory struct {
	offset uintptr
	kind   reflect.Kind
	omit   bool // when it is empty
	text   bool // it is a string, left out only when it is empty
}

// isEmpty reports whether the field of the struct at base is left out as it is empty. Where it is false that may be so all the same.
func (m *memory) isEmpty(base unsafe.Pointer) bool {
	if !m.omit {
		return false
	}
	at := unsafe.Add(base, m.offset)
	switch m.kind {
	case reflect.String:
		return len(*(*string)(at)) == 0
	case reflect.Pointer, reflect.Map:
		return *(*unsafe.Pointer)(at) == nil
	case reflect.Slice:
		return len(*(*[]struct{})(at)) == 0
	}
	return false
}

// string is the text of a field that is one.
func (m *memory) string(base unsafe.Pointer) string { return *(*string)(unsafe.Add(base, m.offset)) }

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
		out := field{Field: f, key: e.dst, plan: p.plan(f.Type, at.below(f.Name))}
		in := t.Go
		for _, i := range f.Index {
			out.offset += in.Field(i).Offset
			in = in.Field(i).Type
		}
		out.kind, out.omit, out.text = in.Kind(), f.OmitEmpty, out.plan.kind == reflect.String && !f.OmitZero
		list = append(list, out)
	}
	slices.SortStableFunc(list, func(a, b field) int { return cmp.Compare(at.rank(a.Name), at.rank(b.Name)) })
	return list, true
}
