package lint_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/lint"
	"github.com/openova-io/esotree/object"
	"github.com/rogpeppe/go-internal/txtar"
)

// BenchmarkRun lints some 10,000 objects. The share of the time that decoding the same text takes is the metric of its name.
func BenchmarkRun(b *testing.B) {
	archive, err := txtar.ParseFile("testdata/push-pull-cycle.txtar")
	if err != nil {
		b.Fatal(err)
	}
	var files []*diag.File
	for _, f := range archive.Files {
		if f.Name != "good/origin.yaml" {
			continue
		}
		for i := range 3300 {
			text := strings.NewReplacer("acme-prod", fmt.Sprint("tenant", i%250), "name: pg", fmt.Sprint("name: pg", i), "push-pg", fmt.Sprint("push-pg", i), "acme/pg", fmt.Sprint("acme/pg", i)).Replace(string(f.Data))
			files = append(files, diag.NewFile(fmt.Sprint(i, ".yaml"), []byte(text)))
		}
	}
	var objects []*object.Object
	start := time.Now()
	for _, f := range files {
		read, _ := object.ReadFile(f, object.ReadOptions{})
		objects = append(objects, read...)
	}
	decode := time.Since(start)
	for b.Loop() {
		if _, err := lint.Run(context.Background(), graph.New(objects), lint.Options{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(decode.Nanoseconds()), "lint/decode")
}
