package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/internal/gitfs"
)

// diffFlags are the flags of esotree diff.
type diffFlags struct {
	sideFlags
	format     string
	failOn     []string
	maxChanges int
	path       string
	staged     bool
}

func (p *program) newDiff() *cobra.Command {
	f := diffFlags{}
	formats := []string{graph.FormatText, graph.FormatJSON, graph.FormatMarkdown}
	cmd := &cobra.Command{Use: "diff [A [B]]", Short: "Show what a change does to secrets",
		Long: `Show what a change of descriptions or manifests does to secrets, by secret and not by line: what rotates, what is deleted
from a store, what moves, who reads what newly. A and B are folders or files, or revisions of the Git repository; A..B
compares two revisions, A...B compares B with where it parted from A. B defaults to the work tree, A to HEAD; ":" is the
index, and "-" are manifests on standard input. Descriptions are rendered, any other manifests are taken as they are.`,
		Args: cobra.MaximumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(formats, f.format) {
				return fmt.Errorf("--format is one of %s", strings.Join(formats, ", "))
			}
			kinds, err := changeKinds(f.failOn)
			if err != nil {
				return err
			}
			return p.diff(cmd.Context(), f, kinds, args)
		}}
	flags := cmd.Flags()
	flags.StringVar(&f.format, "format", graph.FormatText, "how the difference is printed: "+strings.Join(formats, ", "))
	flags.StringSliceVar(&f.failOn, "fail-on", nil, "exit with 1 when there is a change of one of these kinds, such as rotates,deletes")
	flags.IntVar(&f.maxChanges, "max-changes", -1, "exit with 1 when more secrets than this are affected")
	flags.StringVar(&f.path, "path", ".", "the folder that is compared between revisions")
	flags.BoolVar(&f.staged, "staged", false, "compare with the index in the place of the work tree")
	flags.BoolVar(&f.manifests, "manifests", false, "read manifests even where there are descriptions")
	flags.StringVar(&f.release, "eso", "", "the release line that the clusters of manifests run; descriptions say it themselves")
	flags.StringSliceVar(&f.clusters, "cluster", nil, "the cluster that a folder of manifests is applied to, as NAME=PATH")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("fail-on", cobra.FixedCompletions(kindNames(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func kindNames() []string {
	var out []string
	for _, k := range graph.ChangeKinds() {
		out = append(out, string(k))
	}
	return out
}

func changeKinds(names []string) ([]graph.ChangeKind, error) {
	all := kindNames()
	var out []graph.ChangeKind
	for _, name := range names {
		if !slices.Contains(all, name) {
			return nil, fmt.Errorf("--fail-on: there is no kind of change %q; known are %s", name, strings.Join(all, ", "))
		}
		out = append(out, graph.ChangeKind(name))
	}
	return out, nil
}

func (p *program) diff(ctx context.Context, f diffFlags, failOn []graph.ChangeKind, args []string) error {
	f.strict = true
	a, b, err := ends(ctx, f, args)
	switch {
	case err != nil:
		return err
	case a == standardInput && b == standardInput:
		return errors.New("standard input can be one of the two sides only")
	}
	old, err := p.sideOf(ctx, a, f.path, f.sideFlags)
	if err != nil {
		return err
	}
	var new graph.Side
	if b == workTree {
		new, err = p.readPaths(ctx, []string{f.path}, f.sideFlags)
	} else {
		new, err = p.sideOf(ctx, b, f.path, f.sideFlags)
	}
	if err != nil {
		return err
	}
	d := graph.Diff(old, new)
	if err := d.Write(p.stdout, f.format); err != nil {
		return err
	}
	return p.gate(d, failOn, f.maxChanges)
}

// gate fails the run when the difference is more than was allowed.
func (p *program) gate(d *graph.Difference, failOn []graph.ChangeKind, most int) error {
	failed := false
	if n := len(d.Of(failOn...)); n > 0 {
		failed = true
		names := make([]string, len(failOn))
		for i, k := range failOn {
			names[i] = string(k)
		}
		fmt.Fprintf(p.stderr, "esotree: %d of %s\n", n, strings.Join(names, ", "))
	}
	if n := d.Secrets(); most >= 0 && n > most {
		failed = true
		fmt.Fprintf(p.stderr, "esotree: affected secrets: %d, --max-changes allows %d\n", n, most)
	}
	if failed {
		return exitError(exitFindings)
	}
	return nil
}

// ends are the two sides that the arguments name.
func ends(ctx context.Context, f diffFlags, args []string) (a, b string, err error) {
	b = workTree
	if f.staged {
		b = gitfs.Index
	}
	switch {
	case len(args) == 2:
		if f.staged {
			return "", "", fmt.Errorf("--staged is for one revision at most")
		}
		return args[0], args[1], nil
	case len(args) == 0:
		return "HEAD", b, nil
	}
	if from, to, ok := strings.Cut(args[0], "..."); ok && !f.staged {
		from, to = orHead(from), orHead(to)
		base, err := gitfs.MergeBase(ctx, f.path, from, to)
		return base, to, err
	}
	if from, to, ok := strings.Cut(args[0], ".."); ok && !f.staged && from != "" && !strings.HasPrefix(to, "/") {
		return from, orHead(to), nil
	}
	return args[0], b, nil
}

func orHead(revision string) string {
	if revision == "" {
		return "HEAD"
	}
	return revision
}
