package graph

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
)

// The formats of a drawing, beside FormatJSON.
const (
	FormatMermaid = "mermaid"
	FormatDOT     = "dot"
)

// Drawing is a graph to look at: what stands where, and where values flow.
type Drawing struct {
	Nodes []Node `json:"nodes"`
	Edges []Edge `json:"edges"`
}

// Node is a station of values.
type Node struct {
	// ID is unique in the drawing and stands for the same thing in each drawing of the same manifests.
	ID      string `json:"id"`
	Step    Step   `json:"step"`
	Cluster string `json:"cluster,omitempty"`
	Label   string `json:"label"`
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
}

// Edge is a flow from one node to another.
type Edge struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// DrawFilter picks what is drawn; the zero value is everything.
type DrawFilter struct {
	// Name as Explain takes it.
	Name string
	// Tenant that owns the secret.
	Tenant string
	// Cluster that a station must stand in; stores stand in none.
	Cluster string
}

// NewDrawing makes a drawing. Nodes and edges are in the order of the values' way. The error is that of Explain.
func NewDrawing(side Side, filter DrawFilter) (*Drawing, error) {
	f := newFlows(side)
	values := f.values
	if filter.Name != "" {
		if values = f.named(filter.Name); len(values) == 0 {
			_, err := Explain(side, filter.Name, ExplainOptions{})
			return nil, err
		}
	}
	d := &Drawing{Nodes: []Node{}, Edges: []Edge{}}
	seen := map[string]bool{}
	edges := map[Edge]bool{}
	for _, v := range values {
		if filter.Tenant != "" && v.tenant != filter.Tenant {
			continue
		}
		e := f.explain(v, nil, ExplainOptions{})
		d.add(e.Hops, filter.Cluster, seen, edges)
	}
	return d, nil
}

func (d *Drawing) add(hops []Hop, cluster string, seen map[string]bool, edges map[Edge]bool) {
	var path []Hop // the ancestors of the hop, the hops of other clusters left out
	pushes := map[int][]string{}
	var sources []string // what the next origin takes a value from
	for _, h := range hops {
		for len(path) > 0 && path[len(path)-1].Depth >= h.Depth {
			path = path[:len(path)-1]
		}
		if cluster != "" && h.Cluster != "" && h.Cluster != cluster {
			continue
		}
		id := nodeID(h)
		if !seen[id] {
			seen[id] = true
			d.Nodes = append(d.Nodes, Node{ID: id, Step: h.Step, Cluster: h.Cluster, Label: h.Object, File: h.File, Line: h.Line})
		}
		from := []string(nil)
		if len(path) > 0 {
			from = []string{nodeID(path[len(path)-1])}
		}
		switch h.Step {
		case StepGenerate, StepFormer:
			sources = append(sources, id)
		case StepOrigin:
			from, sources = sources, nil
		}
		if h.Step == StepPush {
			pushes[h.Depth] = append(pushes[h.Depth], id)
		}
		if h.Step == StepStore && len(pushes[h.Depth-1]) > 0 {
			from = pushes[h.Depth-1]
		}
		for _, f := range from {
			edge := Edge{f, id}
			if !edges[edge] {
				edges[edge] = true
				d.Edges = append(d.Edges, edge)
			}
		}
		path = append(path, h)
	}
}

func nodeID(h Hop) string { return cmp.Or(h.Cluster, "-") + "/" + h.Object }

// Write prints the drawing as Mermaid, DOT or JSON.
func (d *Drawing) Write(w io.Writer, format string) error {
	b := bufio.NewWriter(w)
	switch format {
	case FormatMermaid:
		d.mermaid(b)
	case FormatDOT:
		d.dot(b)
	case FormatJSON:
		if err := writeIndented(b, d); err != nil {
			return err
		}
	default:
		return fmt.Errorf("there is no format %q", format)
	}
	return b.Flush()
}

// clusters of the nodes, sorted; "" for what stands in none.
func (d *Drawing) clusters() []string {
	var out []string
	for _, n := range d.Nodes {
		if !slices.Contains(out, n.Cluster) {
			out = append(out, n.Cluster)
		}
	}
	slices.Sort(out)
	return out
}

func (d *Drawing) mermaid(w *bufio.Writer) {
	w.WriteString("flowchart LR\n")
	number := map[string]int{}
	for i, n := range d.Nodes {
		number[n.ID] = i
	}
	for i, cluster := range d.clusters() {
		indent := "  "
		if cluster != "" {
			fmt.Fprintf(w, "  subgraph c%d [\"%s\"]\n", i, mermaidText(cluster))
			indent = "    "
		}
		for j, n := range d.Nodes {
			if n.Cluster != cluster {
				continue
			}
			open, end := "[", "]"
			switch n.Step {
			case StepStore, StepFormer:
				open, end = "[(", ")]"
			case StepSecret:
				open, end = "([", "])"
			case StepGenerate:
				open, end = "{{", "}}"
			}
			fmt.Fprintf(w, "%sn%d%s\"%s\"%s\n", indent, j, open, mermaidText(n.Label), end)
		}
		if cluster != "" {
			w.WriteString("  end\n")
		}
	}
	for _, e := range d.Edges {
		fmt.Fprintf(w, "  n%d --> n%d\n", number[e.From], number[e.To])
	}
}

// mermaidText makes a text safe between quotes, by Mermaid's entities.
func mermaidText(text string) string {
	return strings.NewReplacer("#", "#35;", `"`, "#quot;", "<", "#lt;", ">", "#gt;", "`", "#96;", "\n", " ", "\r", " ").Replace(text)
}

func (d *Drawing) dot(w *bufio.Writer) {
	w.WriteString("digraph secrets {\n  rankdir=LR;\n  node [shape=box];\n")
	number := map[string]int{}
	for i, n := range d.Nodes {
		number[n.ID] = i
	}
	for i, cluster := range d.clusters() {
		indent := "  "
		if cluster != "" {
			fmt.Fprintf(w, "  subgraph cluster_%d {\n    label=%s;\n", i, dotText(cluster))
			indent = "    "
		}
		for j, n := range d.Nodes {
			if n.Cluster != cluster {
				continue
			}
			shape := ""
			switch n.Step {
			case StepStore, StepFormer:
				shape = ", shape=cylinder"
			case StepSecret:
				shape = ", shape=oval"
			case StepGenerate:
				shape = ", shape=hexagon"
			}
			fmt.Fprintf(w, "%sn%d [label=%s%s];\n", indent, j, dotText(n.Label), shape)
		}
		if cluster != "" {
			w.WriteString("  }\n")
		}
	}
	for _, e := range d.Edges {
		fmt.Fprintf(w, "  n%d -> n%d;\n", number[e.From], number[e.To])
	}
	w.WriteString("}\n")
}

// dotText is a quoted string of the DOT language.
func dotText(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", " ", "\r", " ").Replace(text) + `"`
}
