package main

import (
	"io/fs"
	"sync"
	"sync/atomic"
)

// twice is a file system whose files are read twice: first to see which of them are descriptions, then for the manifests that they hold. It
// keeps what it has read for the second time, and no longer. Nobody may change what it returns.
type twice struct {
	fsys fs.FS
	kept sync.Map // texts by name
	size atomic.Int64
}

// keptTwice is up to how many bytes are kept; what is more is read again.
const keptTwice = 32 << 20

// ReadFile implements fs.ReadFileFS.
func (t *twice) ReadFile(name string) ([]byte, error) {
	if data, ok := t.kept.LoadAndDelete(name); ok {
		t.size.Add(-int64(len(data.([]byte))))
		return data.([]byte), nil
	}
	data, err := fs.ReadFile(t.fsys, name)
	if err != nil {
		return nil, err
	}
	if t.size.Add(int64(len(data))) <= keptTwice {
		t.kept.Store(name, data)
	} else {
		t.size.Add(-int64(len(data)))
	}
	return data, nil
}

// Open, Stat and ReadDir are those of the file system.
func (t *twice) Open(name string) (fs.File, error)          { return t.fsys.Open(name) }
func (t *twice) Stat(name string) (fs.FileInfo, error)      { return fs.Stat(t.fsys, name) }
func (t *twice) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(t.fsys, name) }
