package graph

import (
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/openova-io/esotree/object"
)

// Builder makes graphs, also several at a time. What it finds out about texts it keeps for the next graph: templates are the same in
// most objects that a class makes, and parsing them takes longer than all else that is done with them.
type Builder struct {
	// common are the nodes of the objects that many of the graphs have.
	common map[*object.Object]any

	mu   sync.Mutex
	idle []*memory
	// templates are what TemplateUses found.
	templates memo[foundUses]
}

// NewBuilder returns a Builder for graphs that have some objects in common. Each of those is read once.
func NewBuilder(common []*object.Object) *Builder {
	b := &Builder{common: make(map[*object.Object]any, len(common))}
	m := &memory{}
	for _, o := range common {
		b.common[o] = m.node(o)
	}
	b.idle = append(b.idle, m)
	return b
}

// New builds the graph of objects. Those that are of no interest to it are passed over.
func New(objects []*object.Object) *Graph { return new(Builder).Build(objects) }

// Build builds the graph of objects, as New does.
func (b *Builder) Build(objects []*object.Object) *Graph {
	nodes := make([]any, len(objects))
	b.nodes(nodes, objects)
	m := b.take()
	defer b.give(m)
	return m.link(b, objects, nodes)
}

// manyObjects is from how many objects on it pays to read them on all cores.
const manyObjects = 500

func (b *Builder) nodes(nodes []any, objects []*object.Object) {
	var next atomic.Int64
	read := func() {
		m := b.take()
		defer b.give(m)
		for i := next.Add(1) - 1; int(i) < len(objects); i = next.Add(1) - 1 {
			if node, known := b.common[objects[i]]; known {
				nodes[i] = unlinked(node)
			} else {
				nodes[i] = m.node(objects[i])
			}
		}
	}
	if len(objects) < manyObjects {
		read()
		return
	}
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(read)
	}
	workers.Wait()
}

func (b *Builder) take() *memory {
	b.mu.Lock()
	defer b.mu.Unlock()
	if last := len(b.idle) - 1; last >= 0 {
		m := b.idle[last]
		b.idle = b.idle[:last]
		return m
	}
	return &memory{}
}

func (b *Builder) give(m *memory) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.idle = append(b.idle, m)
}

// memory is what a Builder knows. Each core that reads or links has one to itself.
type memory struct {
	patterns memo[pattern]
	replaced memo[string]
	literals memo[KeySet]
	outputs  memo[kindOutputs]
	text     []byte // a key of replaced
	paths    map[string]*paths

	namespace []string // of the last ExternalSecret

	// The views, which are filled anew for each object.
	pull        pullObject
	clusterPull clusterPullObject
	push        pushObject
	clusterPush clusterPushObject
	generator   generatorObject
}

// memo remembers what is found out about texts, and depends on the text alone. It is not changed.
type memo[T any] map[string]T

// mostTexts bounds a memo: when it is full it begins anew.
const mostTexts = 1000

func (m *memo[T]) of(text string, find func(string) T) T {
	if found, ok := (*m)[text]; ok {
		return found
	}
	found := find(text)
	if *m == nil || len(*m) == mostTexts {
		*m = memo[T]{}
	}
	(*m)[strings.Clone(text)] = found // the text may be a part of a file that is not to be kept for it
	return found
}
