package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openova-io/esotree"
	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/internal/kbuild"
	"github.com/openova-io/esotree/lint"
	"github.com/openova-io/esotree/lint/crd"
	"github.com/openova-io/esotree/object"
	"github.com/openova-io/esotree/tree"
)

// lintConfig is where a repository says which rules it wants, and how severe.
const lintConfig = ".esotree/lint.yaml"

// lintFlags are the flags of esotree lint.
type lintFlags struct {
	sideFlags
	closed, staged bool
	kustomize      []string
	crds           []string
}

func (p *program) newLint() *cobra.Command {
	var f lintFlags
	cmd := &cobra.Command{Use: "lint PATH...", Short: "Find what is wrong in manifests, whoever wrote them",
		Long: `Build one graph of secrets from the manifests in PATH (files and folders; - for standard input) and of the roots that --kustomize
names, and run the rules over it: references that lead nowhere, conflicts, and hazards that show only in production. Rules
that need all manifests are warnings unless --closed says that they are all there.

Descriptions in PATH are rendered first. They also say which namespaces, keys and grants the tenants have, so that manifests
beside them are held against that; where there are several regions, --cluster says to which one such manifests belong.

` + lintConfig + ` sets severities by path; a comment "# esotree:ignore CODE until=2027-01-31 reason" on or above a line
suppresses one finding.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 && len(f.kustomize) == 0 {
				return errors.New("requires a PATH, or --kustomize")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return p.lint(cmd.Context(), args, f) }}
	flags := cmd.Flags()
	flags.BoolVar(&f.closed, "closed", false, "all manifests there are are given")
	flags.StringVar(&f.release, "eso", "", "the release line that the clusters run (default: that of the description, else the newest known)")
	flags.BoolVar(&f.staged, "staged", false, "read what is staged in Git in the place of the files")
	flags.BoolVar(&f.manifests, "manifests", false, "read PATH as manifests even where it holds descriptions")
	flags.StringArrayVar(&f.clusters, "cluster", nil, "NAME=PATH: the manifests below PATH belong to a cluster")
	flags.StringArrayVar(&f.kustomize, "kustomize", nil, "build this kustomize root, and lint what comes out (may be repeated)")
	flags.StringArrayVar(&f.crds, "crds", nil, "hold the manifests against the CustomResourceDefinitions in a file or folder, as the API server does (may be repeated)")
	return cmd
}

func (p *program) lint(ctx context.Context, args []string, f lintFlags) error {
	in := input{}
	var err error
	paths := withoutPipe(args)
	if len(paths) > 0 {
		if in, err = openInput(paths); err != nil {
			return err
		}
	}
	var index *staged
	if f.staged {
		if index, err = openStaged(ctx); err != nil {
			return err
		}
		defer func() { _ = index.Close() }()
		if len(paths) > 0 {
			if in, err = index.input(in); err != nil {
				return err
			}
		}
	}
	config, findings, err := readLintConfig(index)
	if err != nil {
		return err
	}
	var built []*object.Object
	for _, dir := range f.kustomize {
		objects, more, err := buildRoot(dir, index, f.clusters)
		if err != nil {
			return err
		}
		built, findings = append(built, objects...), append(findings, more...)
	}
	if len(paths) < len(args) {
		objects, more, err := p.readPiped(f.clusters)
		if err != nil {
			return err
		}
		built, findings = append(built, objects...), append(findings, more...)
	}
	bundle, err := readBundle(f.crds)
	if err != nil {
		return err
	}
	opts := lint.Options{Config: config, ESO: f.release, Closed: f.closed, Now: time.Now()}
	found, err := p.lintInput(ctx, in, f, opts, bundle, built)
	if err != nil {
		return err
	}
	found.Add(findings...)
	return p.report(p.stdout, found)
}

// lintInput lints what descriptions render to, and the manifests beside them, or manifests alone.
func (p *program) lintInput(ctx context.Context, in input, f lintFlags, opts lint.Options, bundle *crd.Bundle, built []*object.Object) (*diag.Set, error) {
	if len(in.paths) > 0 && !f.manifests {
		in.fsys = &twice{fsys: in.fsys}
		c, findings, err := esotree.Compile(ctx, in.fsys, in.paths)
		switch {
		case err != nil:
			return nil, err
		case c != nil && !findings.HasErrors():
			if opts.Rules, err = apiRules(bundle, cmp.Or(f.release, c.Model.Release())); err != nil {
				return nil, err
			}
			return lintBeside(ctx, c, findings, in, f, opts, built)
		case c != nil:
			return lintSound(ctx, c, findings, opts)
		case !noDescription(findings):
			return nil, p.refuse(findings)
		}
	}
	objects, findings, err := object.Read(in.fsys, in.paths, object.ReadOptions{Cluster: clusterOf(f.clusters)})
	if err != nil {
		return nil, err
	}
	if opts.Rules, err = apiRules(bundle, opts.ESO); err != nil {
		return nil, err
	}
	found, err := lint.Run(ctx, graph.New(append(objects, built...)), opts)
	if err != nil {
		return nil, err
	}
	found.Add(findings...)
	return found, nil
}

// lintSound lints the tenants of a description that have nothing to do with its errors.
func lintSound(ctx context.Context, c *esotree.Compilation, findings *diag.Set, opts lint.Options) (*diag.Set, error) {
	opts.Rules = nil
	found, err := c.Lint(ctx, opts)
	if err != nil {
		return nil, err
	}
	found.Add(findings.All()...)
	return found, nil
}

// lintBeside lints a description, and the manifests below the same paths that it did not render.
func lintBeside(ctx context.Context, c *esotree.Compilation, findings *diag.Set, in input, f lintFlags, opts lint.Options, built []*object.Object) (*diag.Set, error) {
	manifests, more, err := beside(c, in.fsys, in.paths, f.clusters, built...)
	if err != nil {
		return nil, err
	}
	found, err := c.Lint(ctx, opts, manifests...)
	if err != nil {
		return nil, err
	}
	found.Add(findings.All()...)
	found.Add(more...)
	return found, nil
}

// clusterOf tells the cluster of a file: that of a rendered tree's layout, else what --cluster NAME=PATH says, else "".
func clusterOf(clusters []string) func(*diag.File) string {
	return func(file *diag.File) string {
		cluster := ""
		if m := rendered.FindStringSubmatch(file.Name); m != nil {
			if _, _, generated := tree.ParseHeader(file.Data); generated {
				cluster = m[1]
			}
		}
		for _, c := range clusters {
			if label, folder, ok := strings.Cut(c, "="); ok && (file.Name == path.Clean(folder) || strings.HasPrefix(file.Name, path.Clean(folder)+"/") || path.Clean(folder) == ".") {
				cluster = label
			}
		}
		return cluster
	}
}

// buildRoot builds a kustomize root, which may use all of the repository that it is in; outside of one, all below the working folder.
func buildRoot(dir string, index *staged, clusters []string) ([]*object.Object, []diag.Finding, error) {
	here, err := os.Getwd()
	if err != nil {
		return nil, nil, err
	}
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return nil, nil, err
	}
	top := repository(absolute)
	if top == "" {
		if top = here; !within(here, absolute) {
			top = above([]string{here, absolute})
		}
	}
	inTop := input{dir: top}
	name := func(file string) string {
		rel, err := filepath.Rel(here, filepath.Join(top, filepath.FromSlash(file)))
		if err != nil {
			return file
		}
		return filepath.ToSlash(rel)
	}
	fsys := openFolder(top)
	if index != nil {
		fsys = index.index
	}
	built, findings := kbuild.Build(fsys, inTop.local(absolute), kbuild.Options{Name: name})
	label := clusterOf(clusters)(diag.NewFile(name(inTop.local(absolute))+"/kustomization.yaml", nil))
	var objects []*object.Object
	for _, b := range built {
		o := &object.Object{ID: b.Ref, Cluster: label, Value: json.RawMessage(b.JSON)}
		if b.Origin != nil {
			o.Origin = b.Origin
		} else {
			o.Doc = filepath.ToSlash(dir)
		}
		objects = append(objects, o)
	}
	return objects, findings, nil
}

// repository is the nearest folder above that is a Git repository; "" for none.
func repository(dir string) string {
	for {
		if _, err := os.Stat(filepath.Join(dir, ".git")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			return ""
		}
		dir = up
	}
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
	known, err := new(crd.Bundle).Rules("")
	if err != nil {
		return nil, nil, err
	}
	known = append(lint.Rules(), known...)
	config, findings := lint.ReadConfig(diag.NewFile(lintConfig, data), known)
	return config, findings, nil
}

// readBundle reads the CRDs that were named; nil without any.
func readBundle(paths []string) (*crd.Bundle, error) {
	if len(paths) == 0 {
		return nil, nil
	}
	in, err := openInput(paths)
	if err != nil {
		return nil, err
	}
	return crd.Load(in.fsys, in.paths...)
}

// apiRules are all rules and those of a bundle for a release; nil, which means the usual ones, without a bundle.
func apiRules(bundle *crd.Bundle, release string) ([]lint.Rule, error) {
	if bundle == nil {
		return nil, nil
	}
	rules, err := bundle.Rules(release)
	if err != nil {
		return nil, err
	}
	return append(lint.Rules(), rules...), nil
}
