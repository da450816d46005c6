package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/openova-io/esotree"
	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/internal/gitfs"
	"github.com/openova-io/esotree/model"
	"github.com/openova-io/esotree/object"
	"github.com/openova-io/esotree/schema"
	"github.com/openova-io/esotree/tree"
)

// workTree is the name of the revision that stands for the files as they are.
const workTree = ""

// sideFlags say how manifests are read.
type sideFlags struct {
	manifests bool
	clusters  []string
	// release that the clusters of manifests run; "" where nobody says.
	release string
	// strict refuses manifests that can't be read.
	strict bool
}

func (f sideFlags) releaseOf(string) string { return f.release }

// readRevision reads the descriptions or manifests below a folder of a revision of the repository that the folder is in.
func (p *program) readRevision(ctx context.Context, dir, revision string, f sideFlags) (graph.Side, error) {
	if revision == workTree {
		return p.readPaths(ctx, []string{dir}, f)
	}
	_, below, err := gitfs.Root(ctx, dir)
	if err != nil {
		return graph.Side{}, err
	}
	fsys, err := gitfs.Open(ctx, dir, revision)
	if err != nil {
		return graph.Side{}, err
	}
	defer func() { _ = fsys.Close() }()
	if strings.Contains(revision, ":") && revision != gitfs.Index { // REVISION:FOLDER is that folder itself
		below = "."
	}
	if _, err := fs.Stat(fsys, below); errors.Is(err, fs.ErrNotExist) {
		return graph.Side{}, nil
	}
	return p.readSide(ctx, fsys, []string{below}, f)
}

// readPaths reads descriptions or manifests from the disk, and manifests from standard input where a path is "-".
func (p *program) readPaths(ctx context.Context, paths []string, f sideFlags) (graph.Side, error) {
	named := withoutPipe(paths)
	var piped []*object.Object
	if len(named) < len(paths) {
		var err error
		if piped, err = p.readStdin(f); err != nil {
			return graph.Side{}, err
		}
		if len(named) == 0 {
			return graph.Side{Objects: piped, Release: f.releaseOf}, nil
		}
	}
	in, err := openInput(named)
	if err != nil {
		return graph.Side{}, err
	}
	return p.readSide(ctx, in.fsys, in.paths, f, piped...)
}

// readStdin reads the manifests on standard input.
func (p *program) readStdin(f sideFlags) ([]*object.Object, error) {
	objects, findings, err := p.readPiped(f.clusters)
	if err != nil {
		return nil, err
	}
	if err := p.unreadable(findings, f.strict); err != nil {
		return nil, err
	}
	for _, o := range objects {
		if path.Dir(o.APIVersion) == path.Dir(schema.APIVersion) {
			return nil, errors.New("standard input holds a description, and is read for manifests only: name its file or folder")
		}
	}
	return slices.DeleteFunc(objects, func(o *object.Object) bool { return o.Name == "" }), nil
}

// readSide renders the descriptions where there is a Platform among the files, and adds the manifests beside them, else it reads the
// manifests. Those that were piped in are added to either.
func (p *program) readSide(ctx context.Context, fsys fs.FS, paths []string, f sideFlags, piped ...*object.Object) (graph.Side, error) {
	if !f.manifests {
		c, findings, err := esotree.Compile(ctx, fsys, paths)
		switch {
		case err != nil:
			return graph.Side{}, err
		case c != nil:
			return p.renderSide(ctx, c, findings, fsys, paths, f, piped)
		case !noDescription(findings):
			return graph.Side{}, p.refuse(findings)
		}
	}
	return p.readManifests(fsys, paths, f, piped)
}

// refuse prints findings and fails.
func (p *program) refuse(findings *diag.Set) error {
	if err := p.report(p.stderr, findings); err != nil {
		return err
	}
	return exitError(exitFindings)
}

// noDescription reports whether there was neither a Platform nor a Tenant: what was named are manifests then.
func noDescription(findings *diag.Set) bool {
	for _, f := range findings.All() {
		if f.Code == "no-platform" && !f.Span.IsValid() {
			return true
		}
	}
	return false
}

func (p *program) renderSide(ctx context.Context, c *esotree.Compilation, findings *diag.Set, fsys fs.FS, paths []string, f sideFlags, piped []*object.Object) (graph.Side, error) {
	owner := map[*object.Object]string{}
	var objects []*object.Object
	for folder := range c.Folders(ctx, func(string) bool { return true }, findings) {
		for _, o := range folder.Objects {
			owner[o] = folder.Tenant
			objects = append(objects, o)
		}
	}
	if err := ctx.Err(); err != nil {
		return graph.Side{}, err
	}
	if findings.HasErrors() {
		return graph.Side{}, p.refuse(findings)
	}
	manifests, more, err := beside(c, fsys, paths, f.clusters, piped...)
	if err != nil {
		return graph.Side{}, err
	}
	if err := p.unreadable(more, f.strict); err != nil {
		return graph.Side{}, err
	}
	objects = append(objects, manifests...)
	return graph.Side{Objects: objects, Tenant: func(o *object.Object) string { return owner[o] }, Names: serviceNames(c), Due: dueDates(c), Home: homePlaces(c), Pattern: keyPatterns(c), Release: releases(c.Model), Offline: offline(c)}, nil
}

// serviceNames knows the services that ExternalSecrets are of. It links the tenants when it is asked first.
func serviceNames(c *esotree.Compilation) func(*object.Object) []string {
	all := sync.OnceValue(func() map[[2]string][]string {
		out := map[[2]string][]string{}
		for _, scope := range allScopes(c) {
			for _, s := range scope.Services {
				out[[2]string{s.Namespace, s.ExternalSecret}] = []string{s.Name, cmp.Or(scope.Tenant, "platform") + "/" + s.Name}
			}
		}
		return out
	})
	return func(o *object.Object) []string {
		if o.Kind != "ExternalSecret" {
			return nil
		}
		return all()[[2]string{o.Namespace, o.Name}]
	}
}

// offline lists the secrets that are kept offline.
func offline(c *esotree.Compilation) []graph.Offline {
	var out []graph.Offline
	for _, scope := range allScopes(c) {
		for _, s := range scope.Secrets {
			if s.Origin == model.Offline {
				out = append(out, graph.Offline{Secret: s.Namespace + "/" + s.Name, Tenant: scope.Tenant, Prompt: s.Prompt})
			}
		}
	}
	return out
}

// dueDates knows the due dates of all secrets that are rotated by commit. It links the tenants when it is asked first.
func dueDates(c *esotree.Compilation) graph.DueDate {
	all := sync.OnceValue(func() map[[3]string]time.Time {
		out := map[[3]string]time.Time{}
		for _, scope := range allScopes(c) {
			for _, s := range scope.Secrets {
				if at, ok := s.Rotation.Next(time.Time{}); ok && !s.Rotation.Clock() {
					out[[3]string{scope.Home.Name, s.Namespace, s.Target}] = at
				}
			}
		}
		return out
	})
	return func(cluster, namespace, name string) (time.Time, bool) {
		at, ok := all()[[3]string{cluster, namespace, name}]
		return at, ok
	}
}

// releases knows which release of the operator each region runs, as the description says it.
func releases(m *model.Model) graph.ReleaseOf {
	return func(cluster string) string {
		if r, ok := m.Region(cluster); ok {
			return r.Release.String()
		}
		return ""
	}
}

// homePlaces knows where the description says in which region a secret is at home. It links the tenants when it is asked first.
func homePlaces(c *esotree.Compilation) graph.HomePlace {
	all := sync.OnceValue(func() map[[3]string]diag.Span {
		out := map[[3]string]diag.Span{}
		for _, scope := range allScopes(c) {
			for _, s := range scope.Secrets {
				out[[3]string{scope.Home.Name, s.Namespace, s.Target}], _ = s.Span(model.FieldHome)
			}
		}
		return out
	})
	return func(cluster, namespace, name string) diag.Span { return all()[[3]string{cluster, namespace, name}] }
}

// keyPatterns knows which defaults of the Platform make the secrets' keys. It links the tenants when it is asked first.
func keyPatterns(c *esotree.Compilation) graph.KeyPattern {
	all := sync.OnceValue(func() map[[3]string][2]string {
		out := map[[3]string][2]string{}
		for _, scope := range allScopes(c) {
			for _, s := range scope.Secrets {
				field, text := s.FormerPattern()
				out[[3]string{scope.Home.Name, s.Namespace, s.Target}] = [2]string{field, text}
			}
		}
		return out
	})
	return func(cluster, namespace, name string) (field, text string) {
		p := all()[[3]string{cluster, namespace, name}]
		return p[0], p[1]
	}
}

// rendered is the layout of a tree that esotree wrote: the folder before one of these is the cluster's.
var rendered = regexp.MustCompile(`(?:^|/)([^/]+)/(?:stores|gitops|platform/[^/]+|tenants/[^/]+/[^/]+)/[^/]+$`)

// readManifests reads the manifests below some paths. The tenant of an object is what the header of a rendered file says.
func (p *program) readManifests(fsys fs.FS, paths []string, f sideFlags, piped []*object.Object) (graph.Side, error) {
	clusters := clusterOf(f.clusters)
	tenants := map[string]string{}
	objects, findings, err := object.Read(fsys, paths, object.ReadOptions{Cluster: func(file *diag.File) string {
		header, _, _ := tree.ParseHeader(file.Data)
		tenants[file.Name] = header.Tenant
		return clusters(file)
	}})
	if err != nil {
		return graph.Side{}, err
	}
	if err := p.unreadable(findings, f.strict); err != nil {
		return graph.Side{}, err
	}
	objects = slices.DeleteFunc(objects, func(o *object.Object) bool { return o.Name == "" }) // a kustomization.yaml, say
	return graph.Side{Objects: append(objects, piped...), Release: f.releaseOf, Tenant: func(o *object.Object) string {
		name, _, _ := o.Span("").Location()
		return tenants[name]
	}}, nil
}

// unreadable shows which manifests can't be read. It fails where the others would be taken for all there are.
func (p *program) unreadable(findings []diag.Finding, strict bool) error {
	set := &diag.Set{}
	set.Add(findings...)
	if set.Len() == 0 {
		return nil
	}
	if err := diag.Write(p.stderr, "text", set, diag.WriteOptions{Color: p.color(p.stderr)}); err != nil {
		return err
	}
	if strict && set.HasErrors() {
		return exitError(exitFindings)
	}
	return nil
}

// beside are the manifests below the same paths that a description did not render, and others, of whom it is known which region
// they belong to: by --cluster, or because there is one only.
func beside(c *esotree.Compilation, fsys fs.FS, paths, clusters []string, others ...*object.Object) ([]*object.Object, []diag.Finding, error) {
	objects, findings, err := object.Read(fsys, paths, object.ReadOptions{Cluster: clusterOf(clusters), Skip: func(file *diag.File) bool {
		_, _, generated := tree.ParseHeader(file.Data)
		return generated
	}})
	if err != nil {
		return nil, nil, err
	}
	only := ""
	if len(c.Model.Regions) == 1 {
		only = c.Model.Regions[0].Name
	}
	var known []*object.Object
	var lost *object.Object
	count := 0
	for _, o := range append(objects, others...) {
		switch o.Cluster = cmp.Or(o.Cluster, only); {
		case o.Name == "":
		case path.Dir(o.APIVersion) == path.Dir(schema.APIVersion):
		case o.Cluster != "":
			known = append(known, o)
		case graph.Concerns(o):
			count++
			lost = cmp.Or(lost, o)
		}
	}
	if lost != nil {
		left := "it is not looked at"
		if count > 1 {
			left = fmt.Sprintf("%d manifests are not looked at", count)
		}
		findings = append(findings, diag.Finding{Code: "cluster-unknown", Severity: diag.Warning, Message: "nobody says which cluster this belongs to: " + left,
			Hint: "say --cluster REGION=PATH", Span: lost.Span(""), Object: lost.ID})
	}
	return known, findings, nil
}

// sideOf reads what an argument names: a file or folder, or else a revision.
func (p *program) sideOf(ctx context.Context, arg, dir string, f sideFlags) (graph.Side, error) {
	switch arg {
	case gitfs.Index:
		return p.readRevision(ctx, dir, arg, f)
	case standardInput:
		return p.readPaths(ctx, []string{arg}, f)
	}
	if _, err := os.Stat(arg); err == nil {
		return p.readPaths(ctx, []string{filepath.Clean(arg)}, f)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return graph.Side{}, err
	}
	if !gitfs.IsRevision(ctx, dir, arg) {
		return graph.Side{}, fmt.Errorf("%q is neither a file or folder nor a revision", arg)
	}
	return p.readRevision(ctx, dir, arg, f)
}
