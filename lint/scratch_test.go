package lint_test

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/lint"
	"github.com/openova-io/esotree/object"
)

func TestScratch(t *testing.T) {
	for _, name := range strings.Split(os.Getenv("LT"), ",") {
		if name == "" { t.Skip() }
		start := time.Now()
		objects, findings, err := object.Read(os.DirFS(name), []string{"."}, object.ReadOptions{})
		t.Log(len(objects), len(findings), err, time.Since(start))
		for _, f := range findings { t.Log(f.Code, f.Severity, f.File, f.Message) }
		start = time.Now()
		g := graph.New(objects)
		t.Log("graph", time.Since(start))
		start = time.Now()
		set, err := lint.Run(context.Background(), g, lint.Options{})
		t.Log("lint", time.Since(start))
		var b bytes.Buffer
		diag.Write(&b, "text", set, diag.WriteOptions{})
		t.Log(name, set.Len(), "\n"+b.String())
	}
}
