package bench_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/openova-io/esotree"
	"github.com/openova-io/esotree/bench"
	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/internal/canon"
	"github.com/openova-io/esotree/object"
)

func workload(tenants int) fstest.MapFS {
	fsys := fstest.MapFS{"platform.yaml": {Data: []byte(bench.Platform())}}
	for i := range tenants {
		fsys[fmt.Sprintf("tenants/tenant-%06d.yaml", i)] = &fstest.MapFile{Data: []byte(bench.Tenant(i, 10))}
	}
	return fsys
}

// BenchmarkStages times each stage of 10,000 objects by itself.
func BenchmarkStages(b *testing.B) {
	ctx := context.Background()
	fsys := workload(250)
	d, findings, err := esotree.Load(ctx, fsys, []string{"."})
	if err != nil || findings.HasErrors() {
		b.Fatal(err, findings.All())
	}
	c, findings, err := esotree.Link(ctx, d)
	if err != nil || findings.HasErrors() {
		b.Fatal(err, findings.All())
	}
	b.Run("load", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := esotree.Load(ctx, fsys, []string{"."}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("link", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := esotree.Link(ctx, d); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("render", func(b *testing.B) {
		for b.Loop() {
			objects := 0
			for part := range c.Parts(ctx) {
				for _, f := range part.Folders {
					objects += len(f.Objects)
				}
			}
			if objects < 10_000 {
				b.Fatal(objects)
			}
		}
	})
	b.Run("render and encode", func(b *testing.B) {
		for b.Loop() {
			for part := range c.Parts(ctx) {
				for _, f := range part.Folders {
					for _, o := range f.Objects {
						if _, err := canon.Append(nil, o.Value); err != nil {
							b.Fatal(err)
						}
					}
				}
			}
		}
	})
	var shared, sharedManifests []*object.Object
	var typed, manifests [][]*object.Object
	for part := range c.Parts(ctx) {
		var objects, read []*object.Object
		for _, f := range part.Folders {
			for _, o := range f.Objects {
				text, err := o.JSON()
				if err != nil {
					b.Fatal(err)
				}
				objects = append(objects, o)
				read = append(read, &object.Object{ID: o.ID, Cluster: o.Cluster, Value: json.RawMessage(text)})
			}
		}
		if part.Tenant == "" {
			shared, sharedManifests = objects, read
			continue
		}
		typed = append(typed, slices.Concat(shared, objects))
		manifests = append(manifests, slices.Concat(sharedManifests, read))
	}
	for _, of := range []struct {
		name   string
		shared []*object.Object
		parts  [][]*object.Object
	}{{"graph", shared, typed}, {"graph of manifests", sharedManifests, manifests}} {
		b.Run(of.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				builder := graph.NewBuilder(of.shared)
				for _, objects := range of.parts {
					if g := builder.Build(objects); len(g.Pushes) != 10 || len(g.Misfits) > 0 {
						b.Fatal(len(g.Pushes), g.Misfits)
					}
				}
			}
		})
	}
}
