package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/lint"
)

// lintConfig is where a repository says which rules it wants, and how severe.
const lintConfig = ".esotree/lint.yaml"

func (p *program) newLint() *cobra.Command {
	var side sideFlags
	var closed, staged bool
	var release string
	cmd := &cobra.Command{Use: "lint PATH...", Short: "Find what is wrong in manifests, whoever wrote them",
		Long: `Build one graph of secrets from the manifests in PATH (files and folders; descriptions are rendered first) and run the rules
over it: references that lead nowhere, conflicts, and hazards that show only in production. Rules that need all manifests
are warnings unless --closed says that PATH holds them all. ` + lintConfig + ` sets severities by path; a comment
"# esotree:ignore CODE until=2027-01-31 reason" on or above a line suppresses one finding.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.lint(cmd.Context(), args, staged, side, lint.Options{Closed: closed, ESO: release, Now: time.Now()})
		}}
	cmd.Flags().BoolVar(&closed, "closed", false, "PATH holds all manifests there are")
	cmd.Flags().StringVar(&release, "eso", "", "the release line that the clusters run (default: the newest known)")
	cmd.Flags().BoolVar(&staged, "staged", false, "read what is staged in Git in the place of the files")
	cmd.Flags().BoolVar(&side.manifests, "manifests", false, "read PATH as manifests even where it holds descriptions")
	cmd.Flags().StringArrayVar(&side.clusters, "cluster", nil, "NAME=PATH: the manifests below PATH belong to a cluster")
	return cmd
}

func (p *program) lint(ctx context.Context, paths []string, fromIndex bool, flags sideFlags, opts lint.Options) error {
	in, err := openInput(paths)
	if err != nil {
		return err
	}
	var index *staged
	if fromIndex {
		if index, err = openStaged(ctx); err != nil {
			return err
		}
		defer func() { _ = index.Close() }()
		if in, err = index.input(in); err != nil {
			return err
		}
	}
	config, findings, err := readLintConfig(index)
	if err != nil {
		return err
	}
	opts.Config = config
	side, err := p.readSide(ctx, in.fsys, in.paths, flags)
	if err != nil {
		return err
	}
	found, err := lint.Run(ctx, graph.New(side.Objects), opts)
	if err != nil {
		return err
	}
	found.Add(findings...)
	return p.report(p.stdout, found)
}

// readLintConfig reads the repository's configuration, as it is staged where there is an index; nil where there is none.
func readLintConfig(index *staged) (*lint.Config, []diag.Finding, error) {
	here := os.DirFS(".")
	if index != nil {
		var err error
		switch here, err = index.folder("."); {
		case errors.Is(err, fs.ErrNotExist):
			return nil, nil, nil
		case err != nil:
			return nil, nil, err
		}
	}
	data, err := fs.ReadFile(here, lintConfig)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	config, findings := lint.ReadConfig(diag.NewFile(lintConfig, data), lint.Rules())
	return config, findings, nil
}
