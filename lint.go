package esotree

import (
	"cmp"
	"context"
	"encoding/json"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/lint"
	"github.com/openova-io/esotree/object"
	"github.com/openova-io/esotree/schema"
)

// Lint renders everything and runs the rules over it: a closed world, whose findings stand at the lines of the description. World
// is the description's, and so is each region's release of ESO where opts leaves it open; rules of one's own go into opts.Rules.
//
// The manifests in beside, which others wrote for the same clusters, are linted together with what is rendered: opts.Closed then
// says whether that is all there is, and their findings follow those of the description.
//
// A part that has errors is not judged, as in Linted. Only a few parts are in memory at a time, unless there are rules of one's own or
// manifests beside: then the whole platform is one graph, and where anything has an error no rule is run. The error is that of
// ctx, or says that opts.ESO is no release.
func (c *Compilation) Lint(ctx context.Context, opts lint.Options, beside ...*object.Object) (*diag.Set, error) {
	found := &diag.Set{}
	if opts.Rules == nil && len(beside) == 0 {
		folders, err := c.Linted(ctx, func(string) bool { return true }, opts, found, found.Add)
		if err != nil {
			return nil, err
		}
		for range folders {
		}
		return found, ctx.Err()
	}
	owner := map[*object.Object]string{}
	var objects []*object.Object
	for folder := range c.Folders(ctx, func(string) bool { return true }, found) {
		for _, o := range folder.Objects {
			text, err := o.JSON()
			if err != nil {
				continue
			}
			// The text is a fraction of the typed value, and every rule reads the text.
			lean := &object.Object{ID: o.ID, Cluster: o.Cluster, Value: json.RawMessage(text), Origin: o.Origin, Doc: o.Doc}
			owner[lean] = cmp.Or(folder.Tenant, lint.Platform)
			objects = append(objects, lean)
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if found.HasErrors() || c.unsound.everywhere || len(c.unsound.tenants) > 0 {
		return found, nil
	}
	closed := opts.Closed
	opts.Closed = true
	opts.World = c.World()
	opts.World.Owner = func(o *object.Object) string { return owner[o] }
	more, err := lint.Run(ctx, graph.New(objects), opts)
	if err != nil {
		return nil, err
	}
	found.Add(more.All()...)
	if len(beside) == 0 {
		return found, nil
	}
	theirs := map[object.ID]bool{}
	for _, o := range beside {
		theirs[o.ID] = true
	}
	opts.Closed = closed
	if more, err = lint.Run(ctx, graph.New(append(objects, beside...)), opts); err != nil {
		return nil, err
	}
	for _, f := range more.All() {
		if theirs[f.Object] {
			found.Add(f)
		}
	}
	return found, nil
}

// World is what the description says of tenants and regions. It does not know who made an object.
func (c *Compilation) World() *lint.World {
	w := c.regions()
	for _, o := range c.Model.Owners() {
		w.Tenants = append(w.Tenants, lint.Tenant{Name: cmp.Or(o.Tenant, lint.Platform), Namespaces: o.Namespaces, Prefixes: o.Prefixes, Keys: o.Keys})
	}
	for _, g := range c.Model.Grants() {
		w.Grants = append(w.Grants, lint.Grant{Key: g.Key, To: g.To})
	}
	return w
}

// regions is the World without its tenants.
func (c *Compilation) regions() *lint.World {
	return &lint.World{
		Shared: c.Model.Isolation == schema.IsolationShared,
		Nearest: func(cluster string) string {
			if region, found := c.Model.Region(cluster); found {
				return region.Store
			}
			return ""
		},
		Release: func(cluster string) string {
			if region, found := c.Model.Region(cluster); found {
				return region.ESO.Release().String()
			}
			return c.Model.Release()
		},
	}
}
