package yamlsrc

import (
	"bytes"
	"sort"
	"unicode/utf8"

	"github.com/openova-io/esotree/diag"
	"go.yaml.in/yaml/v3"
)

// source converts the YAML library's lines and columns, which count YAML 1.1 line breaks and code points, to offsets.
type source struct {
	file   *diag.File
	data   []byte
	breaks []int32 // offset of the first byte of each YAML line
	// runes holds the number of code points before each block of blockSize bytes, so that a column in a line of megabytes
	// costs no more than one in a short line. It is nil where every byte is a code point.
	runes []int32
}

const blockSize = 1 << 10

func newSource(f *diag.File) *source {
	s := &source{file: f, data: f.Data}
	start := int32(0)
	if bytes.HasPrefix(f.Data, []byte(bom)) {
		start = int32(len(bom))
	}
	s.breaks = append(make([]int32, 0, bytes.Count(f.Data, []byte{'\n'})+1), start)
	for i := int(start); i < len(f.Data); {
		if n := breakAt(f.Data, i); n > 0 {
			i += n
			s.breaks = append(s.breaks, int32(i))
			continue
		}
		i++
	}
	if n := utf8.RuneCount(f.Data); n < len(f.Data) {
		count := int32(0)
		for i, c := range f.Data {
			if i%blockSize == 0 {
				s.runes = append(s.runes, count)
			}
			if utf8.RuneStart(c) {
				count++
			}
		}
	}
	return s
}

// breakAt returns the length of the YAML line break at an offset, 0 where there is none.
func breakAt(data []byte, i int) int {
	switch data[i] {
	case '\n':
		return 1
	case '\r':
		if i+1 < len(data) && data[i+1] == '\n' {
			return 2
		}
		return 1
	case 0xC2:
		if i+1 < len(data) && data[i+1] == 0x85 { // next line
			return 2
		}
	case 0xE2:
		if i+2 < len(data) && data[i+1] == 0x80 && (data[i+2] == 0xA8 || data[i+2] == 0xA9) { // line, paragraph separator
			return 3
		}
	}
	return 0
}

// lineOf returns the 0-based YAML line of an offset.
func (s *source) lineOf(offset int) int {
	return max(0, sort.Search(len(s.breaks), func(i int) bool { return int(s.breaks[i]) > offset })-1)
}

// offset returns the offset of a 0-based YAML line and a 0-based column in code points, kept inside the text.
func (s *source) offset(line, column int) int {
	if line < 0 {
		line, column = 0, 0
	}
	if line >= len(s.breaks) {
		return len(s.data)
	}
	at := int(s.breaks[line])
	if s.runes == nil {
		return min(at+column, len(s.data))
	}
	if column > blockSize {
		want := s.runesBefore(at) + column
		block := sort.Search(len(s.runes), func(i int) bool { return int(s.runes[i]) > want }) - 1
		if start := block * blockSize; start > at {
			at, column = start, want-int(s.runes[block])
			for at < len(s.data) && !utf8.RuneStart(s.data[at]) {
				at++
			}
		}
	}
	for ; column > 0 && at < len(s.data); column-- {
		_, size := utf8.DecodeRune(s.data[at:])
		at += size
	}
	return min(at, len(s.data))
}

// runesBefore counts the code points before an offset.
func (s *source) runesBefore(offset int) int {
	block := min(offset/blockSize, len(s.runes)-1)
	n := int(s.runes[block])
	for _, c := range s.data[block*blockSize : offset] {
		if utf8.RuneStart(c) {
			n++
		}
	}
	return n
}

// span makes a span that is inside the text and not reversed.
func (s *source) span(start, end int) diag.Span {
	start = min(max(start, 0), len(s.data))
	end = min(max(end, start), len(s.data))
	return diag.Span{File: s.file, Start: int32(start), End: int32(end)}
}

// start returns the offset of a node whose document begins at a 0-based YAML line, its tag and anchor skipped.
func (d *Document) start(n *yaml.Node) int {
	at := d.src.offset(d.line+n.Line-1, n.Column-1)
	if n.Kind == yaml.AliasNode || n.Anchor == "" && n.Style&yaml.TaggedStyle == 0 {
		return at
	}
	data := d.src.data
	for at < len(data) && (data[at] == '&' || data[at] == '!') {
		for at < len(data) && !isSpace(data[at]) {
			at++
		}
		for at < len(data) && isSpace(data[at]) {
			at++
		}
	}
	return at
}

// nodeSpan returns the text of a node: a quoted scalar with its quotes, of a block scalar its first line, of a plain scalar
// over several lines its first, of a list or map everything up to the end of its last element.
func (d *Document) nodeSpan(n *yaml.Node) diag.Span {
	start := d.start(n)
	return d.src.span(start, d.end(n, start))
}

func (d *Document) end(n *yaml.Node, start int) int {
	data := d.src.data
	if start >= len(data) {
		return len(data)
	}
	switch n.Kind {
	case yaml.AliasNode:
		return start + len("*") + len(n.Value)
	case yaml.ScalarNode:
		return scalarEnd(data, start, n)
	}
	end := start
	if n.Style&yaml.FlowStyle != 0 {
		end = min(start+1, len(data))
	}
	if len(n.Content) > 0 {
		last := n.Content[len(n.Content)-1]
		at := d.start(last)
		end = max(end, d.end(last, at))
	}
	if n.Style&yaml.FlowStyle == 0 {
		return end
	}
	for i := end; i < len(data); i++ {
		switch c := data[i]; {
		case c == ']' || c == '}':
			return i + 1
		case c == '#':
			for i < len(data) && data[i] != '\n' {
				i++
			}
		case c != ',' && c != ':' && !isSpace(c):
			return end
		}
	}
	return end
}

func scalarEnd(data []byte, start int, n *yaml.Node) int {
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		for i := start + 1; i < len(data); i++ {
			switch data[i] {
			case '\\':
				i++
			case '"':
				return i + 1
			}
		}
		return len(data)
	case n.Style&yaml.SingleQuotedStyle != 0:
		for i := start + 1; i < len(data); i++ {
			if data[i] != '\'' {
				continue
			}
			if i+1 < len(data) && data[i+1] == '\'' {
				i++
				continue
			}
			return i + 1
		}
		return len(data)
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		end := start
		for end < len(data) && !isSpace(data[end]) {
			end++
		}
		return end
	}
	if bytes.HasPrefix(data[start:], []byte(n.Value)) {
		return start + len(n.Value)
	}
	// A plain scalar over several lines: the part of it on its first line is a prefix of the value.
	end := start
	for i := 0; i < len(n.Value) && end < len(data) && data[end] == n.Value[i] && breakAt(data, end) == 0; i++ {
		end++
	}
	return start + len(bytes.TrimRight(data[start:end], " \t"))
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }
