package golden_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"go.yaml.in/yaml/v3"

	"github.com/openova-io/esotree"
	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/lint"
)

// TestNoLeak puts what looks like a secret in the place of each key and value of some descriptions, one at a time: it is
// refused, and whatever else is found because of it, no format prints it.
func TestNoLeak(t *testing.T) {
	token := "gh" + "p_" + strings.Repeat("a1B2c3", 6) // put together here, so that no such text stands in the repository
	for _, dir := range []string{"testdata/features", "../examples/openova"} {
		files := map[string][]byte{}
		for _, pattern := range []string{"*.yaml", "tenants/*.yaml"} {
			names, err := filepath.Glob(filepath.Join(dir, pattern))
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range names {
				data, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				files[filepath.Base(name)] = data
			}
		}
		for name, data := range files {
			var root yaml.Node
			if err := yaml.Unmarshal(data, &root); err != nil {
				t.Fatal(err)
			}
			eachScalar(&root, func(n *yaml.Node) {
				before := *n
				defer func() { *n = before }()
				for _, text := range []string{token, "x $(" + token + "): y", "globex:" + token + "/" + token} {
					n.Value, n.Tag, n.Style = text, "!!str", 0
					changed, err := yaml.Marshal(&root)
					if err != nil {
						t.Fatal(err)
					}
					in := fstest.MapFS{}
					for other, data := range files {
						in[other] = &fstest.MapFile{Data: data}
					}
					in[name] = &fstest.MapFile{Data: changed}
					refusesQuietly(t, in, token, before.Value)
				}
			})
		}
	}
}

func eachScalar(n *yaml.Node, f func(*yaml.Node)) {
	if n.Kind == yaml.ScalarNode {
		f(n)
	}
	for _, c := range n.Content {
		eachScalar(c, f)
	}
}

func refusesQuietly(t *testing.T, files fstest.MapFS, token, was string) {
	t.Helper()
	ctx := context.Background()
	c, set, err := esotree.Compile(ctx, files, []string{"."})
	if err != nil {
		t.Fatal(err)
	}
	if c != nil {
		found, err := c.Lint(ctx, lint.Options{})
		if err != nil {
			t.Fatal(err)
		}
		set.Add(found.All()...)
	}
	told := false
	for _, f := range set.All() {
		told = told || f.Code == "secret-literal"
	}
	if !told && was != "esotree.openova.io/v1alpha1" && was != "apiVersion" { // then it is no description at all
		t.Errorf("in the place of %s it is not refused: %d findings", was, set.Len())
	}
	for _, format := range diag.Formats() {
		var out bytes.Buffer
		if err := diag.Write(&out, format, set, diag.WriteOptions{}); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out.String(), token) || strings.Contains(out.String(), token[4:20]) {
			t.Errorf("in the place of %s it is printed as %s:\n%s", was, format, out.String())
			return
		}
	}
}
