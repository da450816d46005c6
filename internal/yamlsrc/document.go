package yamlsrc

import (
	"strconv"
	"sync/atomic"

	"github.com/openova-io/esotree/diag"
	"go.yaml.in/yaml/v3"
)

// Document is one YAML document of a file. It is immutable and safe for concurrent use.
type Document struct {
	file *diag.File
	base int // where the text of the tree begins in the file
	tree
	ref       diag.ObjectRef
	place     Place
	commented *yaml.Node
	index     atomic.Pointer[index] // nil until it is needed, as in nearly all documents
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
	r := &reader{file: f, limits: at.limits}
	for _, d := range r.chunk(at.chunk) {
		if d.place == at {
			return d
		}
	}
	return nil
}

// File returns the file that the document stands in.
func (d *Document) File() *diag.File { return d.file }

// Commented returns the document's value as the YAML library reads it, with comments and the tags of plain scalars; nil where
// Limits.Comments did not ask for them. It must not be changed.
func (d *Document) Commented() *yaml.Node { return d.commented }

// Span returns the place of the value at a path, or of its nearest parent that is there. "" is the whole document, shown as
// its first key. A value without text (`key:`) is shown as its key. Span implements object.Origin.
func (d *Document) Span(path string) diag.Span {
	key, value, _ := d.find(path)
	if value == 0 {
		return d.whole()
	}
	if s := d.nodeSpan(value); s.End > s.Start || key == none {
		return s
	}
	return d.nodeSpan(key)
}

// KeySpan returns the place of the mapping key of the value at a path, or of its nearest parent that is there. For an element
// of a list it is the element itself.
func (d *Document) KeySpan(path string) diag.Span {
	key, value, _ := d.find(path)
	switch {
	case value == 0:
		return d.whole()
	case key == none:
		return d.nodeSpan(value)
	}
	return d.nodeSpan(key)
}

// nodeSpan returns the text of a node: see tree.end.
func (d *Document) nodeSpan(i int32) diag.Span {
	return d.span(d.base+int(d.nodes[i].start), d.base+d.end(i))
}

func (d *Document) span(start, end int) diag.Span { return spanOf(d.file, start, end) }

// spanOf makes a span that is inside the text and not reversed.
func spanOf(f *diag.File, start, end int) diag.Span {
	start = min(max(start, 0), len(f.Data))
	end = min(max(end, start), len(f.Data))
	return diag.Span{File: f, Start: int32(start), End: int32(end)}
}

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
	return d.written(value)
}

// written is Value of a node.
func (d *Document) written(i int32) (string, bool) {
	i = d.at(i)
	if d.nodes[i].kind != Scalar {
		return "", false
	}
	if text, ok := d.textOf(i); ok {
		return text, true
	}
	if d.isNull(i) {
		return "", true
	}
	return d.value(i), true
}

// HasMapAsKey reports whether the key of a map is a map itself, which no Kubernetes object has: {{ .Values.name }} reads so.
func (d *Document) HasMapAsKey() bool {
	found := false
	for i := range d.nodes {
		if d.nodes[i].kind == Map {
			d.keyed(int32(i), func(key, _ int32) bool {
				found = found || d.nodes[key].kind == Map
				return !found
			})
		}
	}
	return found
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
func (d *Document) identify() (ref diag.ObjectRef) {
	field := func(of int32, name string) int32 {
		if of == none || d.nodes[d.at(of)].kind != Map {
			return none
		}
		p, ok := d.lookup(d.at(of), name)
		if !ok {
			return none
		}
		return p.value
	}
	text := func(of int32, name string) string {
		value := field(of, name)
		if value == none {
			return ""
		}
		s, _ := d.written(value)
		return s
	}
	metadata := field(0, "metadata")
	return diag.ObjectRef{APIVersion: text(0, "apiVersion"), Kind: text(0, "kind"), Namespace: text(metadata, "namespace"), Name: text(metadata, "name")}
}

// find walks a path as far as it goes. It returns the last value that is there and its mapping key, none for an element of a
// list, and whether the whole path is there.
func (d *Document) find(path string) (key, value int32, found bool) {
	key = none
	for _, element := range Split(path) {
		switch at := d.at(value); d.nodes[at].kind {
		case Map:
			p, ok := d.entry(at, element)
			if !ok {
				return key, value, false
			}
			key, value = p.key, p.value
		case List:
			index, err := strconv.Atoi(element)
			if err != nil {
				return key, value, false
			}
			c := d.element(at, index)
			if c == none {
				return key, value, false
			}
			key, value = none, c
		default:
			return key, value, false
		}
	}
	return key, value, true
}

// whole is the place that stands for the document: its first key, or its value where that is no map.
func (d *Document) whole() diag.Span {
	root := &d.nodes[0]
	switch {
	case root.kind == Map && root.next > 1:
		return d.nodeSpan(1)
	case root.kind == Scalar:
		return d.nodeSpan(0)
	}
	start := d.base + int(root.start)
	return d.span(start, start+1)
}
