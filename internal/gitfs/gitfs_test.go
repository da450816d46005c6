package gitfs_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/openova-io/esotree/internal/gitfs"
)

// repository makes one with two commits and something staged.
func repository(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	run := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1",
			"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	write := func(name, text string) {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	run("init", "-q", "-b", "main")
	write("a.yaml", "one\n")
	write("tenants/ümläut name.yaml", "x\n")
	write("tenants/deep/er/b.yaml", "")
	run("add", ".")
	run("commit", "-qm", "first")
	run("tag", "v1")
	write("a.yaml", "two\n")
	if err := os.Symlink("a.yaml", filepath.Join(dir, "link.yaml")); err != nil {
		t.Fatal(err)
	}
	run("add", ".")
	run("commit", "-qm", "second")
	write("a.yaml", "staged\n")
	run("add", ".")
	write("a.yaml", "work tree\n")
	return dir
}

func open(t *testing.T, dir, revision string) *gitfs.FS {
	t.Helper()
	f, err := gitfs.Open(context.Background(), dir, revision)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func TestRevisions(t *testing.T) {
	dir := repository(t)
	for revision, want := range map[string]string{"v1": "one\n", "HEAD": "two\n", "main": "two\n", "HEAD~1": "one\n", gitfs.Index: "staged\n"} {
		data, err := fs.ReadFile(open(t, filepath.Join(dir, "tenants"), revision), "a.yaml")
		if err != nil || string(data) != want {
			t.Errorf("%s: got %q, %v; want %q", revision, data, err, want)
		}
	}
	if data, err := fs.ReadFile(open(t, dir, "HEAD:tenants"), "ümläut name.yaml"); err != nil || string(data) != "x\n" {
		t.Errorf("a tree: got %q, %v", data, err)
	}
}

func TestFS(t *testing.T) {
	dir := repository(t)
	for _, revision := range []string{"v1", gitfs.Index} {
		if err := fstest.TestFS(withoutLinks{open(t, dir, revision)}, "a.yaml", "tenants/ümläut name.yaml", "tenants/deep/er/b.yaml"); err != nil {
			t.Errorf("%s: %v", revision, err)
		}
	}
	f := open(t, dir, "HEAD")
	info, err := fs.Stat(f, "link.yaml")
	if err != nil || info.Mode().Type() != fs.ModeSymlink {
		t.Errorf("the link: %v, %v", info, err)
	}
	if _, err := f.Open("link.yaml"); err == nil {
		t.Error("a symbolic link was opened")
	}
	if _, err := f.Open("none.yaml"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want not exist", err)
	}
}

// withoutLinks hides what fstest.TestFS would open.
type withoutLinks struct{ *gitfs.FS }

func (w withoutLinks) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := w.FS.ReadDir(name)
	var out []fs.DirEntry
	for _, e := range list {
		if e.Type()&fs.ModeSymlink == 0 {
			out = append(out, e)
		}
	}
	return out, err
}

func (w withoutLinks) Open(name string) (fs.File, error) {
	f, err := w.FS.Open(name)
	if d, ok := f.(fs.ReadDirFile); ok {
		list, _ := w.ReadDir(name)
		return &listed{ReadDirFile: d, list: list}, err
	}
	return f, err
}

type listed struct {
	fs.ReadDirFile
	list []fs.DirEntry
}

func (l *listed) ReadDir(n int) ([]fs.DirEntry, error) {
	all, err := l.ReadDirFile.ReadDir(n)
	out := all[:0]
	for _, e := range all {
		if e.Type()&fs.ModeSymlink == 0 {
			out = append(out, e)
		}
	}
	return out, err
}

func TestRefuses(t *testing.T) {
	dir := repository(t)
	for _, revision := range []string{"none", "--output=x", "HEAD:a.yaml", ""} {
		if f, err := gitfs.Open(context.Background(), dir, revision); err == nil {
			t.Errorf("%q was opened: %v", revision, f.Revision)
		}
		if gitfs.IsRevision(context.Background(), dir, revision) {
			t.Errorf("%q counts as a revision", revision)
		}
	}
	if _, _, err := gitfs.Root(context.Background(), t.TempDir()); err == nil || !strings.Contains(err.Error(), "not a git repository") {
		t.Errorf("got %v, want no repository", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := gitfs.Open(ctx, dir, "HEAD"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want a cancelled context", err)
	}
}

func TestRoot(t *testing.T) {
	dir := repository(t)
	root, below, err := gitfs.Root(context.Background(), filepath.Join(dir, "tenants", "deep"))
	if err != nil || below != "tenants/deep" || filepath.Base(root) != filepath.Base(dir) {
		t.Errorf("got %q, %q, %v", root, below, err)
	}
	if root, below, err := gitfs.Root(context.Background(), dir); err != nil || below != "." {
		t.Errorf("got %q, %q, %v", root, below, err)
	}
	base, err := gitfs.MergeBase(context.Background(), dir, "v1", "HEAD")
	if err != nil || len(base) < 40 {
		t.Errorf("got %q, %v", base, err)
	}
}
