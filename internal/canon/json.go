package canon

import (
	"bytes"
	"fmt"
)

// span is a part of a buffer.
type span struct{ start, end int }

// part is one member of an object as it was written, with its rank among the members.
type part struct {
	span
	rank int
}

// token writes the JSON value at pos and the line ending. The indent is that of the member or item.
func (e *Encoder) token(at place, indent int, a after) error {
	switch e.src[e.pos] {
	case '{':
		return e.object(at, indent, a)
	case '[':
		return e.list(indent, a)
	}
	e.space(a)
	e.scalar(indent + step)
	return nil
}

// object writes the JSON object at pos.
func (e *Encoder) object(at place, indent int, a after) error {
	e.open(a)
	written := false
	firstKey, firstText := len(e.keys), len(e.keyText)
	firstPart, ordered, last := len(e.parts), true, 0
	sorted := true
	e.pos++ // {
	for e.src[e.pos] != '}' {
		if e.src[e.pos] == ',' {
			e.pos++
		}
		start := len(e.keyText)
		text, flags := e.readString()
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
		rank, below := 0, elsewhere
		if at != elsewhere {
			name := string(key)
			if at.omits(name) {
				e.skip()
				continue
			}
			rank, below = at.rank(name), at.below(name)
		}
		begin := len(e.dst)
		if written || a == colon {
			e.indent(indent + step)
		}
		if err := e.key(key, flags); err != nil {
			return err
		}
		if err := e.token(below, indent+step, colon); err != nil {
			return err
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
			return err
		}
	}
	if !ordered {
		e.order(e.parts[firstPart:])
	}
	e.keys, e.keyText, e.parts = e.keys[:firstKey], e.keyText[:firstText], e.parts[:firstPart]
	if !written {
		e.empty(a, "{}")
	}
	return nil
}

// order puts the parts, which follow each other at the end of dst, in the order of their ranks.
func (e *Encoder) order(parts []part) {
	e.scratch = e.scratch[:0]
	for rank := range ranks {
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

// list writes the JSON list at pos.
func (e *Encoder) list(indent int, a after) error {
	e.open(a)
	written := false
	in := indentItems(indent, a)
	e.pos++ // [
	for e.src[e.pos] != ']' {
		if e.src[e.pos] == ',' {
			e.pos++
		}
		if written || a == colon {
			e.indent(in)
		}
		e.dst = append(e.dst, "- "...)
		if err := e.token(elsewhere, in, dash); err != nil {
			return err
		}
		written = true
	}
	e.pos++ // ]
	if !written {
		e.empty(a, "[]")
	}
	return nil
}
