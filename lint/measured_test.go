package lint_test

import (
	"os"
	"path"
	"testing"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/lint"
)

// TestMeasured checks that the manifests which were measured on a real operator, and are safe, have no finding but their short
// intervals.
func TestMeasured(t *testing.T) {
	const folder = "testdata/measured"
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if path.Ext(entry.Name()) != ".yaml" {
			continue
		}
		data, err := os.ReadFile(folder + "/" + entry.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range run(t, lint.Options{}, diag.NewFile(entry.Name(), data)).All() {
			if f.Code != "refresh-too-fast" {
				t.Errorf("%s: %s [%s]", entry.Name(), f.Message, f.Code)
			}
		}
	}
}
