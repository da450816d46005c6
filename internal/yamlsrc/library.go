package yamlsrc

import (
	"bytes"
	"errors"
	"io"
	"sort"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// parse returns the values of the documents of a text as the YAML library reads them.
func parse(text []byte) (roots []*yaml.Node, err error) {
	defer func() {
		if recover() != nil { // a fault of the library must not end the run
			roots, err = nil, errors.New("the text cannot be parsed")
		}
	}()
	for d := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var n yaml.Node
		switch err := d.Decode(&n); {
		case errors.Is(err, io.EOF):
			return roots, nil
		case err != nil:
			return nil, err
		}
		if n.Kind == yaml.DocumentNode && len(n.Content) == 1 {
			roots = append(roots, n.Content[0])
		}
	}
}

// fromLibrary makes a tree of the library's nodes, which were read from a text whose lines begin at some offsets.
func fromLibrary(text string, lines []int32, root *yaml.Node) tree {
	c := converter{tree: tree{text: text}, places: places{text: text, lines: lines, ascii: isASCII(text)}, anchors: map[*yaml.Node]int32{}}
	c.node(root, 1)
	return c.tree
}

// NodeJSON is Document.JSON for a node of the library, aliases followed.
func NodeJSON(n *yaml.Node) ([]byte, error) {
	c := converter{}
	c.node(n, 1)
	c.plain = c.isPlain()
	return c.json(0)
}

type converter struct {
	tree
	places places
	// anchors are the nodes that aliases can stand for; nil where aliases are followed, since what they stand for may not be in the tree.
	anchors map[*yaml.Node]int32
}

func (c *converter) node(n *yaml.Node, depth int) {
	for n.Kind == yaml.AliasNode && c.anchors == nil {
		n = n.Alias
	}
	i := int32(len(c.nodes))
	at := c.places.offset(n.Line-1, n.Column-1)
	start, s := at, styleOf(n)
	if n.Kind == yaml.AliasNode || n.Anchor != "" || s&tagged != 0 {
		if n.Kind != yaml.AliasNode {
			start = skipProperties(c.text, at)
		}
		if c.odd == nil {
			c.odd = map[int32]oddity{}
		}
		o := oddity{anchor: n.Anchor, tag: n.Tag, at: int32(at)}
		if n.Kind == yaml.AliasNode {
			o.alias = n.Value
		}
		c.odd[i] = o
		if n.Anchor != "" && c.anchors != nil {
			c.anchors[n] = i
		}
	}
	c.deepest = max(c.deepest, depth)
	switch n.Kind {
	case yaml.AliasNode:
		c.nodes = append(c.nodes, node{start: int32(start), end: c.anchors[n.Alias], next: i + 1, kind: Alias})
		return
	case yaml.MappingNode, yaml.SequenceNode:
		kind := List
		if n.Kind == yaml.MappingNode {
			kind = Map
		}
		c.open(kind, s, start)
		for _, child := range n.Content {
			c.node(child, depth+1)
		}
		c.close(i)
	default:
		c.addMade(s, start, n.Value)
	}
}

// skipProperties returns the offset of what follows a tag and an anchor.
func skipProperties(text string, at int) int {
	for at < len(text) && (text[at] == '&' || text[at] == '!') {
		for at < len(text) && !isSpace(text[at]) {
			at++
		}
		for at < len(text) && isSpace(text[at]) {
			at++
		}
	}
	return at
}

func styleOf(n *yaml.Node) style {
	var s style
	for _, o := range [...]struct {
		theirs yaml.Style
		ours   style
	}{{yaml.SingleQuotedStyle, singleQuoted}, {yaml.DoubleQuotedStyle, doubleQuoted}, {yaml.LiteralStyle, literal}, {yaml.FoldedStyle, folded},
		{yaml.TaggedStyle, tagged}, {yaml.FlowStyle, brackets}} {
		if n.Style&o.theirs != 0 {
			s |= o.ours
		}
	}
	if n.Kind == yaml.ScalarNode && n.Tag == "!!merge" {
		s |= mergeKey
	}
	return s
}

// places converts the library's lines and columns, which count YAML 1.1 line breaks and code points, to offsets. It remembers where it
// was: in a line of megabytes, counting from its beginning for each node would never end.
type places struct {
	text  string
	lines []int32
	ascii bool
	// A column of a line, and its offset.
	line, column, at int
}

// offset returns the offset of a 0-based line and a 0-based column in code points, kept inside the text.
func (p *places) offset(line, column int) int {
	if line < 0 {
		line, column = 0, 0
	}
	if line >= len(p.lines) {
		return len(p.text)
	}
	if p.ascii {
		return min(int(p.lines[line])+column, len(p.text))
	}
	if line != p.line || column < p.column {
		p.line, p.column, p.at = line, 0, int(p.lines[line])
	}
	for ; p.column < column && p.at < len(p.text); p.column++ {
		_, size := utf8.DecodeRuneInString(p.text[p.at:])
		p.at += size
	}
	return p.at
}

func isASCII(text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// linesOf returns the offsets of the first bytes of a text's lines as YAML 1.1 counts them.
func linesOf(text string) []int32 {
	lines := []int32{0}
	for i := 0; i < len(text); {
		if n := breakAt(text, i); n > 0 {
			i += n
			lines = append(lines, int32(i))
			continue
		}
		i++
	}
	return lines
}

// lineOf returns the 0-based line of an offset.
func lineOf(lines []int32, offset int) int {
	return max(0, sort.Search(len(lines), func(i int) bool { return int(lines[i]) > offset })-1)
}

// breakAt returns the length of the YAML line break at an offset, 0 where there is none.
func breakAt(text string, i int) int {
	switch text[i] {
	case '\n':
		return 1
	case '\r':
		if i+1 < len(text) && text[i+1] == '\n' {
			return 2
		}
		return 1
	case 0xC2:
		if i+1 < len(text) && text[i+1] == 0x85 { // next line
			return 2
		}
	case 0xE2:
		if i+2 < len(text) && text[i+1] == 0x80 && (text[i+2] == 0xA8 || text[i+2] == 0xA9) { // line, paragraph separator
			return 3
		}
	}
	return 0
}
