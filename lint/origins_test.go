package lint_test

import (
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/lint"
	"github.com/openova-io/esotree/object"
)
var _ = graph.New
var _ fs.FS
var _ = path.Base
var _ object.ID
func TestScratch(t *testing.T) {
	for _, name := range strings.Split(os.Getenv("LF"), ",") {
		data, err := os.ReadFile(name)
		if err != nil { t.Skip(err) }
		for _, closed := range []bool{false, true} {
			set := run(t, lint.Options{Closed: closed}, diag.NewFile(path.Base(name), data))
			diag.Write(os.Stdout, "text", set, diag.WriteOptions{})
			t.Log(name, closed, set.Len())
		}
	}
}
