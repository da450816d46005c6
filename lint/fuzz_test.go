package lint_test

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/lint"
	"github.com/openova-io/esotree/object"
	"github.com/rogpeppe/go-internal/txtar"
)

// FuzzRun checks that no text breaks lint, and that the same text always has the same findings.
func FuzzRun(f *testing.F) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range txtar.Parse(data).Files {
			f.Add(file.Data)
		}
	}
	world := &lint.World{
		Tenants: []lint.Tenant{{Name: "acme", Namespaces: []string{"acme-prod"}, Prefixes: []string{"acme/"}}, {Name: "b", Prefixes: []string{""}}},
		Owner:   func(*object.Object) string { return "b" },
		Nearest: func(string) string { return "vault" },
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var all [2][]string
		for i := range all {
			objects, _ := object.ReadFile(diag.NewFile("a.yaml", text), object.ReadOptions{})
			set, err := lint.Run(context.Background(), graph.New(objects), lint.Options{Closed: true, World: world})
			if err != nil {
				t.Fatal(err)
			}
			for _, finding := range set.All() {
				if finding.Message == "" || !finding.Span.IsValid() {
					t.Errorf("%s: message %q without a place", finding.Code, finding.Message)
				}
				all[i] = append(all[i], finding.Code+finding.Message+finding.Path)
			}
		}
		if !reflect.DeepEqual(all[0], all[1]) {
			t.Errorf("%q then %q", all[0], all[1])
		}
	})
}
