// Package canon writes Kubernetes objects as canonical YAML: the same object gives the same bytes on every machine, and
// every YAML 1.1 and 1.2 reader gets the same value from them.
//
// The YAML says what encoding/json says of the same object. It is written in one pass over the Go value, by a plan that is made
// once for each type; a value that only encoding/json can write, such as one with a marshaller of its own, becomes JSON first, and
// is written in one pass over that. Both passes share the order of members, the shape of blocks, keys and texts.
//
// Members stand in the order that JSON has them (struct fields as declared, maps sorted), but for the top level, where
// apiVersion, kind, metadata and spec come first, and metadata, where name, namespace, labels and annotations do.
// Left out are the top level's status and every member that is null; a null in a list stays, as its place has a meaning.
// Lines end with LF and are never folded, the indent is two spaces, and the items of a list stand under their key.
package canon

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
)

// MaxKey is the longest key, in bytes as it is written, that YAML readers accept on one line.
const MaxKey = 1000

var errNoObject = errors.New("the value is not an object")

// Encoder writes objects one after the other and keeps its buffers between them. The zero value is ready. An Encoder is
// not safe for concurrent use.
type Encoder struct {
	dst     []byte
	scratch []byte   // a text before it is written, or the parts of an object that are put in order
	names   []string // the keys of the Go maps that are open

	json    bytes.Buffer // what encoding/json has made of a value
	toJSON  *json.Encoder
	src     []byte // the JSON that is read
	pos     int
	keys    []span          // the keys of the JSON objects that are open, within keyText
	keyText []byte          // decoded keys
	seen    map[string]bool // the keys of one large object
	parts   []part
}

// Append is Encoder.Append with buffers of its own.
func Append(dst []byte, v any) ([]byte, error) {
	var e Encoder
	return e.Append(dst, v)
}

// Append appends an object's YAML to dst and returns the longer slice; on an error it returns dst as it was. The value is
// a pointer to a struct with JSON tags, a map[string]any or a json.RawMessage. An error says that the value cannot be
// written as JSON, is no JSON object, holds a key twice or a key longer than MaxKey.
func (e *Encoder) Append(dst []byte, v any) ([]byte, error) {
	if v == nil {
		return dst, errNoObject
	}
	e.dst, e.names, e.keys, e.keyText, e.parts = dst, e.names[:0], e.keys[:0], e.keyText[:0], e.parts[:0]
	null, err := e.value(planOf(reflect.TypeOf(v), atRoot), reflect.ValueOf(v), -step, dash) // which begins at the margin
	if null {
		err = errNoObject
	}
	out := e.dst
	e.src, e.dst = nil, nil
	if err != nil {
		return dst, err
	}
	return out, nil
}

// place says where an object stands, as far as that decides about its members.
type place uint8

const (
	elsewhere place = iota
	atRoot
	inMetadata
	places int = iota
)

// below is the place of a member's value.
func (p place) below(key string) place {
	if p == atRoot && key == "metadata" {
		return inMetadata
	}
	return elsewhere
}

// omits reports whether a member is left out whatever its value.
func (p place) omits(key string) bool { return p == atRoot && key == "status" }

// ranks is how many ranks there are.
const ranks = 5

// rank returns where a member belongs among its siblings; equal ranks keep their order.
func (p place) rank(key string) int {
	switch p {
	case atRoot:
		switch key {
		case "apiVersion":
			return 0
		case "kind":
			return 1
		case "metadata":
			return 2
		case "spec":
			return 3
		}
	case inMetadata:
		switch key {
		case "name":
			return 0
		case "namespace":
			return 1
		case "labels":
			return 2
		case "annotations":
			return 3
		}
	}
	return ranks - 1
}

// step is by how much each level is indented.
const step = 2

// after is what a value stands behind: the colon of a member, or the dash of an item with the space that follows it.
type after bool

const (
	colon after = true
	dash  after = false
)

// open begins an object or list: behind a colon on the next line, behind a dash on the same.
func (e *Encoder) open(a after) {
	if a == colon {
		e.dst = append(e.dst, '\n')
	}
}

// empty is for an object or list of which nothing was written since it was opened.
func (e *Encoder) empty(a after, brackets string) {
	if a == colon {
		e.dst[len(e.dst)-1] = ' '
	}
	e.dst = append(append(e.dst, brackets...), '\n')
}

// indentItems is the indent of a list's items, given that of the member or item that holds the list.
func indentItems(indent int, a after) int {
	if a == colon {
		return indent
	}
	return indent + step
}

// space begins a scalar.
func (e *Encoder) space(a after) {
	if a == colon {
		e.dst = append(e.dst, ' ')
	}
}

// key writes a member's name and the colon.
func (e *Encoder) key(text []byte, flags class) error {
	from := len(e.dst)
	if flags&(newline|control|odd) != 0 {
		e.doubleQuoted(text)
	} else {
		e.line(text, flags)
	}
	if len(e.dst)-from > MaxKey {
		return fmt.Errorf("the key %.40q… is longer than %d bytes", text, MaxKey)
	}
	e.dst = append(e.dst, ':')
	return nil
}

const spaces = "                                                                "

func (e *Encoder) indent(n int) {
	for ; n > len(spaces); n -= len(spaces) {
		e.dst = append(e.dst, spaces...)
	}
	e.dst = append(e.dst, spaces[:n]...)
}
