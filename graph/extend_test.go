package graph_test

import (
	"path"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/object"
)

// TestExtend checks that a graph to which objects are added is that of all of them, wherever the first ends, and that the first stays as it is.
func TestExtend(t *testing.T) {
	archives, err := filepath.Glob("../lint/testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal(archives, err)
	}
	for _, name := range archives {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var all []*object.Object
		for _, f := range archive.Files {
			if path.Ext(f.Name) == ".yaml" {
				read, _ := object.ReadFile(diag.NewFile(f.Name, f.Data), object.ReadOptions{})
				all = append(all, read...)
			}
		}
		b := graph.NewBuilder(nil)
		want := b.Build(all)
		for n := range all {
			first := b.Build(all[:n:n])
			if got := b.Extend(first, all[n:]); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: extended after %d of %d objects it is another graph", path.Base(name), n, len(all))
			}
			if !reflect.DeepEqual(first, b.Build(all[:n:n])) {
				t.Errorf("%s: the graph of %d objects is changed", path.Base(name), n)
			}
		}
	}
}
