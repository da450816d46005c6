package crd_test

import (
	"context"
	"os"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/lint"
	"github.com/openova-io/esotree/lint/crd"
	"github.com/openova-io/esotree/object"
)

// FuzzLoad holds that no bundle and no object makes a panic, that an object is judged the same twice, and that each finding has
// a code with a page and a place in the text.
//
// An input that reaches new code is made small before the next one is tried, for a minute by default, which is most of the time
// with a bundle of some length: run it with -fuzzminimizetime 10x.
func FuzzLoad(f *testing.F) {
	data, err := os.ReadFile("testdata/bundle.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data, []byte("apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: a, namespace: b}\nspec: {data: [{secretKey: [1]}], target: {template: 3}}\n"))
	f.Add([]byte(definition), []byte("apiVersion: a.example.com/v1\nkind: A\nmetadata: {name: a.b, labels: {a: {b: 1}}}\nx.y: {z: [1, {}]}\n"))
	f.Add([]byte(`{"kind":"List","items":[`+definition+`]}`), []byte("apiVersion: a.example.com/v1\nkind: A\nmetadata: 3\n"))
	f.Fuzz(func(t *testing.T, bundle, text []byte) {
		b, err := crd.Load(fstest.MapFS{"b.yaml": {Data: bundle}}, "b.yaml")
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without words")
			}
			return
		}
		judge(t, b, text)
	})
}

// FuzzObject is FuzzLoad for a bundle that can be read: all that is tried are objects.
func FuzzObject(f *testing.F) {
	b := small(f)
	f.Add([]byte("apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: a, namespace: b}\nspec: {data: [{secretKey: [1]}], target: {template: 3}}\n"))
	f.Add([]byte("apiVersion: external-secrets.io/v1\nkind: SecretStore\nmetadata: {name: a, namespace: b}\nspec: {conditions: [{namespaceRegexes: [a]}], provider: {vault: {auth: {jwt: {}}}}}\n"))
	f.Add([]byte("apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: a, namespace: b}\nspec: {min: 3, max: 1, tags: [a, a], ports: [{name: a}, {name: a}], labels: {a.b: {a: 1}}}\n"))
	f.Fuzz(func(t *testing.T, text []byte) { judge(t, b, text) })
}

// judge checks what is said of the objects in a text.
func judge(t *testing.T, b *crd.Bundle, text []byte) {
	t.Helper()
	objects, _ := object.ReadFile(diag.NewFile("a.yaml", text), object.ReadOptions{})
	var before []string
	for range 2 {
		rules, err := b.Rules("")
		if err != nil {
			t.Fatal(err)
		}
		set, err := lint.Run(context.Background(), graph.New(objects), lint.Options{Rules: rules})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range set.All() {
			if lint.Doc(f.Code) == "" || !f.Span.IsValid() || f.Message == "" {
				t.Errorf("%+v", f)
			}
			got = append(got, f.Code+f.Path+f.Message)
		}
		if before != nil && !slices.Equal(before, got) {
			t.Errorf("%q and %q", before, got)
		}
		before = got
	}
}
