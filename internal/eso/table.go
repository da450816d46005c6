package eso

import (
	"bytes"
	"embed"
	"encoding/json"
	"strconv"
	"strings"
	"sync"
)

//go:embed kinds.txt fields
var tables embed.FS

// lines is a set of release lines: bit i is the i-th of the releases that kinds.txt lists, the oldest first.
type lines uint64

func (l lines) has(i int) bool { return l>>i&1 != 0 }

// value is a thing said of a field (an enum value, a default as JSON) and the releases it holds in.
type value struct {
	text string
	in   lines
}

// field is one row of a field table. Rows stand in depth-first order; the row's children are those up to next that
// are one level deeper.
type field struct {
	name     string // "[]" for the items of a list, "{}" for the values of a map
	typ      string // object, array, map, string, integer, number, boolean, or any: everything below it is legal
	in       lines
	depth    int
	next     int // index of the first row that is not below this one
	enum     []value
	defaults []value
}

// kindRow is one row of kinds.txt.
type kindRow struct {
	Kind
	versions []value // API versions and the releases that serve them, preferred first
}

// catalogue is kinds.txt decoded, and the field tables that are still to be.
type catalogue struct {
	releases []Release
	kinds    []kindRow
	fields   map[string]func() []field
}

var known = sync.OnceValue(func() *catalogue {
	text, err := tables.ReadFile("kinds.txt")
	if err != nil {
		return &catalogue{}
	}
	c := parseKinds(string(text))
	c.fields = make(map[string]func() []field, len(c.kinds))
	for _, k := range c.kinds {
		c.fields[k.Name] = sync.OnceValue(func() []field {
			text, err := tables.ReadFile("fields/" + k.Name + ".txt")
			if err != nil {
				return nil
			}
			return parseFields(string(text), c.releases)
		})
	}
	return c
})

func (c *catalogue) kindFields(kind string) []field {
	if decode := c.fields[kind]; decode != nil {
		return decode()
	}
	return nil
}

// parseKinds reads kinds.txt: a first line of the releases the tables were made from, then group, kind, plural, scope and the served versions of each.
func parseKinds(text string) *catalogue {
	c := &catalogue{}
	for line := range strings.Lines(text) {
		cells := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if cells[0] == "releases" {
			for _, cell := range cells[1:] {
				if r, err := ParseRelease(cell); err == nil {
					c.releases = append(c.releases, r)
				}
			}
			continue
		}
		if len(cells) < 4 {
			continue
		}
		row := kindRow{Kind: Kind{Group: cells[0], Name: cells[1], Plural: cells[2], Namespaced: cells[3] == "Namespaced"}}
		for _, cell := range cells[4:] {
			version, spans, _ := strings.Cut(cell, "@")
			row.versions = append(row.versions, value{text: version, in: parseLines(spans, c.releases)})
		}
		c.kinds = append(c.kinds, row)
	}
	return c
}

// parseFields reads a field table. A row is its depth in tabs, the name, the type, and then any of: the releases (absent:
// as the row above it in the tree), enum values and defaults, each with the releases it holds in (absent: as the row).
func parseFields(text string, releases []Release) []field {
	rows := make([]field, 0, strings.Count(text, "\n"))
	var open []int // the rows that the current one is below, outermost first
	for line := range strings.Lines(text) {
		body := strings.TrimLeft(line, "\t")
		depth := len(line) - len(body)
		cell, body := cutCell(strings.TrimRight(body, "\n"))
		row := field{name: cell, depth: depth}
		row.typ, body = cutCell(body)
		for len(open) > depth {
			rows[open[len(open)-1]].next = len(rows)
			open = open[:len(open)-1]
		}
		row.in = ^lines(0)
		if len(open) > 0 {
			row.in = rows[open[len(open)-1]].in
		}
		for body != "" {
			cell, body = cutCell(body)
			switch {
			case strings.HasPrefix(cell, "@"):
				row.in = parseLines(cell[1:], releases)
			case strings.HasPrefix(cell, "enum"):
				row.enum = append(row.enum, parseValue(cell[len("enum"):], row.in, releases))
			case strings.HasPrefix(cell, "default"):
				row.defaults = append(row.defaults, parseValue(cell[len("default"):], row.in, releases))
			}
		}
		open = append(open, len(rows))
		rows = append(rows, row)
	}
	for _, i := range open {
		rows[i].next = len(rows)
	}
	return rows
}

func cutCell(s string) (cell, rest string) {
	cell, rest, _ = strings.Cut(s, "\t")
	return cell, rest
}

// parseValue reads "=text" or "@releases=text".
func parseValue(s string, in lines, releases []Release) value {
	spans, text, _ := strings.Cut(s, "=")
	if spans, ok := strings.CutPrefix(spans, "@"); ok {
		in = parseLines(spans, releases)
	}
	return value{text: text, in: in}
}

// parseLines reads "0.9-0.16,1.3,2.8-": ranges with both ends in them.
func parseLines(s string, releases []Release) lines {
	var out lines
	for span := range strings.SplitSeq(s, ",") {
		from, to, isRange := strings.Cut(span, "-")
		first, err := ParseRelease(from)
		if err != nil {
			continue
		}
		last := first
		if isRange {
			if last, err = ParseRelease(to); err != nil {
				last = Release{Major: 1 << 16}
			}
		}
		for i, r := range releases {
			if r.AtLeast(first) && last.AtLeast(r) {
				out |= 1 << i
			}
		}
	}
	return out
}

// child returns the index of the row named name directly below row i (-1: at the top), or -1.
func child(rows []field, i int, name string) int {
	first, end, depth := 0, len(rows), 0
	if i >= 0 {
		first, end, depth = i+1, rows[i].next, rows[i].depth+1
	}
	for j := first; j < end; j = rows[j].next {
		if rows[j].depth == depth && rows[j].name == name {
			return j
		}
	}
	return -1
}

// find returns the row that a path leads to, and whether the path goes on below it into what is schemaless. Item marks
// may be left out: spec.data.remoteRef is spec.data[].remoteRef.
func find(rows []field, path string) (row *field, beyond bool) {
	at := -1
	for _, s := range steps(path) {
		if at >= 0 && rows[at].typ == "any" {
			return &rows[at], true
		}
		switch {
		case at < 0:
			at = child(rows, at, s.name)
		case rows[at].typ == "map":
			at = child(rows, at, "{}")
		case rows[at].typ == "array":
			at = child(rows, at, "[]")
			if at >= 0 && !s.item {
				at = child(rows, at, s.name)
			}
		case s.item && s.name == "":
			return nil, false
		default:
			at = child(rows, at, s.name)
		}
		if at < 0 {
			return nil, false
		}
	}
	if at < 0 {
		return nil, false
	}
	return &rows[at], false
}

// decodeJSON turns a default into Go values: numbers are int64 where they are whole, else float64.
func decodeJSON(text string) any {
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.UseNumber()
	var v any
	if decoder.Decode(&v) != nil {
		return nil
	}
	return plainNumbers(v)
}

func plainNumbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := strconv.ParseInt(string(v), 10, 64); err == nil {
			return n
		}
		f, _ := strconv.ParseFloat(string(v), 64)
		return f
	case map[string]any:
		for k, item := range v {
			v[k] = plainNumbers(item)
		}
	case []any:
		for i, item := range v {
			v[i] = plainNumbers(item)
		}
	}
	return v
}
