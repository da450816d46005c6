package yamlsrc

import (
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// readCommon reads the YAML that nearly all manifests are written in: maps and lists in blocks, scalars of one line, literal
// blocks, comments, lists and maps in brackets on one line. It gives the nodes that the library gives, but for comments and the
// tags of plain scalars, in a tenth of the time, and false for everything else, right or wrong: then the library reads the text.
// It never guesses: what it does not know for certain to be common is not.
func readCommon(text []byte) (root *yaml.Node, ok bool) {
	c := common{text: string(text), line: 1}
	for i := 0; i < len(c.text); i++ {
		switch b := c.text[i]; {
		case b == '\t', b == '\r', b == 0xEF && i == 0: // a byte order mark
			return nil, false
		case b == 0xC2 && breakAt(text, i) > 0, b == 0xE2 && breakAt(text, i) > 0:
			return nil, false
		}
	}
	c.next()
	if !c.ended && c.indent == 0 && c.rest() == "---" {
		c.line++
		c.at = c.end + 1
		c.next()
	}
	if c.ended {
		return nil, false
	}
	root, ok = c.block(c.indent, 0)
	return root, ok && c.ended
}

// common is the state of readCommon: where it stands in the text. next moves it to the next line that has something on it.
type common struct {
	text string
	// at is the offset of what is read next; the line that it stands on begins at start and ends at end, without its line feed.
	at, start, end int
	// line counts from 1.
	line int
	// indent is that of the line.
	indent int
	ended  bool

	nodes    []yaml.Node  // some more to take
	children []*yaml.Node // those of the lists and maps that are open
	pointers []*yaml.Node // some more to take
}

// merge is the merge key, which the library marks.
const merge = "<<"

// commonDepth bounds the recursion; deeper text is left to the library.
const commonDepth = 60

// rest is what is left of the line.
func (c *common) rest() string { return c.text[c.at:c.end] }

// next skips empty lines and comments, from the beginning of a line on.
func (c *common) next() {
	for c.at < len(c.text) {
		c.start = c.at
		c.end = len(c.text)
		if i := strings.IndexByte(c.text[c.at:], '\n'); i >= 0 {
			c.end = c.at + i
		}
		c.skip()
		if c.at < c.end && c.text[c.at] != '#' {
			c.indent = c.at - c.start
			return
		}
		c.at = c.end + 1
		c.line++
	}
	c.ended, c.indent = true, -1
}

// finish ends the line, on which nothing but a comment may follow.
func (c *common) finish() bool {
	rest := c.rest()
	if text := strings.TrimLeft(rest, " "); text != "" && (text[0] != '#' || len(text) == len(rest)) {
		return false
	}
	c.at = c.end + 1
	c.line++
	c.next()
	return true
}

// node makes a node of what stands at c.at.
func (c *common) node(kind yaml.Kind, tag string) *yaml.Node {
	return c.nodeAt(kind, tag, c.line, c.start, c.at)
}

func (c *common) nodeAt(kind yaml.Kind, tag string, line, start, at int) *yaml.Node {
	if len(c.nodes) == 0 {
		c.nodes = make([]yaml.Node, 64)
	}
	n := &c.nodes[0]
	c.nodes = c.nodes[1:]
	n.Kind, n.Tag, n.Line = kind, tag, line
	n.Column = utf8.RuneCountInString(c.text[start:at]) + 1
	return n
}

// close gives a list or map the children from a mark on.
func (c *common) close(n *yaml.Node, mark int) {
	count := len(c.children) - mark
	if count > len(c.pointers) {
		c.pointers = make([]*yaml.Node, max(count, 256))
	}
	n.Content = c.pointers[:count:count]
	c.pointers = c.pointers[count:]
	copy(n.Content, c.children[mark:])
	c.children = c.children[:mark]
}

// block reads the list or map that begins at c.at, all of whose elements stand in the same column.
func (c *common) block(column, depth int) (*yaml.Node, bool) {
	if depth > commonDepth {
		return nil, false
	}
	if isDash(c.rest()) {
		return c.list(column, depth)
	}
	return c.mapping(column, depth)
}

// isDash reports whether a text begins with the mark of a list's element.
func isDash(text string) bool {
	return text != "" && text[0] == '-' && (len(text) == 1 || text[1] == ' ')
}

func (c *common) list(column, depth int) (*yaml.Node, bool) {
	n := c.node(yaml.SequenceNode, "!!seq")
	mark := len(c.children)
	for {
		dash, line := c.at, c.line
		c.at++
		c.skip()
		var item *yaml.Node
		var ok bool
		if c.at == c.end || c.text[c.at] == '#' {
			c.at = dash + 1
			item, ok = c.below(column, line, depth, false)
		} else if inner := c.at - c.start; isDash(c.rest()) || c.isKey() {
			item, ok = c.block(inner, depth+1)
		} else {
			item, ok = c.value(column)
		}
		if !ok {
			return nil, false
		}
		c.children = append(c.children, item)
		if c.indent < column || c.ended {
			break
		}
		if c.indent > column || !isDash(c.rest()) {
			if c.indent == column { // the end of a list that stands in the column of its key
				break
			}
			return nil, false
		}
	}
	c.close(n, mark)
	return n, true
}

func (c *common) mapping(column, depth int) (*yaml.Node, bool) {
	n := c.node(yaml.MappingNode, "!!map")
	mark := len(c.children)
	for {
		line := c.line
		key, ok := c.key()
		if !ok {
			return nil, false
		}
		c.children = append(c.children, key)
		colon := c.at
		c.skip()
		var value *yaml.Node
		if c.at == c.end || c.text[c.at] == '#' && c.at > colon {
			c.at = colon
			value, ok = c.below(column, line, depth, true)
		} else {
			value, ok = c.value(column)
		}
		if !ok {
			return nil, false
		}
		c.children = append(c.children, value)
		if c.indent < column || c.ended {
			break
		}
		if c.indent > column || isDash(c.rest()) {
			return nil, false
		}
	}
	c.close(n, mark)
	return n, true
}

// below reads what stands on the lines under a key or a dash whose own line says nothing more. A list may stand in the column
// of its key.
func (c *common) below(column, line, depth int, ofKey bool) (*yaml.Node, bool) {
	start, at := c.start, c.at
	if !c.finish() {
		return nil, false
	}
	if c.indent > column || ofKey && c.indent == column && isDash(c.rest()) {
		if !isDash(c.rest()) && !c.isKey() {
			return nil, false
		}
		return c.block(c.indent, depth+1)
	}
	return c.nodeAt(yaml.ScalarNode, "", line, start, at), true
}

// isKey reports whether the rest of the line begins with a key of the common kind.
func (c *common) isKey() bool {
	rest := c.rest()
	if rest[0] == '"' || rest[0] == '\'' {
		end := quoteEnd(rest)
		return end > 0 && end < len(rest) && rest[end] == ':' && (end+1 == len(rest) || rest[end+1] == ' ')
	}
	return colonIn(withoutComment(rest)) > 0 && isPlainStart(rest)
}

func withoutComment(text string) string {
	if i := strings.Index(text, " #"); i >= 0 {
		text = text[:i]
	}
	return strings.TrimRight(text, " ")
}

// colonIn is where a key ends: at a colon before a space or the end of the line.
func colonIn(text string) int {
	for i := 0; ; i++ {
		next := strings.IndexByte(text[i:], ':')
		if next < 0 {
			return -1
		}
		if i += next; i+1 == len(text) || text[i+1] == ' ' {
			return i
		}
	}
}

// longKey is the length from which a key is left to the library, which has a limit.
const longKey = 512

// key reads a key and its colon.
func (c *common) key() (*yaml.Node, bool) {
	rest := c.rest()
	if !c.isKey() {
		return nil, false
	}
	n := c.node(yaml.ScalarNode, "")
	if rest[0] == '"' || rest[0] == '\'' {
		if !c.quoted(n) {
			return nil, false
		}
	} else {
		end := colonIn(rest)
		n.Value = strings.TrimRight(rest[:end], " ")
		if n.Value == merge {
			return nil, false
		}
		c.at += end
	}
	if len(n.Value) > longKey {
		return nil, false
	}
	c.at++ // the colon
	return n, true
}

// value reads a scalar, or a list or map in brackets, and ends its line. What stands on the next line further in than column would
// belong to it.
func (c *common) value(column int) (*yaml.Node, bool) {
	rest := c.rest()
	n := c.node(yaml.ScalarNode, "")
	switch rest[0] {
	case '"', '\'':
		if !c.quoted(n) {
			return nil, false
		}
	case '|':
		return n, c.literal(n, column) && c.indent <= column
	case '[', '{':
		var ok bool
		if n, ok = c.flow(0); !ok {
			return nil, false
		}
	default:
		n.Value = withoutComment(rest)
		if !isPlainStart(rest) || colonIn(n.Value) >= 0 || n.Value == merge {
			return nil, false
		}
		c.at += len(n.Value)
	}
	return n, c.finish() && c.indent <= column
}

// isPlainStart reports whether a text begins a plain scalar.
func isPlainStart(text string) bool {
	switch text[0] {
	case ',', '[', ']', '{', '}', '#', '&', '*', '!', '|', '>', '\'', '"', '%', '@', '`':
		return false
	case '-', '?', ':':
		return len(text) > 1 && text[1] != ' ' && !strings.HasPrefix(text, "---")
	case '.':
		return !strings.HasPrefix(text, "...")
	}
	return true
}

// quoteEnd is the offset behind the closing quote of a text that begins with a quote; 0 where it is not on this line.
func quoteEnd(text string) int {
	quote := text[0]
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == '\\' && quote == '"':
			i++
		case text[i] != quote:
		case quote == '\'' && i+1 < len(text) && text[i+1] == quote:
			i++
		default:
			return i + 1
		}
	}
	return 0
}

// quoted reads a scalar in quotes.
func (c *common) quoted(n *yaml.Node) bool {
	rest := c.rest()
	end := quoteEnd(rest)
	if end == 0 {
		return false
	}
	c.at += end
	text := rest[1 : end-1]
	n.Tag = "!!str"
	if rest[0] == '\'' {
		n.Style, n.Value = yaml.SingleQuotedStyle, strings.ReplaceAll(text, "''", "'")
		return true
	}
	n.Style, n.Value = yaml.DoubleQuotedStyle, text
	if strings.IndexByte(text, '\\') < 0 {
		return true
	}
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			out.WriteByte(text[i])
			continue
		}
		i++
		switch text[i] {
		case '"', '\\':
			out.WriteByte(text[i])
		case 'n':
			out.WriteByte('\n')
		case 't':
			out.WriteByte('\t')
		default:
			return false
		}
	}
	n.Value = out.String()
	return true
}

// literal reads a literal block; column is that of the key or dash that it belongs to.
func (c *common) literal(n *yaml.Node, column int) bool {
	n.Tag, n.Style = "!!str", yaml.LiteralStyle
	header := c.rest()
	if header != "|" && header != "|-" && header != "|+" || c.text[len(c.text)-1] != '\n' {
		return false
	}
	var out strings.Builder
	indent, empty := -1, 0 // empty lines that may be the last of the block, or not
	c.at, c.line = c.end+1, c.line+1
	for c.at < len(c.text) {
		end := c.at + strings.IndexByte(c.text[c.at:], '\n')
		line := c.text[c.at:end]
		depth := len(line) - len(strings.TrimLeft(line, " "))
		if depth == len(line) && (indent < 0 || depth <= indent) {
			if indent < 0 && depth > 0 {
				return false
			}
			empty++
		} else {
			if indent < 0 {
				indent = depth
			}
			if depth < indent || indent <= column {
				break
			}
			for ; empty > 0; empty-- {
				out.WriteByte('\n')
			}
			out.WriteString(line[indent:])
			out.WriteByte('\n')
		}
		c.at, c.line = end+1, c.line+1
	}
	if out.Len() == 0 {
		return false
	}
	n.Value = out.String()
	switch header {
	case "|-":
		n.Value = n.Value[:len(n.Value)-1]
	case "|+":
		n.Value += strings.Repeat("\n", empty)
	}
	c.next()
	return true
}

// flow reads a list or map in brackets on one line.
func (c *common) flow(depth int) (*yaml.Node, bool) {
	open := c.text[c.at]
	n := c.node(yaml.SequenceNode, "!!seq")
	closing := byte(']')
	if open == '{' {
		n.Kind, n.Tag, closing = yaml.MappingNode, "!!map", '}'
	}
	n.Style = yaml.FlowStyle
	mark := len(c.children)
	c.at++
	c.skip()
	if c.at < c.end && c.text[c.at] == closing {
		c.at++
		return n, true
	}
	for depth < commonDepth {
		if open == '{' {
			key, ok := c.flowScalar()
			if !ok || !strings.HasPrefix(c.rest(), ": ") {
				return nil, false
			}
			c.at++
			c.skip()
			c.children = append(c.children, key)
		}
		item, ok := c.flowItem(depth)
		if !ok {
			return nil, false
		}
		c.children = append(c.children, item)
		c.skip()
		if c.at == c.end || c.text[c.at] != ',' && c.text[c.at] != closing {
			return nil, false
		}
		c.at++
		if c.text[c.at-1] == closing {
			c.close(n, mark)
			return n, true
		}
		c.skip()
	}
	return nil, false
}

func (c *common) flowItem(depth int) (*yaml.Node, bool) {
	if c.at < c.end && (c.text[c.at] == '[' || c.text[c.at] == '{') {
		return c.flow(depth + 1)
	}
	return c.flowScalar()
}

func (c *common) flowScalar() (*yaml.Node, bool) {
	rest := c.rest()
	if rest == "" {
		return nil, false
	}
	n := c.node(yaml.ScalarNode, "")
	if rest[0] == '"' || rest[0] == '\'' {
		return n, c.quoted(n)
	}
	end := strings.IndexAny(rest, ",[]{}:#?")
	if end <= 0 || !isPlainStart(rest) || rest[0] == '-' {
		return nil, false
	}
	n.Value = strings.TrimRight(rest[:end], " ")
	c.at += end
	return n, n.Value != merge
}

func (c *common) skip() {
	for c.at < c.end && c.text[c.at] == ' ' {
		c.at++
	}
}
