package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
)

// TestFolder: a folder is os.DirFS in all that it gives and says.
func TestFolder(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string][]byte{"a": []byte("text\n"), "empty": nil, "sub/large": bytes.Repeat([]byte("0123456789abcdef"), 1<<17)} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := fstest.TestFS(openFolder(dir), "a", "empty", "sub/large"); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{"link": "a", "nowhere": "none"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Skip(err)
		}
	}
	for _, name := range []string{"a", "empty", "sub/large", "link", "nowhere", "none", "sub", "a/b", "/a", "../a", ""} {
		want, wantErr := fs.ReadFile(os.DirFS(dir), name)
		got, err := fs.ReadFile(openFolder(dir), name)
		if !bytes.Equal(got, want) || fmt.Sprint(err) != fmt.Sprint(wantErr) {
			t.Errorf("%q: %d bytes, %v; want %d, %v", name, len(got), err, len(want), wantErr)
		}
	}
}

// TestFolderReadsPipes: a shell hands over what a command says as /dev/fd/63.
func TestFolderReadsPipes(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	name := fmt.Sprintf("fd/%d", r.Fd())
	if _, err := os.Stat("/dev/" + name); err != nil {
		t.Skip(err)
	}
	go func() {
		fmt.Fprint(w, "from ")
		fmt.Fprint(w, "a pipe")
		w.Close()
	}()
	if got, err := fs.ReadFile(openFolder("/dev"), name); err != nil || string(got) != "from a pipe" {
		t.Errorf("%q, %v", got, err)
	}
}
