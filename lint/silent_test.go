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

// TestMixedFolders checks that two files are held against each other where they are applied together, and not where a folder that has
// both holds one object twice.
func TestMixedFolders(t *testing.T) {
	push := func(file, name, namespace string) *diag.File {
		return diag.NewFile(file, []byte("apiVersion: external-secrets.io/v1alpha1\nkind: PushSecret\nmetadata: {name: "+name+", namespace: "+namespace+
			"}\nspec: {secretStoreRefs: [{name: s}], selector: {secret: {name: a}}, data: [{match: {secretKey: k, remoteRef: {remoteKey: shared}}}]}\n"))
	}
	other := func(file string) *diag.File {
		return diag.NewFile(file, []byte("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: one}\n"))
	}
	for name, c := range map[string]struct {
		files []*diag.File
		want  int
	}{
		"one folder":               {[]*diag.File{push("a/x.yaml", "first", "one"), push("a/y.yaml", "second", "one"), other("a/web.yaml")}, 1},
		"a folder of environments": {[]*diag.File{push("dev/x.yaml", "first", "one"), push("prod/y.yaml", "second", "one"), other("dev/web.yaml"), other("prod/web.yaml")}, 0},
		"below a mixed one":        {[]*diag.File{push("dev/x.yaml", "first", "one"), push("dev/y.yaml", "second", "one"), other("dev/web.yaml"), other("prod/web.yaml")}, 1},
		"a folder of examples":     {[]*diag.File{push("a/x.yaml", "first", "one"), push("a/y.yaml", "second", "one"), other("a/web.yaml"), other("a/web-2.yaml")}, 0},
		"another namespace":        {[]*diag.File{push("a/x.yaml", "first", "one"), push("a/y.yaml", "second", "two")}, 0},
	} {
		got := 0
		for _, f := range run(t, lint.Options{}, c.files...).All() {
			if f.Code == "remote-key-two-writers" {
				got++
			}
		}
		if got != c.want {
			t.Errorf("%s: %d findings, want %d", name, got, c.want)
		}
	}
}

// TestMistyped checks that only a name which differs by a letter is taken for a mistake where there may be more manifests.
func TestMistyped(t *testing.T) {
	for name, want := range map[string]bool{
		"vualt-main": true, "vault-man": true, "vault-maine": true, "vault-mayn": true,
		"vault-main": false, "vault": false, "gcp-main": false, "my-vault-main": false, "vault-main-2": false, "vault-mane": false, "vaults-mayn": false,
	} {
		text := "apiVersion: external-secrets.io/v1\nkind: ClusterSecretStore\nmetadata: {name: vault-main}\n---\napiVersion: external-secrets.io/v1\nkind: ExternalSecret\n" +
			"metadata: {name: a, namespace: b}\nspec: {secretStoreRef: {kind: ClusterSecretStore, name: " + name + "}, dataFrom: [{extract: {key: k}}]}\n"
		found := false
		for _, f := range run(t, lint.Options{}, diag.NewFile("a.yaml", []byte(text))).All() {
			found = found || f.Code == "store-missing"
		}
		if found != want {
			t.Errorf("%s: %t", name, found)
		}
	}
}
