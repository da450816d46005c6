package crd

import (
	"context"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"k8s.io/apimachinery/pkg/util/json"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/eso"
	"github.com/openova-io/esotree/object"
)

// storeFixture is one file of testdata/stores.txtar: stores, and what the webhook of a release refuses of them.
type storeFixture struct {
	name    string
	release eso.Release
	objects []*object.Object
	want    []string
}

func storeFixtures(t *testing.T) []storeFixture {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/stores.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var out []storeFixture
	for _, f := range archive.Files {
		fixture := storeFixture{name: f.Name}
		if fixture.release, err = eso.ParseRelease(strings.TrimSuffix(path.Base(f.Name), ".yaml")); err != nil {
			t.Fatal(err)
		}
		objects, findings := object.ReadFile(diag.NewFile(f.Name, f.Data), object.ReadOptions{})
		if len(objects) == 0 || len(findings) > 0 {
			t.Fatalf("%s: %d objects, %v", f.Name, len(objects), findings)
		}
		fixture.objects = objects
		for i, line := range strings.Split(string(f.Data), "\n") {
			_, comment, _ := strings.Cut(line, "# want ")
			for text := range strings.SplitSeq(comment, ", ") {
				if text != "" {
					fixture.want = append(fixture.want, fmt.Sprintf("%d:%s", i+1, text))
				}
			}
		}
		slices.Sort(fixture.want)
		out = append(out, fixture)
	}
	return out
}

// refused is what the webhook with some rules refuses of a fixture's stores.
func refused(t *testing.T, b *Bundle, f storeFixture, rules []storeRules) (places, messages []string) {
	t.Helper()
	for _, o := range f.objects {
		text, err := o.JSON()
		if err != nil {
			t.Fatal(err)
		}
		d := b.kinds[kind{eso.Group, o.Kind}]
		s := &subject{object: o, definition: d, version: d.versions[0], checks: d.versions[0].checks}
		if err := json.Unmarshal(text, &s.value); err != nil {
			t.Fatal(err)
		}
		if !s.admit(context.Background()) || len(s.problems) > 0 {
			t.Fatalf("%s: %+v", o.Name, s.problems)
		}
		webhook{subject: s, release: f.release, stores: rules}.review()
		for _, p := range s.problems {
			file, line, column := o.Span(p.path).Location()
			places = append(places, fmt.Sprintf("%d:%d %s", line, column, p.path))
			messages = append(messages, fmt.Sprintf("%s:%d:%d: %s (%s; %s)", file, line, column, p.message, p.path, p.hint))
		}
	}
	slices.Sort(places)
	return places, messages
}

func storesBundle(t *testing.T) *Bundle {
	t.Helper()
	b, err := Load(os.DirFS("testdata"), "stores.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestStores holds what the webhook refuses of the stores of each provider, and where.
func TestStores(t *testing.T) {
	b := storesBundle(t)
	for _, f := range storeFixtures(t) {
		got, messages := refused(t, b, f, knownStores())
		if !slices.Equal(got, f.want) || (len(f.want) > 0) != strings.HasPrefix(f.name, "bad/") {
			t.Errorf("%s\ngot\n%s\nwant\n%s", f.name, strings.Join(messages, "\n"), strings.Join(f.want, "\n"))
		}
	}
}

// TestStoreRules holds that each rule of each provider, and each reference that it names, is one that TestStores misses.
func TestStoreRules(t *testing.T) {
	b := storesBundle(t)
	fixtures := storeFixtures(t)
	isMissed := func(rules []storeRules) bool {
		for _, f := range fixtures {
			if got, _ := refused(t, b, f, rules); !slices.Equal(got, f.want) {
				return true
			}
		}
		return false
	}
	if len(knownStores()) == 0 {
		t.Fatal("stores.json can't be read")
	}
	for i, p := range knownStores() {
		if p.Source == "" || i > 0 && knownStores()[i-1].Provider >= p.Provider {
			t.Errorf("%s has no source, or stands at the wrong place", p.Provider)
		}
		if _, known := eso.ProviderOf(p.Provider); !known {
			t.Errorf("there is no provider %q", p.Provider)
		}
		for j, r := range p.Rules {
			var mutants []storeRule
			for _, list := range []func(*storeRule) *[]string{
				func(r *storeRule) *[]string { return &r.Own }, func(r *storeRule) *[]string { return &r.Placed },
				func(r *storeRule) *[]string { return &r.Clustered }, func(r *storeRule) *[]string { return &r.Between },
			} {
				for k := range *list(&r) {
					mutant := r
					*list(&mutant) = slices.Delete(slices.Clone(*list(&r)), k, k+1)
					mutants = append(mutants, mutant)
				}
			}
			if len(mutants) == 0 {
				mutants = []storeRule{{}}
			}
			for _, mutant := range mutants {
				rules := slices.Clone(knownStores())
				rules[i].Rules = slices.Clone(p.Rules)
				rules[i].Rules[j] = mutant
				if !isMissed(rules) {
					t.Errorf("%s: no test fails where %+v is %+v", p.Provider, r, mutant)
				}
			}
		}
	}
}

// TestStoreFields holds that the API has each field that a rule names.
func TestStoreFields(t *testing.T) {
	for _, p := range knownStores() {
		for _, r := range p.Rules {
			terms := slices.Concat(r.Own, r.Placed, r.Clustered, r.Needs, r.Excludes, r.Between, []string{r.When, r.Unless, r.Differ, r.HTTPS})
			for _, term := range terms {
				if term == "" {
					continue
				}
				field, _, _ := strings.Cut(strings.TrimSuffix(term, ".*"), "=")
				if r.Each != "" {
					field = r.Each + "[]." + field
				}
				if _, known := eso.Since("SecretStore", "spec.provider."+p.Provider+"."+field); !known {
					t.Errorf("%s: the API has no %s", p.Provider, field)
				}
			}
		}
	}
}
