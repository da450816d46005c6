package golden_test

import (
	"bytes"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/sebdah/goldie/v2"
	"golang.org/x/tools/txtar"

	"github.com/openova-io/esotree/diag"
)

// TestTrees compares whole rendered trees, each kept as one txtar archive: what a user would see change in Git.
// `make golden` writes them anew.
func TestTrees(t *testing.T) {
	trees := map[string]string{
		"openova":  "../examples/openova",
		"seed":     "../examples/seed",
		"features": "testdata/features",
		"flux":     "../examples/gitops/flux",
		"argocd":   "../examples/gitops/argocd",
	}
	g := goldie.New(t, goldie.WithFixtureDir("testdata/trees"), goldie.WithNameSuffix(".txtar"))
	for _, name := range slices.Sorted(maps.Keys(trees)) {
		t.Run(name, func(t *testing.T) { g.Assert(t, name, render(t, trees[name])) })
	}
}

func render(t *testing.T, dir string) []byte {
	t.Helper()
	archive := &txtar.Archive{}
	files := renderFiles(t, os.DirFS(dir))
	for _, name := range slices.Sorted(maps.Keys(files)) {
		archive.Files = append(archive.Files, txtar.File{Name: name, Data: files[name]})
	}
	return txtar.Format(archive)
}

func refuse(t *testing.T, findings *diag.Set) {
	t.Helper()
	if findings.Fails(diag.Warning) {
		var text bytes.Buffer
		if err := diag.Write(&text, "text", findings, diag.WriteOptions{}); err != nil {
			t.Fatal(err)
		}
		t.Fatal(text.String())
	}
}
