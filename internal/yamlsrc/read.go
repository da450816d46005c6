package yamlsrc

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/openova-io/esotree/diag"
)

// Codes of the findings of this package.
const (
	CodeSyntax       = "yaml-syntax"
	CodeAlias        = "yaml-alias"
	CodeLimit        = "yaml-limit"
	CodeUnknownField = "unknown-field"
	CodeWrongType    = "wrong-type"
	CodeMissingField = "missing-field"
)

const tooDeepHint = "manifests are nested some ten levels deep: is a bracket missing?"

const bom = "\xef\xbb\xbf"

// Read returns the documents of a file, empty ones left out, and what is wrong with its YAML, all of it an error. CRLF and a
// byte order mark are accepted; JSON is YAML. A document that cannot be parsed is left out and the others are read all the
// same. A document whose only faults are duplicate keys, odd keys or refused aliases is returned beside its findings: the first
// of the duplicates counts, so that the rest of it can be checked in the same run. At most 1000 findings are returned.
func Read(f *diag.File, limits Limits) ([]*Document, []diag.Finding) {
	limits = limits.withDefaults()
	r := &reader{file: f, limits: limits}
	if len(f.Data) > limits.Bytes {
		r.report(CodeLimit, diag.Span{File: f}, "split the file", "the file has %d bytes, more than the %d that are read", len(f.Data), limits.Bytes)
		return nil, r.findings
	}
	if at, message := badByte(f.Data); at >= 0 {
		r.report(CodeSyntax, spanOf(f, at, at+1), "save it as UTF-8 text", "%s", message)
		return nil, r.findings
	}
	if len(f.Data)/2 > limits.Nodes && separators(f.Data)/2 > limits.Nodes {
		r.report(CodeLimit, diag.Span{File: f}, "split the file", "the file has more than %d values", limits.Nodes)
		return nil, r.findings
	}
	var documents []*Document
	for _, c := range chunks(f.Data) {
		documents = append(documents, r.chunk(c)...)
	}
	return documents, r.findings
}

// badByte finds the first byte that YAML does not allow anywhere; -1 where there is none.
func badByte(data []byte) (offset int, message string) {
	for i := 0; i < len(data); {
		c := data[i]
		if c >= 0x20 && c < 0x7f || c == '\n' {
			i++
			continue
		}
		if c < utf8.RuneSelf {
			if c != '\t' && c != '\r' {
				return i, fmt.Sprintf("the text holds the control character U+%04X: is it a binary file?", c)
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(data[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return i, fmt.Sprintf("the text is not UTF-8: byte 0x%02X", c)
		case r < 0xA0 && r != 0x85, r == 0xFFFE, r == 0xFFFF:
			return i, fmt.Sprintf("the text holds U+%04X, which YAML does not allow", r)
		}
		i += size
	}
	return -1, ""
}

// separators counts what can stand between two nodes, so that a text is refused before its tree fills the memory. Prose
// holds some of them too; hence the caller's factor of two.
func separators(data []byte) int {
	n := 0
	for _, c := range data {
		switch c {
		case ',', ':', '\n', '[', '{', '?':
			n++
		}
	}
	return n
}

// chunk is a part of the text from one "---" to the next.
type chunk struct{ start, end int }

// chunks splits the text at "---" lines. YAML allows that line nowhere inside a document, not even in quotes, so one broken
// document leaves the others readable. Comments and directives before a "---" stay with the document they precede.
func chunks(data []byte) []chunk {
	start := 0
	if bytes.HasPrefix(data, []byte(bom)) {
		start = len(bom)
	}
	var list []chunk
	empty := true // so far, but for comments and directives
	for at := start; ; at += 3 {
		next := bytes.Index(data[at:], []byte("---"))
		if next < 0 {
			return append(list, chunk{start, len(data)})
		}
		at += next
		if at > start && !breaksBefore(data, at) || at+3 < len(data) && !isSpace(data[at+3]) {
			at -= 2
			continue
		}
		if !empty || !isEmptyText(string(data[start:at])) {
			list = append(list, chunk{start, at})
			start = at
		}
		empty = false
	}
}

// breaksBefore reports whether a line begins at an offset.
func breaksBefore(data []byte, at int) bool {
	before := data[:at]
	for _, end := range [...]string{"\n", "\r", "\u0085", "\u2028", "\u2029"} {
		if bytes.HasSuffix(before, []byte(end)) {
			return true
		}
	}
	return false
}

// isEmptyText reports whether a text holds comments and directives only.
func isEmptyText(text string) bool {
	lines := linesOf(text)
	for i, at := range lines {
		end := len(text)
		if i+1 < len(lines) {
			end = int(lines[i+1])
		}
		if line := strings.TrimSpace(text[at:end]); line != "" && line[0] != '#' && line[0] != '%' {
			return false
		}
	}
	return true
}

type reader struct {
	file     *diag.File
	limits   Limits
	nodes    int
	searched int // bytes given to locate
	findings []diag.Finding
}

func (r *reader) report(code string, span diag.Span, hint, format string, args ...any) {
	r.add(diag.Finding{Code: code, Span: span, Hint: hint, Message: fmt.Sprintf(format, args...)})
}

// maxFindings is how many findings Read returns for a file, and Decode for a document: nobody reads more, and a hostile file
// must not make millions.
const maxFindings = 1000

func (r *reader) add(f diag.Finding) {
	if len(r.findings) < maxFindings {
		r.findings = append(r.findings, f)
	}
}

// chunk parses one chunk.
func (r *reader) chunk(c chunk) []*Document {
	text := string(r.file.Data[c.start:c.end])
	document := func(nth int, t tree) *Document {
		return &Document{file: r.file, base: c.start, tree: t, place: Place{c, nth, r.limits}}
	}
	var all []*Document
	t, common := tree{}, false
	if !r.limits.Comments { // which only the library keeps
		t, common = readCommon(text)
	}
	if common {
		all = append(all, document(0, t))
	} else {
		roots, err := parse(r.file.Data[c.start:c.end])
		if err != nil {
			r.syntax(c, text, err)
			return nil
		}
		lines := linesOf(text)
		for i, root := range roots {
			d := document(i, fromLibrary(text, lines, root))
			if r.limits.Comments {
				d.commented = root
			}
			all = append(all, d)
		}
	}
	return slices.DeleteFunc(all, func(d *Document) bool { return !r.check(d) || d.isEmpty() })
}

func (d *Document) isEmpty() bool { return d.isNull(0) && d.value(0) == "" }

// syntax reports what the library could not parse.
func (r *reader) syntax(c chunk, text string, err error) {
	if len(r.findings) >= maxFindings {
		return
	}
	line, message := splitError(err)
	lines := linesOf(text)
	start, end := 0, 0
	if r.searched += len(text); r.searched <= searchable {
		start = locate(r.file.Data[c.start:c.end], line, message)
		end = start + 1
	} else if line > len(lines) {
		start, end = len(text), len(text)
	} else if line > 0 {
		start = int(lines[line-1])
		end = start
	}
	span := spanOf(r.file, c.start+start, c.start+end)
	if strings.HasPrefix(message, "exceeded max depth") {
		r.report(CodeLimit, span, tooDeepHint, "lists and maps are nested deeper than %d levels", r.limits.Depth)
		return
	}
	hint := ""
	lineStart := int(lines[lineOf(lines, start)])
	indent := text[lineStart:min(len(text), end)]
	if tab := strings.IndexByte(indent, '\t'); tab >= 0 && strings.TrimLeft(indent[:tab], " -?:") == "" {
		at := c.start + lineStart + tab
		r.report(CodeSyntax, spanOf(r.file, at, at+1), "indent with spaces", "a tab is used for indentation")
		return
	}
	switch {
	case strings.Contains(message, "mapping values are not allowed"):
		message, hint = `": " is not allowed here`, "check the indentation, or quote a text that holds \": \""
	case strings.Contains(message, "could not find expected ':'"):
		message, hint = `this line is neither "key: value" nor "- element"`, "add the colon, or indent what belongs to the text above"
	case strings.Contains(message, "cannot start any token"):
		message, hint = "a value cannot begin with this character", "quote the value"
	case strings.Contains(message, "did not find expected key"):
		message, hint = "a key is expected here", "check the indentation"
	case strings.Contains(message, "did not find expected '-' indicator"):
		message, hint = `a list element that begins with "-" is expected here`, "check the indentation"
	case strings.Contains(message, "found unexpected end of stream"):
		message, hint = "this quote is never closed", "close it"
	case isFlow(message):
		message, hint = "this list or map in brackets is not closed, or its commas are wrong", "close it, or put a comma between the elements"
	case strings.Contains(message, "did not find expected <document start>"):
		message, hint = "the document has ended before this", `begin a further one with "---"`
	case strings.Contains(message, "unknown anchor"):
		message, hint = strings.ReplaceAll(strings.TrimSuffix(message, " referenced"), "'", `"`), "write the value out"
	}
	r.report(CodeSyntax, span, hint, "%s", message)
}

// isFlow reports whether the library's message is about a list or map in brackets.
func isFlow(message string) bool {
	return strings.Contains(message, "did not find expected ',' or") || strings.Contains(message, "did not find expected node content")
}

// splitError takes the library's line, counted from the start of the text and not always right, off its message.
func splitError(err error) (line int, message string) {
	message = strings.TrimPrefix(err.Error(), "yaml: ")
	if n, scanErr := fmt.Sscanf(message, "line %d:", &line); n == 1 && scanErr == nil {
		if _, rest, ok := strings.Cut(message, ": "); ok {
			message = rest
		}
	}
	return line, message
}

// searchable is how many bytes of a file are given to locate, which parses them some thirty times.
const searchable = 1 << 20

// locate finds where an error is. The library says only a line, one too low for some errors and that of the enclosing map
// for others. But it reads strictly forward, so the shortest beginning of the text that fails in the same way ends at the
// fault; or, where the fault is that something is never closed, at what opens it. Whole lines are tried first, since a line
// that is cut off often fails by itself.
func locate(text []byte, line int, message string) int {
	ends := []int{0}
	for i, c := range text {
		if c == '\n' {
			ends = append(ends, i+1)
		}
	}
	if last := len(text); ends[len(ends)-1] != last {
		ends = append(ends, last)
	}
	fails := func(n int) bool {
		_, err := parse(text[:n])
		if err == nil {
			return false
		}
		_, m := splitError(err)
		return m == message || isFlow(m) && isFlow(message)
	}
	first := func(low, high int, fails func(int) bool) int { // it fails at high
		for low < high {
			if middle := (low + high) / 2; fails(middle) {
				high = middle
			} else {
				low = middle + 1
			}
		}
		return high
	}
	bad := 0
	for _, l := range []int{line, line + 1} {
		if bad == 0 && l > 0 && l < len(ends) && fails(ends[l]) && !fails(ends[l-1]) {
			bad = l
		}
	}
	if bad == 0 {
		bad = first(1, len(ends)-1, func(l int) bool { return fails(ends[l]) })
	}
	if bad < 1 {
		return 0
	}
	at := first(ends[bad-1]+1, ends[bad], fails) - 1
	for at > 0 && !utf8.RuneStart(text[at]) {
		at--
	}
	return max(at, 0)
}
