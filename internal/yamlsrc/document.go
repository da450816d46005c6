package yamlsrc

import (
	"strconv"

	"github.com/openova-io/esotree/diag"
	"go.yaml.in/yaml/v3"
)

// Document is one YAML document of a file. It is immutable and safe for concurrent use.
type Document struct {
	src  *source
	root *yaml.Node
	line int // 0-based YAML line that the parsed text begins at
	ref  diag.ObjectRef

	place Place
}

// Place is where a document stands in its file, for ReadAgain.
type Place struct {
	chunk chunk
	nth   int // of the documents of the chunk
	// limits are those that it was read with.
	limits Limits
}

// Size is how many bytes the document takes in the file.
func (p Place) Size() int { return p.chunk.end - p.chunk.start }

// Place returns where the document stands in its file.
func (d *Document) Place() Place { return d.place }

// ReadAgain returns the document that Read has found at a place of a file of the same text, without the others. It is nil where the text
// is another one.
func ReadAgain(f *diag.File, at Place) *Document {
	if at.chunk.end > len(f.Data) {
		return nil
	}
	r := &reader{src: newSource(f), limits: at.limits}
	for _, d := range r.chunk(at.chunk) {
		if d.place == at {
			return d
		}
	}
	return nil
}

// File returns the file that the document stands in.
func (d *Document) File() *diag.File { return d.src.file }

// Root returns the document's value. It has comments and the tags of plain scalars where Limits.Comments asked for them. Its lines count from the beginning of the document, not of the file:
// ask Span for places. It must not be changed.
func (d *Document) Root() *yaml.Node { return d.root }

// Span returns the place of the value at a path, or of its nearest parent that is there. "" is the whole document, shown as
// its first key. A value without text (`key:`) is shown as its key. Span implements object.Origin.
func (d *Document) Span(path string) diag.Span {
	key, value, _ := d.find(path)
	if value == d.root {
		return d.whole()
	}
	if s := d.nodeSpan(value); s.End > s.Start {
		return s
	}
	if key != nil {
		return d.nodeSpan(key)
	}
	return d.nodeSpan(value)
}

// KeySpan returns the place of the mapping key of the value at a path, or of its nearest parent that is there. For an element
// of a list it is the element itself.
func (d *Document) KeySpan(path string) diag.Span {
	key, value, _ := d.find(path)
	switch {
	case value == d.root:
		return d.whole()
	case key == nil:
		return d.nodeSpan(value)
	}
	return d.nodeSpan(key)
}

// NodeSpan returns the place of a node of the tree under Root.
func (d *Document) NodeSpan(n *yaml.Node) diag.Span { return d.nodeSpan(n) }

// Has reports whether there is a value, null included, at a path.
func (d *Document) Has(path string) bool {
	_, _, found := d.find(path)
	return found
}

// Value returns the text of the scalar at a path, quotes and escapes resolved; false for lists, maps and what is not there.
// Null is "", numbers and booleans are as they were written.
func (d *Document) Value(path string) (string, bool) {
	_, value, found := d.find(path)
	if !found {
		return "", false
	}
	value = deref(value)
	if value.Kind != yaml.ScalarNode {
		return "", false
	}
	switch v := scalar(value).(type) {
	case nil:
		return "", true
	case string:
		return v, true
	}
	return value.Value, true
}

// HasMapAsKey reports whether the key of a map is a map itself, which no Kubernetes object has: {{ .Values.name }} reads so.
func (d *Document) HasMapAsKey() bool { return hasMapAsKey(d.root) }

func hasMapAsKey(n *yaml.Node) bool { // what an alias stands for is a part of the tree, too
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 && child.Kind == yaml.MappingNode || hasMapAsKey(child) {
			return true
		}
	}
	return false
}

// APIVersion returns the field apiVersion, or "".
func (d *Document) APIVersion() string { return d.ref.APIVersion }

// Kind returns the field kind, or "".
func (d *Document) Kind() string { return d.ref.Kind }

// Name returns the field metadata.name, or "".
func (d *Document) Name() string { return d.ref.Name }

// Ref returns the object that the document describes, as far as it says so.
func (d *Document) Ref() diag.ObjectRef { return d.ref }

// identify reads ref from the tree.
func (d *Document) identify() diag.ObjectRef {
	text := func(path string) string {
		s, _ := d.Value(path)
		return s
	}
	return diag.ObjectRef{APIVersion: text("apiVersion"), Kind: text("kind"), Namespace: text("metadata.namespace"), Name: text("metadata.name")}
}

// find walks a path as far as it goes. It returns the last value that is there and its mapping key, nil for an element of a
// list, and whether the whole path is there.
func (d *Document) find(path string) (key, value *yaml.Node, found bool) {
	value = d.root
	for _, element := range Split(path) {
		at := deref(value)
		switch at.Kind {
		case yaml.MappingNode:
			p, ok := lookup(at, element)
			if !ok {
				return key, value, false
			}
			key, value = p.key, p.value
		case yaml.SequenceNode:
			i, err := strconv.Atoi(element)
			if err != nil || i < 0 || i >= len(at.Content) {
				return key, value, false
			}
			key, value = nil, at.Content[i]
		default:
			return key, value, false
		}
	}
	return key, value, true
}

// whole is the place that stands for the document: its first key, or its value where that is no map.
func (d *Document) whole() diag.Span {
	if d.root.Kind == yaml.MappingNode && len(d.root.Content) > 0 {
		return d.nodeSpan(d.root.Content[0])
	}
	start := d.start(d.root)
	if d.root.Kind == yaml.ScalarNode {
		return d.nodeSpan(d.root)
	}
	return d.src.span(start, start+1)
}
