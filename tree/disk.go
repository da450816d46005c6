package tree

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
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

	mu   sync.Mutex
	root *os.Root
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
	d.root = nil
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
	root   *os.Root
	shared bool // the root is the Disk's own
}

func (d *diskDir) Close() error {
	if d.shared {
		return nil
	}
	return d.root.Close()
}

func (d *diskDir) List() ([]Entry, error) {
	f, err := d.root.Open(".")
	if err != nil {
		return nil, located("list", d.path, err)
	}
	list, err := f.ReadDir(-1)
	if err = errors.Join(err, f.Close()); err != nil {
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

// read opens no link, and nothing but regular files: what was opened is compared with what stands there.
func (d *diskDir) read(name string, dst []byte) (out []byte, err error) {
	there, err := d.root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !there.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	f, err := d.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !os.SameFile(there, info) {
		return nil, errors.New("not a regular file")
	}
	if info.Size() > MaxFile {
		return nil, ErrTooLarge
	}
	n := len(dst)
	dst = slices.Grow(dst, int(info.Size()))[:n+int(info.Size())]
	if _, err := io.ReadFull(f, dst[n:]); err != nil {
		return nil, fmt.Errorf("the file changed while it was read: %w", err)
	}
	return dst, nil
}

func (d *diskDir) Write(name string, data []byte) error {
	if err := d.write(name, data); err != nil {
		return located("write", path.Join(d.path, name), err)
	}
	return nil
}

func (d *diskDir) write(name string, data []byte) error {
	if err := d.disk.step("create"); err != nil {
		return err
	}
	create := func() (*os.File, error) {
		return d.root.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	}
	f, err := create()
	if errors.Is(err, fs.ErrExist) {
		if err := d.root.Remove(temporary); err != nil {
			return err
		}
		f, err = create()
	}
	if err != nil {
		return err
	}
	if err = d.disk.step("write"); err == nil {
		_, err = f.Write(data)
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
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

func (d *diskDir) Remove(name string) error {
	if err := d.disk.step("remove"); err != nil {
		return located("remove", path.Join(d.path, name), err)
	}
	if err := d.root.Remove(name); err != nil {
		return located("remove", path.Join(d.path, name), err)
	}
	return nil
}
