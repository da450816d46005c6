package lint_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/lint"
	"github.com/openova-io/esotree/object"
	"github.com/rogpeppe/go-internal/txtar"
)

// tree lints a golden tree, one folder a cluster, after a change of its text.
func tree(t *testing.T, name string, opts lint.Options, edit func(file, text string) string) []string {
	t.Helper()
	archive, err := txtar.ParseFile("../golden/testdata/trees/" + name + ".txtar")
	if err != nil {
		t.Fatal(err)
	}
	var objects []*object.Object
	for _, f := range archive.Files {
		file := diag.NewFile(f.Name, []byte(edit(f.Name, string(f.Data))))
		if !strings.HasSuffix(f.Name, ".yaml") {
			continue
		}
		read, findings := object.ReadFile(file, object.ReadOptions{Cluster: func(f *diag.File) string {
			cluster, _, _ := strings.Cut(f.Name, "/")
			return cluster
		}})
		for _, finding := range findings {
			t.Fatalf("%s: %s", f.Name, finding.Message)
		}
		objects = append(objects, read...)
	}
	if len(objects) < 10 {
		t.Fatalf("%d objects", len(objects))
	}
	set, err := lint.Run(context.Background(), graph.New(objects), opts)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range set.All() {
		file, line, _ := f.Span.Location()
		out = append(out, fmt.Sprintf("%s:%d: %s: %s [%s]", file, line, f.Severity, f.Message, f.Code))
	}
	return out
}

func same(_, text string) string { return text }

// TestRendered checks that what esotree renders has no finding but what a description asked for.
func TestRendered(t *testing.T) {
	asked := map[string][]string{
		"openova":  nil,
		"seed":     {"generator-rotates-unasked", "store-auth-foreign-cluster"},
		"features": {"delete-policy-loses-data", "generator-rotates-unasked", "push-torn-secret", "store-auth-foreign-cluster"},
	}
	for name, codes := range asked {
		for _, line := range tree(t, name, lint.Options{Closed: true}, same) {
			if !slices.ContainsFunc(codes, func(code string) bool {
				return strings.Contains(line, "warning: ") && strings.HasSuffix(line, "["+code+"]")
			}) {
				t.Errorf("%s: %s", name, line)
			}
		}
	}
}

// TestRenderedBroken checks that a rendered tree with one thing changed has the finding for it, so that the silence of
// TestRendered means something.
func TestRenderedBroken(t *testing.T) {
	for _, test := range []struct{ file, old, new, code string }{
		{"externalsecret-", "key: acme/postgres\n", "key: acme/postgre\n", "key-not-pushed"},
		{"externalsecret-checkout", "property: url", "property: urll", "property-not-pushed"},
		{"externalsecret-", "kind: ClusterSecretStore", "kind: SecretStore", "store-missing"},
		{"externalsecret-postgres", "-generator\n", "-generater\n", "generator-missing"},
		{"externalsecret-", "external-secrets.io/v1\n", "external-secrets.io/v1beta1\n", "api-not-served"},
		{"pushsecret-push-postgres-region2", "name: vault-region2", "name: vault-region1", "region-not-written"},
		{"pushsecret-push-postgres", "deletionPolicy: None", "deletionPolicy: Delete", "delete-policy-loses-data"},
		{"externalsecret-postgres", "deletionPolicy: Merge", "deletionPolicy: Retain", "generator-rotates-unasked"},
		{"externalsecret-postgres", "deletionPolicy: Merge", "deletionPolicy: Retain", "push-pull-cycle"},
		{"externalsecret-postgres", "key: acme/postgres\n", "key: acme/api-keys\n", "generator-rotates-unasked"},
		{"externalsecret-postgres", " | urlquery", "", "template-url-unescaped"},
	} {
		changed := false
		got := tree(t, "openova", lint.Options{Closed: true}, func(file, text string) string {
			if !strings.Contains(file, test.file) {
				return text
			}
			changed = changed || strings.Contains(text, test.old)
			return strings.ReplaceAll(text, test.old, test.new)
		})
		if !changed {
			t.Errorf("%s has no %q", test.file, test.old)
		} else if !slices.ContainsFunc(got, func(line string) bool { return strings.HasSuffix(line, "["+test.code+"]") }) {
			t.Errorf("%s: %q for %q: no %s in\n%s", test.file, test.new, test.old, test.code, strings.Join(got, "\n"))
		}
	}
}
