package graph

import (
	"slices"

	"github.com/openova-io/esotree/object"
)

// Extend builds the graph of another one's objects and of more behind them, as Build does of all of them. What the others say is not
// read once more.
func (b *Builder) Extend(g *Graph, more []*object.Object) *Graph {
	objects := append(slices.Clip(g.Objects), more...)
	nodes := make([]any, len(objects))
	for i, node := range g.nodes {
		nodes[i] = unlinked(node)
	}
	b.nodes(nodes[len(g.nodes):], more)
	m := b.take()
	defer b.give(m)
	return m.link(b, objects, nodes)
}

// unlinked is a node for one more graph: what the object says, and nothing of what a graph has put to it.
func unlinked(node any) any {
	switch n := node.(type) {
	case *Store:
		out := *n
		out.Pushed = false
		return &out
	case *Pull:
		return &Pull{Object: n.Object, Prefix: n.Prefix, Spec: n.Spec, Target: Spot{Name: n.Target.Name}, Anywhere: n.Anywhere, Namespaces: n.Namespaces, External: n.External}
	case *Push:
		return &Push{Object: n.Object, Prefix: n.Prefix, Spec: n.Spec, external: n.external}
	}
	return node
}
