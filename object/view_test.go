package object

import (
	"encoding/json"
	"maps"
	"math"
	"reflect"
	"slices"
	"testing"

	esv1 "github.com/external-secrets/external-secrets/apis/externalsecrets/v1"
	esv1alpha1 "github.com/external-secrets/external-secrets/apis/externalsecrets/v1alpha1"
	genv1alpha1 "github.com/external-secrets/external-secrets/apis/generators/v1alpha1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/randfill"
)

// typedValues calls f with random values of each of ESO's kinds and of some of Kubernetes'.
func typedValues(t *testing.T, f func(value any)) {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{esv1.AddToScheme, esv1alpha1.AddToScheme, genv1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	types := []reflect.Type{reflect.TypeFor[corev1.Secret](), reflect.TypeFor[corev1.Namespace](), reflect.TypeFor[corev1.ServiceAccount](), reflect.TypeFor[appsv1.Deployment]()}
	for _, kind := range slices.SortedFunc(maps.Values(scheme.AllKnownTypes()), func(a, b reflect.Type) int {
		return len(a.Name()) - len(b.Name())
	}) {
		if kind.PkgPath() != reflect.TypeFor[metav1.ObjectMeta]().PkgPath() {
			types = append(types, kind)
		}
	}
	random := randfill.NewWithSeed(1).NumElements(0, 3).Funcs(
		func(v *apiextensions.JSON, c randfill.Continue) {
			v.Raw, _ = json.Marshal(map[string]any{"text": c.String(5), "list": []any{nil, c.Bool(), 1.5}})
		},
		func(v *metav1.FieldsV1, c randfill.Continue) { v.Raw = []byte(`{"f:a":{}}`) },
		func(v *string, c randfill.Continue) {
			if !c.Bool() {
				*v = c.String(12)
			}
		},
	)
	for _, typ := range types {
		for i := range 20 {
			v := reflect.New(typ)
			random.NilChance(float64(i) / 20).MaxDepth(12).Fill(v.Interface())
			if _, err := json.Marshal(v.Interface()); err != nil {
				t.Fatalf("%v: %v", typ, err)
			}
			f(v.Interface())
		}
	}
}

// sparse is a view of what many kinds have.
type sparse struct {
	meta
	Kind *string `json:"kind"`
	Spec struct {
		RefreshInterval *string                               `json:"refreshInterval"`
		Every           json.RawMessage                       `json:"refreshInterval2"`
		Provider        map[string]json.RawMessage            `json:"provider"`
		Controller      string                                `json:"controller"`
		Length          *int                                  `json:"length"`
		Deletion        Text                                  `json:"deletionPolicy"`
		Symbols         Text                                  `json:"symbols"`
		Digits          any                                   `json:"digits"`
		Keys            []string                              `json:"keys"`
		Immutable       *bool                                 `json:"immutable"`
		Target          map[string]any                        `json:"target"`
		Generator       *map[string]map[string]any            `json:"generator"`
		Selector        struct{ MatchLabels json.RawMessage } `json:"selector"`
		Data            []struct {
			SecretKey *string                    `json:"secretKey"`
			RemoteRef map[string]json.RawMessage `json:"remoteRef"`
			Match     *struct {
				RemoteRef map[string]string `json:"remoteRef"`
			} `json:"match"`
		} `json:"data"`
		DataFrom   []map[string]any `json:"dataFrom"`
		Conditions []struct {
			Namespaces []string `json:"namespaces"`
			Selector   any      `json:"namespaceSelector"`
		} `json:"conditions"`
	} `json:"spec"`
	Data     map[string]string `json:"data"`
	Replicas struct {
		X float32 `json:"x"`
	} `json:"status"`
}

// TestViewIsWhatJSONSays compares views of typed values with those of their JSON.
func TestViewIsWhatJSONSays(t *testing.T) {
	fits := 0
	typedValues(t, func(value any) {
		if viewsAlike[sparse](t, value) {
			fits++
		}
		viewsAlike[map[string]any](t, value)
		viewsAlike[any](t, value)
		viewsAlike[map[string]json.RawMessage](t, value)
		viewsAlike[struct{ KIND, Metadata string }](t, value)
		viewsAlike[struct {
			Kind string `json:"Kind"`
		}](t, value)
		viewsAlike[struct {
			Kind     string `json:"kind"`
			Metadata struct {
				Labels    []string                     `json:"labels"`
				Deleted   *metav1.Time                 `json:"deletionTimestamp"`
				CreatedAt json.RawMessage              `json:"creationTimestamp"`
				Owners    []map[string]json.RawMessage `json:"ownerReferences"`
			} `json:"metadata"`
		}](t, value)
	})
	if fits < 100 {
		t.Errorf("only %d values fit the view", fits)
	}
}

// viewsAlike reports whether the value fits the view.
func viewsAlike[V any](t *testing.T, value any) bool {
	t.Helper()
	o := &Object{Value: value}
	var got, want V
	text, err := o.JSON()
	if err != nil {
		t.Fatal(err)
	}
	err, wantErr := o.View(&got), json.Unmarshal(text, &want)
	if (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
		t.Fatalf("%s: %v, and json.Unmarshal says %v", text, err, wantErr)
	}
	if err == nil && !reflect.DeepEqual(got, want) {
		t.Fatalf("%T from %s:\ngot  %#v\nwant %#v", got, text, got, want)
	}
	return err == nil
}

type named string

// quiet is always left out where the tag says omitzero.
type quiet string

func (quiet) IsZero() bool { return true }

// loud writes what is no UTF-8.
type loud struct{ text string }

func (l loud) MarshalJSON() ([]byte, error) { return []byte(`"` + l.text + `"`), nil }

type odd struct {
	Quiet    quiet                 `json:"optional2,omitzero"`
	Loud     *loud                 `json:"loud,omitempty"`
	Text     named                 `json:"text,omitempty"`
	Optional **string              `json:"optional"`
	Flag     *bool                 `json:"flag,omitempty"`
	Number   json.Number           `json:"number,omitempty"`
	Raw      any                   `json:"raw,omitempty"`
	Parts    map[named]any         `json:"parts,omitzero"`
	Open     any                   `json:"open"`
	Names    []named               `json:"names"`
	List     []*struct{ B, a any } `json:"list,omitempty"`
	Inner    *odd                  `json:"inner,omitempty"`
}

// TestViewOfOddValues has what no kind of ESO's has.
func TestViewOfOddValues(t *testing.T) {
	type document struct {
		Spec odd `json:"spec"`
	}
	text := "<x>"
	pointer := &text
	none := (*string)(nil)
	for _, spec := range []odd{
		{}, {Text: "a", Optional: &pointer, Number: "12", Raw: []any{1, uint8(2), "x", nil}, Open: map[string]any{"a": int64(math.MaxInt64), "b": []string{"c"}, "n": json.Number("1.50")}},
		{Optional: &none, Open: map[named]any{"a": float32(0.1), "b": &text, "c": none}, Parts: map[named]any{}, Names: []named{}},
		{Parts: map[named]any{"a": map[string]any(nil), "b": []any(nil), "c": metav1.Duration{Duration: 1}, "d": &metav1.Duration{Duration: 1}}, Names: []named{"x", ""}},
		{Open: "text"}, {Open: []any{}}, {Raw: json.RawMessage(`{ "a" : 1 }`)},
		{Inner: &odd{Raw: 1}}, {Quiet: "x"}, {Loud: &loud{"a"}}, {Loud: &loud{"\xff"}}, {Loud: &loud{`\n`}}, {Open: loud{"a"}},
	} {
		viewsAlike[view](t, &document{spec})
		viewsAlike[map[string]any](t, &document{spec})
		viewsAlike[map[string]json.RawMessage](t, &document{spec})
		viewsAlike[struct {
			Spec struct {
				Quiet *string `json:"optional2"`
				Loud  string  `json:"loud"`
			} `json:"spec"`
		}](t, &document{spec})
	}
	for _, value := range []any{(*document)(nil), map[string]any{"spec": map[string]any{"text": "a"}}, json.RawMessage(` {"spec": null}`), &pointer} {
		viewsAlike[view](t, value)
	}
}

// TestViewMakesNoJSON: a typed value of the usual kinds is copied.
func TestViewMakesNoJSON(t *testing.T) {
	secret := &esv1.ExternalSecret{Spec: esv1.ExternalSecretSpec{Data: []esv1.ExternalSecretData{{SecretKey: "a"}}}}
	secret.Labels = map[string]string{"a": "b"}
	var v struct {
		Metadata struct {
			Labels map[string]string `json:"labels"`
		} `json:"metadata"`
		Spec struct {
			Data []struct {
				SecretKey string `json:"secretKey"`
			} `json:"data"`
		} `json:"spec"`
	}
	if got := testing.AllocsPerRun(100, func() {
		v.Metadata.Labels, v.Spec.Data = nil, nil
		if err := (&Object{Value: secret}).View(&v); err != nil {
			t.Fatal(err)
		}
	}); got > 3 {
		t.Errorf("%v allocations", got)
	}
}

// TestStringsAreThoseOfJSON compares the strings of typed values with those of their JSON.
func TestStringsAreThoseOfJSON(t *testing.T) {
	typedValues(t, func(value any) { stringsAlike(t, value) })
	text := "a\"b"
	for _, value := range []any{&odd{Text: "x", Number: "1", Raw: []any{"y", &text}, Inner: &odd{Names: []named{"n"}, Quiet: "x", Loud: &loud{"a"}}}, map[string]any{"a": "b", "c": []any{"d", ""}},
		json.RawMessage(`{"a" : "b\"c" , "d":["e" ,"f"],"g\"":{"h":"\u0041"}, "i":""}`), json.RawMessage(`"text"`), (*odd)(nil), &struct{ A int }{}} {
		stringsAlike(t, value)
	}
	for text := range (&Object{Value: &odd{Text: "first", Names: []named{"second"}}}).Strings() {
		if text != "first" {
			t.Errorf("%q after it was told to stop", text)
		}
		break
	}
}

func stringsAlike(t *testing.T, value any) {
	t.Helper()
	o := &Object{Value: value}
	text, err := o.JSON()
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	var want []string
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			if v != "" {
				want = append(want, v)
			}
		case []any:
			for _, item := range v {
				walk(item)
			}
		case map[string]any:
			for _, item := range v {
				walk(item)
			}
		}
	}
	walk(v)
	got := slices.Sorted(o.Strings())
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Fatalf("%s:\ngot  %q\nwant %q", text, got, want)
	}
}

func BenchmarkView(b *testing.B) {
	secret := &esv1.ExternalSecret{Spec: esv1.ExternalSecretSpec{RefreshInterval: &metav1.Duration{Duration: 1}, Data: []esv1.ExternalSecretData{{SecretKey: "a"}}}}
	o := &Object{Value: secret}
	b.Run("copied", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var v sparse
			_ = o.View(&v)
		}
	})
	b.Run("strings", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for range o.Strings() {
			}
		}
	})
}
