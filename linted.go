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
	l, err := c.newLinter(opts)
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
	c *Compilation
	// rules judge a part, across all parts together.
	rules, across *lint.Linter
	// shared are the platform's objects without a namespace, inNamespace its others.
	shared      []*object.Object
	inNamespace map[string][]*object.Object
	// beside are the tenants' objects in namespaces in which the platform has some.
	beside []*object.Object
	// neighbours are all of these.
	neighbours map[*object.Object]bool
	graphs     *graph.Builder
	writers    writers
	// failed is set where the platform's own part has errors.
	failed bool

	// stores are one object for each store and cluster, in the order of the parts.
	stores    []*object.Object
	seenStore map[storeID]bool
}

type storeID struct{ identity, mount, cluster string }

// linted is what came of one part.
type linted struct {
	findings []diag.Finding
	stores   []*graph.Store
}

func (c *Compilation) newLinter(opts lint.Options) (*linter, error) {
	l := &linter{c: c, inNamespace: map[string][]*object.Object{}, neighbours: map[*object.Object]bool{}, seenStore: map[storeID]bool{}}
	var apart, across []lint.Rule
	for _, rule := range lint.Rules() {
		if rule.Code == storeRule {
			across = append(across, rule)
		} else {
			apart = append(apart, rule)
		}
	}
	opts.Closed = true
	var err error
	opts.Rules = across
	if l.across, err = lint.New(opts); err != nil { // it asks nothing of the world
		return nil, err
	}
	opts.Rules, opts.World = apart, c.unlisted()
	if l.rules, err = lint.New(opts); err != nil {
		return nil, err
	}
	folders, findings := c.renderer.Platform()
	l.failed = hasErrors(findings)
	for _, o := range objects(folders) {
		l.neighbours[o] = true
		if o.Namespace == "" {
			l.shared = append(l.shared, o)
		} else {
			l.inNamespace[o.Namespace] = append(l.inNamespace[o.Namespace], o)
		}
	}
	l.graphs = graph.NewBuilder(l.shared)
	for _, namespace := range slices.Sorted(maps.Keys(l.inNamespace)) {
		tenant := c.Model.NamespaceOwner(namespace)
		if tenant == "" {
			continue
		}
		folders, _ := c.render(tenant)
		for _, o := range objects(folders) {
			if o.Namespace == namespace || o.Namespace == "" {
				l.neighbours[o] = true
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
	g, mine, sound := l.surrounded(l.with(p), p.Tenant)
	if !sound {
		return
	}
	found, err := l.rules.Part(ctx, g, cmp.Or(p.Tenant, lint.Platform), mine)
	if err != nil {
		return // the context's: whoever ranges over the parts finds out
	}
	p.linted.findings = found.All()
	for _, s := range g.Stores {
		if mine(s.Object) {
			p.linted.stores = append(p.linted.stores, s)
		}
	}
}

// with are a part's objects and those that stand beside them.
func (l *linter) with(p *Part) []*object.Object {
	own := objects(p.Folders)
	if p.Tenant == "" {
		return append(own, l.beside...)
	}
	all := make([]*object.Object, 0, len(l.shared)+len(own)) // the platform comes first, so that who comes second is told
	all = append(all, l.shared...)
	var here []string
	for _, o := range own {
		if more := l.inNamespace[o.Namespace]; len(more) > 0 && !slices.Contains(here, o.Namespace) {
			here = append(here, o.Namespace)
			all = append(all, more...)
		}
	}
	return append(all, own...)
}

// surrounded is the graph of a part's objects, and of those beside them, with those that write the keys which they read, wherever
// these are made; and what tells the part's own from the others. It is false where a part has errors that writes what the part's own
// objects read.
func (l *linter) surrounded(all []*object.Object, tenant string) (g *graph.Graph, mine func(*object.Object) bool, sound bool) {
	var in, added map[*object.Object]bool
	mine = func(o *object.Object) bool { return !l.neighbours[o] && !added[o] }
	var more []*object.Object
	add := func(o *object.Object) {
		if in == nil {
			in, added = make(map[*object.Object]bool, len(all)), map[*object.Object]bool{}
			for _, o := range all {
				in[o] = true
			}
		}
		if !in[o] {
			in[o], added[o] = true, true
			more = append(more, o)
		}
	}
	g = l.graphs.Build(all)
	asked := map[string]bool{}
	for {
		for _, k := range g.Keys {
			if len(k.Writes) > 0 || k.External {
				continue
			}
			for _, r := range k.Reads {
				if asked[r.Remote] && !mine(r.Pull.Object) {
					continue
				}
				asked[r.Remote] = true
				for _, writer := range l.c.Model.Writers(r.Remote) {
					if writer == tenant {
						continue // its pushes are here, and go to other stores
					}
					objects, sound := l.writers.of(l, writer, r.Remote)
					sound = sound && !l.c.unsound.tenants[writer]
					if !sound && mine(r.Pull.Object) {
						return nil, nil, false
					}
					if !sound {
						continue
					}
					for _, o := range objects {
						add(o)
					}
				}
			}
		}
		if len(more) == 0 {
			return g, mine, true
		}
		g, more = l.graphs.Extend(g, more), nil
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
	found, err := l.across.Run(ctx, graph.New(l.stores))
	if err != nil {
		return nil // the context's
	}
	return found.All()
}

// keptWriters is how many parts that others read are kept, for the next one that reads them.
const keptWriters = 16

// writers are the parts whose keys others read.
type writers struct {
	mu     sync.Mutex
	recent []*writer
}

type writer struct {
	tenant string
	once   sync.Once
	// writes are what its pushes write, by remote key.
	writes map[string][]*graph.Write
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
		x.writes = map[string][]*graph.Write{}
		for _, k := range l.graphs.Build(all).Keys {
			for _, write := range k.Writes {
				x.writes[write.Remote] = append(x.writes[write.Remote], write)
			}
		}
	})
	var out []*object.Object
	for _, write := range x.writes[key] {
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
	return out, !x.failed
}

func hasErrors(findings []diag.Finding) bool {
	return slices.ContainsFunc(findings, func(f diag.Finding) bool { return f.Severity == diag.Error })
}
