package krm

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/lint"
)

// Function is the function with what it takes from outside. The zero value renders and
// checks what it is given as items or inline.
type Function struct {
	// Files resolves the names in spec.paths, the file of a legacy plugin's argument, and the path annotations of items, so
	// that findings point into the file that a person wrote. Names are relative to the working directory, and are passed as
	// they were written: with "..", or absolute for the legacy plugin's argument. nil finds no file.
	Files fs.FS
	// Rules are what a Lint runs beside lint.Rules.
	Rules []lint.Rule
	// Now decides whether a suppression of a finding has ended; the zero time ends none.
	Now time.Time
}

// Run runs the function and returns its exit code: 0, or 1 after an error. Arguments are none for a KRM function, and the
// path of the configuration for a legacy kustomize plugin. Standard output is written at the end and in one piece.
func (f Function) Run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args []string) int {
	r := &run{Function: f}
	out, ok := r.run(ctx, stdin, args)
	if err := diag.Write(stderr, "text", &r.findings, diag.WriteOptions{}); err != nil {
		return 1
	}
	if len(out) > 0 {
		if _, err := stdout.Write(out); err != nil {
			fmt.Fprintln(stderr, "error: standard output: "+err.Error())
			return 1
		}
	}
	if !ok {
		return 1
	}
	return 0
}

// run is one call of the function.
type run struct {
	Function
	findings diag.Set
	// failOn is the lowest severity that makes the exit code 1.
	failOn diag.Severity
	in     *list
	texts  map[string]*diag.File
	// described are the configuration and the descriptions that were read.
	described []description
}

func (r *run) fail(code, hint, format string, args ...any) {
	r.findings.Add(diag.Finding{Code: code, Message: fmt.Sprintf(format, args...), Hint: hint, File: stdinName})
}

const stdinName = "standard input"

// run returns what goes to standard output, and whether all went well.
func (r *run) run(ctx context.Context, stdin io.Reader, args []string) (out []byte, ok bool) {
	data, err := io.ReadAll(stdin)
	if err != nil {
		r.fail("io", "", "reading failed: %v", err)
		return nil, false
	}
	switch len(args) {
	case 0:
		r.in = r.readList(data)
	case 1:
		r.in = r.readPlain(data, args[0])
	default:
		r.fail("usage", "a KRM function is configured by its functionConfig", "there are %d arguments; the function takes none, or the one of a legacy kustomize plugin", len(args))
	}
	if r.in == nil {
		return nil, false
	}
	items := r.in.items
	if made, done := r.dispatch(ctx); done && !r.findings.Fails(r.failOn) {
		items, ok = made, true
	}
	if r.in.plain && !ok {
		return nil, false
	}
	out, err = r.in.encode(items, r.results())
	if err != nil {
		r.fail("io", "", "writing failed: %v", err)
		return nil, false
	}
	return out, ok
}

// dispatch does what the configuration asks for and returns the items to put out.
func (r *run) dispatch(ctx context.Context) ([]*item, bool) {
	c, ok := r.readConfig()
	if !ok {
		return nil, false
	}
	var items []*item
	switch c.kind {
	case kindLint:
		items, ok = r.lint(ctx, c)
	case kindGuard:
		items, ok = r.guard(), true
	default:
		items, ok = r.render(ctx, c)
	}
	if err := ctx.Err(); err != nil {
		r.fail("io", "", "the run was ended: %v", err)
		return nil, false
	}
	return items, ok
}

// file reads a file once.
func (r *run) file(name string) *diag.File {
	if r.Files == nil || name == "" {
		return nil
	}
	if f, ok := r.texts[name]; ok {
		return f
	}
	if r.texts == nil {
		r.texts = map[string]*diag.File{}
	}
	var f *diag.File
	if data, err := fs.ReadFile(r.Files, name); err == nil {
		f = diag.NewFile(name, bytes.Clone(data))
	}
	r.texts[name] = f
	return f
}
