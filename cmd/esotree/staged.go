package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/openova-io/esotree"
	"github.com/openova-io/esotree/internal/gitfs"
	"github.com/openova-io/esotree/tree"
)

// staged is what the next commit will hold: the index of the repository that the working folder is in.
type staged struct {
	index *gitfs.FS
	// below is the working folder's path in the repository.
	below string
}

func openStaged(ctx context.Context) (*staged, error) {
	_, below, err := gitfs.Root(ctx, ".")
	if err != nil {
		return nil, fmt.Errorf("--staged: %w", err)
	}
	index, err := gitfs.Open(ctx, ".", gitfs.Index)
	if err != nil {
		return nil, fmt.Errorf("--staged: %w", err)
	}
	return &staged{index, below}, nil
}

// Close ends the process that reads the index.
func (s *staged) Close() error { return s.index.Close() }

// folder is a folder of the working copy as it is staged; fs.ErrNotExist when nothing in it is.
func (s *staged) folder(dir string) (fs.FS, error) {
	here, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, err
	}
	rel, err := filepath.Rel(here, dir)
	if err != nil {
		return nil, err
	}
	name := path.Join(s.below, filepath.ToSlash(rel))
	if name == ".." || strings.HasPrefix(name, "../") {
		return nil, fmt.Errorf("--staged: %s is outside the repository", dir)
	}
	list, err := fs.ReadDir(s.index, name)
	if err == nil && len(list) == 0 {
		err = &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	if err != nil {
		return nil, err
	}
	return fs.Sub(s.index, name)
}

// input reads the staged files in the place of those on the disk.
func (s *staged) input(in input) (input, error) {
	fsys, err := s.folder(in.dir)
	if err != nil {
		return in, nothingStaged(err, in.dir)
	}
	for _, name := range in.paths {
		if _, err := fs.Stat(fsys, name); err != nil {
			return in, nothingStaged(err, name)
		}
	}
	in.fsys = fsys
	return in, nil
}

func nothingStaged(err error, name string) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("--staged: nothing is staged in %s; git add it", name)
	}
	return err
}

// tree is the rendered tree as it is staged.
func (s *staged) tree(out string) (*tree.Memory, error) {
	fsys, err := s.folder(out)
	if errors.Is(err, fs.ErrNotExist) {
		return &tree.Memory{}, nil
	}
	if err != nil {
		return nil, err
	}
	return tree.NewMemory(fsys)
}

// concerned are the tenants that a run over the staged descriptions is about: those that they describe, and those whose files
// are staged. What is on the disk for others is work that nobody has staged yet.
func concerned(c *esotree.Compilation, plan *tree.Plan) []string {
	tenants := []string{""}
	for _, t := range c.Model.Tenants() {
		tenants = append(tenants, t.Metadata.Name)
	}
	for change := range plan.Changes() {
		tenants = append(tenants, change.Tenant)
	}
	slices.Sort(tenants)
	return slices.Compact(tenants)
}

// shownChanges is how many files are named before the rest is a number.
const shownChanges = 10

// unstaged says what of a rendered tree is not staged.
func unstaged(w io.Writer, out string, plan *tree.Plan) {
	fmt.Fprintln(w, "what is staged is not what the staged descriptions render to:")
	n := 0
	for change := range plan.Changes() {
		if n++; n <= shownChanges {
			fmt.Fprintf(w, "  %-7s %s\n", change.Action, path.Join(filepath.ToSlash(out), change.Path))
		}
	}
	if n > shownChanges {
		fmt.Fprintf(w, "  and %d more\n", n-shownChanges)
	}
	fmt.Fprintf(w, "read the difference, then: git add -A -- %s\n", filepath.ToSlash(out))
}
