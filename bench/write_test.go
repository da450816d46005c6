package bench_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/openova-io/esotree"
	"github.com/openova-io/esotree/lint"
	"github.com/openova-io/esotree/tree"
)

// BenchmarkWrite sets the whole way from 250 descriptions to 10,000 files beside a plain loop that writes, or reads and
// compares, the same bytes at the same paths.
func BenchmarkWrite(b *testing.B) {
	ctx := context.Background()
	fsys := workload(250)
	var wanted tree.Memory
	run(b, ctx, fsys, &wanted)
	files := wanted.Files()
	names := slices.Sorted(maps.Keys(files))
	b.Run("plain loop", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			plainWrite(b, filepath.Join(b.TempDir(), fmt.Sprint(i)), names, files)
		}
	})
	b.Run("render", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			disk := tree.NewDisk(filepath.Join(b.TempDir(), fmt.Sprint(i)))
			run(b, ctx, fsys, disk)
			if err := disk.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
	dir := b.TempDir()
	plainWrite(b, dir, names, files)
	b.Run("plain compare", func(b *testing.B) {
		for b.Loop() {
			for _, name := range names {
				if data, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Equal(data, files[name]) {
					b.Fatal(name, err)
				}
			}
		}
	})
	b.Run("render again", func(b *testing.B) {
		for b.Loop() {
			disk := tree.NewDisk(dir)
			if plan := run(b, ctx, fsys, disk); !plan.Clean() {
				b.Fatal("something was written")
			}
			if err := disk.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func plainWrite(b *testing.B, dir string, names []string, files map[string][]byte) {
	b.Helper()
	made := map[string]bool{}
	for _, name := range names {
		full := filepath.Join(dir, name)
		if folder := filepath.Dir(full); !made[folder] {
			made[folder] = true
			if err := os.MkdirAll(folder, 0o777); err != nil {
				b.Fatal(err)
			}
		}
		if err := os.WriteFile(full, files[name], 0o666); err != nil {
			b.Fatal(err)
		}
	}
}

// run is what the program does: load, link, render, lint, compare, write.
func run(b *testing.B, ctx context.Context, fsys fstest.MapFS, store tree.Store) *tree.Plan {
	b.Helper()
	c, findings, err := esotree.Compile(ctx, fsys, []string{"."})
	if err != nil || findings.HasErrors() {
		b.Fatal(err, findings.All())
	}
	folders, err := c.Linted(ctx, func(string) bool { return true }, lint.Options{}, findings, findings.Add)
	if err != nil {
		b.Fatal(err)
	}
	plan, err := tree.Write(ctx, store, folders, tree.Options{Scope: tree.Scope{Platform: c.Model.Name}})
	if err != nil || findings.HasErrors() || plan.Findings().HasErrors() {
		b.Fatal(err, findings.All(), plan.Findings().All())
	}
	return plan
}
