package graph_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/openova-io/esotree/graph"
)

func TestDrawing(t *testing.T) {
	d, err := graph.NewDrawing(manifests(t, handWritten), graph.DrawFilter{Name: "app/db"})
	if err != nil {
		t.Fatal(err)
	}
	for format, want := range map[string]string{
		graph.FormatMermaid: `flowchart LR
  n0{{"Password app/pw"}}
  n1["ExternalSecret app/origin"]
  n2(["Secret app/db"])
  n3["PushSecret app/push"]
  n4[("vault app/db")]
  n5["ExternalSecret app/reader"]
  n6["Deployment app/web"]
  n0 --> n1
  n1 --> n2
  n2 --> n3
  n3 --> n4
  n4 --> n5
  n5 --> n6
`,
		graph.FormatDOT: `digraph secrets {
  rankdir=LR;
  node [shape=box];
  n0 [label="Password app/pw", shape=hexagon];
  n1 [label="ExternalSecret app/origin"];
  n2 [label="Secret app/db", shape=oval];
  n3 [label="PushSecret app/push"];
  n4 [label="vault app/db", shape=cylinder];
  n5 [label="ExternalSecret app/reader"];
  n6 [label="Deployment app/web"];
  n0 -> n1;
  n1 -> n2;
  n2 -> n3;
  n3 -> n4;
  n4 -> n5;
  n5 -> n6;
}
`,
	} {
		var got bytes.Buffer
		if err := d.Write(&got, format); err != nil || got.String() != want {
			t.Errorf("%s: %v\n%swant\n%s", format, err, got.String(), want)
		}
	}
	var data bytes.Buffer
	if err := d.Write(&data, graph.FormatJSON); err != nil {
		t.Fatal(err)
	}
	var again graph.Drawing
	if err := json.Unmarshal(data.Bytes(), &again); err != nil || len(again.Nodes) != 7 || len(again.Edges) != 6 {
		t.Errorf("%v\n%s", err, data.String())
	}
}

// TestDrawingFilters draws parts of the whole: a tenant's has nothing of another's, a region's nothing of another region.
func TestDrawingFilters(t *testing.T) {
	rendered := side(t, openova(t))
	whole, err := graph.NewDrawing(rendered, graph.DrawFilter{})
	if err != nil {
		t.Fatal(err)
	}
	acme, _ := graph.NewDrawing(rendered, graph.DrawFilter{Tenant: "acme"})
	region2, _ := graph.NewDrawing(rendered, graph.DrawFilter{Cluster: "region2"})
	if len(acme.Nodes) == 0 || len(acme.Nodes) >= len(whole.Nodes) || len(region2.Nodes) == 0 || len(region2.Nodes) >= len(whole.Nodes) {
		t.Errorf("%d nodes, of acme %d, of region2 %d", len(whole.Nodes), len(acme.Nodes), len(region2.Nodes))
	}
	known := map[string]bool{}
	for _, n := range whole.Nodes {
		known[n.ID] = true
	}
	for _, n := range acme.Nodes {
		if strings.Contains(n.Label, "globex") || !known[n.ID] {
			t.Errorf("acme's drawing has %s", n.ID)
		}
	}
	for _, n := range region2.Nodes {
		if n.Cluster == "region1" || !known[n.ID] {
			t.Errorf("region2's drawing has %s", n.ID)
		}
	}
	for _, d := range []*graph.Drawing{whole, acme, region2} {
		nodes := map[string]bool{}
		for _, n := range d.Nodes {
			if nodes[n.ID] {
				t.Errorf("%s is drawn twice", n.ID)
			}
			nodes[n.ID] = true
		}
		for _, e := range d.Edges {
			if !nodes[e.From] || !nodes[e.To] {
				t.Errorf("an edge hangs in the air: %v", e)
			}
		}
	}
	if _, err := graph.NewDrawing(rendered, graph.DrawFilter{Name: "nothing-of-the-kind"}); err == nil {
		t.Error("what is not there was drawn")
	}
}

// TestDrawingText keeps names that anyone may choose from leaving their quotes.
func TestDrawingText(t *testing.T) {
	side := manifests(t, strings.ReplaceAll(handWritten, "app/db", `'a"]; --> b\\'`))
	d, err := graph.NewDrawing(side, graph.DrawFilter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{graph.FormatMermaid, graph.FormatDOT} {
		var out bytes.Buffer
		if err := d.Write(&out, format); err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(out.String(), "\n") {
			if strings.Count(strings.ReplaceAll(strings.ReplaceAll(line, `\\`, ""), `\"`, ""), `"`)%2 != 0 {
				t.Errorf("%s: %s", format, line)
			}
		}
	}
}
