package tree

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// Memory is a tree in memory. The zero value is empty and ready. Bytes that go in or out are copied,
// but for those of Files.
type Memory struct {
	mu      sync.RWMutex
	files   map[string][]byte
	folders map[string]map[string]bool // the names in a folder; true for a folder
	locked  bool
}

// NewMemory returns a tree with the regular files of a file system, such as a revision in Git.
func NewMemory(fsys fs.FS) (*Memory, error) {
	m := &Memory{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		dir, err := m.Make(path.Dir(name))
		if err != nil {
			return err
		}
		return dir.Write(path.Base(name), data)
	})
	return m, err
}

// Files returns all files by path. The bytes must not be changed.
func (m *Memory) Files() map[string][]byte {
	m.mu.RLock()
	defer m.mu.RUnlock()
	files := make(map[string][]byte, len(m.files))
	for name, data := range m.files {
		files[name] = data
	}
	return files
}

// memoryDir is an open folder of a Memory.
type memoryDir struct {
	tree *Memory
	path string
}

// makeAll makes a folder and those above it; the caller holds the lock.
func (m *Memory) makeAll(name string) error {
	if m.folders == nil {
		m.files, m.folders = map[string][]byte{}, map[string]map[string]bool{".": {}}
	}
	if m.folders[name] != nil {
		return nil
	}
	if m.files[name] != nil {
		return &fs.PathError{Op: "mkdir", Path: name, Err: ErrNotFolder}
	}
	parent, base := path.Split(name)
	parent = path.Clean(parent)
	if err := m.makeAll(parent); err != nil {
		return err
	}
	m.folders[parent][base] = true
	m.folders[name] = map[string]bool{}
	return nil
}

func invalid(op, name string) error { return &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid} }

// dir opens a folder for Store.
func (m *Memory) dir(name string, create bool) (Dir, error) {
	if !fs.ValidPath(name) {
		return nil, invalid("open", name)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if create || name == "." {
		if err := m.makeAll(name); err != nil {
			return nil, err
		}
	}
	if m.folders[name] == nil {
		for p := name; p != "."; p = path.Dir(p) {
			if m.files[p] != nil {
				return nil, &fs.PathError{Op: "open", Path: p, Err: ErrNotFolder}
			}
		}
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return memoryDir{m, name}, nil
}

// Make implements Store.
func (m *Memory) Make(name string) (Dir, error) { return m.dir(name, true) }

// Create implements Store.
func (m *Memory) Create(name string, files iter.Seq2[string, []byte]) error {
	if d, err := m.dir(path.Dir(name), false); err == nil {
		list, err := d.List()
		if err != nil || slices.ContainsFunc(list, func(e Entry) bool { return e.Name == path.Base(name) }) {
			return errors.Join(err, &fs.PathError{Op: "create", Path: name, Err: fs.ErrExist})
		}
	}
	d, err := m.dir(name, true)
	if err != nil {
		return err
	}
	for file, data := range files {
		if err := d.Write(file, data); err != nil {
			return err
		}
	}
	return nil
}

// RemoveFolder implements Store.
func (m *Memory) RemoveFolder(name string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if name == "." || len(m.folders[name]) > 0 {
		return false, nil
	}
	delete(m.folders, name)
	delete(m.folders[path.Dir(name)], path.Base(name))
	return true, nil
}

// Lock implements Store.
func (m *Memory) Lock() (func() error, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.locked {
		return nil, ErrLocked
	}
	m.locked = true
	return func() error {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.locked = false
		return nil
	}, nil
}

func (d memoryDir) List() ([]Entry, error) {
	d.tree.mu.RLock()
	defer d.tree.mu.RUnlock()
	entries := make([]Entry, 0, len(d.tree.folders[d.path]))
	for name, folder := range d.tree.folders[d.path] {
		e := Entry{Name: name}
		if folder {
			e.Kind = Folder
		}
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	return entries, nil
}

func (d memoryDir) Read(name string, dst []byte) ([]byte, error) {
	d.tree.mu.RLock()
	defer d.tree.mu.RUnlock()
	data, ok := d.tree.files[path.Join(d.path, name)]
	if !ok {
		return dst, &fs.PathError{Op: "read", Path: path.Join(d.path, name), Err: fs.ErrNotExist}
	}
	if len(data) > MaxFile {
		return dst, &fs.PathError{Op: "read", Path: path.Join(d.path, name), Err: ErrTooLarge}
	}
	return append(dst, data...), nil
}

func (d memoryDir) Write(name string, data []byte) error {
	full := path.Join(d.path, name)
	if !fs.ValidPath(name) || strings.Contains(name, "/") || name == "." {
		return invalid("write", full)
	}
	d.tree.mu.Lock()
	defer d.tree.mu.Unlock()
	if d.tree.folders[d.path] == nil {
		return &fs.PathError{Op: "write", Path: full, Err: fs.ErrNotExist}
	}
	if d.tree.folders[full] != nil {
		return &fs.PathError{Op: "write", Path: full, Err: errors.New("is a folder")}
	}
	d.tree.folders[d.path][name] = false
	d.tree.files[full] = append(make([]byte, 0, len(data)), data...)
	return nil
}

func (d memoryDir) Remove(name string) error {
	d.tree.mu.Lock()
	defer d.tree.mu.Unlock()
	full := path.Join(d.path, name)
	if d.tree.files[full] == nil {
		return &fs.PathError{Op: "remove", Path: full, Err: fs.ErrNotExist}
	}
	delete(d.tree.files, full)
	delete(d.tree.folders[d.path], name)
	return nil
}

func (memoryDir) Close() error { return nil }

// Open implements Store.
func (m *Memory) Open(name string) (Dir, error) { return m.dir(name, false) }

// FS returns the tree as a file system. It sees later changes.
func (m *Memory) FS() fs.FS { return memoryFS{m} }

type memoryFS struct{ tree *Memory }

// Open implements fs.FS.
func (f memoryFS) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, invalid("open", name)
	}
	d, err := f.tree.dir(path.Dir(name), false)
	if err == nil && name != "." {
		var data []byte
		if data, err = d.Read(path.Base(name), nil); err == nil {
			return &memoryFile{Reader: bytes.NewReader(data), info: info{name: path.Base(name), size: int64(len(data))}}, nil
		}
	}
	if d, err = f.tree.dir(name, false); err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	list, err := d.List()
	if err != nil {
		return nil, err
	}
	dir := &memoryFile{Reader: bytes.NewReader(nil), info: info{name: path.Base(name), folder: true}}
	for _, e := range list {
		i := info{name: e.Name, folder: e.Kind == Folder}
		if !i.folder {
			data, err := d.Read(e.Name, nil)
			if err != nil {
				return nil, err
			}
			i.size = int64(len(data))
		}
		dir.entries = append(dir.entries, i)
	}
	return dir, nil
}

// memoryFile is an open file, or folder, of a memoryFS.
type memoryFile struct {
	*bytes.Reader
	info    info
	entries []fs.DirEntry
}

func (f *memoryFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *memoryFile) Close() error               { return nil }

func (f *memoryFile) Read(b []byte) (int, error) {
	if f.info.folder {
		return 0, invalid("read", f.info.name)
	}
	return f.Reader.Read(b)
}

func (f *memoryFile) ReadDir(n int) ([]fs.DirEntry, error) {
	if !f.info.folder {
		return nil, invalid("readdir", f.info.name)
	}
	if n <= 0 {
		n = len(f.entries)
	} else if len(f.entries) == 0 {
		return nil, io.EOF
	}
	list := f.entries[:min(n, len(f.entries))]
	f.entries = f.entries[len(list):]
	return list, nil
}

// info is the fs.FileInfo and fs.DirEntry of a memoryFile.
type info struct {
	name   string
	size   int64
	folder bool
}

func (i info) Name() string               { return i.name }
func (i info) Size() int64                { return i.size }
func (i info) ModTime() time.Time         { return time.Time{} }
func (i info) IsDir() bool                { return i.folder }
func (i info) Sys() any                   { return nil }
func (i info) Type() fs.FileMode          { return i.Mode().Type() }
func (i info) Info() (fs.FileInfo, error) { return i, nil }

func (i info) Mode() fs.FileMode {
	if i.folder {
		return fs.ModeDir | 0o555
	}
	return 0o444
}
