package bench_test

import (
	"context"
	"testing"

	"github.com/openova-io/esotree"
	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/lint"
	"github.com/openova-io/esotree/object"
)

// BenchmarkLint renders 10,000 objects and lints them.
func BenchmarkLint(b *testing.B) {
	ctx := context.Background()
	d, findings, err := esotree.Load(ctx, workload(250), []string{"."})
	if err != nil || findings.HasErrors() {
		b.Fatal(err, findings.All())
	}
	c, _, err := esotree.Link(ctx, d)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := c.Lint(ctx, lint.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRules runs the rules over the graphs of 10,000 objects, one for each tenant and what of the platform it stands beside.
func BenchmarkRules(b *testing.B) {
	ctx := context.Background()
	d, findings, err := esotree.Load(ctx, workload(250), []string{"."})
	if err != nil || findings.HasErrors() {
		b.Fatal(err, findings.All())
	}
	c, _, err := esotree.Link(ctx, d)
	if err != nil {
		b.Fatal(err)
	}
	var shared []*object.Object
	var graphs []*graph.Graph
	for part := range c.Parts(ctx) {
		objects := shared[:len(shared):len(shared)]
		for _, f := range part.Folders {
			objects = append(objects, f.Objects...)
		}
		if part.Tenant == "" {
			shared = objects
		}
		graphs = append(graphs, graph.New(objects))
	}
	for b.Loop() {
		linter, err := lint.New(lint.Options{Closed: true, World: c.World()})
		if err != nil {
			b.Fatal(err)
		}
		for _, g := range graphs {
			if _, err := linter.Run(ctx, g); err != nil {
				b.Fatal(err)
			}
		}
	}
}
