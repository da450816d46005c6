package golden_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"go.yaml.in/yaml/v3"

	"github.com/openova-io/esotree"
	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/lint"
	"github.com/openova-io/esotree/tree"
)

// TestOddValues puts odd values in the place of each node of some descriptions, one at a time, or leaves it out. Whatever it is,
// the run ends; with errors that have a place and nothing to write, or with a tree that a second run finds as it is.
func TestOddValues(t *testing.T) {
	odd := []string{"", "~", "0", "-1", "1e400", "true", "[]", "{}", "[[]]", "{a: {b: c}}", `""`, `" "`, `"\n"`, "../x", "/", "$(", "$(vars.x)", "$$(x)", "{{", "{{ . }}", "platform", "platform:x/y", "a:b:c/d/e",
		"All", "Home", "ü", `"\u2028"`, strings.Repeat("a", 300), strings.Repeat("a/", 400), "9999d", "0s", "kube-system", ".", "..", "_epoch", "new_password"}
	every := 101 // a sample; ESOTREE_ODD=all tries all of them, which takes minutes
	if testing.Short() {
		every = 997
	}
	if os.Getenv("ESOTREE_ODD") == "all" {
		every = 1
	}
	n := 0
	for _, dir := range []string{"testdata/features", "../examples/openova"} {
		files := fstest.MapFS{}
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
				files[filepath.Base(name)] = &fstest.MapFile{Data: data}
			}
		}
		for _, name := range slices.Sorted(maps.Keys(files)) {
			original := files[name].Data
			var root yaml.Node
			if err := yaml.Unmarshal(original, &root); err != nil {
				t.Fatal(err)
			}
			eachNode(&root, func(parent *yaml.Node, i int) {
				node := parent.Content[i]
				defer func() { parent.Content[i] = node }()
				for _, text := range odd {
					if n++; n%every != 0 {
						continue
					}
					var other yaml.Node
					if err := yaml.Unmarshal([]byte(text), &other); err != nil || len(other.Content) == 0 {
						other.Content = []*yaml.Node{{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}}
					}
					parent.Content[i] = other.Content[0]
					changed, err := yaml.Marshal(&root)
					if err != nil {
						continue // a map or null as a key
					}
					files[name] = &fstest.MapFile{Data: changed}
					if problem := survives(files); problem != "" {
						t.Errorf("%s with %.40q in the place of line %d, %s: %s", name, text, node.Line, node.Value, problem)
					}
				}
			})
			files[name] = &fstest.MapFile{Data: original}
		}
	}
}

func eachNode(n *yaml.Node, f func(parent *yaml.Node, i int)) {
	for i := range n.Content {
		if n.Kind != yaml.DocumentNode {
			f(n, i)
		}
		eachNode(n.Content[i], f)
	}
}

// survives says what goes wrong, "" when nothing does.
func survives(files fstest.MapFS) (problem string) {
	defer func() {
		if r := recover(); r != nil {
			problem = fmt.Sprint("a panic: ", r)
		}
	}()
	ctx := context.Background()
	c, set, err := esotree.Compile(ctx, files, []string{"."})
	if err != nil {
		return err.Error()
	}
	var store tree.Memory
	if c != nil {
		folders := c.Folders(ctx, func(string) bool { return true }, set)
		for range folders {
		}
		if set.HasErrors() {
			if _, err := c.Lint(ctx, lint.Options{}); err != nil {
				return err.Error()
			}
		} else {
			options := tree.Options{Scope: tree.Scope{Platform: c.Model.Name, Loaded: c.Has}}
			_, err := tree.Write(ctx, &store, folders, options)
			if err != nil {
				return err.Error()
			}
			plan, err := tree.Compute(ctx, &store, folders, options)
			if err = errors.Join(err, ctx.Err()); err != nil {
				return err.Error()
			}
			if !plan.Clean() {
				return "a second run would write"
			}
		}
	}
	for _, f := range set.All() {
		if f.Message == "" || f.Code == "" || strings.HasSuffix(f.Message, ".") || !f.Span.IsValid() && f.File == "" {
			return fmt.Sprintf("a finding without place or text: %s [%s] %s", f.Message, f.Code, f.Path)
		}
		if f.Span.IsValid() && f.Object == (diag.ObjectRef{}) && f.Path == "" && f.Severity == diag.Error && strings.HasPrefix(f.Code, "unknown") {
			return fmt.Sprintf("a finding without a path: %s [%s]", f.Message, f.Code)
		}
	}
	return ""
}
