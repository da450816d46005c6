package tree

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
)

// Disk is a tree in a folder of the operating system. Everything goes through os.Root, so that no path leaves the folder,
// and links are refused wherever they stand. The folder itself may be a link and need not exist: it is made by Lock, and
// removed again by unlock if it is still empty.
type Disk struct {
	dir string

	mu     sync.Mutex
	root   *os.Root
	folder *os.File // the same folder, once it is looked at
	// before, in tests, is asked before each system call that changes something.
	before func(op string) error
}

// NewDisk returns the tree in a folder. Close releases it.
func NewDisk(dir string) *Disk { return &Disk{dir: dir} }

// Close releases the folder.
func (d *Disk) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.root == nil {
		return nil
	}
	err := d.root.Close()
	if d.folder != nil {
		err = errors.Join(err, d.folder.Close())
	}
	d.root, d.folder = nil, nil
	return err
}

func (d *Disk) step(op string) error {
	if d.before == nil {
		return nil
	}
	return d.before(op)
}

// top returns the open folder of the tree.
func (d *Disk) top() (*os.Root, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.root == nil {
		root, err := os.OpenRoot(d.dir)
		if err != nil {
			return nil, err
		}
		d.root = root
	}
	return d.root, nil
}

// topFolder returns the open folder of the tree as a file.
func (d *Disk) topFolder() (*os.File, error) {
	top, err := d.top()
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.folder == nil {
		if d.folder, err = top.Open("."); err != nil {
			return nil, err
		}
	}
	return d.folder, nil
}

// Lock implements Store. The lock is one that the operating system lets go of when the process ends, however it ends.
func (d *Disk) Lock() (func() error, error) {
	if err := os.MkdirAll(d.dir, 0o777); err != nil {
		return nil, err
	}
	if _, err := d.top(); err != nil {
		return nil, err
	}
	release, err := lockFolder(d.dir)
	if err != nil {
		return nil, err
	}
	return func() error {
		list, err := os.ReadDir(d.dir)
		if err == nil && len(list) == 0 {
			err = errors.Join(d.Close(), os.Remove(d.dir))
		}
		return errors.Join(err, release())
	}, nil
}

// Open implements Store.
func (d *Disk) Open(name string) (Dir, error) { return d.walk(name, false) }

// Make implements Store.
func (d *Disk) Make(name string) (Dir, error) { return d.walk(name, true) }

func (d *Disk) walk(name string, create bool) (Dir, error) {
	if !fs.ValidPath(name) {
		return nil, invalid("open", name)
	}
	top, err := d.top()
	if err != nil {
		return nil, err
	}
	at := &diskDir{disk: d, path: name, root: top, shared: true}
	if name == "." {
		return at, nil
	}
	walked := ""
	for part := range strings.SplitSeq(name, "/") {
		walked = path.Join(walked, part)
		next, err := d.enter(at.root, part, create)
		if closeErr := at.Close(); err == nil && closeErr != nil {
			err = errors.Join(closeErr, next.Close())
		}
		if err != nil {
			return nil, located("open", walked, err)
		}
		at = &diskDir{disk: d, path: name, root: next}
	}
	return at, nil
}

// enter opens a folder in another one. What was opened is compared with what stands there, so that a link is not followed
// even when it is put there at this moment.
func (d *Disk) enter(in *os.Root, name string, create bool) (*os.Root, error) {
	there, err := in.Lstat(name)
	if create && errors.Is(err, fs.ErrNotExist) {
		if err := d.step("mkdir"); err != nil {
			return nil, err
		}
		if err := in.Mkdir(name, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		there, err = in.Lstat(name)
	}
	if err != nil {
		return nil, err
	}
	if !there.IsDir() {
		return nil, ErrNotFolder
	}
	next, err := in.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	opened, err := next.Stat(".")
	if err == nil && !os.SameFile(there, opened) {
		err = ErrNotFolder
	}
	if err != nil {
		return nil, errors.Join(err, next.Close())
	}
	return next, nil
}

// Create implements Store. The files are written to a folder of another name, which is renamed when it is complete: for a folder
// of forty files that is one rename in the place of forty.
func (d *Disk) Create(name string, files iter.Seq2[string, []byte]) (err error) {
	if !fs.ValidPath(name) || name == "." {
		return invalid("create", name)
	}
	made, err := d.walk(path.Dir(name), true)
	if err != nil {
		return err
	}
	parent := made.(*diskDir)
	defer func() { err = errors.Join(err, parent.Close()) }()
	if _, err := parent.root.Lstat(path.Base(name)); err == nil {
		return located("create", name, fs.ErrExist)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return located("create", name, err)
	}
	unfinished := unfinishedName(path.Base(name))
	if err := parent.discard(unfinished); err != nil { // a killed run left it
		return located("create", name, err)
	}
	if err = d.fill(parent, unfinished, name, files); err == nil {
		if err = d.step("rename"); err == nil {
			err = parent.root.Rename(unfinished, path.Base(name))
		}
		if err != nil {
			err = located("create", name, err)
		}
	}
	if err != nil && d.step("cleanup") == nil {
		_ = parent.discard(unfinished) // the first error is the one to tell
	}
	return err
}

// fill makes a folder with files; what goes wrong is told of the name that it is to have.
func (d *Disk) fill(parent *diskDir, folder, name string, files iter.Seq2[string, []byte]) (err error) {
	root, err := d.enter(parent.root, folder, true)
	if err != nil {
		return located("create", name, err)
	}
	dir := &diskDir{disk: d, path: name, root: root}
	defer func() { err = errors.Join(err, dir.Close()) }()
	for file, data := range files {
		if err := dir.create(file, data); err != nil {
			return located("write", path.Join(name, file), err)
		}
	}
	return nil
}

// discard removes a folder of files, or what else has its name. Folders in it are left, and make it fail.
func (d *diskDir) discard(folder string) error {
	root, err := d.disk.enter(d.root, folder, false)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.Is(err, ErrNotFolder):
		return d.root.Remove(folder)
	case err != nil:
		return err
	}
	in := &diskDir{disk: d.disk, path: path.Join(d.path, folder), root: root}
	list, err := in.List()
	for _, e := range list {
		if err == nil && e.Kind != Folder {
			err = in.root.Remove(e.Name)
		}
	}
	if err = errors.Join(err, in.Close()); err != nil {
		return err
	}
	return d.root.Remove(folder)
}

// RemoveFolder implements Store.
func (d *Disk) RemoveFolder(name string) (bool, error) {
	if name == "." {
		return false, nil
	}
	parent, err := d.Open(path.Dir(name))
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	defer parent.Close()
	dir, err := d.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	list, err := dir.List()
	if err = errors.Join(err, dir.Close()); err != nil || len(list) > 0 {
		return false, err
	}
	if err := d.step("rmdir"); err != nil {
		return false, err
	}
	if err := parent.(*diskDir).root.Remove(path.Base(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, located("rmdir", name, err)
	}
	return true, nil
}

var errNotRegular = errors.New("not a regular file")

// located gives an error the path within the tree.
func located(op, name string, err error) error {
	var inner *fs.PathError
	if errors.As(err, &inner) {
		err = inner.Err
	}
	return &fs.PathError{Op: op, Path: name, Err: err}
}

// diskDir is an open folder of a Disk.
type diskDir struct {
	disk   *Disk
	path   string
	root   *os.Root // nil for a folder that is only read
	shared bool     // the root is the Disk's own
	// folder is the same folder as a file, opened when it is first listed, read from or written to.
	folder *os.File
}

func (d *diskDir) Close() error {
	var err error
	if d.folder != nil {
		err = d.folder.Close()
	}
	if d.shared || d.root == nil {
		return err
	}
	return errors.Join(err, d.root.Close())
}

// open opens a regular file of the folder.
func (d *diskDir) open(name string, flags int) (plainFile, error) {
	if !fs.ValidPath(name) || strings.Contains(name, "/") || name == "." {
		return *new(plainFile), fs.ErrInvalid
	}
	if err := d.openFolder(); err != nil {
		return *new(plainFile), err
	}
	return openPlain(d.root, d.folder, name, flags)
}

func (d *diskDir) openFolder() error {
	if d.folder != nil {
		return nil
	}
	folder, err := d.root.Open(".")
	if err == nil {
		d.folder, err = listable(folder)
	}
	return err
}

func (d *diskDir) List() ([]Entry, error) {
	if err := d.openFolder(); err != nil {
		return nil, located("list", d.path, err)
	}
	if _, err := d.folder.Seek(0, io.SeekStart); err != nil { // it may have been listed before
		return nil, located("list", d.path, err)
	}
	list, err := d.folder.ReadDir(-1)
	if err != nil {
		return nil, located("list", d.path, err)
	}
	entries := make([]Entry, len(list))
	for i, e := range list {
		entries[i].Name = e.Name()
		switch {
		case e.Type().IsRegular():
		case e.IsDir():
			entries[i].Kind = Folder
		default:
			entries[i].Kind = Other
		}
	}
	slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	return entries, nil
}

func (d *diskDir) Read(name string, dst []byte) ([]byte, error) {
	out, err := d.read(name, dst)
	if err != nil {
		return dst, located("read", path.Join(d.path, name), err)
	}
	return out, nil
}

func (d *diskDir) read(name string, dst []byte) (out []byte, err error) {
	f, err := d.open(name, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	size, err := f.size()
	if err != nil {
		return nil, err
	}
	if size > MaxFile {
		return nil, ErrTooLarge
	}
	n := len(dst)
	dst = slices.Grow(dst, int(size))[:n+int(size)]
	if _, err := io.ReadFull(f, dst[n:]); err != nil {
		return nil, fmt.Errorf("the file changed while it was read: %w", err)
	}
	return dst, nil
}

// holds reports whether a file has exactly these bytes, with one system call less than Read: a tree where nothing has changed is most
// often looked at. Where it is false, for whatever reason, Read tells more. The buffer comes back, maybe larger.
func (d *diskDir) holds(name string, data, buffer []byte) ([]byte, bool) {
	f, err := d.open(name, os.O_RDONLY)
	if err != nil {
		return buffer, false
	}
	buffer = slices.Grow(buffer[:0], len(data)+1)[:len(data)+1] // one byte more shows a longer file
	n, err := f.Read(buffer)
	if closeErr := f.Close(); err != nil || closeErr != nil {
		return buffer, false
	}
	return buffer, bytes.Equal(buffer[:n], data)
}

func (d *diskDir) Write(name string, data []byte) error {
	if err := d.write(name, data); err != nil {
		return located("write", path.Join(d.path, name), err)
	}
	return nil
}

func (d *diskDir) write(name string, data []byte) error {
	err := d.create(temporary, data)
	if errors.Is(err, fs.ErrExist) { // a killed run left it
		if err := d.root.Remove(temporary); err != nil {
			return err
		}
		err = d.create(temporary, data)
	}
	if err == nil {
		err = d.disk.step("rename")
	}
	if err == nil {
		err = d.root.Rename(temporary, name)
	}
	if err == nil {
		return nil
	}
	if d.disk.step("cleanup") == nil {
		_ = d.root.Remove(temporary) // the first error is the one to tell
	}
	return err
}

// create writes a file that is not there yet. When it fails, a part of it may be.
func (d *diskDir) create(name string, data []byte) error {
	if err := d.disk.step("create"); err != nil {
		return err
	}
	f, err := d.open(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return err
	}
	if err = d.disk.step("write"); err == nil {
		_, err = f.Write(data)
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}

func (d *diskDir) Remove(name string) error {
	if err := d.disk.step("remove"); err != nil {
		return located("remove", path.Join(d.path, name), err)
	}
	if err := d.root.Remove(name); err != nil {
		return located("remove", path.Join(d.path, name), err)
	}
	return nil
}
