package yamlsrc

import (
	"iter"

	"github.com/openova-io/esotree/diag"
)

// Node is a node of a document. The zero Node is none.
type Node struct {
	doc *Document
	at  int32
}

// Root returns the document's value.
func (d *Document) Root() Node { return Node{d, 0} }

// Exists reports whether there is a node.
func (n Node) Exists() bool { return n.doc != nil }

// Kind says what the node is.
func (n Node) Kind() Kind { return n.doc.nodes[n.at].kind }

// Value returns what a scalar says, quotes and escapes resolved, and the name that an alias says; "" for lists and maps.
func (n Node) Value() string { return n.doc.value(n.at) }

// Text returns the text of a scalar that is a string; false for everything else. `off` is a boolean.
func (n Node) Text() (string, bool) {
	at := n.doc.at(n.at)
	if n.doc.nodes[at].kind != Scalar {
		return "", false
	}
	return n.doc.textOf(at)
}

// IsNull reports whether the node is a scalar that means null.
func (n Node) IsNull() bool { return n.doc.isNull(n.at) }

// InBrackets reports whether a list or map is written in brackets.
func (n Node) InBrackets() bool { return n.doc.nodes[n.at].style&brackets != 0 }

// IsBlock reports whether a scalar is written as a block, literal or folded.
func (n Node) IsBlock() bool { return n.doc.nodes[n.at].style&blockScalar != 0 }

// IsSingleQuoted reports whether a scalar is written in single quotes.
func (n Node) IsSingleQuoted() bool { return n.doc.nodes[n.at].style&singleQuoted != 0 }

// JSON is Document.JSON for the node.
func (n Node) JSON() ([]byte, error) { return n.doc.json(n.at) }

// Span returns the place of the node: a quoted scalar with its quotes, of a block scalar its first line, of a plain scalar over several
// lines its first, of a list or map everything up to the end of its last element.
func (n Node) Span() diag.Span { return n.doc.nodeSpan(n.at) }

// Resolved follows an alias to what it stands for.
func (n Node) Resolved() Node { return Node{n.doc, n.doc.at(n.at)} }

// Elements returns the elements of a list; nothing for everything else.
func (n Node) Elements() iter.Seq2[int, Node] {
	return func(yield func(int, Node) bool) {
		t := &n.doc.tree
		if t.nodes[n.at].kind != List {
			return
		}
		i := 0
		for c := n.at + 1; c < t.nodes[n.at].next; c = t.nodes[c].next {
			if !yield(i, Node{n.doc, c}) {
				return
			}
			i++
		}
	}
}

// Entries returns the keys of a map with their values as they stand in the text, merge keys unresolved; nothing for everything else.
func (n Node) Entries() iter.Seq2[Node, Node] {
	return func(yield func(key, value Node) bool) {
		if n.doc.nodes[n.at].kind == Map {
			n.doc.keyed(n.at, func(key, value int32) bool { return yield(Node{n.doc, key}, Node{n.doc, value}) })
		}
	}
}

// Leaves returns all scalars and aliases of the document in the order of the text, keys included, and the way from the root to each, of a
// key that to its map. Aliases on the way are not followed. The trail is good until the next leaf: one is kept for all of them, since to
// find it anew for each would take as long as to read all that stands before.
func (d *Document) Leaves() iter.Seq2[Node, Trail] {
	return func(yield func(Node, Trail) bool) {
		d.leaves(0, &Trail{}, yield)
	}
}

// leaves goes on with what is in a node. It returns what the last yield did.
func (d *Document) leaves(i int32, trail *Trail, yield func(Node, Trail) bool) bool {
	n, on := &d.nodes[i], true
	switch n.kind {
	case List:
		for c, index := i+1, 0; c < n.next && on; c, index = d.nodes[c].next, index+1 {
			trail.EnterIndex(index)
			on = d.leaves(c, trail, yield)
			trail.Leave()
		}
	case Map:
		d.keyed(i, func(key, value int32) bool {
			for k := key; k < value && on; k++ { // a key may be a list or map itself
				if kind := d.nodes[k].kind; kind == Scalar || kind == Alias {
					on = yield(Node{d, k}, *trail)
				}
			}
			if on {
				trail.Enter(d.value(key))
				on = d.leaves(value, trail, yield)
				trail.Leave()
			}
			return on
		})
	default:
		on = yield(Node{d, i}, *trail)
	}
	return on
}

// First returns the first entry of a map, or the first element of a list, which has no key; none where there is none.
func (n Node) First() (key, value Node) {
	for key, value := range n.Entries() {
		return key, value
	}
	for _, value := range n.Elements() {
		return Node{}, value
	}
	return Node{}, Node{}
}

// Last returns the last entry of a map, or the last element of a list, which has no key; none where there is none.
func (n Node) Last() (key, value Node) {
	for k, v := range n.Entries() {
		key, value = k, v
	}
	for _, v := range n.Elements() {
		value = v
	}
	return key, value
}
