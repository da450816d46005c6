package lint_test

import (
	"path"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/lint"
)

// TestSilent checks that what is right, or can't be known, has no finding of the rule that its folder names.
func TestSilent(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/silent/cases.txtar")
	if err != nil || len(archive.Files) == 0 {
		t.Fatal(err)
	}
	for _, f := range archive.Files {
		code := path.Dir(f.Name)
		if lint.Doc(code) == "" {
			t.Errorf("%s: no such rule", f.Name)
		}
		for _, finding := range run(t, lint.Options{}, diag.NewFile(path.Base(f.Name), f.Data)).All() {
			if finding.Code == code {
				t.Errorf("%s: %s", f.Name, finding.Message)
			}
		}
	}
}

// TestEnvironments checks that two files may make one Secret where nothing says that they meet, and may not where a namespace does.
func TestEnvironments(t *testing.T) {
	text := func(name, namespace string) *diag.File {
		return diag.NewFile(name+".yaml", []byte("apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: "+name+namespace+
			"}\nspec: {secretStoreRef: {name: s}, target: {name: shared}, dataFrom: [{extract: {key: a}}]}\n"))
	}
	for namespace, want := range map[string]int{"": 0, ", namespace: one": 1} {
		got := 0
		for _, f := range run(t, lint.Options{}, text("staging", namespace), text("prod", namespace)).All() {
			if f.Code == "target-two-owners" {
				got++
			}
		}
		if got != want {
			t.Errorf("%q: %d findings, want %d", namespace, got, want)
		}
	}
}
