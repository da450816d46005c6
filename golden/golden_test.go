package golden_test

import (
	"bytes"
	"context"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/sebdah/goldie/v2"
	"golang.org/x/tools/txtar"

	"github.com/openova-io/esotree"
	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/tree"
)

// TestTrees compares whole rendered trees, each kept as one txtar archive: what a user would see change in Git.
// `make golden` writes them anew.
func TestTrees(t *testing.T) {
	trees := map[string]string{
		"openova":  "../examples/openova",
		"seed":     "../examples/seed",
		"features": "testdata/features",
	}
	g := goldie.New(t, goldie.WithFixtureDir("testdata/trees"), goldie.WithNameSuffix(".txtar"))
	for _, name := range slices.Sorted(maps.Keys(trees)) {
		t.Run(name, func(t *testing.T) { g.Assert(t, name, render(t, trees[name])) })
	}
}

func render(t *testing.T, dir string) []byte {
	t.Helper()
	ctx := context.Background()
	description, findings, err := esotree.Load(ctx, os.DirFS(dir), []string{"."})
	if err != nil {
		t.Fatal(err)
	}
	refuse(t, findings)
	c, findings, err := esotree.Link(ctx, description)
	if err != nil {
		t.Fatal(err)
	}
	refuse(t, findings)
	var store tree.Memory
	plan, err := tree.Write(ctx, &store, c.Folders(ctx, func(string) bool { return true }, findings), tree.Options{Scope: tree.Scope{Platform: c.Model.Name}})
	if err != nil {
		t.Fatal(err)
	}
	refuse(t, findings)
	refuse(t, plan.Findings())
	archive := &txtar.Archive{}
	files := store.Files()
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
