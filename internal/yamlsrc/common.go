package yamlsrc

import "strings"

// readCommon reads the YAML that nearly all manifests are written in: maps and lists in blocks, scalars of one line, literal
// blocks, comments, lists and maps in brackets on one line. It gives the tree that the library's nodes give, in a fraction of the time and
// the memory, and false for everything else, right or wrong: then the library reads the text.
// It never guesses: what it does not know for certain to be common is not.
func readCommon(text string) (t tree, ok bool) {
	count, ok := countNodes(text)
	if !ok {
		return tree{}, false
	}
	c := common{}
	c.text, c.nodes = text, make([]node, 0, count)
	c.next()
	if !c.ended && c.indent == 0 && c.rest() == "---" {
		c.at = c.end + 1
		c.next()
	}
	if c.ended {
		return tree{}, false
	}
	ok = c.block(c.indent, c.colon(), 1) && c.ended
	return c.tree, ok
}

// countNodes returns about how many nodes a text has, seldom fewer; false where it has line breaks but line feeds, a tab, or a byte order
// mark. A key and its value have a colon, an element of a list a dash or a comma.
func countNodes(text string) (count int, ok bool) {
	if strings.IndexByte(text, '\t') >= 0 || strings.IndexByte(text, '\r') >= 0 || strings.HasPrefix(text, bom) {
		return 0, false
	}
	for _, first := range [...]byte{0xC2, 0xE2} {
		for i := indexFrom(text, 0, first); i < len(text); i = indexFrom(text, i+1, first) {
			if breakAt(text, i) > 0 {
				return 0, false
			}
		}
	}
	count = 2 + strings.Count(text, "- ") + strings.Count(text, ",")
	for i := indexFrom(text, 0, ':'); i < len(text); i = indexFrom(text, i+1, ':') {
		if i+1 == len(text) || text[i+1] == ' ' || text[i+1] == '\n' {
			count += 2
		}
	}
	return count, true
}

// indexFrom returns the offset of the next byte of a kind, the length of the text where there is none.
func indexFrom(text string, from int, b byte) int {
	if i := strings.IndexByte(text[from:], b); i >= 0 {
		return from + i
	}
	return len(text)
}

// common is the state of readCommon: the tree as far as it is read, and where it stands in the text. next moves it to the next line that
// has something on it. What reads something returns whether it is of the common kind.
type common struct {
	tree
	// at is the offset of what is read next; the line that it stands on begins at start and ends at end, without its line feed.
	at, start, end int
	// indent is that of the line.
	indent int
	ended  bool
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
	}
	c.ended, c.indent = true, -1
}

// finish ends the line, on which nothing but a comment may follow.
func (c *common) finish() bool {
	before := c.at
	c.skip()
	if c.at < c.end && (c.text[c.at] != '#' || c.at == before) {
		return false
	}
	c.at = c.end + 1
	c.next()
	return true
}

func (c *common) skip() {
	for c.at < c.end && c.text[c.at] == ' ' {
		c.at++
	}
}

// block reads the list or map that begins at c.at, all of whose elements stand in the same column; colon is that of its first key.
func (c *common) block(column, colon, depth int) bool {
	if depth > commonDepth {
		return false
	}
	c.deepest = max(c.deepest, depth+1)
	if isDash(c.rest()) {
		return c.list(column, depth)
	}
	return c.mapping(column, colon, depth)
}

// isDash reports whether a text begins with the mark of a list's element.
func isDash(text string) bool {
	return text != "" && text[0] == '-' && (len(text) == 1 || text[1] == ' ')
}

func (c *common) list(column, depth int) bool {
	n := c.open(List, 0, c.at)
	for {
		dash := c.at
		c.at++
		c.skip()
		if c.at == c.end || c.text[c.at] == '#' {
			c.at = dash + 1
			if !c.below(column, depth, false) {
				return false
			}
		} else if colon := c.colon(); colon > 0 || isDash(c.rest()) {
			if !c.block(c.at-c.start, colon, depth+1) {
				return false
			}
		} else if !c.value(column, depth) {
			return false
		}
		if c.indent < column {
			break
		}
		if c.indent > column || !isDash(c.rest()) {
			if c.indent == column { // the end of a list that stands in the column of its key
				break
			}
			return false
		}
	}
	c.close(n)
	return true
}

func (c *common) mapping(column, colon, depth int) bool {
	n := c.open(Map, 0, c.at)
	for {
		if !c.key(colon) {
			return false
		}
		after := c.at
		c.skip()
		if c.at == c.end || c.text[c.at] == '#' && c.at > after {
			c.at = after
			if !c.below(column, depth, true) {
				return false
			}
		} else if !c.value(column, depth) {
			return false
		}
		if c.indent < column {
			break
		}
		if c.indent > column || isDash(c.rest()) {
			return false
		}
		colon = c.colon()
	}
	c.close(n)
	return true
}

// below reads what stands on the lines under a key or a dash whose own line says nothing more. A list may stand in the column
// of its key.
func (c *common) below(column, depth int, ofKey bool) bool {
	at := c.at
	if !c.finish() {
		return false
	}
	if c.indent > column || ofKey && c.indent == column && isDash(c.rest()) {
		colon := c.colon()
		return (colon > 0 || isDash(c.rest())) && c.block(c.indent, colon, depth+1)
	}
	c.addScalar(0, at, at)
	return true
}

// colon returns the offset of the colon of the key that the rest of the line begins with, where that is of the common kind; else none.
func (c *common) colon() int {
	rest := c.rest()
	if rest[0] == '"' || rest[0] == '\'' {
		end := quoteEnd(rest)
		if end == 0 || end == len(rest) || rest[end] != ':' || end+1 < len(rest) && rest[end+1] != ' ' {
			return none
		}
		return c.at + end
	}
	if !isPlainStart(rest) {
		return none
	}
	end := plainEnd(rest)
	if end == 0 || end == len(rest) || rest[end] != ':' {
		return none
	}
	return c.at + end
}

// plainEnd returns where a plain scalar ends: at a colon before a space or the end of the line, before a comment, or at the end of the line.
func plainEnd(text string) int {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case ':':
			if i+1 == len(text) || text[i+1] == ' ' {
				return i
			}
		case '#':
			if i > 0 && text[i-1] == ' ' {
				return i
			}
		}
	}
	return len(text)
}

// longKey is the length from which a key is left to the library, which has a limit.
const longKey = 512

// key reads a key and its colon.
func (c *common) key(colon int) bool {
	if colon < 0 || colon-c.at > longKey {
		return false
	}
	if c.text[c.at] == '"' || c.text[c.at] == '\'' {
		if !c.quoted() {
			return false
		}
	} else {
		key := strings.TrimRight(c.text[c.at:colon], " ")
		if key == merge {
			return false
		}
		c.addScalar(0, c.at, c.at+len(key))
	}
	c.at = colon + 1
	return true
}

// value reads a scalar, or a list or map in brackets, and ends its line. What stands on the next line further in than column would
// belong to it. The list or map that it is in has a depth.
func (c *common) value(column, depth int) bool {
	rest := c.rest()
	switch rest[0] {
	case '"', '\'':
		if !c.quoted() {
			return false
		}
	case '|':
		return c.literal(column) && c.indent <= column
	case '[', '{':
		if !c.flow(depth + 1) {
			return false
		}
	default:
		end := plainEnd(rest)
		if !isPlainStart(rest) || end < len(rest) && rest[end] == ':' {
			return false
		}
		value := strings.TrimRight(rest[:end], " ")
		if value == merge {
			return false
		}
		c.addScalar(0, c.at, c.at+len(value))
		c.at += len(value)
	}
	return c.finish() && c.indent <= column
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
func (c *common) quoted() bool {
	rest := c.rest()
	end := quoteEnd(rest)
	if end == 0 {
		return false
	}
	start := c.at
	c.at += end
	text := rest[1 : end-1]
	if rest[0] == '\'' {
		if strings.IndexByte(text, '\'') < 0 {
			c.addScalar(singleQuoted, start, c.at)
		} else {
			c.addMade(singleQuoted, start, strings.ReplaceAll(text, "''", "'"))
		}
		return true
	}
	if strings.IndexByte(text, '\\') < 0 {
		c.addScalar(doubleQuoted, start, c.at)
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
	c.addMade(doubleQuoted, start, out.String())
	return true
}

// literal reads a literal block; column is that of the key or dash that it belongs to.
func (c *common) literal(column int) bool {
	start, header := c.at, c.rest()
	if header != "|" && header != "|-" && header != "|+" || c.text[len(c.text)-1] != '\n' {
		return false
	}
	var out strings.Builder
	indent, empty := -1, 0 // empty lines that may be the last of the block, or not
	c.at = c.end + 1
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
		c.at = end + 1
	}
	if out.Len() == 0 {
		return false
	}
	value := out.String()
	switch header {
	case "|-":
		value = value[:len(value)-1]
	case "|+":
		value += strings.Repeat("\n", empty)
	}
	c.addMade(literal, start, value)
	c.next()
	return true
}

// flow reads a list or map in brackets on one line.
func (c *common) flow(depth int) bool {
	if depth > 2*commonDepth {
		return false
	}
	kind, closing := List, byte(']')
	if c.text[c.at] == '{' {
		kind, closing = Map, '}'
	}
	n := c.open(kind, brackets, c.at)
	c.deepest = max(c.deepest, depth)
	c.at++
	c.skip()
	if c.at < c.end && c.text[c.at] == closing {
		c.at++
		c.close(n)
		return true
	}
	c.deepest = max(c.deepest, depth+1)
	for {
		if kind == Map {
			if !c.flowScalar() || !strings.HasPrefix(c.rest(), ": ") {
				return false
			}
			c.at++
			c.skip()
		}
		if !c.flowItem(depth) {
			return false
		}
		c.skip()
		if c.at == c.end || c.text[c.at] != ',' && c.text[c.at] != closing {
			return false
		}
		c.at++
		if c.text[c.at-1] == closing {
			c.close(n)
			return true
		}
		c.skip()
	}
}

func (c *common) flowItem(depth int) bool {
	if c.at < c.end && (c.text[c.at] == '[' || c.text[c.at] == '{') {
		return c.flow(depth + 1)
	}
	return c.flowScalar()
}

func (c *common) flowScalar() bool {
	rest := c.rest()
	if rest == "" {
		return false
	}
	if rest[0] == '"' || rest[0] == '\'' {
		return c.quoted()
	}
	end := strings.IndexAny(rest, ",[]{}:#?")
	if end <= 0 || !isPlainStart(rest) || rest[0] == '-' {
		return false
	}
	value := strings.TrimRight(rest[:end], " ")
	c.addScalar(0, c.at, c.at+len(value))
	c.at += end
	return value != merge
}
