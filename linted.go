package esotree

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
	"sync"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/lint"
	"github.com/openova-io/esotree/object"
)

// storeRule looks at the stores of all parts together.
const storeRule = "store-auth-foreign-cluster"

// Linted is Folders that also runs the rules over each part, the first time that it is ranged over to the end. The world is
// closed, as in Lint, but only the parts that are wanted are judged, and only a few of them are in memory: each is seen with
// what it touches of the platform and of the tenants whose secrets it reads. At the end report gets what the rules find, in a
// fixed order. A part that has errors is not judged, nor is one that reads from it; where the Platform has some, none is: the rules
// would guess. The error says that opts.ESO is no release.
func (c *Compilation) Linted(ctx context.Context, wanted func(tenant string) bool, opts lint.Options, findings *diag.Set, report func(...diag.Finding)) (iter.Seq[object.Folder], error) {
	l, err := c.newLinter(ctx, opts)
	if err != nil {
		return nil, err
	}
	done := l.c.unsound.everywhere
	var found []diag.Finding
	return func(yield func(object.Folder) bool) {
		if done {
			c.Folders(ctx, wanted, findings)(yield)
			return
		}
		found = found[:0]
		for part := range c.each(ctx, wanted, l.part) {
			findings.Add(part.Findings...)
			found = append(found, part.linted.findings...)
			l.remember(part.linted.stores)
			for _, folder := range part.Folders {
				if !yield(folder) {
					return
				}
			}
		}
		if ctx.Err() != nil {
			return
		}
		done = true
		report(append(found, l.acrossParts(ctx)...)...)
		found = nil
	}, nil
}

// linter runs the rules over one part at a time. Where a description links without errors, what it says is what the rules say of
// the whole platform in one graph: tenants share no namespace and no key then, and a finding about an object depends on the
// object's own part, on what of the platform stands in its namespaces or in none (and for the platform, on what of a tenant stands
// beside it), on who writes the keys that it reads, and on who writes the keys that those are made of.
type linter struct {
	c    *Compilation
	opts lint.Options
	// shared are the platform's objects without a namespace, inNamespace its others.
	shared      []*object.Object
	inNamespace map[string][]*object.Object
	// beside are the tenants' objects in namespaces in which the platform has some.
	beside  []*object.Object
	writers writers
	// failed is set where the platform's own part has errors.
	failed bool

	// stores are one object for each store and cluster, in the order of the parts.
	stores    []*object.Object
	seenStore map[storeID]bool
	across    []lint.Rule
}

type storeID struct{ identity, mount, cluster string }

// linted is what came of one part.
type linted struct {
	findings []diag.Finding
	stores   []*graph.Store
}

func (c *Compilation) newLinter(ctx context.Context, opts lint.Options) (*linter, error) {
	opts.Closed = true
	opts.World = c.World().Indexed()
	l := &linter{c: c, opts: opts, inNamespace: map[string][]*object.Object{}, seenStore: map[storeID]bool{}}
	for _, rule := range lint.Rules() {
		if rule.Code == storeRule {
			l.across = append(l.across, rule)
		} else {
			l.opts.Rules = append(l.opts.Rules, rule)
		}
	}
	if _, err := lint.Run(ctx, graph.New(nil), l.opts); err != nil {
		return nil, err
	}
	folders, findings := c.renderer.Platform()
	l.failed = hasErrors(findings)
	for _, o := range objects(folders) {
		if o.Namespace == "" {
			l.shared = append(l.shared, o)
		} else {
			l.inNamespace[o.Namespace] = append(l.inNamespace[o.Namespace], o)
		}
	}
	for _, namespace := range slices.Sorted(maps.Keys(l.inNamespace)) {
		tenant := c.Model.NamespaceOwner(namespace)
		if tenant == "" {
			continue
		}
		folders, _ := c.render(tenant)
		for _, o := range objects(folders) {
			if o.Namespace == namespace || o.Namespace == "" {
				l.beside = append(l.beside, o)
			}
		}
	}
	return l, nil
}

// objects are those of some folders.
func objects(folders []object.Folder) []*object.Object {
	var out []*object.Object
	for _, f := range folders {
		out = append(out, f.Objects...)
	}
	return out
}

// part lints one part. It is called for several at a time.
func (l *linter) part(ctx context.Context, p *Part) {
	if l.failed || l.c.unsound.tenants[p.Tenant] || hasErrors(p.Findings) {
		return
	}
	own := objects(p.Folders)
	mine := make(map[*object.Object]bool, len(own))
	here := map[string]bool{}
	for _, o := range own {
		mine[o] = true
		here[o.Namespace] = true
	}
	all := own
	if p.Tenant == "" {
		all = append(slices.Clip(all), l.beside...)
	} else { // the platform comes first, so that who comes second is told
		all = slices.Clip(l.shared)
		for _, o := range own {
			if here[o.Namespace] {
				here[o.Namespace] = false
				all = append(all, l.inNamespace[o.Namespace]...)
			}
		}
		all = append(all, own...)
	}
	g, sound := l.surrounded(all, mine, p.Tenant)
	if !sound {
		return
	}
	opts := l.opts
	world := *l.opts.World
	world.Owner = func(*object.Object) string { return cmp.Or(p.Tenant, lint.Platform) } // of its own objects; no others are judged
	opts.World = &world
	opts.Only = func(o *object.Object) bool { return mine[o] }
	found, err := lint.Run(ctx, g, opts)
	if err != nil {
		return // the context's: whoever ranges over the parts finds out
	}
	p.linted.findings = found.All()
	for _, s := range g.Stores {
		if mine[s.Object] {
			p.linted.stores = append(p.linted.stores, s)
		}
	}
}

// surrounded is the graph of a part's objects, and of those beside them, with those that write the keys which they read, wherever
// these are made; false where a part has errors that writes what the part's own objects read.
func (l *linter) surrounded(all []*object.Object, mine map[*object.Object]bool, tenant string) (*graph.Graph, bool) {
	in := make(map[*object.Object]bool, len(all))
	for _, o := range all {
		in[o] = true
	}
	asked := map[string]bool{}
	for {
		g := graph.New(all)
		known := len(all)
		for _, k := range g.Keys {
			if len(k.Writes) > 0 || k.External {
				continue
			}
			for _, r := range k.Reads {
				if asked[r.Remote] && !mine[r.Pull.Object] {
					continue
				}
				asked[r.Remote] = true
				for _, writer := range l.c.Model.Writers(r.Remote) {
					if writer == tenant {
						continue // its pushes are here, and go to other stores
					}
					objects, sound := l.writers.of(l, writer, r.Remote)
					sound = sound && !l.c.unsound.tenants[writer]
					if !sound && mine[r.Pull.Object] {
						return nil, false
					}
					if !sound {
						continue
					}
					for _, o := range objects {
						if !in[o] {
							in[o] = true
							all = append(slices.Clip(all), o)
						}
					}
				}
			}
		}
		if len(all) == known {
			return g, true
		}
	}
}

// remember keeps the stores that are judged across parts.
func (l *linter) remember(stores []*graph.Store) {
	for _, s := range stores {
		id := storeID{s.Identity, s.Field("auth.kubernetes.mountPath"), s.Object.Cluster}
		if !l.seenStore[id] {
			l.seenStore[id] = true
			l.stores = append(l.stores, s.Object)
		}
	}
}

// acrossParts is what the stores of different parts have in common and should not. Of the stores of one place in one cluster it
// names the first.
func (l *linter) acrossParts(ctx context.Context) []diag.Finding {
	opts := l.opts
	opts.Rules = l.across
	found, err := lint.Run(ctx, graph.New(l.stores), opts)
	if err != nil {
		return nil // the context's
	}
	return found.All()
}

// keptWriters is how many parts that others read are kept, for the next one that reads them.
const keptWriters = 16

// writers are the graphs of the parts whose keys others read.
type writers struct {
	mu     sync.Mutex
	recent []*writer
}

type writer struct {
	tenant string
	once   sync.Once
	graph  *graph.Graph
	failed bool
}

func (w *writers) get(tenant string) *writer {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, x := range w.recent {
		if x.tenant == tenant {
			w.recent = append(slices.Delete(w.recent, i, i+1), x)
			return x
		}
	}
	x := &writer{tenant: tenant}
	if len(w.recent) == keptWriters {
		w.recent = slices.Delete(w.recent, 0, 1)
	}
	w.recent = append(w.recent, x)
	return x
}

// of returns the objects of a part that write a key, and those that make what they write; false where the part has errors.
func (w *writers) of(l *linter, tenant, key string) ([]*object.Object, bool) {
	x := w.get(tenant)
	x.once.Do(func() {
		folders, findings := l.c.render(tenant)
		x.failed = hasErrors(findings)
		all := objects(folders)
		if tenant == "" {
			all = append(all, l.beside...)
		} else {
			all = append(all, l.shared...)
		}
		x.graph = graph.New(all)
	})
	var out []*object.Object
	for _, k := range x.graph.Keys {
		for _, write := range k.Writes {
			if write.Remote != key {
				continue
			}
			out = append(out, write.Push.Object)
			if write.Store != nil {
				out = append(out, write.Store.Object)
			}
			if write.Push.Source == nil {
				continue
			}
			out = append(out, write.Push.Source.Manifests...)
			for _, m := range write.Push.Source.Makers {
				out = append(out, m.Object)
				for _, d := range m.Draws {
					if d.Generator != nil {
						out = append(out, d.Generator.Object)
					}
				}
				for _, r := range m.Reads {
					if r.Store != nil {
						out = append(out, r.Store.Object)
					}
				}
			}
		}
	}
	return out, !x.failed
}

func hasErrors(findings []diag.Finding) bool {
	return slices.ContainsFunc(findings, func(f diag.Finding) bool { return f.Severity == diag.Error })
}
