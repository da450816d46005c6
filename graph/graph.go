// Package graph knows how secrets flow through the manifests of the External Secrets Operator: from a generator or a store
// into a Secret, from there into stores, and on to those who read it. It reads v1 and v1beta1 alike, whoever wrote them, and
// holds no value of a secret.
//
// Where manifests leave something open, such as a label selector or a template with computed keys, the graph says that it is
// open; it never guesses.
package graph

import (
	"slices"
	"strings"

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
	clusters   []string

	builder *Builder
	nodes   []any // of each object
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
	// Former says that the key is one under which the value was before: nothing writes it, and what is under the key that the pull's own
	// Secret is pushed to goes before it.
	Former bool
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

	external []string
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

// Clusters returns the clusters of the objects, sorted.
func (g *Graph) Clusters() []string { return slices.Sorted(slices.Values(g.clusters)) }

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

// GroupOf returns the group of an object's API; "" for the core's.
func GroupOf(o *object.Object) string {
	group, _, found := strings.Cut(o.APIVersion, "/")
	if !found {
		return ""
	}
	return group
}
