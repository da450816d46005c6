// Package graph knows how secrets flow through the manifests of the External Secrets Operator: from a generator or a store
// into a Secret, from there into stores, and on to those who read it. It reads v1 and v1beta1 alike, whoever wrote them, and
// holds no value of a secret.
//
// Where manifests leave something open, such as a label selector or a template with computed keys, the graph says that it is
// open; it never guesses.
package graph

import (
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/openova-io/esotree/internal/eso"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/object"
)

// Spot is where a Secret is.
type Spot struct{ Cluster, Namespace, Name string }

// Place is a key in a store, whose identity it has.
type Place struct{ Store, Key string }

// Graph holds the nodes and edges. Lists are in the order of the objects. It is immutable and safe for concurrent use.
type Graph struct {
	Objects    []*object.Object
	Stores     []*Store
	Generators []*Generator
	Pulls      []*Pull
	Pushes     []*Push
	Uses       []*Use
	// Secrets are all that something makes, pushes or uses.
	Secrets []*Secret
	// Keys are all keys in stores that something writes or reads.
	Keys []*StoreKey
	// Misfits are the objects that can't be read.
	Misfits []*Misfit

	stores     map[storeName]*Store
	generators map[generatorName]*Generator
	secrets    map[Spot]*Secret
	keys       map[Place]*StoreKey
	anywhere   map[Spot]bool   // made in namespaces that are not known: Namespace is ""
	openKeys   map[string]bool // written to stores that are not known
	openStores map[string]bool // identities of stores that get keys that are not known
	clusters   map[string]bool
}

type storeName struct{ cluster, kind, namespace, name string }

type generatorName struct{ cluster, kind, namespace, name string }

// Secret is a Kubernetes Secret.
type Secret struct {
	Spot Spot
	// Makers are the ExternalSecrets whose target it is.
	Makers []*Pull
	// Manifests are the Secrets themselves; their values are not kept.
	Manifests []*object.Object
	Pushes    []*Push
	Uses      []*Use
	// Keys it can have. They are open where nothing of the graph makes it.
	Keys KeySet
	// External are keys that a push says come from elsewhere.
	External KeySet
}

// StoreKey is a key in a store.
type StoreKey struct {
	Place  Place
	Writes []*Write
	Reads  []*Read
	// Properties it has after all writes; open where a value may be JSON of its own.
	Properties KeySet
	// External says that a reader declares it as produced elsewhere.
	External bool
}

// Pull is an ExternalSecret or a ClusterExternalSecret.
type Pull struct {
	Object *object.Object
	// Prefix is the field that holds the spec: spec, or spec.externalSecretSpec.
	Prefix string
	Spec   PullView
	// Target is its Secret; the Namespace is "" and Anywhere true where the namespaces are chosen by labels.
	Target   Spot
	Anywhere bool
	// Namespaces it reads from, where they are known.
	Namespaces []string
	Reads      []*Read
	Draws      []*Draw
	// Sources are the keys that its template sees, Keys those of its Secret.
	Sources, Keys KeySet
	// External are the store keys that it declares as produced elsewhere.
	External []string

	remembers bool
}

// Remembers reports whether a generated value only counts where no store has one: after the last generator, the pull reads a
// key that its own Secret is pushed to, or, where nothing pushes it, any key as a whole.
func (p *Pull) Remembers() bool { return p.remembers }

// remembered decides Remembers. All writes are known.
func (g *Graph) remembered(p *Pull) bool {
	last := -1
	for _, d := range p.Draws {
		last = max(last, d.Index)
	}
	if policy := p.Spec.Target.DeletionPolicy; last < 0 || policy == "" || policy == "Retain" { // a missing key would be an error
		return false
	}
	pushed := map[Place]bool{}
	if s := g.secrets[p.Target]; s != nil {
		for _, push := range s.Pushes {
			for _, w := range push.Writes {
				pushed[w.Place] = true
			}
		}
	}
	return slices.ContainsFunc(p.Reads, func(r *Read) bool {
		return r.Whole && r.Index > last && (len(pushed) == 0 || pushed[r.Place])
	})
}

// Read is one read of a key of a store.
type Read struct {
	Pull *Pull
	// Path is the entry, such as spec.data[0]; KeyPath the field with the remote key; RefPath the one that names the store.
	Path, KeyPath, RefPath string
	// Index in dataFrom; entries of data count after all of them.
	Index int
	Ref   StoreRef
	// Store is nil where the graph does not have it.
	Store *Store
	Place Place
	// Remote is the key as it is written.
	Remote, Property string
	// SecretKey that gets the value; "" for all.
	SecretKey string
	// Whole says that all properties are read.
	Whole bool
}

// Draw is one use of a generator.
type Draw struct {
	// Path is the field that names the generator.
	Path  string
	Index int
	Ref   GeneratorRef
	// Generator is nil where the graph does not have it.
	Generator *Generator
	// Kind is what makes the value; "" where it is not known.
	Kind string
	// Outputs after the rewrites.
	Outputs KeySet
}

// Push is a PushSecret or a ClusterPushSecret.
type Push struct {
	Object *object.Object
	// Prefix is the field that holds the spec: spec, or spec.pushSecretSpec.
	Prefix string
	Spec   PushView
	// Source is the Secret that it pushes; nil where that is a generator, or chosen by labels.
	Source *Secret
	Draw   *Draw
	// Sources are the keys that its template sees, Keys what it can push.
	Sources, Keys KeySet
	Writes        []*Write
	Stores        []*PushStore
}

// PushStore is a store that a push names.
type PushStore struct {
	Path  string
	Ref   StoreRef
	Store *Store
}

// Write is one write of a key of a store.
type Write struct {
	Push *Push
	// Path is the entry, such as spec.data[0]; KeyPath the field with the remote key; RefPath the one that names the store.
	Path, KeyPath, RefPath string
	Ref                    StoreRef
	Store                  *Store
	Place                  Place
	Remote, Property       string
	// SecretKey that is pushed; "" for all of the Secret.
	SecretKey string
	// Content are the properties that it writes; open where the value may be JSON.
	Content KeySet
}

// New builds the graph of objects. Those that are of no interest to it are passed over.
func New(objects []*object.Object) *Graph {
	g := &Graph{
		Objects: objects, stores: map[storeName]*Store{}, generators: map[generatorName]*Generator{}, secrets: map[Spot]*Secret{},
		keys: map[Place]*StoreKey{}, anywhere: map[Spot]bool{}, openKeys: map[string]bool{}, openStores: map[string]bool{}, clusters: map[string]bool{},
	}
	parts := make([]part, len(objects))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(objects)) {
		workers.Go(func() {
			for i := next.Add(1) - 1; int(i) < len(objects); i = next.Add(1) - 1 {
				parts[i].read(g, objects[i])
			}
		})
	}
	workers.Wait()
	for i, o := range objects {
		g.clusters[o.Cluster] = true
		g.Misfits = append(g.Misfits, parts[i].misfits...)
		if first := parts[i].first; first != nil {
			first()
		}
	}
	for i := range parts {
		if link := parts[i].link; link != nil {
			link()
		}
	}
	for i := range parts {
		if push := parts[i].push; push != nil {
			push()
		}
	}
	for _, s := range g.Secrets {
		if len(s.Makers) == 0 && len(s.Manifests) == 0 && s.External.Len() == 0 {
			s.Keys.Open = true
		}
	}
	for _, p := range g.Pushes {
		g.writes(p)
	}
	for _, p := range g.Pulls {
		p.remembers = g.remembered(p)
	}
	return g
}

// Clusters returns the clusters of the objects, sorted.
func (g *Graph) Clusters() []string { return slices.Sorted(maps.Keys(g.clusters)) }

// Secret returns the Secret at a spot; nil where nothing makes, pushes or uses one.
func (g *Graph) Secret(at Spot) *Secret { return g.secrets[at] }

// Key returns a key of a store; nil where nothing reads or writes it.
func (g *Graph) Key(at Place) *StoreKey { return g.keys[at] }

// MayBeMade reports whether something whose namespaces are not known may make the Secret.
func (g *Graph) MayBeMade(at Spot) bool { return g.anywhere[Spot{at.Cluster, "", at.Name}] }

// MayBeWritten reports whether a push whose stores or keys are not known may write the key.
func (g *Graph) MayBeWritten(at Place) bool { return g.openKeys[at.Key] || g.openStores[at.Store] }

// Store returns the store that an object in a namespace names; nil where the graph does not have it.
func (g *Graph) Store(cluster, namespace string, ref StoreRef) *Store {
	if ref.Clustered() {
		return g.stores[storeName{cluster, ref.Kind, "", ref.Name}]
	}
	return g.stores[storeName{cluster, "SecretStore", namespace, ref.Name}]
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

// GroupOf returns the group of an object's API; "" for the core's.
func GroupOf(o *object.Object) string {
	group, _, found := strings.Cut(o.APIVersion, "/")
	if !found {
		return ""
	}
	return group
}

// part is what one object says, and what takes it into the graph: first what others name, when all of that is known what makes and
// uses Secrets, and when these are known the pushes. Only those change the graph.
type part struct {
	misfits           []*Misfit
	first, link, push func()
}

func (p *part) read(g *Graph, o *object.Object) {
	p.first = p.named(g, o)
	p.link = p.linked(g, o)
	p.push = p.pushed(g, o)
}

// named reads what others name: stores, generators and Secrets.
func (p *part) named(g *Graph, o *object.Object) func() {
	switch group := GroupOf(o); {
	case group == eso.Group && (o.Kind == "SecretStore" || o.Kind == "ClusterSecretStore"):
		var in storeObject
		if !p.view(o, &in) {
			return nil
		}
		s := newStore(o, &in)
		name := storeName{o.Cluster, o.Kind, o.Namespace, o.Name}
		if s.Clustered() {
			name.namespace = ""
		}
		return func() {
			g.Stores = append(g.Stores, s)
			if g.stores[name] == nil {
				g.stores[name] = s
			}
		}
	case group == eso.GeneratorGroup && o.Kind != "GeneratorState":
		var in generatorObject
		if !p.view(o, &in) {
			return nil
		}
		made := newGenerator(o, in.Spec)
		name := generatorName{o.Cluster, o.Kind, o.Namespace, o.Name}
		if o.Kind == "ClusterGenerator" {
			name.namespace = ""
		}
		return func() {
			g.Generators = append(g.Generators, made)
			g.generators[name] = made
		}
	case group == "" && o.Kind == "Secret":
		var in secretObject
		if !p.view(o, &in) {
			return nil
		}
		return func() {
			s := g.secret(Spot{o.Cluster, o.Namespace, o.Name})
			s.Manifests = append(s.Manifests, o)
			s.Keys.Add(slices.Sorted(maps.Keys(in.Data))...)
			s.Keys.Add(slices.Sorted(maps.Keys(in.StringData))...)
			s.Keys.Open = s.Keys.Open || len(in.Data)+len(in.StringData) == 0 // another controller fills it in
		}
	}
	return nil
}

// linked reads what makes and uses Secrets.
func (p *part) linked(g *Graph, o *object.Object) func() {
	if GroupOf(o) != eso.Group {
		uses := p.usesOf(o)
		if len(uses) == 0 {
			return nil
		}
		return func() {
			for _, use := range uses {
				g.Uses = append(g.Uses, use)
				s := g.secret(use.Spot)
				s.Uses = append(s.Uses, use)
			}
		}
	}
	switch o.Kind {
	case "ExternalSecret":
		var in pullObject
		if !p.view(o, &in) {
			return nil
		}
		pull := &Pull{Object: o, Prefix: "spec", Spec: in.Spec, Namespaces: []string{o.Namespace}, External: listed(in.Metadata.Annotations)}
		return func() { g.pull(pull, o.Name) }
	case "ClusterExternalSecret":
		var in clusterPullObject
		if !p.view(o, &in) {
			return nil
		}
		name := in.Spec.Name
		if name == "" {
			name = o.Name
		}
		pull := &Pull{Object: o, Prefix: "spec.externalSecretSpec", Spec: in.Spec.Pull, Namespaces: in.Spec.Namespaces, External: listed(in.Metadata.Annotations)}
		pull.Anywhere = in.Spec.NamespaceSelector != nil || len(in.Spec.NamespaceSelectors) > 0 || len(in.Spec.Namespaces) == 0
		return func() { g.pull(pull, name) }
	}
	return nil
}

// listed reads the annotation that names what comes from elsewhere.
func listed(annotations map[string]string) []string {
	var out []string
	for item := range strings.SplitSeq(annotations[externalMark], ",") {
		if item = strings.TrimSpace(item); item != "" {
			out = append(out, item)
		}
	}
	return out
}

func (g *Graph) pull(p *Pull, name string) {
	o := p.Object
	g.Pulls = append(g.Pulls, p)
	if p.Spec.Target.Name != "" {
		name = p.Spec.Target.Name
	}
	space := ""
	if len(p.Namespaces) > 0 {
		space = p.Namespaces[0]
	}
	p.Target = Spot{o.Cluster, space, name}
	g.entries(p, space)
	p.Keys = p.Sources.through(p.Spec.Target.Template)
	switch p.Spec.Target.CreationPolicy {
	case "None":
		return
	case "Merge":
		p.Keys.Open = true
	case "CreateOrMerge":
		p.Keys.Open = p.Keys.Open || len(p.Draws) == 0
	}
	for _, namespace := range p.Namespaces {
		s := g.secret(Spot{o.Cluster, namespace, name})
		s.Makers = append(s.Makers, p)
		s.Keys.Merge(p.Keys)
	}
	if p.Anywhere {
		g.anywhere[Spot{o.Cluster, "", name}] = true
	}
}

// entries takes in data and dataFrom.
func (g *Graph) entries(p *Pull, space string) {
	o := p.Object
	for i, entry := range p.Spec.DataFrom {
		path := yamlsrc.Index(p.Prefix+".dataFrom", i)
		keys := KeySet{Open: true}
		switch source := entry.SourceRef; {
		case source != nil && source.GeneratorRef != nil:
			d := g.draw(o, space, *source.GeneratorRef, path+".sourceRef.generatorRef")
			d.Index = i
			keys = d.Outputs.rewritten(entry.Rewrite)
			d.Outputs = keys
			p.Draws = append(p.Draws, d)
		case entry.Extract != nil:
			r := &Read{Path: path, KeyPath: path + ".extract.key", Index: i, Remote: entry.Extract.Key, Property: entry.Extract.Property, Whole: entry.Extract.Property == ""}
			g.read(p, r, source, space)
		}
		p.Sources.Merge(keys)
	}
	for i, entry := range p.Spec.Data {
		path := yamlsrc.Index(p.Prefix+".data", i)
		p.Sources.Add(entry.SecretKey)
		if s := entry.SourceRef; s != nil && s.GeneratorRef != nil {
			d := g.draw(o, space, *s.GeneratorRef, path+".sourceRef.generatorRef")
			d.Index = len(p.Spec.DataFrom)
			p.Draws = append(p.Draws, d)
			continue
		}
		r := &Read{Path: path, KeyPath: path + ".remoteRef.key", Index: len(p.Spec.DataFrom), Remote: entry.RemoteRef.Key, Property: entry.RemoteRef.Property, SecretKey: entry.SecretKey}
		g.read(p, r, entry.SourceRef, space)
	}
}

func (g *Graph) draw(o *object.Object, space string, ref GeneratorRef, path string) *Draw {
	d := &Draw{Path: path, Ref: ref, Kind: ref.Kind, Outputs: outputsOf(ref.Kind, nil)}
	name := generatorName{o.Cluster, ref.Kind, space, ref.Name}
	if ref.Kind == "ClusterGenerator" {
		name.namespace, d.Kind = "", ""
	}
	if d.Generator = g.generators[name]; d.Generator != nil {
		d.Kind, d.Outputs = d.Generator.Kind, d.Generator.Outputs
	}
	return d
}

func (g *Graph) read(p *Pull, r *Read, source *SourceRefView, space string) {
	r.Pull, r.Ref, r.RefPath = p, p.Spec.Store, p.Prefix+".secretStoreRef.name"
	if source != nil && source.StoreRef != nil {
		r.Ref, r.RefPath = *source.StoreRef, r.Path+".sourceRef.storeRef.name"
	}
	r.Store, r.Place = g.place(p.Object.Cluster, space, r.Ref, r.Remote)
	p.Reads = append(p.Reads, r)
	k := g.key(r.Place)
	k.Reads = append(k.Reads, r)
	k.External = k.External || slices.Contains(p.External, r.Remote)
}

func (g *Graph) place(cluster, namespace string, ref StoreRef, key string) (*Store, Place) {
	if s := g.Store(cluster, namespace, ref); s != nil {
		return s, Place{s.Identity, s.Key(key)}
	}
	return nil, Place{unknownStore(cluster, namespace, ref), key}
}

// pushed reads a push.
func (p *part) pushed(g *Graph, o *object.Object) func() {
	if GroupOf(o) != eso.Group {
		return nil
	}
	out := &Push{Object: o, Prefix: "spec"}
	var external []string
	switch o.Kind {
	case "PushSecret":
		var in pushObject
		if !p.view(o, &in) {
			return nil
		}
		out.Spec, external = in.Spec, listed(in.Metadata.Annotations)
	case "ClusterPushSecret":
		var in clusterPushObject
		if !p.view(o, &in) {
			return nil
		}
		out.Spec, out.Prefix = in.Spec.Push, "spec.pushSecretSpec"
	default:
		return nil
	}
	return func() {
		if s := out.Spec.Selector.Secret; s != nil && s.Name != "" && o.Kind == "PushSecret" {
			out.Source = g.secret(Spot{o.Cluster, o.Namespace, s.Name})
			out.Source.Pushes = append(out.Source.Pushes, out)
			out.Source.External.Add(external...)
			out.Source.Keys.Add(external...)
		}
		if ref := out.Spec.Selector.Generator; ref != nil {
			out.Draw = g.draw(o, o.Namespace, *ref, out.Prefix+".selector.generatorRef")
		}
		g.Pushes = append(g.Pushes, out)
	}
}

// writes takes in what a push writes. All Secrets are known.
func (g *Graph) writes(p *Push) {
	o := p.Object
	switch {
	case p.Source != nil:
		p.Sources = p.Source.Keys
	case p.Draw != nil:
		p.Sources = p.Draw.Outputs
	default:
		p.Sources.Open = true
	}
	p.Keys = p.Sources.under(p.Spec.Template)
	open := false
	for i, ref := range p.Spec.Stores {
		path := yamlsrc.Index(p.Prefix+".secretStoreRefs", i)
		if ref.Name == "" {
			open = true
			continue
		}
		store := g.Store(o.Cluster, o.Namespace, ref.StoreRef)
		p.Stores = append(p.Stores, &PushStore{path + ".name", ref.StoreRef, store})
		for j, entry := range p.Spec.Data {
			at := yamlsrc.Index(p.Prefix+".data", j)
			m := entry.Match
			w := &Write{Path: at, KeyPath: at + ".match.remoteRef.remoteKey", RefPath: path + ".name", Ref: ref.StoreRef, Remote: m.RemoteRef.RemoteKey, Property: m.RemoteRef.Property, SecretKey: m.SecretKey}
			switch {
			case w.Property != "":
				w.Content.Add(w.Property)
			case w.SecretKey == "":
				w.Content = p.Keys
			default:
				w.Content = p.document(w.SecretKey)
			}
			g.write(p, w)
		}
	}
	if open {
		for _, entry := range p.Spec.Data {
			g.openKeys[entry.Match.RemoteRef.RemoteKey] = true
		}
	}
	g.dataTo(p)
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
func (g *Graph) dataTo(p *Push) {
	for i, entry := range p.Spec.DataTo {
		at := yamlsrc.Index(p.Prefix+".dataTo", i)
		if entry.StoreRef == nil || entry.StoreRef.Name == "" {
			for _, s := range p.Stores {
				g.openStores[s.identity(p.Object)] = true
			}
			continue
		}
		pattern := ""
		if entry.Match != nil {
			pattern = entry.Match.Regexp
		}
		keys := p.Keys.matching(pattern)
		base := Write{Path: at, KeyPath: at + ".remoteKey", RefPath: at + ".storeRef.name", Ref: *entry.StoreRef}
		if entry.RemoteKey != "" {
			w := base
			w.Remote, w.Content = entry.RemoteKey, keys.rewritten(entry.Rewrite)
			g.write(p, &w)
			continue
		}
		names := keys.rewritten(entry.Rewrite)
		for _, key := range keys.Known() {
			one := KeySet{}
			one.Add(key)
			for _, name := range one.rewritten(entry.Rewrite).Known() {
				w := base
				w.KeyPath, w.Remote, w.SecretKey, w.Content = at, name, key, KeySet{Open: true}
				g.write(p, &w)
			}
		}
		if names.Open {
			store := &PushStore{Ref: *entry.StoreRef, Store: g.Store(p.Object.Cluster, p.Object.Namespace, *entry.StoreRef)}
			g.openStores[store.identity(p.Object)] = true
		}
	}
}

func (s *PushStore) identity(o *object.Object) string {
	if s.Store != nil {
		return s.Store.Identity
	}
	return unknownStore(o.Cluster, o.Namespace, s.Ref)
}

func (g *Graph) write(p *Push, w *Write) {
	w.Push = p
	w.Store, w.Place = g.place(p.Object.Cluster, p.Object.Namespace, w.Ref, w.Remote)
	if w.Store != nil {
		w.Store.Pushed = true
	}
	p.Writes = append(p.Writes, w)
	k := g.key(w.Place)
	k.Writes = append(k.Writes, w)
	k.Properties.Merge(w.Content)
}
