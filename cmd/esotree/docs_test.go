package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// The examples of README.md and docs/*.md are run. Of a page's fenced blocks
//
//   - yaml with an esotree apiVersion is a description: it renders without a finding, with a Platform of two regions where the
//     block has none. Other yaml is an excerpt of an object that the page's descriptions render to.
//   - console is run where the descriptions of the page are rendered from: after each "$ " a command, then what it prints, in
//     which … stands for anything. A comment <!-- run: COMMAND --> before it is run too.
//   - sh is what a reader runs elsewhere; the commands of esotree in it must exist, as those in `code` must.
//   - text and mermaid are not run.

const twoRegions = `apiVersion: esotree.openova.io/v1alpha1
kind: Platform
metadata: {name: openova}
spec:
  eso: {version: "2.9"}
  regions:
    - name: region1
      store: {provider: {vault: {server: "https://vault.region1.example.com", path: secret, version: v2, auth: {kubernetes: {mountPath: kubernetes, role: external-secrets}}}},
              fromOtherClusters: {vault: {auth: {kubernetes: {mountPath: kubernetes-$(cluster)}}}}}
    - name: region2
      store: {provider: {vault: {server: "https://vault.region2.example.com", path: secret, version: v2, auth: {kubernetes: {mountPath: kubernetes, role: external-secrets}}}},
              fromOtherClusters: {vault: {auth: {kubernetes: {mountPath: kubernetes-$(cluster)}}}}}
  environments: [{name: prod, regions: [region1, region2]}]
`

// block is a fenced block of a page, or a comment that is run.
type block struct {
	line           int
	language, text string
}

var (
	fence    = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$|^<!-- run: (.*?) -->$")
	span     = regexp.MustCompile("`(esotree [^`]+)`")
	notCalls = regexp.MustCompile(`…|\b[A-Z]{2,}\b|\b[AB]\b`)
)

func blocks(page string) []block {
	out := []block{}
	for _, m := range fence.FindAllStringSubmatchIndex(page, -1) {
		b := block{line: strings.Count(page[:m[0]], "\n") + 1}
		if m[6] >= 0 {
			b.language, b.text = "run", page[m[6]:m[7]]
		} else {
			b.language, b.text = page[m[2]:m[3]], page[m[4]:m[5]]
		}
		out = append(out, b)
	}
	return out
}

// self are the pages whose examples this test runs. Those of the commands, of pipelines and of kustomize have tests of their own
// that set up what they need; of these only the commands are looked at.
var self = [...]string{"README.md", "architecture.md", "classes.md", "measured.md", "platform-team.md", "security-reviewer.md", "seed.md", "survives.md", "tenant.md"}

func TestDocs(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil || len(pages) == 0 {
		t.Fatal(err, "no pages")
	}
	for _, name := range append(pages, filepath.Join(root, "README.md")) {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.Base(name), func(t *testing.T) {
			p := page{t: t, root: root, text: string(data)}
			if slices.Contains(self[:], filepath.Base(name)) {
				p.blocks = blocks(string(data))
			}
			p.run()
		})
	}
}

// TestDocsAreShort: a page for a class of users is one screen.
func TestDocsAreShort(t *testing.T) {
	for _, name := range []string{"platform-team", "tenant", "security-reviewer"} {
		data, err := os.ReadFile("../../docs/" + name + ".md")
		if err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(data, []byte("\n")); n > 52 {
			t.Errorf("%s has %d lines", name, n)
		}
	}
}

type page struct {
	t      *testing.T
	root   string
	text   string
	blocks []block
}

func (p *page) run() {
	t := p.t
	dir := t.TempDir()
	t.Chdir(dir)
	if p.blocks == nil {
		p.commands(false)
		return
	}
	description := p.describe()
	objects := p.objects()
	for _, b := range p.blocks {
		switch b.language {
		case "run":
			if out, err := p.shell(b.text); err != nil {
				t.Errorf("line %d: %v\n%s", b.line, err, out)
			}
		case "yaml":
			if !isDescription(b.text) && !p.excerpt(b, objects) {
				t.Errorf("line %d: nothing that the page's descriptions render to holds this:\n%s", b.line, b.text)
			}
		case "console":
			p.console(b)
		case "sh":
			for line := range strings.Lines(b.text) {
				if command, _, _ := strings.Cut(line, "#"); strings.HasPrefix(command, "esotree ") {
					p.exists(strings.TrimSpace(command))
				}
			}
		case "text", "mermaid":
		default:
			t.Errorf("line %d: a block of language %q", b.line, b.language)
		}
	}
	p.commands(description)
}

// commands are those in the page's text; with a description they are run too.
func (p *page) commands(description bool) {
	t := p.t
	for _, m := range span.FindAllStringSubmatch(p.text, -1) {
		p.exists(m[1])
		if description && !notCalls.MatchString(m[1]) && !strings.HasPrefix(m[1], "esotree init") {
			out, err := p.shell(m[1])
			var exit *exec.ExitError
			if errors.As(err, &exit) && exit.ExitCode() != exitUsage {
				err = nil // findings and drift
			}
			if err != nil {
				t.Errorf("%s: %v\n%s", m[1], err, out)
			}
		}
	}
}

func isDescription(text string) bool {
	return strings.Contains(text, "apiVersion: esotree.openova.io/")
}

// describe writes the descriptions of the page into the working folder and renders them.
func (p *page) describe() bool {
	var all []string
	for _, b := range p.blocks {
		if b.language == "yaml" && isDescription(b.text) {
			all = append(all, b.text)
		}
	}
	if len(all) == 0 {
		return false
	}
	text := strings.Join(all, "---\n")
	files := map[string]string{"acme.yaml": text}
	if !strings.Contains(text, "kind: Platform") {
		files["platform.yaml"] = twoRegions
	}
	for name, text := range files {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			p.t.Fatal(err)
		}
	}
	out, err := p.shell("esotree render --fail-on warning")
	if err != nil || strings.Count(out, "\n") != 1 {
		p.t.Errorf("%v\n%s", err, out)
	}
	return true
}

// objects are those that the page's descriptions render to, without them those of the example.
func (p *page) objects() []any {
	from := "."
	if _, err := os.Stat("rendered"); err != nil {
		from = filepath.Join(p.root, "examples/openova")
	}
	out, err := p.shell("esotree render --stdout " + from)
	if err != nil {
		p.t.Fatalf("%v\n%s", err, out)
	}
	var objects []any
	for d := yaml.NewDecoder(strings.NewReader(out)); ; {
		var o any
		if d.Decode(&o) != nil {
			return objects
		}
		objects = append(objects, o)
	}
}

func (p *page) excerpt(b block, objects []any) bool {
	var part any
	if err := yaml.Unmarshal([]byte(b.text), &part); err != nil {
		p.t.Errorf("line %d: %v", b.line, err)
	}
	return slices.ContainsFunc(objects, func(o any) bool { return holds(o, part) })
}

// holds reports whether a value has all of another: its keys, and its elements in their order.
func holds(whole, part any) bool {
	switch part := part.(type) {
	case map[string]any:
		whole, ok := whole.(map[string]any)
		for k, v := range part {
			ok = ok && holds(whole[k], v)
		}
		return ok
	case []any:
		whole, ok := whole.([]any)
		for _, v := range part {
			i := slices.IndexFunc(whole, func(w any) bool { return holds(w, v) })
			if !ok || i < 0 {
				return false
			}
			whole = whole[i+1:]
		}
		return ok
	default:
		return reflect.DeepEqual(whole, part)
	}
}

// console runs the commands of a block and compares what they print.
func (p *page) console(b block) {
	for i, part := range strings.Split("\n"+b.text, "\n$ ") {
		if i == 0 {
			if strings.TrimSpace(part) != "" {
				p.t.Errorf("line %d: the block does not begin with a command", b.line)
			}
			continue
		}
		command, want, _ := strings.Cut(part, "\n")
		got, err := p.shell(command)
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			p.t.Errorf("line %d: %s: %v", b.line, command, err)
		}
		var pattern strings.Builder
		for j, text := range strings.Split(strings.TrimRight(want, "\n"), "…") {
			if j > 0 {
				pattern.WriteString("(?s:.*)")
			}
			pattern.WriteString(regexp.QuoteMeta(text))
		}
		if !regexp.MustCompile("^" + pattern.String() + "$").MatchString(strings.TrimRight(got, "\n")) {
			p.t.Errorf("line %d: %s prints\n%s\nand not\n%s", b.line, command, got, want)
		}
	}
}

// shell runs a command in the page's folder and returns all that it prints.
func (p *page) shell(command string) (string, error) {
	c := exec.Command("sh", "-c", command)
	c.Env = append(os.Environ(), "ROOT="+p.root, "NO_COLOR=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
	out, err := c.CombinedOutput()
	return string(out), err
}

// exists demands that the program has a command and its flags.
func (p *page) exists(command string) {
	words := strings.Fields(command)[1:]
	program := &program{environment: environment{stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}, getenv: os.Getenv}}
	root := program.root()
	found, rest, err := root.Find(words)
	if err != nil || found == root && len(words) > 0 && !strings.HasPrefix(words[0], "-") {
		p.t.Errorf("%s: there is no such command", command)
		return
	}
	for _, word := range rest {
		if !strings.HasPrefix(word, "-") || word == "-" {
			continue
		}
		name, _, _ := strings.Cut(strings.TrimLeft(word, "-"), "=")
		flag := found.Flags().Lookup(name)
		if flag == nil {
			flag = found.InheritedFlags().Lookup(name)
		}
		if flag == nil && len(name) == 1 {
			flag = found.Flags().ShorthandLookup(name)
		}
		if flag == nil {
			p.t.Errorf("%s: there is no flag %s", command, word)
		}
	}
}

// TestDocsExamplesOfFields: the example of each field on the reference page is YAML.
func TestDocsExamplesOfFields(t *testing.T) {
	data, err := os.ReadFile("../../docs/reference.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := 0
	for line := range strings.Lines(string(data)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		if len(cells) != 5 || !strings.HasPrefix(line, "| ") {
			continue
		}
		example := strings.Trim(strings.TrimSpace(strings.ReplaceAll(cells[4], `\|`, "|")), "`")
		if example == "" || example == "example" {
			continue
		}
		examples++
		var value any
		if err := yaml.Unmarshal([]byte(example), &value); err != nil {
			t.Errorf("%s: %v", example, err)
		}
		if _, err := json.Marshal(value); err != nil {
			t.Errorf("%s: %v", example, err)
		}
	}
	if examples < 80 {
		t.Errorf("the page has %d examples", examples)
	}
}

// TestDocsMakeDemo runs the command that the README begins with, with a Go that has built the program already.
func TestDocsMakeDemo(t *testing.T) {
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("make is not there")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	program, err := exec.LookPath("esotree")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if err := os.CopyFS("examples", os.DirFS(filepath.Join(root, "examples"))); err != nil {
		t.Fatal(err)
	}
	stub := fmt.Sprintf("#!/bin/sh\nmkdir -p bin && cp %q bin/esotree\n", program)
	if err := os.WriteFile("go", []byte(stub), 0o700); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("make", "-f", filepath.Join(root, "Makefile"), "demo", "GO=./go").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"bin/demo/region1/tenants/acme/prod/externalsecret-postgres.yaml\n", "refreshPolicy: OnChange\n"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("it does not print %q", want)
		}
	}
}
