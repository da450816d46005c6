package graph

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

func squeeze(text string) string { return strings.Join(strings.Fields(text), " ") }

// sections are the texts below the headings of a page, by the anchor that GitHub gives each.
func sections(page string) map[string]string {
	out := map[string]string{}
	anchor := ""
	for _, line := range strings.Split(page, "\n") {
		if title, ok := strings.CutPrefix(line, "## "); ok {
			anchor = strings.ReplaceAll(strings.ToLower(title), " ", "-")
		}
		out[anchor] += line + "\n"
	}
	return out
}

// TestFactsAreMeasured ties each sentence about the operator to the record of what was measured, and to the end-to-end
// scenario that shows it again.
func TestFactsAreMeasured(t *testing.T) {
	read := func(name string) string {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	record := sections(read("../docs/operator.md"))
	measured, scenarios := read("../docs/measured.md"), read("../e2e/scenario/scenario.go")
	seen := map[string]bool{}
	last := ""
	for _, f := range Facts() {
		if f.Text == "" || strings.HasSuffix(f.Text, ".") {
			t.Errorf("%s: %q is no sentence without a full stop", f.ID, f.Text)
		}
		if !slices.Contains(Topics(), f.About) {
			t.Errorf("%s is about %q", f.ID, f.About)
		}
		if len(f.Quote) < 20 || !strings.Contains(squeeze(record[f.Record]), squeeze(f.Quote)) {
			t.Errorf("%s: docs/operator.md#%s does not say %q", f.ID, f.Record, f.Quote)
		}
		if n := f.Scenario; n > 0 {
			if !strings.Contains(measured, fmt.Sprintf(`<a id="scenario-%d"></a>`, n)) {
				t.Errorf("%s: docs/measured.md has no scenario %d", f.ID, n)
			}
			if !strings.Contains(scenarios, fmt.Sprintf("\t\t{%d, ", n)) {
				t.Errorf("%s: there is no scenario %d", f.ID, n)
			}
		}
		if f.Only != "" && f.Scenario > 0 {
			t.Errorf("%s: the scenarios run with all releases", f.ID)
		}
		for _, release := range strings.Split(f.Measured(), " and ") {
			if !strings.Contains(record[""], release) {
				t.Errorf("%s: docs/operator.md is not about %s", f.ID, release)
			}
		}
		if seen[f.ID] || f.ID < last {
			t.Errorf("%s is there twice or out of order", f.ID)
		}
		seen[f.ID], last = true, f.ID
	}
}

// TestFactsAreUsed finds facts that nothing prints.
func TestFactsAreUsed(t *testing.T) {
	var sources []string
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if name := f.Name(); strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") && name != "explain_fact.go" {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			sources = append(sources, string(data))
		}
	}
	data, err := os.ReadFile("explain_fact.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(data), "\n") {
		name, _, ok := strings.Cut(strings.TrimSpace(line), " = \"")
		if name = strings.TrimSpace(name); !ok || !strings.HasPrefix(name, "fact") {
			continue
		}
		instead := strings.Contains(string(data), "Instead: map[string]string{") && strings.Contains(string(data), ": "+name+"}")
		if !instead && !slices.ContainsFunc(sources, func(s string) bool { return strings.Contains(s, name) }) {
			t.Errorf("nothing uses %s", name)
		}
	}
}
