package graph_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/openova-io/esotree/graph"
)

// The part of the two languages that a drawing uses, a line each; between quotes no character of another meaning is left.
var (
	mermaidLine = regexp.MustCompile("^(?:flowchart LR|  subgraph c[0-9]+ \\[\"[^\"<>`\\n]+\"\\]|  end|" +
		" {2,4}n[0-9]+(?:\\[\"[^\"<>`\\n]+\"\\]|\\[\\(\"[^\"<>`\\n]+\"\\)\\]|\\(\\[\"[^\"<>`\\n]+\"\\]\\)|\\{\\{\"[^\"<>`\\n]+\"\\}\\})|  n[0-9]+ --> n[0-9]+)$")
	dotLine = regexp.MustCompile(`^(?:digraph secrets \{|  rankdir=LR;|  node \[shape=box\];|  subgraph cluster_[0-9]+ \{|    label="(?:[^"\\]|\\.)+";|  \}|\}|` +
		` {2,4}n[0-9]+ \[label="(?:[^"\\]|\\.)+"(?:, shape=(?:cylinder|oval|hexagon))?\];|  n[0-9]+ -> n[0-9]+;)$`)
	mermaidEntity = regexp.MustCompile(`#(?:[0-9]+|[a-z]+);`)
	drawnNode     = regexp.MustCompile(`^ +(n[0-9]+)(?:\[|\(|\{| \[label)`)
	drawnEdge     = regexp.MustCompile(`^  (n[0-9]+) -->? (n[0-9]+);?$|^  (n[0-9]+) --> (n[0-9]+)$`)
)

// checkDrawing demands that a drawing is of its language: each line is one that the language knows, what opens is closed, and
// edges join nodes that are there.
func checkDrawing(t *testing.T, format, text string) {
	t.Helper()
	nodes := map[string]bool{}
	depth := 0
	line := dotLine
	if format == graph.FormatMermaid {
		line = mermaidLine
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i, l := range lines {
		if !line.MatchString(l) {
			t.Errorf("%s: line %d is not of the language: %s", format, i+1, l)
		}
		if format == graph.FormatMermaid && strings.Contains(mermaidEntity.ReplaceAllString(l, ""), "#") {
			t.Errorf("%s: line %d has a # that begins no entity: %s", format, i+1, l)
		}
		switch {
		case strings.HasPrefix(strings.TrimSpace(l), "subgraph"), l == "digraph secrets {":
			depth++
		case strings.TrimSpace(l) == "end", strings.TrimSpace(l) == "}":
			depth--
		}
		if m := drawnNode.FindStringSubmatch(l); m != nil {
			if nodes[m[1]] {
				t.Errorf("%s: %s is there twice", format, m[1])
			}
			nodes[m[1]] = true
		}
		if m := drawnEdge.FindStringSubmatch(l); m != nil {
			for _, end := range m[1:] {
				if end != "" && !nodes[end] {
					t.Errorf("%s: no node %s stands before the edge %s", format, end, l)
				}
			}
		}
		if depth == 0 && format == graph.FormatDOT && i < len(lines)-1 {
			t.Errorf("%s: something stands after the end: %s", format, l)
		}
	}
	if depth != 0 || len(nodes) == 0 {
		t.Errorf("%s: %d open, %d nodes", format, depth, len(nodes))
	}
}

// TestDrawingGrammar checks drawings of all kinds of parts, and of names that anyone may choose.
func TestDrawingGrammar(t *testing.T) {
	hostile := strings.ReplaceAll(handWritten, "app/db", `'a"]; --> b\ #quot; <b> {{x}} | end'`)
	rendered := side(t, openova(t))
	for _, c := range []struct {
		side   graph.Side
		filter graph.DrawFilter
	}{
		{rendered, graph.DrawFilter{}},
		{rendered, graph.DrawFilter{Tenant: "acme"}},
		{rendered, graph.DrawFilter{Cluster: "region2"}},
		{rendered, graph.DrawFilter{Name: "acme/postgres"}},
		{manifests(t, sources), graph.DrawFilter{}},
		{manifests(t, hostile), graph.DrawFilter{}},
	} {
		d, err := graph.NewDrawing(c.side, c.filter)
		if err != nil {
			t.Fatal(err)
		}
		for _, format := range []string{graph.FormatMermaid, graph.FormatDOT} {
			var out bytes.Buffer
			if err := d.Write(&out, format); err != nil {
				t.Fatal(err)
			}
			checkDrawing(t, format, out.String())
		}
	}
}
