// Package canon writes Kubernetes objects as canonical YAML: the same object gives the same bytes on every machine, and
// every YAML 1.1 and 1.2 reader gets the same value from them.
//
// An object goes through encoding/json and then, in one pass over the JSON, to YAML; nothing is built in between. Members
// stand in the order that the JSON has them (struct fields as declared, maps sorted), but for the top level, where
// apiVersion, kind, metadata and spec come first, and metadata, where name, namespace, labels and annotations do.
// Left out are the top level's status and every member that is null; a null in a list stays, as its place has a meaning.
// Lines end with LF and are never folded, the indent is two spaces, and the items of a list stand under their key.
package canon

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// MaxKey is the longest key, in bytes as it is written, that YAML readers accept on one line.
const MaxKey = 1000

// Encoder writes objects one after the other and keeps its buffers between them. The zero value is ready. An Encoder is
// not safe for concurrent use.
type Encoder struct {
	json    bytes.Buffer
	toJSON  *json.Encoder
	scratch []byte          // a decoded string, or the parts of an object that are put in order
	keys    []span          // the keys of the objects that are open, within keyText
	keyText []byte          // decoded keys
	seen    map[string]bool // the keys of one large object
	parts   []part
	src     []byte
	pos     int
	dst     []byte
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
	if e.toJSON == nil {
		e.toJSON = json.NewEncoder(&e.json)
		e.toJSON.SetEscapeHTML(false)
	}
	e.json.Reset()
	if err := e.toJSON.Encode(v); err != nil {
		return dst, err
	}
	return e.AppendCompact(dst, e.json.Bytes())
}

// AppendCompact is Append for what encoding/json has made of a value: JSON that is valid and has no space between its tokens.
func (e *Encoder) AppendCompact(dst, text []byte) ([]byte, error) {
	e.src, e.pos, e.dst = text, 0, dst
	e.keys, e.keyText, e.parts = e.keys[:0], e.keyText[:0], e.parts[:0]
	if e.src[0] != '{' {
		return dst, errors.New("the value is not an object")
	}
	written, err := e.object(0, atRoot, true)
	if err != nil {
		return dst, err
	}
	if !written {
		e.dst = append(e.dst, "{}\n"...)
	}
	out := e.dst
	e.src, e.dst = nil, nil
	return out, nil
}

// place says where an object stands, as far as that decides about its members.
type place uint8

const (
	elsewhere place = iota
	atRoot
	inMetadata
)

// span is a part of a buffer.
type span struct{ start, end int }

// part is one member of an object as it was written, with its rank among the members.
type part struct {
	span
	rank int
}

// rank returns where a member belongs among its siblings; equal ranks keep their order.
func (p place) rank(key []byte) int {
	switch p {
	case atRoot:
		switch string(key) {
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
		switch string(key) {
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
	return 4
}

// object writes the members of the JSON object at pos, each with its line ending, and reports whether there were any.
// The first one is written without indent where the caller has written "- " already.
func (e *Encoder) object(indent int, at place, indentFirst bool) (written bool, err error) {
	firstKey, firstText := len(e.keys), len(e.keyText)
	firstPart, ordered, last := len(e.parts), true, 0
	sorted := true
	e.pos++ // {
	for e.src[e.pos] != '}' {
		if e.src[e.pos] == ',' {
			e.pos++
		}
		start := len(e.keyText)
		text, flags := e.string()
		e.keyText = append(e.keyText, text...)
		key := e.keyText[start:]
		if n := len(e.keys); n > firstKey {
			previous := e.keys[n-1]
			sorted = sorted && bytes.Compare(e.keyText[previous.start:previous.end], key) < 0
		}
		e.keys = append(e.keys, span{start, len(e.keyText)})
		e.pos++ // :
		if e.src[e.pos] == 'n' {
			e.pos += len("null")
			continue
		}
		if at == atRoot && string(key) == "status" {
			e.skip()
			continue
		}
		begin := len(e.dst)
		if written || indentFirst {
			e.indent(indent)
		}
		from := len(e.dst)
		e.key(key, flags)
		if len(e.dst)-from > MaxKey {
			return false, fmt.Errorf("the key %.40q… is longer than %d bytes", key, MaxKey)
		}
		e.dst = append(e.dst, ':')
		next := elsewhere
		if at == atRoot && string(key) == "metadata" {
			next = inMetadata
		}
		rank := 0
		if at != elsewhere {
			rank = at.rank(key)
		}
		if err := e.member(indent, next); err != nil {
			return false, err
		}
		if at != elsewhere {
			ordered = ordered && rank >= last
			last = rank
			e.parts = append(e.parts, part{span{begin, len(e.dst)}, rank})
		}
		written = true
	}
	e.pos++ // }
	if !sorted {
		if err := e.unique(e.keys[firstKey:]); err != nil {
			return false, err
		}
	}
	if !ordered {
		e.order(e.parts[firstPart:])
	}
	e.keys, e.keyText, e.parts = e.keys[:firstKey], e.keyText[:firstText], e.parts[:firstPart]
	return written, nil
}

// order puts the parts, which follow each other at the end of dst, in the order of their ranks.
func (e *Encoder) order(parts []part) {
	e.scratch = e.scratch[:0]
	for rank := range 5 {
		for _, p := range parts {
			if p.rank == rank {
				e.scratch = append(e.scratch, e.dst[p.start:p.end]...)
			}
		}
	}
	copy(e.dst[parts[0].start:], e.scratch)
}

// unique refuses a key that stands twice: readers of YAML either fail or pick one.
func (e *Encoder) unique(keys []span) error {
	text := func(s span) []byte { return e.keyText[s.start:s.end] }
	twice := func(key []byte) error { return fmt.Errorf("the key %q stands twice", key) }
	if len(keys) <= 24 {
		for i := range keys {
			for j := range i {
				if bytes.Equal(text(keys[i]), text(keys[j])) {
					return twice(text(keys[i]))
				}
			}
		}
		return nil
	}
	if e.seen == nil {
		e.seen = make(map[string]bool, len(keys))
	}
	clear(e.seen)
	for _, k := range keys {
		if e.seen[string(text(k))] {
			return twice(text(k))
		}
		e.seen[string(text(k))] = true
	}
	return nil
}

// member writes the value at pos behind its key's colon, and the line ending.
func (e *Encoder) member(indent int, at place) error {
	switch e.src[e.pos] {
	case '{':
		e.dst = append(e.dst, '\n')
		written, err := e.object(indent+2, at, true)
		if !written {
			e.dst = append(e.dst[:len(e.dst)-1], " {}\n"...)
		}
		return err
	case '[':
		e.dst = append(e.dst, '\n')
		written, err := e.list(indent, true)
		if !written {
			e.dst = append(e.dst[:len(e.dst)-1], " []\n"...)
		}
		return err
	default:
		e.dst = append(e.dst, ' ')
		e.scalar(indent + 2)
		return nil
	}
}

// list writes the items of the JSON list at pos and reports whether there were any.
func (e *Encoder) list(indent int, indentFirst bool) (written bool, err error) {
	e.pos++ // [
	for e.src[e.pos] != ']' {
		if e.src[e.pos] == ',' {
			e.pos++
		}
		if written || indentFirst {
			e.indent(indent)
		}
		e.dst = append(e.dst, "- "...)
		written = true
		switch e.src[e.pos] {
		case '{':
			members, err := e.object(indent+2, elsewhere, false)
			if err != nil {
				return false, err
			}
			if !members {
				e.dst = append(e.dst, "{}\n"...)
			}
		case '[':
			items, err := e.list(indent+2, false)
			if err != nil {
				return false, err
			}
			if !items {
				e.dst = append(e.dst, "[]\n"...)
			}
		default:
			e.scalar(indent + 2)
		}
	}
	e.pos++ // ]
	return written, nil
}

const spaces = "                                                                "

func (e *Encoder) indent(n int) {
	for ; n > len(spaces); n -= len(spaces) {
		e.dst = append(e.dst, spaces...)
	}
	e.dst = append(e.dst, spaces[:n]...)
}
