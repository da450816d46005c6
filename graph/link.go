package graph

import (
	"slices"

	"github.com/openova-io/esotree/object"
)

// linker puts the nodes of a graph together. It alone changes one.
type linker struct {
	*Graph
	memory *memory
}

// link makes a graph of objects and of what they say: first what others name, when all of that is known what makes and uses
// Secrets, and when these are known the pushes.
func (m *memory) link(builder *Builder, objects []*object.Object, nodes []any) *Graph {
	g := newGraph(builder, objects, nodes)
	l := &linker{g, m}
	for i, o := range objects {
		if (i == 0 || o.Cluster != objects[i-1].Cluster) && !slices.Contains(g.clusters, o.Cluster) {
			g.clusters = append(g.clusters, o.Cluster)
		}
		l.named(o, nodes[i])
	}
	for _, node := range nodes {
		switch n := node.(type) {
		case *Pull:
			l.pull(n)
		case []*Use:
			l.use(n)
		}
	}
	for _, node := range nodes {
		if n, ok := node.(*Push); ok {
			l.push(n)
		}
	}
	for _, s := range g.Secrets {
		if len(s.Makers) == 0 && len(s.Manifests) == 0 && s.External.Len() == 0 {
			s.Keys.Open = true
		}
	}
	for _, p := range g.Pushes {
		l.writes(p)
	}
	shared := map[*Secret]map[Place]bool{} // of Secrets that several pulls make
	for _, p := range g.Pulls {
		policy, s := p.Spec.Target.DeletionPolicy, g.secrets[p.Target]
		if policy == "" || policy == "Retain" { // a missing key would be an error
			continue
		}
		pushed := shared[s]
		if s != nil && pushed == nil {
			pushed = s.pushedTo()
			if len(s.Makers) > 1 {
				shared[s] = pushed
			}
		}
		p.remembers = p.remembered(pushed)
		g.formers(p, pushed)
	}
	return g
}

func newGraph(builder *Builder, objects []*object.Object, nodes []any) *Graph {
	var stores, generators, pulls, pushes int
	for _, node := range nodes {
		switch node.(type) {
		case *Store:
			stores++
		case *Generator:
			generators++
		case *Pull:
			pulls++
		case *Push:
			pushes++
		}
	}
	return &Graph{
		Objects: objects, builder: builder, nodes: nodes,
		Stores: make([]*Store, 0, stores), Generators: make([]*Generator, 0, generators), Pulls: make([]*Pull, 0, pulls), Pushes: make([]*Push, 0, pushes),
		stores: make(map[storeName]*Store, stores), generators: make(map[generatorName]*Generator, generators),
		secrets: make(map[Spot]*Secret, pulls), keys: make(map[Place]*StoreKey, 2*pushes),
		anywhere: map[Spot]bool{}, openKeys: map[string]bool{}, openStores: map[string]bool{},
	}
}

// named takes in what others name: stores, generators and Secrets.
func (l *linker) named(o *object.Object, node any) {
	switch n := node.(type) {
	case *Misfit:
		l.Misfits = append(l.Misfits, n)
	case *Store:
		l.Stores = append(l.Stores, n)
		name := storeName{o.Cluster, o.Kind, o.Namespace, o.Name}
		if n.Clustered() {
			name.namespace = ""
		}
		if l.stores[name] == nil {
			l.stores[name] = n
		}
	case *Generator:
		l.Generators = append(l.Generators, n)
		name := generatorName{o.Cluster, o.Kind, o.Namespace, o.Name}
		if o.Kind == "ClusterGenerator" {
			name.namespace = ""
		}
		l.generators[name] = n
	case *manifest:
		s := l.secret(Spot{o.Cluster, o.Namespace, o.Name})
		s.Manifests = append(s.Manifests, o)
		s.Keys.Merge(n.keys)
	}
}

func (l *linker) use(uses []*Use) {
	l.Uses = append(l.Uses, uses...)
	for _, use := range uses {
		s := l.secret(use.Spot)
		s.Uses = append(s.Uses, use)
	}
}

func (l *linker) push(p *Push) {
	o := p.Object
	if s := p.Spec.Selector.Secret; s != nil && s.Name != "" && o.Kind == "PushSecret" {
		p.Source = l.secret(Spot{o.Cluster, o.Namespace, s.Name})
		p.Source.Pushes = append(p.Source.Pushes, p)
		p.Source.External.Add(p.external...)
		p.Source.Keys.Add(p.external...)
	}
	if ref := p.Spec.Selector.Generator; ref != nil {
		p.Draw = l.draw(o, o.Namespace, *ref, p.Prefix+".selector.generatorRef")
	}
	l.Pushes = append(l.Pushes, p)
}

func (g *Graph) secret(at Spot) *Secret {
	s := g.secrets[at]
	if s == nil {
		s = &Secret{Spot: at}
		g.secrets[at] = s
		g.Secrets = append(g.Secrets, s)
	}
	return s
}

func (g *Graph) key(at Place) *StoreKey {
	k := g.keys[at]
	if k == nil {
		k = &StoreKey{Place: at}
		g.keys[at] = k
		g.Keys = append(g.Keys, k)
	}
	return k
}

func (l *linker) pull(p *Pull) {
	o := p.Object
	l.Pulls = append(l.Pulls, p)
	if p.Spec.Target.Name != "" {
		p.Target.Name = p.Spec.Target.Name
	}
	p.Target.Cluster = o.Cluster
	if len(p.Namespaces) > 0 {
		p.Target.Namespace = p.Namespaces[0]
	}
	l.entries(p)
	p.Keys = l.memory.through(p.Sources, p.Spec.Target.Template)
	switch p.Spec.Target.CreationPolicy {
	case "None":
		return
	case "Merge":
		p.Keys.Open = true
	case "CreateOrMerge":
		p.Keys.Open = p.Keys.Open || len(p.Draws) == 0
	}
	for _, namespace := range p.Namespaces {
		s := l.secret(Spot{o.Cluster, namespace, p.Target.Name})
		s.Makers = append(s.Makers, p)
		s.Keys.Merge(p.Keys)
	}
	if p.Anywhere {
		l.anywhere[Spot{o.Cluster, "", p.Target.Name}] = true
	}
}

// entries takes in data and dataFrom.
func (l *linker) entries(p *Pull) {
	paths := l.memory.pathsOf(p.Prefix)
	reads := make([]Read, 0, len(p.Spec.DataFrom)+len(p.Spec.Data)) // at most
	p.Reads = make([]*Read, 0, cap(reads))
	for i := range p.Spec.DataFrom {
		entry, at := &p.Spec.DataFrom[i], paths.dataFrom.at(i)
		keys := KeySet{Open: true}
		switch source := entry.SourceRef; {
		case source.GeneratorRef != nil:
			d := l.draw(p.Object, p.Target.Namespace, *source.GeneratorRef, at.generator)
			d.Index = i
			keys = l.memory.rewritten(d.Outputs, entry.Rewrite)
			d.Outputs = keys
			p.Draws = append(p.Draws, d)
		case entry.Extract != nil:
			reads = append(reads, Read{Path: at.entry, KeyPath: at.key, Index: i, Remote: entry.Extract.Key, Property: entry.Extract.Property, Whole: entry.Extract.Property == ""})
			l.read(p, &reads[len(reads)-1], source.StoreRef, paths, at)
		}
		p.Sources.Merge(keys)
	}
	keys := make([]string, len(p.Spec.Data))
	for i := range keys {
		keys[i] = p.Spec.Data[i].SecretKey
	}
	p.Sources.Merge(setOf(keys))
	for i := range p.Spec.Data {
		entry, at := &p.Spec.Data[i], paths.data.at(i)
		if ref := entry.SourceRef.GeneratorRef; ref != nil {
			d := l.draw(p.Object, p.Target.Namespace, *ref, at.generator)
			d.Index = len(p.Spec.DataFrom)
			p.Draws = append(p.Draws, d)
			continue
		}
		reads = append(reads, Read{Path: at.entry, KeyPath: at.key, Index: len(p.Spec.DataFrom), Remote: entry.RemoteRef.Key, Property: entry.RemoteRef.Property, SecretKey: entry.SecretKey})
		l.read(p, &reads[len(reads)-1], entry.SourceRef.StoreRef, paths, at)
	}
}

func (l *linker) draw(o *object.Object, space string, ref GeneratorRef, path string) *Draw {
	d := &Draw{Path: path, Ref: ref, Kind: ref.Kind}
	name := generatorName{o.Cluster, ref.Kind, space, ref.Name}
	if ref.Kind == "ClusterGenerator" {
		name.namespace, d.Kind = "", ""
	}
	if d.Generator = l.generators[name]; d.Generator != nil {
		d.Kind, d.Outputs = d.Generator.Kind, d.Generator.Outputs
	} else {
		d.Outputs = l.memory.outputs.of(ref.Kind, outputsOf).usual
	}
	return d
}

func (l *linker) read(p *Pull, r *Read, own *StoreRef, paths *paths, at entryPaths) {
	r.Pull, r.Ref, r.RefPath = p, p.Spec.Store, paths.store
	if own != nil {
		r.Ref, r.RefPath = *own, at.store
	}
	r.Store, r.Place = l.place(p.Object.Cluster, p.Target.Namespace, r.Ref, r.Remote)
	p.Reads = append(p.Reads, r)
	k := l.key(r.Place)
	k.Reads = append(k.Reads, r)
	k.External = k.External || slices.Contains(p.External, r.Remote)
}

func (g *Graph) place(cluster, namespace string, ref StoreRef, key string) (*Store, Place) {
	if s := g.Store(cluster, namespace, ref); s != nil {
		return s, Place{s.Identity, s.Key(key)}
	}
	return nil, Place{unknownStore(cluster, namespace, ref), key}
}

// writes takes in what a push writes. All Secrets are known.
func (l *linker) writes(p *Push) {
	o := p.Object
	switch {
	case p.Source != nil:
		p.Sources = p.Source.Keys
	case p.Draw != nil:
		p.Sources = p.Draw.Outputs
	default:
		p.Sources.Open = true
	}
	p.Keys = l.memory.under(p.Sources, p.Spec.Template)
	paths := l.memory.pathsOf(p.Prefix)
	writes := make([]Write, 0, len(p.Spec.Stores)*len(p.Spec.Data)) // at most
	p.Writes = make([]*Write, 0, cap(writes))
	stores := make([]PushStore, len(p.Spec.Stores))
	p.Stores = make([]*PushStore, 0, len(stores))
	open := false
	for i := range p.Spec.Stores {
		ref := p.Spec.Stores[i].StoreRef
		if ref.Name == "" {
			open = true
			continue
		}
		at := paths.stores.at(i).store
		stores[i] = PushStore{at, ref, l.Store(o.Cluster, o.Namespace, ref)}
		p.Stores = append(p.Stores, &stores[i])
		for j := range p.Spec.Data {
			m, entry := &p.Spec.Data[j].Match, paths.pushed.at(j)
			writes = append(writes, Write{Path: entry.entry, KeyPath: entry.key, RefPath: at, Ref: ref, Remote: m.RemoteRef.RemoteKey, Property: m.RemoteRef.Property, SecretKey: m.SecretKey})
			w := &writes[len(writes)-1]
			switch {
			case w.Property != "":
				w.Content.Add(w.Property)
			case w.SecretKey == "":
				w.Content = p.Keys
			default:
				w.Content = p.document(w.SecretKey)
			}
			l.write(p, w)
		}
	}
	if open {
		for _, entry := range p.Spec.Data {
			l.openKeys[entry.Match.RemoteRef.RemoteKey] = true
		}
	}
	l.dataTo(p, paths)
}

// document are the properties that a key's value has in a store: known where a template writes them as JSON.
func (p *Push) document(key string) KeySet {
	if p.Spec.Template != nil {
		if keys, ok := documentKeys(p.Spec.Template.Data[key]); ok {
			return keys
		}
	}
	return KeySet{Open: true}
}

// dataTo takes in the entries that push keys by pattern: each to a remote key of its own, or all as properties of one.
func (l *linker) dataTo(p *Push, paths *paths) {
	for i := range p.Spec.DataTo {
		entry, at := &p.Spec.DataTo[i], paths.dataTo.at(i)
		if entry.StoreRef == nil || entry.StoreRef.Name == "" {
			for _, s := range p.Stores {
				l.openStores[s.identity(p.Object)] = true
			}
			continue
		}
		pattern := ""
		if entry.Match != nil {
			pattern = entry.Match.Regexp
		}
		keys := l.memory.matching(p.Keys, pattern)
		base := Write{Path: at.entry, KeyPath: at.key, RefPath: at.store, Ref: *entry.StoreRef}
		names := l.memory.rewritten(keys, entry.Rewrite)
		if entry.RemoteKey != "" {
			w := base
			w.Remote, w.Content = entry.RemoteKey, names
			l.write(p, &w)
			continue
		}
		for _, key := range keys.Known() {
			for _, name := range l.memory.rewritten(KeySet{known: []string{key}}, entry.Rewrite).Known() {
				w := base
				w.KeyPath, w.Remote, w.SecretKey, w.Content = at.entry, name, key, KeySet{Open: true}
				l.write(p, &w)
			}
		}
		if names.Open {
			store := &PushStore{Ref: *entry.StoreRef, Store: l.Store(p.Object.Cluster, p.Object.Namespace, *entry.StoreRef)}
			l.openStores[store.identity(p.Object)] = true
		}
	}
}

func (s *PushStore) identity(o *object.Object) string {
	if s.Store != nil {
		return s.Store.Identity
	}
	return unknownStore(o.Cluster, o.Namespace, s.Ref)
}

func (l *linker) write(p *Push, w *Write) {
	w.Push = p
	w.Store, w.Place = l.place(p.Object.Cluster, p.Object.Namespace, w.Ref, w.Remote)
	if w.Store != nil {
		w.Store.Pushed = true
	}
	p.Writes = append(p.Writes, w)
	k := l.key(w.Place)
	k.Writes = append(k.Writes, w)
	k.Properties.Merge(w.Content)
}

// pushedTo are the places that the pushes of the Secret write. All writes are known.
func (s *Secret) pushedTo() map[Place]bool {
	if len(s.Pushes) == 0 {
		return nil
	}
	places := map[Place]bool{}
	for _, push := range s.Pushes {
		for _, w := range push.Writes {
			places[w.Place] = true
		}
	}
	return places
}

// formers finds the reads of a pull that are of former keys, given where its Secret is pushed to. All writes are known.
func (g *Graph) formers(p *Pull, pushed map[Place]bool) {
	own := slices.IndexFunc(p.Reads, func(r *Read) bool { return r.Whole && pushed[r.Place] })
	if own < 0 {
		return
	}
	for _, r := range p.Reads[:own] {
		r.Former = r.Whole && r.Remote != p.Reads[own].Remote && len(g.keys[r.Place].Writes) == 0
	}
}

// remembered decides Remembers, given where the pull's Secret is pushed to.
func (p *Pull) remembered(pushed map[Place]bool) bool {
	last := -1
	for _, d := range p.Draws {
		last = max(last, d.Index)
	}
	return last >= 0 && slices.ContainsFunc(p.Reads, func(r *Read) bool {
		return r.Whole && r.Index > last && (len(pushed) == 0 || pushed[r.Place])
	})
}
