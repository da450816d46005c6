package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openova-io/esotree"
	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/canon"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/lint"
	"github.com/openova-io/esotree/object"
	"github.com/openova-io/esotree/tree"
)

// renderFlags are the flags of esotree render.
type renderFlags struct {
	out              string
	check, stdout    bool
	staged           bool
	regions, tenants []string
	shard            string
	pruneTenants     []string
	pruneGone        bool
	exitCode, force  bool
}

func (p *program) newRender() *cobra.Command {
	var f renderFlags
	cmd := &cobra.Command{Use: "render [PATH...]", Short: "Render descriptions into a tree of manifests",
		Long: `Render the descriptions in PATH (files and folders, default: the current folder) into a tree of manifests. Nothing is
written when anything is wrong. A file that esotree did not write is never touched, one that was edited by hand only with
--force. A run prunes only what belongs to this Platform and to tenants that it loaded; a filtered run prunes nothing
outside its filter.

With --staged the descriptions are those that are staged in Git, as a hook before a commit needs it: what is not staged is
neither read nor demanded, and --check and --exit-code judge the tree that is staged.`,
		RunE: func(cmd *cobra.Command, args []string) error { return p.render(cmd.Context(), f, args) }}
	flags := cmd.Flags()
	flags.StringVarP(&f.out, "output", "o", "rendered", "the folder to write to")
	flags.BoolVar(&f.check, "check", false, "write nothing; show the difference and exit with 3 where there is one")
	flags.BoolVar(&f.stdout, "stdout", false, "write nothing; print all objects")
	flags.StringSliceVar(&f.regions, "region", nil, "render these regions only")
	flags.StringSliceVar(&f.tenants, "tenant", nil, "render these tenants only")
	flags.StringVar(&f.shard, "shard", "", "render slice i of n disjoint slices of the tenants, as i/n")
	flags.StringSliceVar(&f.pruneTenants, "prune-tenant", nil, "delete the files of this tenant, which has no description any more")
	flags.BoolVar(&f.pruneGone, "prune-tenants", false, "delete the files of all tenants that have no description any more")
	flags.BoolVar(&f.staged, "staged", false, "read what is staged in Git in the place of the files")
	flags.BoolVar(&f.exitCode, "exit-code", false, "exit with 3 when something was written, or with --staged when the staged tree is another")
	flags.BoolVar(&f.force, "force", false, "overwrite and prune files that were edited by hand")
	return cmd
}

func (p *program) render(ctx context.Context, f renderFlags, args []string) error {
	in, err := openInput(args)
	if err != nil {
		return err
	}
	out, err := filepath.Abs(f.out)
	if err != nil {
		return err
	}
	if info, err := os.Lstat(out); err == nil && !info.IsDir() && !f.stdout {
		return fmt.Errorf("%s is a file or a link, not a folder to write to", f.out)
	}
	shard, err := parseShard(f.shard)
	if err != nil {
		return err
	}
	var index *staged
	if f.staged {
		if index, err = openStaged(ctx); err != nil {
			return err
		}
		defer func() { _ = index.Close() }()
		if in, err = index.input(in); err != nil {
			return err
		}
	}
	p.progress = p.newProgress()
	defer p.progress.end()
	p.progress.say("reading descriptions")
	c, findings, err := p.compile(ctx, in, in.local(out))
	if err != nil {
		return err
	}
	if c == nil {
		return p.report(p.stderr, findings)
	}
	filter := tree.Filter{Regions: f.regions, Shard: shard}
	if f.tenants != nil {
		filter.Tenants = f.tenants
	}
	if err := checkFilter(c, filter); err != nil {
		return err
	}
	folders, err := p.linted(ctx, c, index, filter, findings)
	if err != nil {
		return err
	}
	tenants := 0
	for _, t := range c.Model.Tenants() {
		if filter.Tenant(t.Metadata.Name) {
			tenants++
		}
	}
	folders = p.progress.passes(folders, tenants)
	if f.stdout {
		return p.printObjects(ctx, folders, filter, findings)
	}
	opts := tree.Options{Scope: tree.Scope{Platform: c.Model.Name, Filter: filter, Loaded: c.Has,
		PruneTenants: f.pruneTenants, PruneGone: f.pruneGone, Force: f.force}, Budget: budget(tenants)}
	disk := tree.NewDisk(out)
	defer disk.Close()
	if index != nil {
		there, err := index.tree(out)
		if err != nil {
			return err
		}
		if f.check {
			return p.checkTree(ctx, f.out, there, folders, opts, findings)
		}
		return p.writeStaged(ctx, disk, there, c, folders, opts, findings, f)
	}
	if f.check {
		return p.checkTree(ctx, f.out, disk, folders, opts, findings)
	}
	return p.writeTree(ctx, disk, folders, opts, findings, f)
}

// manyTenants is from how many tenants on a tree that is new does not fit into the budget of a plan by far.
const manyTenants = 2000

// budget is how many bytes of changed files are kept until they are written. Of many tenants it is less, enough for those that a commit
// changes: where all of them are changed it would be filled for nothing, beside an index that is large then.
func budget(tenants int) int64 {
	if tenants > manyTenants {
		return tree.DefaultBudget / 4
	}
	return tree.DefaultBudget
}

// linted are the folders to write. The rules run over them on the way, when they are compared with the tree, so that nothing is
// rendered for the rules alone. Notes are left to esotree lint.
func (p *program) linted(ctx context.Context, c *esotree.Compilation, index *staged, filter tree.Filter, findings *diag.Set) (iter.Seq[object.Folder], error) {
	config, more, err := readLintConfig(index)
	if err != nil {
		return nil, err
	}
	findings.Add(more...)
	return c.Linted(ctx, filter.Tenant, lint.Options{Config: config, Now: time.Now()}, findings, func(found ...diag.Finding) {
		for _, f := range found {
			if f.Severity != diag.Note {
				findings.Add(f)
			}
		}
	})
}

func checkFilter(c *esotree.Compilation, f tree.Filter) error {
	var regions, tenants []string
	for _, r := range c.Model.Regions {
		regions = append(regions, r.Name)
	}
	for _, t := range c.Model.Tenants() {
		tenants = append(tenants, t.Metadata.Name)
	}
	for flag, names := range map[string][2][]string{"region": {f.Regions, regions}, "tenant": {f.Tenants, tenants}} {
		for _, name := range names[0] {
			if slices.Contains(names[1], name) {
				continue
			}
			if near := yamlsrc.Closest(name, names[1]); near != "" {
				return fmt.Errorf("--%s: there is no %s %q; did you mean %q?", flag, flag, name, near)
			}
			return fmt.Errorf("--%s: there is no %s %q", flag, flag, name)
		}
	}
	return nil
}

func parseShard(text string) (tree.Shard, error) {
	if text == "" {
		return tree.Shard{}, nil
	}
	index, count, _ := strings.Cut(text, "/")
	i, err1 := strconv.Atoi(index)
	n, err2 := strconv.Atoi(count)
	if err1 != nil || err2 != nil || i < 1 || n < i {
		return tree.Shard{}, fmt.Errorf("--shard is i/n with i from 1 to n, not %q", text)
	}
	return tree.Shard{Index: i, Count: n}, nil
}

// printObjects prints everything as one YAML stream, when nothing is wrong. What fits the budget of a tree's plan is kept until that
// is known; else everything is rendered once more.
func (p *program) printObjects(ctx context.Context, folders iter.Seq[object.Folder], filter tree.Filter, findings *diag.Set) error {
	var encoder canon.Encoder
	var kept []byte
	fits := true
	for folder := range folders {
		if fits = fits && len(kept) < tree.DefaultBudget; !fits || !filter.Region(folder.Region) {
			continue
		}
		var err error
		if kept, err = appendObjects(kept, &encoder, folder); err != nil {
			return err
		}
	}
	if err := p.report(p.stderr, findings); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	defer p.progress.hide()()
	if fits {
		_, err := p.stdout.Write(kept)
		return err
	}
	for folder := range folders {
		if !filter.Region(folder.Region) {
			continue
		}
		var err error
		if kept, err = appendObjects(kept[:0], &encoder, folder); err != nil {
			return err
		}
		if _, err := p.stdout.Write(kept); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func appendObjects(dst []byte, e *canon.Encoder, folder object.Folder) (_ []byte, err error) {
	for _, o := range folder.Objects {
		if dst, err = e.Append(append(dst, "---\n"...), o.Value); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

func (p *program) checkTree(ctx context.Context, out string, there tree.Store, folders iter.Seq[object.Folder], opts tree.Options, findings *diag.Set) error {
	plan, err := tree.Compute(ctx, there, folders, opts)
	if err != nil {
		return err
	}
	if p.fails(findings) {
		return p.report(p.stderr, findings)
	}
	findings.Add(below(out, plan)...)
	if err := p.report(p.stderr, findings); err != nil {
		if _, found := err.(exitError); !found { // what is in the way of a write is drift here
			return err
		}
	}
	if plan.Clean() && !plan.Findings().HasErrors() {
		return nil
	}
	defer p.progress.hide()()
	at := ""
	if filepath.IsLocal(out) { // so that git apply takes it, where the program was started
		at = filepath.ToSlash(out)
	}
	if err := tree.Diff(ctx, p.stdout, plan, at); err != nil {
		return err
	}
	return exitError(exitDrift)
}

// below names the files of a plan's findings as a reader finds them: with the output folder.
func below(out string, plan *tree.Plan) []diag.Finding {
	list := plan.Findings().All()
	for i := range list {
		if list[i].File != "" {
			list[i].File = path.Join(filepath.ToSlash(out), list[i].File)
		}
	}
	return list
}

// writeStaged renders what is staged into the work tree, and compares it with the tree that is staged.
func (p *program) writeStaged(ctx context.Context, disk *tree.Disk, there *tree.Memory, c *esotree.Compilation, folders iter.Seq[object.Folder], opts tree.Options, findings *diag.Set, f renderFlags) error {
	plan, err := tree.Compute(ctx, there, folders, opts)
	if err != nil {
		return err
	}
	if opts.Filter.Tenants == nil {
		opts.Filter.Tenants = concerned(c, plan)
	}
	err = p.writeTree(ctx, disk, folders, opts, findings, f)
	if err != nil && !errors.Is(err, exitError(exitDrift)) || plan.Clean() {
		return err
	}
	unstaged(p.stderr, f.out, plan)
	if f.exitCode {
		return exitError(exitDrift)
	}
	return nil
}

func (p *program) writeTree(ctx context.Context, disk *tree.Disk, folders iter.Seq[object.Folder], opts tree.Options, findings *diag.Set, f renderFlags) (err error) {
	if p.fails(findings) {
		for range folders { // what rendering finds belongs to the same run
		}
		return p.report(p.stderr, findings)
	}
	unlock, err := disk.Lock()
	if err != nil {
		return err
	}
	defer func() {
		if e := unlock(); err == nil {
			err = e
		}
	}()
	plan, err := tree.Compute(ctx, disk, folders, opts)
	if err != nil {
		return err
	}
	if !p.fails(findings) { // else the tree finds the consequences
		findings.Add(below(f.out, plan)...)
	}
	if err := p.report(p.stderr, findings); err != nil {
		return err
	}
	p.progress.say("writing files")
	if err := plan.Apply(ctx); err != nil {
		return fmt.Errorf("%s: %w", f.out, err)
	}
	defer p.progress.hide()()
	n := plan.Counts()
	fmt.Fprintf(p.stderr, "%s: %d created, %d updated, %d deleted, %d unchanged\n", f.out, n.Created, n.Updated, n.Deleted, n.Unchanged)
	if f.exitCode && !plan.Clean() {
		return exitError(exitDrift)
	}
	return nil
}
