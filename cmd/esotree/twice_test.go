package main

import (
	"bytes"
	"io/fs"
	"testing"
	"testing/fstest"
)

// counted counts what is read.
type counted struct {
	fstest.MapFS
	reads map[string]int
}

func (c counted) ReadFile(name string) ([]byte, error) {
	c.reads[name]++
	return c.MapFS.ReadFile(name)
}

func TestTwice(t *testing.T) {
	files := counted{fstest.MapFS{"a": {Data: []byte("a")}, "large": {Data: make([]byte, keptTwice)}, "d/b": {Data: []byte("b")}}, map[string]int{}}
	fsys := &twice{fsys: files}
	for reading, want := range []map[string]int{{"a": 1, "large": 1}, {"a": 1, "large": 2}, {"a": 2, "large": 2}} {
		for _, name := range []string{"a", "large"} { // only one of them fits at a time
			data, err := fs.ReadFile(fsys, name)
			if err != nil || !bytes.Equal(data, files.MapFS[name].Data) {
				t.Fatal(name, len(data), err)
			}
			if got := files.reads[name]; got != want[name] {
				t.Errorf("%s was read %d times for reading %d, want %d", name, got, reading+1, want[name])
			}
		}
	}
	if _, err := fs.ReadFile(fsys, "none"); err == nil {
		t.Error("a file that is not there was read")
	}
	if list, err := fs.Glob(fsys, "d/*"); err != nil || len(list) != 1 {
		t.Error(list, err)
	}
}
