package model_test

import (
	"context"
	"strings"
	"testing"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/model"
	"github.com/openova-io/esotree/schema"
)

// TestRegionsOfASecret holds in which regions a secret exists: where its value is made always, and else where it is asked for.
func TestRegionsOfASecret(t *testing.T) {
	const store = "store: {provider: {vault: {server: \"https://vault.example.com\"}}}"
	for given, want := range map[string]string{"": "one two three", "regions: All": "one two three", "regions: Home": "two", "regions: [three]": "two three", "regions: [one, two]": "one two"} {
		text := "apiVersion: esotree.openova.io/v1alpha1\nkind: Platform\nmetadata: {name: p}\nspec:\n  home: two\n  regions: [{name: one, " + store + "}, {name: two, " + store + "}, {name: three, " + store + "}]\n" +
			"  secrets: [{name: s, namespace: x, generator: {kind: UUID}" + strings.TrimSuffix(", "+given, ", ") + "}]\n"
		d := &schema.Description{}
		findings := d.Read(diag.NewFile("p.yaml", []byte(text)), true)
		m, more, err := model.Link(context.Background(), d)
		if findings = append(findings, more...); err != nil || len(findings) > 0 {
			t.Fatal(err, findings)
		}
		scope, _ := m.PlatformScope()
		var got []string
		for _, r := range scope.Secrets[0].In {
			got = append(got, r.Name)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %v, want %s", given, got, want)
		}
	}
}
