package esotree

import (
	"context"
	"io/fs"
	"iter"
	"runtime"
	"slices"
	"strings"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/model"
	"github.com/openova-io/esotree/object"
	"github.com/openova-io/esotree/render"
	"github.com/openova-io/esotree/schema"
)

// Load reads descriptions from files and folders of fsys, as schema.Load does. Folders in skip are not walked.
func Load(ctx context.Context, fsys fs.FS, paths []string, skip ...string) (*schema.Description, *diag.Set, error) {
	return schema.Load(ctx, fsys, paths, skip...)
}

// Compile is Load and Link in one: what a program does with the paths it was given. The Compilation is nil when there is no
// Platform, or when a description holds what looks like a secret: then nothing more is said about it, since a message might
// repeat it.
//
// Of many tenants only what crosses them stays in memory: their descriptions are read again when they are rendered, so fsys must stay as
// it is while the Compilation is used.
func Compile(ctx context.Context, fsys fs.FS, paths []string, skip ...string) (*Compilation, *diag.Set, error) {
	d, findings, err := schema.LoadLean(ctx, fsys, paths, skip...)
	if err != nil || d.Platform == nil {
		return nil, findings, err
	}
	for _, f := range findings.All() {
		if f.Code == schema.CodeSecretLiteral {
			return nil, findings, nil
		}
	}
	c, more, err := Link(ctx, d)
	if err != nil {
		return nil, nil, err
	}
	if c != nil {
		c.unsound.add(d, slices.Collect(findings.Every()))
	}
	findings.Add(more.All()...)
	return c, findings, nil
}

// Compilation is a description that is linked and can be rendered, as often as wanted.
type Compilation struct {
	// Model is the linked description.
	Model *model.Model

	renderer *render.Renderer
	unsound  unsound
}

// Link resolves everything a description names. The Compilation is nil where so much is wrong that nothing can be rendered; with
// any other error it renders what it can, for what is found on the way.
func Link(ctx context.Context, d *schema.Description) (*Compilation, *diag.Set, error) {
	set := &diag.Set{}
	m, findings, err := model.Link(ctx, d)
	set.Add(findings...)
	if err != nil || m == nil || m.Home == nil {
		return nil, set, err
	}
	c := &Compilation{Model: m, renderer: render.New(m)}
	c.unsound.add(d, findings)
	return c, set, nil
}

// Has reports whether a tenant has a description.
func (c *Compilation) Has(tenant string) bool {
	_, found := c.tenant(tenant)
	return found
}

// Part is what one tenant, or the platform itself, renders to.
type Part struct {
	// Tenant is "" for the platform's own part, and for that of the GitOps engine.
	Tenant   string
	Folders  []object.Folder
	Findings []diag.Finding

	linted linted
}

// Parts renders everything: the platform first, then the tenants by name, and the objects of the GitOps engine last. Tenants
// are rendered on all cores, and at most a few of them are in memory at a time. It ends early when the context is cancelled.
func (c *Compilation) Parts(ctx context.Context) iter.Seq[Part] {
	return c.Select(ctx, func(string) bool { return true })
}

// Folders yields the folders of the parts that are wanted, and adds what is found on the way to a set. It can be ranged
// over again and yields the same.
func (c *Compilation) Folders(ctx context.Context, wanted func(tenant string) bool, findings *diag.Set) iter.Seq[object.Folder] {
	return func(yield func(object.Folder) bool) {
		for part := range c.Select(ctx, wanted) {
			findings.Add(part.Findings...)
			for _, folder := range part.Folders {
				if !yield(folder) {
					return
				}
			}
		}
	}
}

// Select is Parts for the tenants that are wanted; the platform's own part is asked for as "".
func (c *Compilation) Select(ctx context.Context, wanted func(tenant string) bool) iter.Seq[Part] {
	return c.each(ctx, wanted, func(context.Context, *Part) {})
}

// each is Select with some more to be done for each part, before it is yielded and beside the others.
func (c *Compilation) each(ctx context.Context, wanted func(tenant string) bool, do func(context.Context, *Part)) iter.Seq[Part] {
	return func(yield func(Part) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		if wanted("") {
			part := c.part(ctx, "", do)
			if !yield(part) {
				return
			}
		}
		pending := make(chan chan Part, 2*runtime.GOMAXPROCS(0))
		workers := make(chan struct{}, runtime.GOMAXPROCS(0))
		go func() {
			defer close(pending)
			for _, t := range c.Model.Tenants() {
				if !wanted(t.Metadata.Name) {
					continue
				}
				result := make(chan Part, 1)
				select {
				case pending <- result:
				case <-ctx.Done():
					return
				}
				workers <- struct{}{}
				go func() {
					result <- c.part(ctx, t.Metadata.Name, do)
					<-workers
				}()
			}
		}()
		for result := range pending {
			if !yield(<-result) {
				return
			}
		}
		if c.Model.GitOps != nil && wanted("") && ctx.Err() == nil {
			p := Part{}
			p.Folders, p.Findings = c.renderer.GitOps()
			do(ctx, &p)
			yield(p)
		}
	}
}

func (c *Compilation) part(ctx context.Context, tenant string, do func(context.Context, *Part)) Part {
	p := Part{Tenant: tenant}
	p.Folders, p.Findings = c.render(tenant)
	do(ctx, &p)
	return p
}

// render renders a tenant, or with "" the platform's own part.
func (c *Compilation) render(tenant string) ([]object.Folder, []diag.Finding) {
	if tenant == "" {
		return c.renderer.Platform()
	}
	if i, found := c.tenant(tenant); found {
		return c.renderer.Tenant(c.Model.Tenants()[i])
	}
	return nil, nil
}

func (c *Compilation) tenant(name string) (int, bool) {
	return slices.BinarySearchFunc(c.Model.Tenants(), name, func(t *schema.Tenant, name string) int {
		return strings.Compare(t.Metadata.Name, name)
	})
}
