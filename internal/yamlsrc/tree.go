package yamlsrc

import "strings"

// tree is the value of a document: its nodes in the order of the text. A list is followed by its elements, a map by a key, its value, the next
// key, and so on. A node holds only what cannot be found again from the text in a moment, and no pointer: a document's nodes are one
// piece of memory that the garbage collector does not look into.
type tree struct {
	text  string // what the offsets of the nodes count in
	nodes []node
	// made are the values of scalars that do not stand in the text as they are: with escapes, of several lines.
	made []string
	// odd is what few nodes have, nil where none has.
	odd map[int32]oddity
	// deepest is how deep nodes are nested, aliases not followed.
	deepest int
	// plain is set where every key is a string, stands once in its map and is no merge key: then the entries of a map are what stands there.
	plain bool
}

// node is one of them. The root is the first.
type node struct {
	// start is the offset of the first byte, tag and anchor left out.
	start int32
	// end is, of a scalar, the offset behind its last byte, or with the style made the index of its value; of an alias, the node that it
	// stands for. Lists and maps end where their last element does: see tree.end.
	end int32
	// next is the node that follows this one and all that is in it.
	next  int32
	kind  Kind
	style style
}

// oddity is what few nodes have.
type oddity struct {
	anchor, tag string
	alias       string // the name that an alias says
	at          int32  // where the node begins with its tag and anchor
}

// Kind says what a node is.
type Kind uint8

// The kinds of nodes.
const (
	Scalar Kind = iota
	List
	Map
	Alias
)

// style is how a node is written. A scalar without one is plain.
type style uint8

const (
	singleQuoted style = 1 << iota
	doubleQuoted
	literal
	folded
	tagged   // it has an explicit tag
	brackets // a list or map is written in them
	mergeKey // <<
	made     // the value is in tree.made

	blockScalar = literal | folded
	quotes      = singleQuoted | doubleQuoted
	textual     = quotes | blockScalar
)

// none is where no node is.
const none = -1

// open adds a list or map, and returns it for close.
func (t *tree) open(kind Kind, s style, start int) int32 {
	t.nodes = append(t.nodes, node{start: int32(start), kind: kind, style: s})
	return int32(len(t.nodes) - 1)
}

// close ends a list or map behind its last element.
func (t *tree) close(i int32) { t.nodes[i].next = int32(len(t.nodes)) }

// addScalar adds a scalar.
func (t *tree) addScalar(s style, start, end int) {
	t.nodes = append(t.nodes, node{start: int32(start), end: int32(end), next: int32(len(t.nodes) + 1), style: s})
}

// addMade adds a scalar whose value is not what stands in the text.
func (t *tree) addMade(s style, start int, value string) {
	t.addScalar(s|made, start, len(t.made))
	t.made = append(t.made, value)
}

// at follows an alias to what it stands for. Read has made sure that no alias stands inside its own anchor.
func (t *tree) at(i int32) int32 {
	for t.nodes[i].kind == Alias {
		i = t.nodes[i].end
	}
	return i
}

// value returns what a scalar says, quotes and escapes resolved, and the name that an alias says; "" for lists and maps.
func (t *tree) value(i int32) string {
	switch n := &t.nodes[i]; {
	case n.kind == Alias:
		return t.odd[i].alias
	case n.kind != Scalar:
		return ""
	case n.style&made != 0:
		return t.made[n.end]
	case n.style&quotes != 0:
		return t.text[n.start+1 : n.end-1]
	default:
		return t.text[n.start:n.end]
	}
}

// end returns the offset behind a node: a quoted scalar with its quotes, of a block scalar its first line, of a plain scalar over several
// lines its first, of a list or map everything up to the end of its last element.
func (t *tree) end(i int32) int {
	n := &t.nodes[i]
	start := int(n.start)
	switch {
	case start >= len(t.text):
		return len(t.text)
	case n.kind == Alias:
		return start + len("*") + len(t.value(i))
	case n.kind == Scalar && n.style&made == 0:
		return int(n.end)
	case n.kind == Scalar:
		return scalarEnd(t.text, start, n.style, t.made[n.end])
	}
	end, last := start, int32(none)
	if n.style&brackets != 0 {
		end = start + 1
	}
	for c := i + 1; c < n.next; c = t.nodes[c].next {
		last = c
	}
	if last != none {
		end = max(end, t.end(last))
	}
	if n.style&brackets == 0 {
		return end
	}
	for i := end; i < len(t.text); i++ {
		switch c := t.text[i]; {
		case c == ']' || c == '}':
			return i + 1
		case c == '#':
			for i < len(t.text) && t.text[i] != '\n' {
				i++
			}
		case c != ',' && c != ':' && !isSpace(c):
			return end
		}
	}
	return end
}

func scalarEnd(text string, start int, s style, value string) int {
	switch {
	case s&doubleQuoted != 0:
		for i := start + 1; i < len(text); i++ {
			switch text[i] {
			case '\\':
				i++
			case '"':
				return i + 1
			}
		}
		return len(text)
	case s&singleQuoted != 0:
		for i := start + 1; i < len(text); i++ {
			if text[i] != '\'' {
				continue
			}
			if i+1 < len(text) && text[i+1] == '\'' {
				i++
				continue
			}
			return i + 1
		}
		return len(text)
	case s&blockScalar != 0:
		end := start
		for end < len(text) && !isSpace(text[end]) {
			end++
		}
		return end
	}
	if strings.HasPrefix(text[start:], value) {
		return start + len(value)
	}
	// A plain scalar over several lines: the part of it on its first line is a prefix of the value.
	end := start
	for i := 0; i < len(value) && end < len(text) && text[end] == value[i] && breakAt(text, end) == 0; i++ {
		end++
	}
	return start + len(strings.TrimRight(text[start:end], " \t"))
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }
