package main

import (
	"os"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestHooks checks what pre-commit does not: that each hook runs a command that there is, on every commit and by itself, that
// each has a twin for the program on PATH, and that no version of Go is pinned, which go.mod would outgrow.
func TestHooks(t *testing.T) {
	data, err := os.ReadFile("../../.pre-commit-hooks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	type hook struct {
		ID, Name, Description, Entry, Language string
		Args                                   []string
		AlwaysRun                              bool  `yaml:"always_run"`
		PassFilenames                          *bool `yaml:"pass_filenames"`
		RequireSerial                          bool  `yaml:"require_serial"`
	}
	var hooks []hook
	d := yaml.NewDecoder(strings.NewReader(string(data)))
	d.KnownFields(true)
	if err := d.Decode(&hooks); err != nil {
		t.Fatal(err)
	}
	languages := map[string]map[string]string{}
	for _, h := range hooks {
		if h.Name == "" || h.Description == "" || !h.AlwaysRun || !h.RequireSerial || h.PassFilenames == nil || *h.PassFilenames {
			t.Errorf("hook %s: %+v", h.ID, h)
		}
		words := strings.Fields(h.Entry)
		cmd, _, err := (&program{}).root().Find(words[1:])
		if words[0] != "esotree" || err != nil || cmd.ParseFlags(words[2:]) != nil || cmd.Name() != words[1] {
			t.Errorf("hook %s: there is no command %q", h.ID, h.Entry)
		}
		id := strings.TrimSuffix(h.ID, "-system")
		if languages[id] == nil {
			languages[id] = map[string]string{}
		}
		languages[id][h.Language] = h.Entry + strings.Join(h.Args, " ")
		if (h.Language == "system") != (id != h.ID) {
			t.Errorf("hook %s is of the language %s", h.ID, h.Language)
		}
	}
	for id, by := range languages {
		if len(by) != 2 || by["golang"] != by["system"] {
			t.Errorf("hook %s: %v", id, by)
		}
	}
	if len(languages) != 3 {
		t.Errorf("%d hooks", len(languages))
	}
}

// TestHooksPage demands that the hooks that docs/pre-commit.md names are there, and that the page names them all.
func TestHooksPage(t *testing.T) {
	manifest, err := os.ReadFile("../../.pre-commit-hooks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../docs/pre-commit.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := 0
	for i, block := range strings.Split(string(page), "```") {
		text, ok := strings.CutPrefix(block, "yaml\n")
		if i%2 == 0 || !ok {
			continue
		}
		blocks++
		var config struct {
			Repos []struct {
				Repo, Rev string
				Hooks     []struct{ ID string }
			}
		}
		d := yaml.NewDecoder(strings.NewReader(text))
		d.KnownFields(true)
		if err := d.Decode(&config); err != nil || len(config.Repos) == 0 {
			t.Fatalf("block %d: %v", blocks, err)
		}
		for _, hook := range config.Repos[0].Hooks {
			if !strings.Contains(string(manifest), "- id: "+hook.ID+"\n") {
				t.Errorf("there is no hook %q", hook.ID)
			}
		}
	}
	if blocks != 2 {
		t.Errorf("%d blocks", blocks)
	}
	for _, line := range strings.Split(string(manifest), "\n") {
		if id, ok := strings.CutPrefix(line, "- id: "); ok && !strings.HasSuffix(id, "-system") && !strings.Contains(string(page), "`"+id+"`") {
			t.Errorf("the page does not name %s", id)
		}
		if entry, ok := strings.CutPrefix(line, "  entry: "); ok && !strings.Contains(string(page), "`"+entry) {
			t.Errorf("the page does not say that %q is run", entry)
		}
	}
}
