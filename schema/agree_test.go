package schema_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/schema"
	"github.com/openova-io/esotree/schema/validate"
)

// The law: strict reading and the JSON Schema accept and refuse the same documents. JSON is YAML, so documents are made and
// changed as JSON values.

// random makes documents that fit the types, each field of them with some chance.
type random struct{ *rand.Rand }

func (r random) pick(from ...string) string { return from[r.IntN(len(from))] }

func (r random) of(t reflect.Type) any {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t {
	case reflect.TypeFor[schema.Open]():
		return r.open(3)
	case reflect.TypeFor[schema.Duration]():
		return r.pick("0", "1h", "90d", "1d12h", "1.5h", "1h30m10s", "250ms", "$(vars.often)", "$(vars.days)d", "9999d999999.999h9999999m999999999s")
	case reflect.TypeFor[schema.Regions]():
		if r.IntN(2) == 0 {
			return r.pick("Home", "All")
		}
		return []any{r.text(), r.text()}
	}
	if e, ok := reflect.Zero(t).Interface().(interface{ Values() []string }); ok {
		return r.pick(e.Values()...)
	}
	switch t.Kind() {
	case reflect.Struct:
		object := map[string]any{}
		for _, f := range fieldsOf(t) {
			if f.required || r.IntN(4) == 0 {
				object[f.name] = r.of(f.t)
			}
		}
		return object
	case reflect.Map:
		object := map[string]any{}
		for range r.IntN(3) {
			object[r.text()] = r.of(t.Elem())
		}
		return object
	case reflect.Slice:
		list := []any{}
		for range r.IntN(3) {
			list = append(list, r.of(t.Elem()))
		}
		return list
	case reflect.Bool:
		return r.IntN(2) == 0
	case reflect.String:
		return r.text()
	}
	panic("no such type in a description: " + t.String())
}

type field struct {
	name     string
	t        reflect.Type
	required bool
}

func fieldsOf(t reflect.Type) []field {
	var list []field
	for _, f := range reflect.VisibleFields(t) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
			list = append(list, field{name, f.Type, f.Tag.Get("esotree") == "required"})
		}
	}
	return list
}

// smallest is a value with the required fields only.
func smallest(t reflect.Type) map[string]any {
	object := map[string]any{}
	for _, f := range fieldsOf(t) {
		switch {
		case !f.required:
		case f.name == "apiVersion":
			object[f.name] = schema.APIVersion
		case f.name == "kind" && t.Name() != "Generator":
			object[f.name] = t.Name()
		case f.t.Kind() == reflect.Struct:
			object[f.name] = smallest(f.t)
		case f.t.Kind() == reflect.Map:
			object[f.name] = map[string]any{}
		case f.t.Kind() == reflect.Slice:
			object[f.name] = []any{}
		default:
			object[f.name] = reflect.Zero(f.t).Interface()
			if e, ok := object[f.name].(interface{ Values() []string }); ok {
				object[f.name] = e.Values()[0]
			}
		}
	}
	return object
}

func (r random) text() string {
	return r.pick("", "a", "postgres", "yes", "null", "~", "1", "1e3", "2026-11-23", "$(tenant)", "<<", "ü", "a b\n", "tls.crt", "a/b~c", "name", "All")
}

func (r random) open(depth int) map[string]any {
	object := map[string]any{}
	for range r.IntN(3) {
		var value any
		switch n := r.IntN(7); {
		case n == 0 && depth > 0:
			value = r.open(depth - 1)
		case n == 1 && depth > 0:
			value = []any{nil, r.open(depth - 1)}
		case n == 2:
			value = nil
		case n == 3:
			value = r.IntN(100)
		case n == 4:
			value = true
		default:
			value = r.text()
		}
		object[r.text()] = value
	}
	return object
}

func (r random) document() map[string]any {
	kind, t := schema.KindPlatform, reflect.TypeFor[schema.Platform]()
	if r.IntN(2) == 0 {
		kind, t = schema.KindTenant, reflect.TypeFor[schema.Tenant]()
	}
	doc, ok := r.of(t).(map[string]any)
	if !ok {
		panic("a description is no map")
	}
	doc["apiVersion"], doc["kind"] = schema.APIVersion, kind
	return doc
}

// oddValues fit some field each, and not the others.
func oddValues() []any {
	return []any{nil, true, 1, -1.5, 1e30, "", "x", "all", "ALL", "All", "Home", "None", "1x", "1h ", "-1h", "h", "1d1", "$(", "10000d", "$$(x)",
		[]any{}, []any{nil}, []any{"a"}, []any{"All"}, []any{1}, []any{map[string]any{}}, map[string]any{}, map[string]any{"x": nil}, map[string]any{"a": 1}}
}

// mutate changes one place and says how.
func (r random) mutate(doc map[string]any) string {
	type place struct {
		path string
		at   any // map[string]any or []any
		key  string
		i    int
	}
	var places []place
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(v)) {
				places = append(places, place{path: path + "/" + key, at: v, key: key})
				walk(path+"/"+key, v[key])
			}
		case []any:
			for i, e := range v {
				places = append(places, place{path: fmt.Sprint(path, "/", i), at: v, i: i})
				walk(fmt.Sprint(path, "/", i), e)
			}
		}
	}
	walk("", doc)
	p := places[r.IntN(len(places))]
	object, isObject := p.at.(map[string]any)
	var old any
	if isObject {
		old = object[p.key]
	} else {
		old = p.at.([]any)[p.i]
	}
	if isObject {
		switch r.IntN(5) {
		case 0:
			delete(object, p.key)
			return "delete " + p.path
		case 1:
			delete(object, p.key)
			renamed := r.pick(strings.ToUpper(p.key), strings.ToLower(p.key), p.key+"s", "x", "Source", "SecretSpec", "")
			object[renamed] = old
			return "rename " + p.path + " to " + renamed
		case 2:
			name := r.pick("x", "name", "namespace", "kind", "secretSpec", "description", "")
			object[name] = r.pick("a", "All")
			return "add " + name + " beside " + p.path
		}
	}
	values := append(oddValues(), []any{old}, map[string]any{"a": old})
	value := values[r.IntN(len(values))]
	if isObject {
		object[p.key] = value
	} else {
		p.at.([]any)[p.i] = value
	}
	return fmt.Sprintf("set %s to %v", p.path, value)
}

func read(text []byte) []diag.Finding {
	var d schema.Description
	return d.Read(diag.NewFile("in.yaml", text), true)
}

func show(findings []diag.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&b, "%s: %s: %s\n", f.Code, f.Path, f.Message)
	}
	return b.String()
}

// check asserts the law for a document that has no fault as YAML, and returns whether it was accepted.
func check(t *testing.T, v *validate.Validator, text []byte) (accepted bool) {
	t.Helper()
	findings := read(text)
	for _, kind := range []string{"", schema.KindPlatform, schema.KindTenant} {
		if kind != "" && !bytes.Contains(text, []byte(`"kind":"`+kind+`"`)) {
			continue
		}
		err := v.JSON(kind, text)
		if kind == "" && (err == nil) != (len(findings) == 0) {
			t.Errorf("%s\nreading: %s\nschema: %v", text, show(findings), err)
		}
		if err == nil && len(findings) > 0 {
			t.Errorf("the schema of %q accepts\n%s\nreading: %s", kind, text, show(findings))
		}
	}
	for _, f := range findings {
		if !f.Span.IsValid() || f.Message == "" {
			t.Errorf("%s\nno place or message: %+v", text, f)
		}
	}
	return len(findings) == 0
}

func TestReadingAndSchemaAgree(t *testing.T) {
	v, err := validate.New()
	if err != nil {
		t.Fatal(err)
	}
	refused := map[string]int{}
	documents := 600
	if testing.Short() {
		documents = 200
	}
	for seed := range uint64(documents) {
		r := random{rand.New(rand.NewPCG(seed, 4))}
		doc := r.document()
		text, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		if !check(t, v, text) {
			t.Fatalf("seed %d is refused: %s\n%s", seed, text, show(read(text)))
		}
		for range 4 { // faults add up
			mutation := r.mutate(doc)
			if text, err = json.Marshal(doc); err != nil {
				t.Fatal(err)
			}
			if check(t, v, text) {
				refused["nothing"]++
			}
			for _, f := range read(text) {
				refused[f.Code]++
			}
			if t.Failed() {
				t.Fatalf("seed %d, %s", seed, mutation)
			}
		}
	}
	for _, code := range []string{"nothing", "unknown-field", "missing-field", "wrong-type", "invalid-value"} {
		if refused[code] < documents/25 {
			t.Errorf("%s came up %d times only", code, refused[code])
		}
	}
}

// The same for every field by itself: each odd value, an unknown field beside it, and the field left out, in the smallest
// document that has it.
func TestReadingAndSchemaAgreeOnEveryField(t *testing.T) {
	v, err := validate.New()
	if err != nil {
		t.Fatal(err)
	}
	r := random{rand.New(rand.NewPCG(1, 1))}
	accepted, refused := 0, 0
	try := func(doc any) bool {
		text, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		ok := check(t, v, text)
		if ok {
			accepted++
		} else {
			refused++
		}
		return ok
	}
	var visit func(typ reflect.Type, in func(any) any)
	visit = func(typ reflect.Type, in func(any) any) {
		if typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		for _, odd := range oddValues() {
			try(in(odd))
		}
		if good := in(r.of(typ)); !try(good) {
			t.Errorf("%v is refused", good)
		}
		switch {
		case typ == reflect.TypeFor[schema.Open](), typ == reflect.TypeFor[schema.Regions]():
		case typ.Kind() == reflect.Slice:
			visit(typ.Elem(), func(e any) any { return in([]any{e}) })
		case typ.Kind() == reflect.Map:
			visit(typ.Elem(), func(e any) any { return in(map[string]any{"tls.crt": e}) })
		case typ.Kind() == reflect.Struct:
			least := smallest(typ)
			with := func(name string, value any) any {
				object := maps.Clone(least)
				object[name] = value
				return in(object)
			}
			if try(with("unknown", "x")) {
				t.Errorf("%s has an unknown field", typ)
			}
			for _, f := range fieldsOf(typ) {
				less := maps.Clone(least)
				delete(less, f.name)
				if try(in(less)) == f.required {
					t.Errorf("%s without %s", typ, f.name)
				}
				if f.name != "apiVersion" && f.name != "kind" || typ.Name() == "Generator" {
					visit(f.t, func(value any) any { return with(f.name, value) })
				}
			}
		}
	}
	for _, typ := range []reflect.Type{reflect.TypeFor[schema.Platform](), reflect.TypeFor[schema.Tenant]()} {
		for _, f := range fieldsOf(typ) {
			in := func(value any) any {
				doc := smallest(typ)
				doc[f.name] = value
				return doc
			}
			if f.name == "apiVersion" || f.name == "kind" {
				for _, odd := range oddValues() {
					try(in(odd))
				}
				continue
			}
			visit(f.t, in)
		}
	}
	if accepted < 1000 || refused < 5000 {
		t.Errorf("%d documents were accepted and %d refused", accepted, refused)
	}
}

func FuzzReadingAndSchemaAgree(f *testing.F) {
	for seed := range uint64(20) {
		r := random{rand.New(rand.NewPCG(seed, 5))}
		doc := r.document()
		if seed%2 == 0 {
			r.mutate(doc)
		}
		text, err := json.Marshal(doc)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("apiVersion: esotree.openova.io/v1alpha1\nkind: Tenant\nmetadata: {name: acme}\nspec:\n  secrets:\n  - name: a\n    recover: off\n    keys:\n      password:\n      ~: x\n"))
	f.Add([]byte("apiVersion: !!str esotree.openova.io/v1alpha1\nkind: !!binary VGVuYW50\nmetadata: {name: !!null '', <<: {a: b}}\nspec: &a {x: *a}\n"))
	v, err := validate.New()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		read(text) // must not panic
		docs, findings := yamlsrc.Read(diag.NewFile("in.yaml", text), yamlsrc.DefaultLimits())
		if len(findings) > 0 {
			return
		}
		for _, doc := range docs {
			value, err := doc.JSON()
			if err != nil {
				return
			}
			if again, findings := yamlsrc.Read(diag.NewFile("in.json", value), yamlsrc.DefaultLimits()); len(again) != 1 || len(findings) > 0 {
				continue // JSON may hold what YAML does not allow unescaped
			}
			check(t, v, value)
		}
	})
}
