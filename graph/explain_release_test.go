package graph_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/openova-io/esotree/graph"
)

// running says which release each region runs.
func running(side graph.Side, releases map[string]string) graph.Side {
	side.Release = func(cluster string) string { return releases[cluster] }
	return side
}

// TestFactsByRelease explains one secret whose home runs one release or another.
func TestFactsByRelease(t *testing.T) {
	base := openova(t).with(t, "tenants/acme.yaml", "      class: database-password", "      class: database-password\n      push: {deletion: Delete}")
	for _, c := range []struct {
		region1   string
		has, lack []string
	}{
		{"2.9", []string{"ExternalSecret still says that it is synced [delete-source-gone]", "and stays when its ExternalSecret is deleted [create-or-merge]"}, []string{"source-gone]", "(measured"}},
		{"0.20", []string{"the push fails until it is back [source-gone]", "says that it is synced (measured with 2.9.0; region1 runs 0.20) [delete-switch]"}, []string{"[delete-source-gone]"}},
		{"1.3", []string{"still says that it is synced (measured with 2.9.0; region1 runs 1.3) [delete-source-gone]", "the stores are asked first: relabelled, deleted, restored or with a template edited, the value stays (measured with 0.20.4 and 2.9.0; region1 runs 1.3) [stores-asked]"}, []string{"[source-gone]"}},
		{"", []string{"still says that it is synced (measured with 2.9.0) [delete-source-gone]"}, []string{"[source-gone]", "runs"}},
	} {
		t.Run(c.region1, func(t *testing.T) {
			side := running(side(t, base), map[string]string{"region1": c.region1, "region2": "2.9"})
			list, err := graph.Explain(side, "acme-prod/postgres", graph.ExplainOptions{})
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			if err := graph.WriteExplanations(&b, list, graph.FormatText); err != nil {
				t.Fatal(err)
			}
			for _, want := range c.has {
				if !strings.Contains(b.String(), want) {
					t.Errorf("there is no %q in\n%s", want, b.String())
				}
			}
			for _, bad := range c.lack {
				if bad == "source-gone]" {
					bad = " [source-gone]"
				}
				if strings.Contains(b.String(), bad) {
					t.Errorf("there is %q in\n%s", bad, b.String())
				}
			}
			for _, h := range list[0].Hops {
				if h.Step == graph.StepPush && slices.Contains(h.Facts, "source-gone") != (c.region1 == "0.20") {
					t.Errorf("the push does %v", h.Facts)
				}
			}
		})
	}
}

// TestFactsOfTwoReleases asks for deletion where the platform's home runs one release and the tenants' another: both sentences are
// there, each with its region.
func TestFactsOfTwoReleases(t *testing.T) {
	base := openova(t).with(t, "platform.yaml", "      home: region1", "      home: region2")
	all := base.with(t, "platform.yaml", "  vars:\n    domain", "  push: {deletion: Delete}\n  vars:\n    domain")
	releases := map[string]string{"region1": "0.20", "region2": "2.9"}
	d := graph.Diff(running(side(t, base), releases), running(side(t, all), releases))
	var b strings.Builder
	if err := d.Write(&b, graph.FormatText); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"the key goes when the source Secret is deleted, while the ExternalSecret still says that it is synced (in region2) [delete-source-gone]",
		"the key stays when the source Secret is deleted: the push fails until it is back (in region1) [source-gone]",
		"when its PushSecret goes or a store leaves its list [delete-push-gone]",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("there is no %q in\n%s", want, b.String())
		}
	}
	if len(d.Of(graph.DeletesWhenGone)) == 0 {
		t.Fatal("nothing is deleted when it is gone")
	}
	for _, c := range d.Of(graph.DeletesWhenGone) {
		want := "delete-source-gone"
		if c.Tenant == "" {
			want = "source-gone"
		}
		if !slices.ContainsFunc(c.Facts, func(f graph.Fact) bool { return f.ID == want }) {
			t.Errorf("%s: %v, want %s", c.Secret, c.Facts, want)
		}
	}
}
