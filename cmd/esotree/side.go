package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/openova-io/esotree"
	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/internal/gitfs"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/model"
	"github.com/openova-io/esotree/object"
	"github.com/openova-io/esotree/tree"
)

// workTree is the name of the revision that stands for the files as they are.
const workTree = ""

// sideFlags say how manifests are read.
type sideFlags struct {
	manifests bool
	clusters  []string
}

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

// readPaths reads descriptions or manifests from the disk.
func (p *program) readPaths(ctx context.Context, paths []string, f sideFlags) (graph.Side, error) {
	in, err := openInput(paths)
	if err != nil {
		return graph.Side{}, err
	}
	return p.readSide(ctx, in.fsys, in.paths, f)
}

// readSide renders the descriptions where there is a Platform among the files, else it reads the manifests.
func (p *program) readSide(ctx context.Context, fsys fs.FS, paths []string, f sideFlags) (graph.Side, error) {
	if !f.manifests {
		c, findings, err := esotree.Compile(ctx, fsys, paths)
		switch {
		case err != nil:
			return graph.Side{}, err
		case c != nil:
			return p.renderSide(ctx, c, findings)
		case !noDescription(findings):
			return graph.Side{}, p.refuse(findings)
		}
	}
	return readManifests(ctx, fsys, paths, f.clusters)
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

func (p *program) renderSide(ctx context.Context, c *esotree.Compilation, findings *diag.Set) (graph.Side, error) {
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
	return graph.Side{Objects: objects, Tenant: func(o *object.Object) string { return owner[o] }, Names: serviceNames(c), Due: dueDates(c), Offline: offline(c)}, nil
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

// rendered is the layout of a tree that esotree wrote: the folder before one of these is the cluster's.
var rendered = regexp.MustCompile(`(?:^|/)([^/]+)/(?:stores|gitops|platform/[^/]+|tenants/[^/]+/[^/]+)/[^/]+$`)

// readManifests reads all YAML files below some paths. The cluster of an object is that of a rendered tree's layout, else what
// --cluster NAME=PATH says, else "".
func readManifests(ctx context.Context, fsys fs.FS, paths, clusters []string) (graph.Side, error) {
	owner := map[*object.Object]string{}
	side := graph.Side{Tenant: func(o *object.Object) string { return owner[o] }}
	read := func(name string) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		header, _, generated := tree.ParseHeader(data)
		cluster := ""
		if m := rendered.FindStringSubmatch(name); m != nil && generated {
			cluster = m[1]
		}
		for _, c := range clusters {
			if label, folder, ok := strings.Cut(c, "="); ok && (name == path.Clean(folder) || strings.HasPrefix(name, path.Clean(folder)+"/")) {
				cluster = label
			}
		}
		limits := yamlsrc.DefaultLimits()
		limits.Aliases = true
		docs, findings := yamlsrc.Read(diag.NewFile(name, data), limits)
		if len(docs) == 0 && len(findings) > 0 && generated {
			return fmt.Errorf("%s: %s", name, findings[0].Message)
		}
		for _, doc := range docs {
			for _, o := range objectsOf(doc) {
				o.Cluster = cluster
				owner[o] = header.Tenant
				side.Objects = append(side.Objects, o)
			}
		}
		return nil
	}
	for _, root := range paths {
		err := fs.WalkDir(fsys, root, func(name string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir():
				if name != root && strings.HasPrefix(entry.Name(), ".") {
					return fs.SkipDir
				}
				return nil
			case name != root && path.Ext(name) != ".yaml" && path.Ext(name) != ".yml" || !entry.Type().IsRegular():
				return nil
			}
			return read(name)
		})
		if err != nil {
			return graph.Side{}, err
		}
	}
	return side, nil
}

// objectsOf is the object of a document, or the items of a List. What is no object, such as a kustomization.yaml, is left out.
func objectsOf(doc *yamlsrc.Document) []*object.Object {
	text, err := doc.JSON()
	if err != nil || doc.Kind() == "" {
		return nil
	}
	if doc.Kind() != "List" {
		if doc.Name() == "" {
			return nil
		}
		return []*object.Object{{ID: doc.Ref(), Value: json.RawMessage(text), Origin: doc}}
	}
	var list struct {
		Items []json.RawMessage `json:"items"`
	}
	if json.NewDecoder(bytes.NewReader(text)).Decode(&list) != nil {
		return nil
	}
	var out []*object.Object
	for i, item := range list.Items {
		var id struct {
			APIVersion string `json:"apiVersion"`
			Kind       string `json:"kind"`
			Metadata   struct {
				Name      string `json:"name"`
				Namespace string `json:"namespace"`
			} `json:"metadata"`
		}
		if json.Unmarshal(item, &id) == nil && id.Kind != "" && id.Metadata.Name != "" {
			out = append(out, &object.Object{ID: object.ID{APIVersion: id.APIVersion, Kind: id.Kind, Namespace: id.Metadata.Namespace, Name: id.Metadata.Name},
				Value: item, Origin: object.At(doc.Span(yamlsrc.Index("items", i)))})
		}
	}
	return out
}

// sideOf reads what an argument names: a file or folder, or else a revision.
func (p *program) sideOf(ctx context.Context, arg, dir string, f sideFlags) (graph.Side, error) {
	if arg == gitfs.Index {
		return p.readRevision(ctx, dir, arg, f)
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
