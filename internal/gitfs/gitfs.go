// Package gitfs shows a revision of a Git repository, or its index, as an fs.FS. It runs the git program, so that it reads
// whatever that reads: packs, alternates, worktrees, partial clones.
package gitfs

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os/exec"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Index is the name of the revision that stands for what is staged.
const Index = ":"

// FS is the tree of one revision. Files are read from Git when they are opened, all by one process, which Close ends. It is
// safe for concurrent use. Symbolic links are listed and can't be opened; submodules are left out.
type FS struct {
	// Revision is the hash of the tree, or Index.
	Revision string

	entries map[string]*entry
	cat     *catFile
}

type entry struct {
	name     string // the last element
	blob     string
	mode     fs.FileMode
	children []fs.DirEntry // of a folder, sorted
}

// Open lists a revision of the repository that dir is in: a commit, a branch, a tag, a tree such as HEAD:clusters, or Index.
// Paths are relative to the repository's root. The context ends everything that is read later, too.
func Open(ctx context.Context, dir, revision string) (*FS, error) {
	f := &FS{Revision: Index, entries: map[string]*entry{".": {name: ".", mode: fs.ModeDir | 0o555}}}
	list := []string{"ls-files", "--stage", "-z", "--full-name", ":/"}
	if revision != Index {
		tree, err := resolve(ctx, dir, revision)
		if err != nil {
			return nil, err
		}
		f.Revision = tree
		list = []string{"ls-tree", "-r", "-z", "--full-tree", f.Revision}
	}
	out, err := git(ctx, dir, list...)
	if err != nil {
		return nil, err
	}
	for _, line := range bytes.Split(out, []byte{0}) {
		if len(line) > 0 {
			if err := f.add(string(line)); err != nil {
				return nil, err
			}
		}
	}
	for _, e := range f.entries {
		slices.SortFunc(e.children, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	}
	f.cat, err = startCatFile(ctx, dir)
	return f, err
}

// Root returns the folder of the repository that dir is in, and the path of dir below it ("." for the root itself). The
// error says that there is no repository.
func Root(ctx context.Context, dir string) (root, below string, err error) {
	out, err := git(ctx, dir, "rev-parse", "--show-toplevel", "--show-prefix")
	if err != nil {
		return "", "", err
	}
	lines := strings.Split(string(out), "\n")
	if len(lines) < 2 {
		return "", "", errors.New("git does not say where the repository is")
	}
	return lines[0], path.Clean(lines[1]), nil
}

// IsRevision reports whether a text names a commit or tree of the repository that dir is in.
func IsRevision(ctx context.Context, dir, text string) bool {
	_, err := resolve(ctx, dir, text)
	return err == nil
}

// resolve returns the hash of a revision's tree. It takes two steps, since HEAD:folder^{tree} would be a path.
func resolve(ctx context.Context, dir, revision string) (string, error) {
	if revision == "" || strings.HasPrefix(revision, "-") {
		return "", fmt.Errorf("%q is not a revision", revision)
	}
	hash := []byte(revision)
	for _, suffix := range []string{"", "^{tree}"} {
		var err error
		if hash, err = git(ctx, dir, "rev-parse", "--verify", "--quiet", "--end-of-options", string(bytes.TrimSpace(hash))+suffix); err != nil {
			if ctx.Err() != nil {
				return "", err
			}
			return "", fmt.Errorf("there is no revision %q", revision)
		}
	}
	return string(bytes.TrimSpace(hash)), nil
}

// MergeBase returns the commit that two revisions parted at.
func MergeBase(ctx context.Context, dir, a, b string) (string, error) {
	out, err := git(ctx, dir, "merge-base", "--end-of-options", a, b)
	return strings.TrimSpace(string(out)), err
}

// git runs the program and returns its output. The error is the last line that git wrote about what is wrong.
func git(ctx context.Context, dir string, args ...string) ([]byte, error) {
	cmd := command(ctx, dir, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		text := strings.TrimSpace(stderr.String())
		if i := strings.LastIndexByte(text, '\n'); i >= 0 {
			text = text[i+1:]
		}
		if text != "" {
			err = errors.New("git: " + strings.TrimPrefix(text, "fatal: "))
		}
	}
	return out, err
}

func command(ctx context.Context, dir string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "git", append([]string{"--no-optional-locks", "-c", "core.quotePath=false"}, args...)...)
	cmd.Dir = dir
	return cmd
}

// add takes one line of ls-tree ("mode type hash\tpath") or ls-files --stage ("mode hash stage\tpath").
func (f *FS) add(line string) error {
	meta, name, ok := strings.Cut(line, "\t")
	fields := strings.Fields(meta)
	if !ok || len(fields) != 3 || !fs.ValidPath(name) {
		return fmt.Errorf("git lists an odd entry: %q", line)
	}
	e := &entry{name: path.Base(name), blob: fields[1], mode: 0o444}
	if fields[1] == "blob" {
		e.blob = fields[2]
	} else if fields[1] != "commit" && fields[2] != "0" {
		return fmt.Errorf("%s has a merge conflict", name)
	}
	switch fields[0] {
	case "160000":
		return nil
	case "120000":
		e.mode = fs.ModeSymlink | 0o777
	case "100755":
		e.mode = 0o555
	}
	f.entries[name] = e
	for child := e; ; {
		dir := path.Dir(name)
		parent := f.entries[dir]
		known := parent != nil
		if !known {
			parent = &entry{name: path.Base(dir), mode: fs.ModeDir | 0o555}
			f.entries[dir] = parent
		}
		parent.children = append(parent.children, info{entry: child, fs: f})
		if known {
			return nil
		}
		child, name = parent, dir
	}
}

// Close ends the process that reads files.
func (f *FS) Close() error { return f.cat.close() }

// Open implements fs.FS.
func (f *FS) Open(name string) (fs.File, error) {
	e, err := f.find("open", name)
	if err != nil {
		return nil, err
	}
	if e.mode.IsDir() {
		return &folder{info: info{entry: e, fs: f}}, nil
	}
	data, err := f.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return &file{info: info{entry: e, fs: f}, Reader: bytes.NewReader(data)}, nil
}

func (f *FS) find(op, name string) (*entry, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	e, ok := f.entries[name]
	if !ok {
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	return e, nil
}

// ReadFile implements fs.ReadFileFS.
func (f *FS) ReadFile(name string) ([]byte, error) {
	e, err := f.find("read", name)
	if err != nil {
		return nil, err
	}
	if !e.mode.IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("not a regular file")}
	}
	data, err := f.cat.read(e.blob)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return data, nil
}

// ReadDir implements fs.ReadDirFS.
func (f *FS) ReadDir(name string) ([]fs.DirEntry, error) {
	e, err := f.find("readdir", name)
	if err != nil {
		return nil, err
	}
	if !e.mode.IsDir() {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errors.New("not a directory")}
	}
	return slices.Clone(e.children), nil
}

// Stat implements fs.StatFS. It reads a file to learn its size.
func (f *FS) Stat(name string) (fs.FileInfo, error) {
	e, err := f.find("stat", name)
	if err != nil {
		return nil, err
	}
	return info{entry: e, fs: f}, nil
}

// info is the fs.FileInfo and the fs.DirEntry of an entry.
type info struct {
	*entry
	fs *FS
}

func (i info) Name() string               { return i.name }
func (i info) Mode() fs.FileMode          { return i.mode }
func (i info) Type() fs.FileMode          { return i.mode.Type() }
func (i info) IsDir() bool                { return i.mode.IsDir() }
func (i info) ModTime() time.Time         { return time.Time{} }
func (i info) Sys() any                   { return nil }
func (i info) Info() (fs.FileInfo, error) { return i, nil }

// Size is that of the file's text; 0 where it can't be read.
func (i info) Size() int64 {
	if !i.mode.IsRegular() {
		return 0
	}
	data, err := i.fs.cat.read(i.blob)
	if err != nil {
		return 0
	}
	return int64(len(data))
}

type file struct {
	info
	*bytes.Reader
}

func (f *file) Size() int64                { return f.Reader.Size() }
func (f *file) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *file) Close() error               { return nil }

type folder struct {
	info
	next int
}

func (d *folder) Stat() (fs.FileInfo, error) { return d.info, nil }
func (d *folder) Close() error               { return nil }
func (d *folder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.name, Err: errors.New("is a directory")}
}

// ReadDir implements fs.ReadDirFile.
func (d *folder) ReadDir(n int) ([]fs.DirEntry, error) {
	rest := d.children[d.next:]
	if n > 0 {
		if len(rest) == 0 {
			return nil, io.EOF
		}
		rest = rest[:min(n, len(rest))]
	}
	d.next += len(rest)
	return slices.Clone(rest), nil
}

// catFile is a running git cat-file --batch: a name in, its text out.
type catFile struct {
	mu     sync.Mutex
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	broken error
}

func startCatFile(ctx context.Context, dir string) (*catFile, error) {
	c := &catFile{cmd: command(ctx, dir, "cat-file", "--batch")}
	var err error
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.out = bufio.NewReader(out)
	return c, c.cmd.Start()
}

func (c *catFile) read(hash string) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken != nil {
		return nil, c.broken
	}
	data, missing, err := c.exchange(hash)
	if err != nil {
		c.broken = fmt.Errorf("git cat-file ended: %w", err)
		return nil, c.broken
	}
	if missing {
		return nil, fs.ErrNotExist
	}
	return data, nil
}

func (c *catFile) exchange(hash string) (data []byte, missing bool, err error) {
	if _, err := io.WriteString(c.in, hash+"\n"); err != nil {
		return nil, false, err
	}
	header, err := c.out.ReadString('\n')
	if err != nil {
		return nil, false, err
	}
	fields := strings.Fields(header)
	if len(fields) != 3 {
		return nil, true, nil
	}
	size, err := strconv.Atoi(fields[2])
	if err != nil || size < 0 {
		return nil, false, fmt.Errorf("it answers %q", header)
	}
	data = make([]byte, size+1) // the text and a line break
	if _, err := io.ReadFull(c.out, data); err != nil {
		return nil, false, err
	}
	return data[:size], false, nil
}

func (c *catFile) close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.broken = fs.ErrClosed
	if err := c.in.Close(); err != nil {
		return err
	}
	return c.cmd.Wait()
}
