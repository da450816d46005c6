package bench_test

import (
	"context"
	"testing"

	"github.com/openova-io/esotree"
	"github.com/openova-io/esotree/lint"
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
