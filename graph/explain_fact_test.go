package graph

import (
	"os"
	"slices"
	"strings"
	"testing"
)

func squeeze(text string) string { return strings.Join(strings.Fields(text), " ") }

// TestFactsAreMeasured ties each sentence about the operator to the record of measurements.
func TestFactsAreMeasured(t *testing.T) {
	data, err := os.ReadFile("testdata/facts.md")
	if err != nil {
		t.Fatal(err)
	}
	record := squeeze(string(data))
	seen := map[string]bool{}
	for _, f := range Facts() {
		if f.Text == "" || strings.HasSuffix(f.Text, ".") {
			t.Errorf("%s: %q is no sentence without a full stop", f.ID, f.Text)
		}
		if len(f.Quote) < 20 || !strings.Contains(record, squeeze(f.Quote)) {
			t.Errorf("%s: nothing was measured that says %q", f.ID, f.Quote)
		}
		if seen[f.ID] {
			t.Errorf("there are two facts %s", f.ID)
		}
		seen[f.ID] = true
	}
	// The record beside the repository, where it is there, is the one that the copy was taken from.
	if original, err := os.ReadFile("../../shared/eso-facts.md"); err == nil {
		for _, line := range strings.Split(string(data), "\n") {
			if line = squeeze(line); strings.HasPrefix(line, "- ") || strings.HasPrefix(line, "`") {
				if !strings.Contains(squeeze(string(original)), strings.TrimPrefix(line, "- ")) {
					t.Errorf("testdata/facts.md says what the record does not: %q", line)
				}
			}
		}
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
		if !slices.ContainsFunc(sources, func(s string) bool { return strings.Contains(s, name) }) {
			t.Errorf("nothing uses %s", name)
		}
	}
}
