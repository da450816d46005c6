package canon

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	esv1 "github.com/external-secrets/external-secrets/apis/externalsecrets/v1"
	esv1alpha1 "github.com/external-secrets/external-secrets/apis/externalsecrets/v1alpha1"
	genv1alpha1 "github.com/external-secrets/external-secrets/apis/generators/v1alpha1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// same fails the test unless a value is written as encoding/json's JSON of it is.
func same(t *testing.T, v any) {
	t.Helper()
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	var want []byte
	err := e.Encode(v)
	if err == nil {
		want, err = Append(nil, json.RawMessage(text.Bytes()))
	}
	got, gotErr := Append(nil, v)
	if (err == nil) != (gotErr == nil) || !bytes.Equal(got, want) {
		t.Errorf("%T: got %v\n%s\nwant %v\n%s", v, gotErr, got, err, want)
	}
}

type (
	named    string
	pointer  *pointer
	tree     map[string]tree
	byValue  struct{ a, b string }
	byAddr   struct{ a string }
	textual  struct{ a string }
	zeroable struct{ A string }
	hidden   struct {
		Promoted string            `json:"promoted,omitempty"`
		Labels   map[string]string `json:"labels"`
	}
	Embedded struct {
		Annotations map[named]string `json:"annotations,omitempty"`
		Name        string           `json:"name"`
	}
)

func (v byValue) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"name": v.b, "a": v.a})
}
func (v *byAddr) MarshalJSON() ([]byte, error) { return json.Marshal([]string{v.a}) }
func (v textual) MarshalText() ([]byte, error) { return []byte(v.a), nil }
func (v *zeroable) IsZero() bool               { return v.A == "yes" }

// everything has all that the plan of a type distinguishes.
type everything struct {
	hidden   `json:",omitempty"`
	Embedded `json:"metadata,omitempty"`
	Zeta     *everything           `json:"zeta,omitempty"`
	Status   string                `json:"status"`
	Spec     map[string]any        `json:"spec"`
	Kind     named                 `json:"kind,omitempty"`
	Untagged int                   ``
	Numbers  []int8                `json:"numbers"`
	Unsigned [2]uint16             `json:"unsigned"`
	Float    float64               `json:"float,omitempty"`
	Single   *float32              `json:"single"`
	Number   json.Number           `json:"number,omitempty"`
	Yes      bool                  `json:"yes"`
	Maybe    *bool                 `json:"maybe"`
	Bytes    []byte                `json:"bytes"`
	ByName   map[named]*Embedded   `json:"by-name"`
	ByNumber map[int]string        `json:"by-number,omitempty"`
	Texts    map[string]string     `json:"texts"`
	Lists    [][][]string          `json:"lists"`
	Structs  []struct{ A, B *int } `json:"structs"`
	Any      any                   `json:"any"`
	Anys     []any                 `json:"anys,omitempty"`
	Far      **string              `json:"far"`
	Value    byValue               `json:"value"`
	Address  byAddr                `json:"address"`
	Elements map[string]byAddr     `json:"elements"`
	Text     textual               `json:"text"`
	TextKeys map[textual]int       `json:"text-keys"`
	Zero     zeroable              `json:"zero,omitzero"`
	Zeros    map[string]zeroable   `json:"zeros"`
	Time     metav1.Time           `json:"time"`
	Every    *metav1.Duration      `json:"every,omitempty"`
	Port     intstr.IntOrString    `json:"port"`
	Size     resource.Quantity     `json:"size,omitempty"`
	JSON     *apiextensionsv1.JSON `json:"json,omitempty"`
	Raw      json.RawMessage       `json:"raw,omitempty"`
	Quoted   struct {
		A int `json:"a,string"`
	} `json:"quoted"`
	Clashing struct {
		Embedded
		Name string `json:"name"`
	} `json:"clashing"`
	Unwritable chan int `json:"-"`
}

// filler makes values of any type.
type filler struct{ *rand.Rand }

var texts = []string{"", "a", "yes", "1", "a: b", "x\ny\n", "\n", "a\tb\nc", "é漢", "a\xffb", "\xc3", "\xe2\x80\xa8", "<&>", `"\`, "\x00", " ", "metadata", "status", "name",
	"labels", "spec", "kind", "apiVersion", "\ufeff", strings.Repeat("long ", 60), "null", "k\xfe", "k\xff", "k\ufffd"}

func (f filler) text() string { return texts[f.IntN(len(texts))] }

func (f filler) fill(v reflect.Value, depth int) {
	if f.IntN(5) == 0 {
		return // zero
	}
	switch x := v.Addr().Interface().(type) {
	case *metav1.Time:
		*x = metav1.NewTime(time.Unix(f.Int64N(1<<32), 0))
		return
	case *resource.Quantity:
		*x = resource.MustParse([]string{"1", "500m", "1Gi", "1e3"}[f.IntN(4)])
		return
	case *intstr.IntOrString:
		*x = intstr.Parse(f.text())
		return
	case *json.Number:
		*x = json.Number([]string{"1", "-0", "1e5", "2.50"}[f.IntN(4)])
		return
	case *json.RawMessage:
		*x = json.RawMessage(f.json())
		return
	case *apiextensionsv1.JSON:
		x.Raw = []byte(f.json())
		return
	case *byValue:
		x.a, x.b = f.text(), f.text()
		return
	case *byAddr:
		x.a = f.text()
		return
	case *textual:
		x.a = f.text()
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(f.text())
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(f.Int64() >> f.IntN(64))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(f.Uint64() >> f.IntN(64))
	case reflect.Float32, reflect.Float64:
		v.SetFloat([]float64{1, -2.5, 1e21, 1e-9, math.Copysign(0, -1), math.MaxFloat32}[f.IntN(6)])
	case reflect.Struct:
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() || field.Anonymous && field.Type.Kind() == reflect.Struct {
				if !field.IsExported() { // its own fields can be set
					for j := range v.Field(i).NumField() {
						f.fill(v.Field(i).Field(j), depth)
					}
					continue
				}
				f.fill(v.Field(i), depth)
			}
		}
	case reflect.Pointer:
		if depth > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			f.fill(v.Elem(), depth-1)
		}
	case reflect.Slice:
		if depth > 0 {
			v.Set(reflect.MakeSlice(v.Type(), f.IntN(3), 3))
			for i := range v.Len() {
				f.fill(v.Index(i), depth-1)
			}
		}
	case reflect.Array:
		for i := range v.Len() {
			f.fill(v.Index(i), depth-1)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range f.IntN(5) {
			key, elem := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			f.fill(key, 0)
			f.fill(elem, depth-1)
			v.SetMapIndex(key, elem)
		}
	case reflect.Interface:
		if v.NumMethod() == 0 && depth > 0 {
			types := []any{"", 0, 1.5, true, map[string]any{}, []any{}, map[string]string{}, []string{}, everything{}, &everything{}, byAddr{}, &byAddr{}, int64(1),
				json.RawMessage{}, metav1.Duration{}, named(""), map[named]named{}, json.Number(""), [1]any{}}
			elem := reflect.New(reflect.TypeOf(types[f.IntN(len(types))])).Elem()
			f.fill(elem, depth-1)
			v.Set(elem)
		}
	}
}

func (f filler) json() string {
	return []string{`null`, ` { "b" : [ 1 , {} ] , "a" : null } `, `"\u003cé"`, `[]`, `1E5`, `{"a":1,"a":2}`, `{"metadata":{"z":1,"name":"n"},"status":1}`}[f.IntN(7)]
}

// FuzzValue: what the plan of a type writes is what the pass over its JSON writes.
func FuzzValue(f *testing.F) {
	for seed := range uint64(200) {
		f.Add(seed, uint8(seed%6))
	}
	f.Fuzz(func(t *testing.T, seed uint64, depth uint8) {
		fill := filler{rand.New(rand.NewPCG(seed, 1))}
		for _, v := range []any{&everything{}, &map[string]any{}, &map[string]everything{}, &map[named]any{}, &esv1.ExternalSecret{}, &esv1.ClusterSecretStore{},
			&esv1alpha1.PushSecret{}, &genv1alpha1.Password{}, &genv1alpha1.ClusterGenerator{}} {
			fill.fill(reflect.ValueOf(v).Elem(), int(depth%8))
			same(t, v)
			same(t, reflect.ValueOf(v).Elem().Interface())
		}
	})
}

// TestValues has what a filler does not make.
func TestValues(t *testing.T) {
	self := &everything{}
	self.Zeta = self
	loop := tree{}
	loop["a"] = loop
	var to pointer
	to = &to
	var anything any
	anything = &anything
	deep := tree{}
	for range 3000 {
		deep = tree{"a": deep}
	}
	var none *everything
	for _, v := range []any{
		self, loop, map[string]any{"a": to}, map[string]any{"a": anything}, anything, deep, none, &none, everything{}, named("x"), 1, []int{1}, [1]string{}, tree(nil), true,
		json.RawMessage(nil), json.Number("x"), byValue{}, &byAddr{}, textual{}, map[string]any{"a": make(chan int)}, make(chan int), map[string]any{"a": math.NaN()},
		map[string]any{"a": func() {}, "b": 1i}, map[string]string{"a\xff": "1", "a\xfe": "2"}, map[string]string{"b\xff": "1", "a\xfe": "2"}, map[string]any{"a\xff": nil, "z": 1},
		map[string]string{strings.Repeat("k", MaxKey): ""}, map[string]string{strings.Repeat("k", MaxKey+1): ""}, json.RawMessage("{tru}"), map[string]any{"a": json.RawMessage("tru")},
		struct {
			A int `json:"a\tb"`
			B int `json:"a\"b"`
			C int `json:"ü"`
		}{},
	} {
		same(t, v)
	}
	// What is left out need not be writable.
	if got, err := Append(nil, map[string]any{"status": make(chan int), "a": 1}); err != nil || string(got) != "a: 1\n" {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestConcurrent: several goroutines meet types that have no plan yet, which contain each other.
func TestConcurrent(t *testing.T) {
	type inner struct {
		A string `json:"a"`
	}
	type outer struct {
		Next *outer           `json:"next,omitempty"`
		Map  map[string]inner `json:"map"`
	}
	v := &outer{Next: &outer{Map: map[string]inner{"b": {A: "x"}}}, Map: map[string]inner{"c": {}}}
	const want = "next:\n  map:\n    b:\n      a: x\nmap:\n  c:\n    a: ''\n"
	var running sync.WaitGroup
	for range 8 {
		running.Go(func() {
			if got, err := Append(nil, v); err != nil || string(got) != want {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
	running.Wait()
}
