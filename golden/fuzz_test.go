package golden_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"

	"github.com/openova-io/esotree"
	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/tree"
)

// FuzzCompile: whatever two files hold, the whole pipeline ends with findings or with a tree; every finding has a place and
// a message, and a second run finds and writes the same.
func FuzzCompile(f *testing.F) {
	platform, err := os.ReadFile("testdata/findings/platform.yaml")
	if err != nil {
		f.Fatal(err)
	}
	archives, err := filepath.Glob("testdata/findings/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range archives {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		first, second := platform, []byte(nil)
		for _, file := range archive.Files {
			switch file.Name {
			case "platform.yaml":
				first = file.Data
			case "want":
			default:
				second = append(append(second, "\n---\n"...), file.Data...)
			}
		}
		f.Add(first, second)
	}
	for _, dir := range []string{"testdata/features", "../examples/openova"} {
		var rest []byte
		first, err := os.ReadFile(filepath.Join(dir, "platform.yaml"))
		if err != nil {
			f.Fatal(err)
		}
		for _, pattern := range []string{"*.yaml", "tenants/*.yaml"} {
			names, err := filepath.Glob(filepath.Join(dir, pattern))
			if err != nil {
				f.Fatal(err)
			}
			for _, name := range names {
				if data, err := os.ReadFile(name); err == nil && filepath.Base(name) != "platform.yaml" {
					rest = append(append(rest, "\n---\n"...), data...)
				}
			}
		}
		f.Add(first, rest)
	}
	f.Fuzz(func(t *testing.T, platform, tenants []byte) {
		if len(platform)+len(tenants) > 64<<10 {
			return
		}
		a, treeA := whole(t, platform, tenants)
		b, treeB := whole(t, platform, tenants)
		if !bytes.Equal(a, b) || len(changed(treeA, treeB)) > 0 {
			t.Errorf("a second run differs:\n%s\n%s", a, b)
		}
	})
}

func whole(t *testing.T, platform, tenants []byte) ([]byte, map[string][]byte) {
	ctx := context.Background()
	files := fstest.MapFS{"platform.yaml": {Data: platform}, "tenants.yaml": {Data: tenants}}
	c, set, err := esotree.Compile(ctx, files, []string{"platform.yaml", "tenants.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	var store tree.Memory
	if c != nil {
		folders := c.Folders(ctx, func(string) bool { return true }, set)
		if set.HasErrors() {
			for range folders {
			}
		} else if _, err := tree.Write(ctx, &store, folders, tree.Options{Scope: tree.Scope{Platform: c.Model.Name, Loaded: c.Has}}); err != nil && !set.HasErrors() {
			t.Fatal(err)
		}
	}
	for _, found := range set.All() {
		if found.Message == "" || found.Code == "" || !found.Span.IsValid() && found.File == "" && found.Path == "" && found.Object == (diag.ObjectRef{}) {
			t.Errorf("a finding without place or text: %+v", found)
		}
	}
	var out bytes.Buffer
	if err := diag.Write(&out, "json", set, diag.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), store.Files()
}
