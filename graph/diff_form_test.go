package graph_test

import (
	"encoding/json"
	"testing"

	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/object"
)

// former is a rendered side in the form that it had before origins noted down when a value was made: no such key, and a push
// of what is in the Secret with nothing but the epoch in its template.
func former(t *testing.T, side graph.Side) (graph.Side, int) {
	t.Helper()
	changed := 0
	out := graph.Side{}
	for _, o := range side.Objects {
		text, err := o.JSON()
		if err != nil {
			t.Fatal(err)
		}
		var v map[string]any
		if err := json.Unmarshal(text, &v); err != nil {
			t.Fatal(err)
		}
		at := func(path ...string) map[string]any {
			in := v
			for _, field := range path {
				in, _ = in[field].(map[string]any)
			}
			return in
		}
		if template := at("spec", "target", "template"); o.Kind == "ExternalSecret" && template["templateFrom"] != nil {
			delete(template, "templateFrom")
			changed++
		}
		if data := at("spec", "template", "data"); o.Kind == "PushSecret" && data != nil {
			changed++
			if epoch := data["_epoch"]; epoch != nil {
				at("spec")["template"] = map[string]any{"mergePolicy": "Merge", "data": map[string]any{"_epoch": epoch}}
			} else {
				delete(at("spec"), "template")
			}
		}
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Objects = append(out.Objects, &object.Object{ID: o.ID, Cluster: o.Cluster, Value: json.RawMessage(raw), Origin: o.Origin})
	}
	return out, changed
}

// TestFormerForm compares what an earlier esotree rendered with what this one does: no secret is in any danger.
func TestFormerForm(t *testing.T) {
	is := side(t, openova(t))
	was, changed := former(t, is)
	if changed < 2 {
		t.Fatalf("%d objects had another form", changed)
	}
	for _, d := range []*graph.Difference{graph.Diff(was, is), graph.Diff(is, was)} {
		for _, c := range d.Changes {
			if c.Kind != graph.Stays {
				t.Errorf("%s %s: %s", c.Kind, c.Secret, c.Why)
			}
		}
		if d.Objects == 0 {
			t.Error("nothing changed")
		}
	}
}
