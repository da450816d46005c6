// Package object is what flows between the parts: a Kubernetes object with its identity, its value and the place that a
// person wrote it at, and the Folder of objects that becomes one kustomize root.
package object

import (
	"bytes"
	"encoding/json"
	"sync"
	"sync/atomic"

	"github.com/openova-io/esotree/diag"
)

// ID identifies an object within one cluster. Namespace is "" for cluster-scoped kinds.
type ID = diag.ObjectRef

// Origin finds the text that made a field of an object.
type Origin interface {
	// Span returns the place of a field given by its path in the object (spec.data[0].remoteRef.key; "" is the whole
	// object). Where the field itself has no text of its own it returns the nearest parent that has; it returns the zero
	// Span when nothing is known.
	Span(path string) diag.Span
}

// Object is one Kubernetes object. It is immutable once it is made and safe for concurrent use.
type Object struct {
	ID
	// Cluster is the region, or other cluster, in whose tree the object stands; "" where there is only one.
	Cluster string
	// Value is the typed value (a pointer to a struct with JSON tags), or a map[string]any where no type knows it, or
	// json.RawMessage when it was read from a file.
	Value any
	// Origin may be nil.
	Origin Origin
	// Doc is the file that holds the manifest itself, when that is not the place of Origin: the rendered file's path.
	Doc string

	text atomic.Pointer[[]byte] // the JSON of a typed value, once someone has asked
}

// JSON returns the object's JSON: compact, unless the value is a json.RawMessage that is not. It must not be changed. That of a typed
// value is made when it is first asked for.
func (o *Object) JSON() ([]byte, error) {
	if raw, ok := o.Value.(json.RawMessage); ok {
		return raw, nil
	}
	if known := o.text.Load(); known != nil {
		return *known, nil
	}
	text, err := marshal(o.Value)
	if err == nil {
		o.text.Store(&text) // goroutines that ask at the same time get the same text
	}
	return text, err
}

// marshal leaves <, > and & as they are, which templates are full of.
func marshal(v any) ([]byte, error) {
	e := encoders.Get().(*encoder)
	defer encoders.Put(e)
	e.text.Reset()
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.Clone(bytes.TrimSuffix(e.text.Bytes(), []byte("\n"))), nil
}

type encoder struct {
	text bytes.Buffer
	*json.Encoder
}

// encoders keep their buffers, which grow to the largest object.
var encoders = sync.Pool{New: func() any {
	e := &encoder{}
	e.Encoder = json.NewEncoder(&e.text)
	e.SetEscapeHTML(false)
	return e
}}

// Span returns the place of a field, as Origin.Span does; the zero Span without an Origin.
func (o *Object) Span(path string) diag.Span {
	if o.Origin == nil {
		return diag.Span{}
	}
	return o.Origin.Span(path)
}

// At is the Origin of an object that one place made as a whole.
type At diag.Span

// Span implements Origin: every field is at the one place.
func (a At) Span(string) diag.Span { return diag.Span(a) }

// Folder is one folder of the rendered tree: a kustomize root whose objects belong together.
type Folder struct {
	// Path is slash-separated and relative to the output folder, such as region1/tenants/acme/prod.
	Path string
	// Platform is the name of the Platform that the folder belongs to.
	Platform string
	// Tenant is the tenant that owns the folder; "" for the platform's own.
	Tenant string
	// Region is the cluster that the folder is applied to.
	Region string
	// Namespace is the one that the folder's objects normally have; "" for stores and gitops folders.
	Namespace string
	// Source is the description file, relative to the folder of the Platform's file.
	Source string
	// Objects in any order; the tree sorts them by file name.
	Objects []*Object
}
