package main

import (
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/openova-io/esotree"
	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/object"
)

// input is the part of the disk that a command reads, and the paths that were named in it.
type input struct {
	// dir is the folder that fsys is of: the working folder where all paths are below it, else the nearest folder that
	// holds them all.
	dir   string
	fsys  fs.FS
	paths []string
}

func openInput(args []string) (input, error) {
	if len(args) == 0 {
		args = []string{"."}
	}
	dir, err := os.Getwd()
	if err != nil {
		return input{}, err
	}
	absolute := make([]string, len(args))
	for i, arg := range args {
		if absolute[i], err = filepath.Abs(arg); err != nil {
			return input{}, err
		}
	}
	if slices.ContainsFunc(absolute, func(a string) bool { return !within(dir, a) }) {
		dir = above(absolute)
	}
	in := input{dir: dir, fsys: openFolder(dir)}
	for _, a := range absolute {
		in.paths = append(in.paths, in.local(a))
	}
	return in, nil
}

// local names a path as it is called in fsys.
func (in input) local(absolute string) string {
	rel, err := filepath.Rel(in.dir, absolute)
	if err != nil {
		return absolute
	}
	return filepath.ToSlash(rel)
}

// above is the nearest folder that holds all paths.
func above(paths []string) string {
	dir := paths[0]
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		dir = filepath.Dir(dir)
	}
	for _, path := range paths {
		for !within(dir, path) {
			dir = filepath.Dir(dir)
		}
	}
	return dir
}

func within(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// standardInput is the path that stands for the manifests that a pipe hands over.
const standardInput = "-"

// withoutPipe are the arguments that are paths.
func withoutPipe(args []string) []string {
	return slices.DeleteFunc(slices.Clone(args), func(arg string) bool { return arg == standardInput })
}

// readPiped reads the manifests on standard input, of the cluster that NAME=- says.
func (p *program) readPiped(clusters []string) ([]*object.Object, []diag.Finding, error) {
	text, err := io.ReadAll(p.stdin)
	if err != nil {
		return nil, nil, err
	}
	cluster := clusterOf(clusters)(diag.NewFile(standardInput, nil))
	objects, findings := object.ReadFile(diag.NewFile("stdin", text), object.ReadOptions{Cluster: func(*diag.File) string { return cluster }})
	return objects, findings, nil
}

// compile loads and links what was named; the Compilation is nil when there is nothing to render.
func (p *program) compile(ctx context.Context, in input, skip ...string) (*esotree.Compilation, *diag.Set, error) {
	return esotree.Compile(ctx, in.fsys, in.paths, skip...)
}
