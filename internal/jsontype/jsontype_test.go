package jsontype_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/openova-io/esotree/internal/jsontype"
)

type Inner struct {
	B string `json:"b"`
	C int    `json:"c,omitempty"`
}

type inner struct {
	D []string `json:"d"`
}

type outer struct {
	A        *outer `json:"a,omitempty"`
	Inner    `json:",inline"`
	inner    `json:",omitempty"`
	Untagged bool
	Skipped  string             `json:"-"`
	Dash     string             `json:"-,"`
	hidden   string             //nolint:unused // encoding/json passes over it
	Last     map[string]*Inner  `json:"last"`
	When     metav1.Time        `json:"when,omitempty,omitzero"`
	Every    *metav1.Duration   `json:"every,omitempty"`
	Any      any                `json:"any"`
	Nested   [][]map[string]int `json:"nested"`
}

// TestOfNamesWhatJSONWrites compares the names and their order with what encoding/json writes.
func TestOfNamesWhatJSONWrites(t *testing.T) {
	v := outer{A: &outer{}, Inner: Inner{C: 1}, When: metav1.NewTime(time.Unix(1, 0)), Every: &metav1.Duration{Duration: 1}}
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	var want []string
	for depth, key := 0, true; ; {
		token, err := decoder.Token()
		if err != nil {
			break
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
			key = depth == 1
		case json.Delim('}'), json.Delim(']'):
			depth--
			key = depth == 1
		default:
			if name, ok := token.(string); ok && depth == 1 && key {
				want = append(want, name)
			}
			if depth == 1 {
				key = !key
			}
		}
	}
	var got []string
	at := reflect.ValueOf(&v).Elem()
	for _, f := range jsontype.Of(reflect.TypeFor[outer]()).Fields {
		got = append(got, f.Name)
		if f.In(at).Addr() != at.FieldByIndex(f.Index).Addr() {
			t.Errorf("%s is another field", f.Name)
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("fields %q, encoding/json writes %q", got, want)
	}
}

// TestOfFollowsTypes checks kinds, elements and a type that contains itself.
func TestOfFollowsTypes(t *testing.T) {
	o := jsontype.Of(reflect.TypeFor[outer]())
	field := func(name string) *jsontype.Type {
		for _, f := range o.Fields {
			if f.Name == name {
				return f.Type
			}
		}
		t.Fatalf("no field %q", name)
		return nil
	}
	if field("a").Elem != o {
		t.Error("a type that contains itself is another type there")
	}
	if got := field("last").Elem.Elem; got.Go != reflect.TypeFor[Inner]() || got.Kind != reflect.Struct {
		t.Errorf("the elements of last are %v", got.Go)
	}
	if field("when").Kind != reflect.Invalid || field("every").Elem.Kind != reflect.Invalid {
		t.Error("a marshaller of its own is not left to encoding/json")
	}
	for _, odd := range []any{
		struct {
			*Inner
		}{},
		struct {
			A int `json:",string"`
		}{},
		struct {
			Inner
			B string `json:"b"`
		}{},
		struct {
			A int `json:"a\"b"`
		}{},
		map[int]string{}, []byte{}, map[metav1.Time]string{}, json.Number(""),
	} {
		if got := jsontype.Of(reflect.TypeOf(odd)); got.Kind != reflect.Invalid {
			t.Errorf("%v is not left to encoding/json", got.Go)
		}
	}
}

// TestOmitted compares with encoding/json, field by field.
func TestOmitted(t *testing.T) {
	type all struct {
		S string           `json:"s,omitempty"`
		I int              `json:"i,omitempty"`
		P *int             `json:"p,omitempty"`
		L []int            `json:"l,omitempty"`
		M map[string]int   `json:"m,omitempty"`
		T Inner            `json:"t,omitempty"`
		Z Inner            `json:"z,omitzero"`
		W metav1.Time      `json:"w,omitzero"`
		D *metav1.Duration `json:"d,omitempty"`
		A any              `json:"a,omitempty"`
		E []int            `json:"e,omitzero"`
		K bool             `json:"k"`
	}
	zero := 0
	for _, v := range []all{{}, {S: "x", I: 1, P: &zero, L: []int{}, M: map[string]int{"": 0}, Z: Inner{B: "x"}, W: metav1.NewTime(time.Unix(1, 0)), D: &metav1.Duration{}, A: 0, E: []int{}},
		{M: map[string]int{}, L: []int{0}, A: ""}} {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var written map[string]json.RawMessage
		if err := json.Unmarshal(text, &written); err != nil {
			t.Fatal(err)
		}
		r := reflect.ValueOf(&v).Elem()
		for _, f := range jsontype.Of(r.Type()).Fields {
			for _, r := range []reflect.Value{r, reflect.ValueOf(v)} { // what no pointer leads to, too
				if _, there := written[f.Name]; there == f.Omitted(r.FieldByIndex(f.Index)) {
					t.Errorf("%s of %s: omitted is %v", f.Name, text, there)
				}
			}
		}
	}
}

// TestText compares with encoding/json.
func TestText(t *testing.T) {
	for _, v := range []metav1.Duration{{}, {Duration: 1}, {Duration: 90 * time.Minute}, {Duration: -time.Hour}} {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if got := jsontype.Of(reflect.TypeOf(v)).Text(reflect.ValueOf(v)); `"`+got+`"` != string(text) {
			t.Errorf("got %s, want %s", got, text)
		}
	}
	type Duration struct{ time.Duration }
	for _, other := range []any{Duration{}, metav1.Time{}, ""} {
		if jsontype.Of(reflect.TypeOf(other)).Text != nil {
			t.Errorf("%T has a text", other)
		}
	}
}
