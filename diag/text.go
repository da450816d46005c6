package diag

import (
	"bufio"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	tabWidth    = 4   // columns that a tab takes in an excerpt
	lineWidth   = 160 // columns of an excerpt, carets and hint
	windowStart = 60  // columns shown before the carets where a line is longer
	maxBytes    = 4 * lineWidth
)

const (
	bold   = "\x1b[1m"
	red    = "\x1b[1;31m"
	yellow = "\x1b[1;33m"
	cyan   = "\x1b[1;36m"
	reset  = "\x1b[0m"
)

type textWriter struct {
	*bufio.Writer
	color bool
}

// writeText writes the format of a good compiler:
//
//	tenants/acme.yaml:14:23: error: tenant "acme" has no secret "postgress" [unknown-secret]
//	   14 |         DATABASE_URL: postgress/url
//	      |                       ^^^^^^^^^ did you mean "postgres"?
//	  related: tenants/acme.yaml:3:5: it is declared here
//
// A hint too long for the line of the carets, or of a finding without a place, has a line of its own.
func writeText(b *bufio.Writer, list []Finding, color bool) {
	w := textWriter{b, color}
	for i := range list {
		w.finding(&list[i])
	}
}

func (w textWriter) paint(style, s string) string {
	if !w.color || s == "" {
		return s
	}
	return style + s + reset
}

func (w textWriter) finding(f *Finding) {
	style := map[Severity]string{Error: red, Warning: yellow, Note: cyan}[f.Severity]
	if at := f.locator(); at != "" {
		fmt.Fprintf(w, "%s: ", w.paint(bold, escape(at)))
	}
	fmt.Fprintf(w, "%s %s [%s]%s\n", w.paint(style, f.Severity.String()+":"), escape(f.Message), escape(f.Code), f.more())
	hint := escape(f.Hint)
	if f.Span.IsValid() {
		hint = w.excerpt(f.Span, hint, style)
	}
	if hint != "" {
		fmt.Fprintf(w, "  hint: %s\n", hint)
	}
	for _, r := range f.Related {
		at := ""
		if r.Span.IsValid() {
			at = place(r.Span) + ": "
		}
		fmt.Fprintf(w, "  related: %s%s\n", escape(at), escape(r.Message))
	}
}

// locator says where a finding is, as exactly as is known.
func (f *Finding) locator() string {
	switch {
	case f.Span.IsValid():
		return place(f.Span)
	case f.File != "":
		return f.File
	case f.Object != ObjectRef{}:
		return strings.TrimSpace(f.Object.String() + " " + f.Path)
	}
	return f.Path
}

func place(s Span) string {
	file, line, column := s.Location()
	return file + ":" + strconv.Itoa(line) + ":" + strconv.Itoa(column)
}

// excerpt prints the line that a span begins on with carets under it. It returns the hint, "" once it is printed.
func (w textWriter) excerpt(s Span, hint, style string) string {
	number, column := s.File.LineColumn(int(s.Start))
	line := s.File.Line(number)
	start := min(column-1, len(line))
	end := min(start+int(s.End-s.Start), len(line))
	// Of a line of megabytes only what can be shown is looked at.
	from, to := max(0, start-maxBytes), min(len(line), end+maxBytes)
	for from > 0 && from < start && !utf8.RuneStart(line[from]) {
		from++
	}
	before, under, after := cells(line[from:start]), cells(line[start:min(end, start+maxBytes)]), cells(line[end:to])
	if total(before) > windowStart && total(before)+total(under)+total(after) > lineWidth {
		before = append([]cell{{"…", 1}}, last(before, windowStart-1)...)
	}
	if room := lineWidth - total(before); total(under) > room {
		under, after = append(first(under, room-1), cell{"…", 1}), nil
	} else if room -= total(under); total(after) > room {
		after = append(first(after, max(room-1, 0)), cell{"…", 1})
	}
	fmt.Fprintf(w, "%5d | %s%s%s\n", number, join(before), join(under), join(after))
	margin := strings.Repeat(" ", max(5, len(strconv.Itoa(number))))
	carets := strings.Repeat("^", max(1, total(under)))
	fmt.Fprintf(w, "%s | %s%s", margin, strings.Repeat(" ", total(before)), w.paint(style, carets))
	if hint != "" && total(before)+len(carets)+1+total(cells([]byte(hint))) <= lineWidth {
		fmt.Fprintf(w, " %s", hint)
		hint = ""
	}
	fmt.Fprintln(w)
	return hint
}

// cell is one rune, or other byte, of an excerpt as it is shown.
type cell struct {
	text  string
	width int
}

func cells(text []byte) []cell {
	list := make([]cell, 0, len(text))
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r == '\t':
			list = append(list, cell{strings.Repeat(" ", tabWidth), tabWidth})
		case isUnsafe(r):
			s := escape(string(text[:size]))
			list = append(list, cell{s, len(s)})
		default:
			list = append(list, cell{string(r), width(r)})
		}
		text = text[size:]
	}
	return list
}

func total(list []cell) int {
	n := 0
	for _, c := range list {
		n += c.width
	}
	return n
}

func join(list []cell) string {
	var b strings.Builder
	for _, c := range list {
		b.WriteString(c.text)
	}
	return b.String()
}

// first returns the cells at the beginning that fit into n columns.
func first(list []cell, n int) []cell {
	used := 0
	for i, c := range list {
		if used += c.width; used > n {
			return list[:i:i]
		}
	}
	return list
}

// last returns the cells at the end that fit into n columns.
func last(list []cell, n int) []cell {
	used := 0
	for i := len(list) - 1; i >= 0; i-- {
		if used += list[i].width; used > n {
			return list[i+1:]
		}
	}
	return list
}
