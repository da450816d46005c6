package esotree_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/openova-io/esotree"
	"github.com/openova-io/esotree/bench"
	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/lint"
	"github.com/openova-io/esotree/tree"
)

// large are tenants whose text is more than is kept in memory: most of it is a comment.
func large(tenants int) fstest.MapFS {
	fsys := fstest.MapFS{"platform.yaml": {Data: []byte(bench.Platform())}}
	comment := "# " + strings.Repeat("x", 1<<20) + "\n"
	for i := range tenants {
		text := bench.Tenant(i, 3) + "  overrides:\n    - environment: prod\n      secrets:\n        - name: db-00\n          push: {deletion: Delete}\n"
		if i%2 == 1 { // without what dates it: a note; and a warning
			text = strings.Replace(text, "since: \"2026-01-01\"", "every: 90d", 1)
		}
		fsys[fmt.Sprintf("tenants/%02d.yaml", i)] = &fstest.MapFile{Data: []byte(comment + text)}
	}
	return fsys
}

// outcome is all that a run says and writes.
func outcome(t *testing.T, c *esotree.Compilation, findings *diag.Set) (string, map[string][]byte) {
	t.Helper()
	ctx := context.Background()
	everything := func(string) bool { return true }
	folders, err := c.Linted(ctx, everything, lint.Options{}, findings, findings.Add)
	if err != nil {
		t.Fatal(err)
	}
	var memory tree.Memory
	if _, err := tree.Write(ctx, &memory, folders, tree.Options{Scope: tree.Scope{Platform: c.Model.Name}, Budget: -1}); err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := diag.Write(&text, "text", findings, diag.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	return text.String(), memory.Files()
}

// TestLean: descriptions that do not stay in memory give the same tree and the same findings at the same places, and one that is
// another when it is read again is an error.
func TestLean(t *testing.T) {
	ctx := context.Background()
	fsys := large(10)
	d, findings, err := esotree.Load(ctx, fsys, []string{"."})
	if err != nil {
		t.Fatal(err)
	}
	whole, more, err := esotree.Link(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	findings.Add(more.All()...)
	wantText, wantFiles := outcome(t, whole, findings)

	lean, findings, err := esotree.Compile(ctx, fsys, []string{"."})
	if err != nil {
		t.Fatal(err)
	}
	dropped := ""
	for _, tenant := range lean.Model.Tenants() {
		if len(tenant.Spec.Secrets) == 0 {
			dropped = tenant.Source.File()
		}
	}
	if dropped == "" {
		t.Fatal("all descriptions stay in memory")
	}
	text, files := outcome(t, lean, findings)
	if text != wantText || strings.Count(text, "rotation-undated") != 4 || !strings.Contains(text, "delete-policy-loses-data") {
		t.Errorf("got\n%s\nwant\n%s", text, wantText)
	}
	if len(files) < 10*13 || !maps.EqualFunc(files, wantFiles, bytes.Equal) {
		t.Errorf("%d files, want %d", len(files), len(wantFiles))
	}

	fsys[dropped] = &fstest.MapFile{Data: append(slices.Clone(fsys[dropped].Data), '\n')}
	set := &diag.Set{}
	for range lean.Folders(ctx, func(string) bool { return true }, set) {
	}
	all := slices.DeleteFunc(set.All(), func(f diag.Finding) bool { return f.Severity != diag.Error })
	if len(all) != 1 || all[0].Code != "io" || !strings.Contains(all[0].Message, "changed") || all[0].File != dropped {
		t.Errorf("findings %v", all)
	}
}
