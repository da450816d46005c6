package model_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/openova-io/esotree/internal/eso"
	"github.com/openova-io/esotree/model"
	"github.com/openova-io/esotree/schema"
)

// keptText is a Platform, and tenants with some secrets and a service each.
func keptText(tenants, secrets int) fstest.MapFS {
	fsys := fstest.MapFS{"platform.yaml": {Data: []byte(twoRegions)}}
	for i := range tenants {
		var text strings.Builder
		fmt.Fprintf(&text, "apiVersion: esotree.openova.io/v1alpha1\nkind: Tenant\nmetadata: {name: t%d}\nspec:\n  environments: [prod]\n", i)
		text.WriteString("  services: [{name: w, data: {A: s0/uuid}}]\n  secrets:\n")
		for s := range secrets {
			fmt.Fprintf(&text, "    - {name: s%d, generator: {kind: UUID}}\n", s)
		}
		fsys[fmt.Sprintf("t%d.yaml", i)] = &fstest.MapFile{Data: []byte(text.String())}
	}
	return fsys
}

// TestKept: the secrets of few tenants are linked once, while services are linked to scopes of each caller's own; those of many,
// and of descriptions that do not stay in memory, are linked each time.
func TestKept(t *testing.T) {
	long := keptText(3, 2)
	for _, file := range long {
		file.Data = append(file.Data, "# "+strings.Repeat("x", 3<<20)+"\n"...)
	}
	for name, c := range map[string]struct {
		files fstest.MapFS
		load  func(*testing.T, fstest.MapFS) *schema.Description
		kept  bool
	}{
		"few":                         {keptText(3, 2), loadWhole, true},
		"few that could be let go of": {keptText(3, 2), loadLean, true},
		"many":                        {keptText(21, 1000), loadWhole, false},
		"not in memory":               {long, loadLean, false},
	} {
		m, _, err := model.Link(context.Background(), c.load(t, c.files))
		if err != nil {
			t.Fatal(err)
		}
		for _, tenant := range m.Tenants() {
			a, _ := m.Scopes(tenant)
			b, _ := m.Scopes(tenant)
			if len(a) != 1 || a[0] == b[0] || len(a[0].Services) != 1 || len(b[0].Services) != 1 || a[0].Services[0] == b[0].Services[0] {
				t.Fatalf("%s: %s: scopes %v and %v", name, tenant.Metadata.Name, a, b)
			}
			if kept := a[0].Secrets[0] == b[0].Secrets[0]; kept != c.kept {
				t.Fatalf("%s: the secrets of %s are kept: %t", name, tenant.Metadata.Name, kept)
			}
		}
	}
}

// TestFactsStay: linking changes nothing of what is known of a generator's kind, in whose order a hint names the outputs.
func TestFactsStay(t *testing.T) {
	before, _ := eso.GeneratorOf("ACRAccessToken")
	want := slices.Clone(before.Outputs)
	link(t, twoRegions+acmeSpec+"  secrets: [{name: s, generator: {kind: ACRAccessToken, spec: {}}, keys: {k: {template: '{{ .username }}:{{ .password }}'}}}]\n")
	if !slices.Equal(before.Outputs, want) || slices.IsSorted(want) {
		t.Errorf("outputs %v, before %v", before.Outputs, want)
	}
}

func loadWhole(t *testing.T, files fstest.MapFS) *schema.Description {
	t.Helper()
	d, findings, err := schema.Load(context.Background(), files, []string{"."})
	if err != nil || findings.HasErrors() {
		t.Fatal(err, findings.All())
	}
	return d
}

func loadLean(t *testing.T, files fstest.MapFS) *schema.Description {
	t.Helper()
	d, findings, err := schema.LoadLean(context.Background(), files, []string{"."})
	if err != nil || findings.HasErrors() {
		t.Fatal(err, findings.All())
	}
	return d
}
