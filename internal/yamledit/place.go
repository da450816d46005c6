package yamledit

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/openova-io/esotree/internal/yamlsrc"
	"go.yaml.in/yaml/v3"
)

// placer finds where in the text a change goes.
type placer struct {
	doc  *yamlsrc.Document
	data []byte
}

// replace puts a new text in the place of a scalar.
func (p placer) replace(key, value yamlsrc.Node, text string) []change {
	if value.Kind() != yamlsrc.Scalar || value.IsBlock() {
		return nil
	}
	span := value.Span()
	if span.End > span.Start {
		return []change{{int(span.Start), int(span.End), text}}
	}
	if !key.Exists() { // "- " with nothing behind it
		return []change{{int(span.Start), int(span.End), text}, {int(span.Start), int(span.End), " " + text}}
	}
	colon := bytes.IndexByte(p.data[key.Span().End:], ':')
	if colon < 0 {
		return nil
	}
	at := int(key.Span().End) + colon + 1
	return []change{{at, at, " " + text}}
}

// intoFlow adds to a map or list in brackets, or to an empty one: a map's new entry comes first, a list's last.
func (p placer) intoFlow(n yamlsrc.Node, rest []string, value string) []change {
	text := flow(rest, value)
	text = text[1 : len(text)-1]
	span := n.Span()
	_, last := n.Last()
	if !last.Exists() {
		return []change{{int(span.Start) + 1, int(span.Start) + 1, text}}
	}
	if key, _ := n.First(); key.Exists() {
		first := int(key.Span().Start)
		return []change{{first, first, text + ", "}}
	}
	element := text
	if len(rest) > 1 {
		element = flow(rest[1:], value)
	}
	end := int(last.Span().End)
	return []change{{end, end, ", " + element}}
}

// intoMap adds an entry to a map in block style.
func (p placer) intoMap(n yamlsrc.Node, rest []string, e Edit) []change {
	firstKey, _ := n.First()
	indent := p.column(firstKey)
	entry := p.block(rest, e.Value, indent)
	var out []change
	for _, name := range e.After {
		if key, value := child(n, name); key.Exists() {
			out = append(out, p.behind(p.entryEnd(key, value, indent), indent, entry)...)
			break
		}
	}
	lastKey, lastValue := n.Last()
	out = append(out, p.behind(p.entryEnd(lastKey, lastValue, indent), indent, entry)...)
	first := int(firstKey.Span().Start)
	return append(out, change{first, first, entry + p.newline() + strings.Repeat(" ", indent)})
}

// intoList adds an element to a list in block style.
func (p placer) intoList(key, n yamlsrc.Node, rest []string, value string) []change {
	_, last := n.Last()
	start := int(last.Span().Start)
	dash := bytes.LastIndexByte(p.data[:start], '-')
	if dash < 0 {
		return nil
	}
	indent := dash - p.lineStart(dash)
	element := p.block(append([]string{"0"}, rest[1:]...), value, indent)
	return p.behind(p.linesEnd(dash, indent, false), indent, element)
}

// behind inserts lines behind the line that ends at an offset.
func (p placer) behind(at, indent int, text string) []change {
	return []change{{at, at, p.newline() + strings.Repeat(" ", indent) + text}}
}

// entryEnd is the end of the last line that belongs to an entry of a block map whose keys stand in column indent: without
// the line break, comments at the end of the line included.
func (p placer) entryEnd(key, value yamlsrc.Node, indent int) int {
	list := value.Kind() == yamlsrc.List && !value.InBrackets()
	return p.linesEnd(int(key.Span().Start), indent, list)
}

// linesEnd is the end of the last line after an offset that is indented deeper than indent, or that is an element of a list
// in that very column. Blank lines, and comments that stand further left, belong to what follows.
func (p placer) linesEnd(offset, indent int, list bool) int {
	end := p.lineEnd(offset)
	for at := end; ; {
		next := bytes.IndexByte(p.data[at:], '\n')
		if next < 0 {
			return end
		}
		start := at + next + 1
		if start >= len(p.data) {
			return end
		}
		line := bytes.TrimRight(p.data[start:p.lineEnd(start)], " \t")
		at = p.lineEnd(start)
		depth := len(line) - len(bytes.TrimLeft(line, " "))
		switch {
		case len(line) == 0:
		case depth > indent, list && depth == indent && line[depth] == '-' && !bytes.HasPrefix(line, []byte("---")):
			end = at
		default:
			return end
		}
	}
}

// lineEnd is the end of the line that holds an offset, its break left out.
func (p placer) lineEnd(offset int) int {
	end := bytes.IndexByte(p.data[offset:], '\n')
	if end < 0 {
		return len(p.data)
	}
	end += offset
	if end > offset && p.data[end-1] == '\r' {
		end--
	}
	return end
}

func (p placer) lineStart(offset int) int { return bytes.LastIndexByte(p.data[:offset], '\n') + 1 }

// column of a node; a byte order mark has none.
func (p placer) column(n yamlsrc.Node) int {
	_, _, column := n.Span().Location()
	return column - 1
}

// newline is the line break that the text uses.
func (p placer) newline() string {
	if bytes.Contains(p.data, []byte("\r\n")) {
		return "\r\n"
	}
	return "\n"
}

// block writes nested entries, each on a line of its own, the first without its indentation.
func (p placer) block(rest []string, value string, indent int) string {
	if len(rest) == 0 {
		return quoted(value)
	}
	if isIndex(rest[0]) {
		if len(rest) == 1 {
			return "- " + quoted(value)
		}
		return "- " + p.block(rest[1:], value, indent+2)
	}
	if len(rest) == 1 {
		return keyText(rest[0]) + ": " + quoted(value)
	}
	return keyText(rest[0]) + ":" + p.newline() + strings.Repeat(" ", indent+2) + p.block(rest[1:], value, indent+2)
}

// flow writes nested entries in brackets.
func flow(rest []string, value string) string {
	switch {
	case len(rest) == 0:
		return quoted(value)
	case isIndex(rest[0]):
		return "[" + flow(rest[1:], value) + "]"
	default:
		return "{" + keyText(rest[0]) + ": " + flow(rest[1:], value) + "}"
	}
}

func isIndex(element string) bool {
	_, err := strconv.Atoi(element)
	return err == nil
}

// quoteLike quotes a value as the scalar that it replaces was.
func quoteLike(n yamlsrc.Node, value string) string {
	if n.IsSingleQuoted() && !strings.ContainsAny(value, "\n\r\t") {
		return "'" + strings.ReplaceAll(value, "'", "''") + "'"
	}
	return quoted(value)
}

// quoted is a YAML double-quoted string; JSON's escapes are YAML's.
func quoted(value string) string {
	text, err := yamlsrc.NodeJSON(&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Style: yaml.DoubleQuotedStyle, Value: value})
	if err != nil {
		return strconv.Quote(value)
	}
	return string(text)
}

func keyText(name string) string {
	if yamlsrc.Join("", name) == name {
		return name
	}
	return quoted(name)
}
