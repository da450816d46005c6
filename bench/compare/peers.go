package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/openova-io/esotree/internal/canon"
	"github.com/openova-io/esotree/object"
)

// peer is another tool that can make the same objects.
type peer struct {
	name    string
	version []string
	target  float64
	// source writes its own description of the objects of some tenants into dir and returns the command that prints them.
	source func(dir string, objects []*object.Object, tenants int) (args []string, err error)
}

func peers() []peer {
	return []peer{
		{"helm", []string{"helm", "version", "--short"}, 5, helm},
		{"jsonnet", []string{"jsonnet", "--version"}, 5, jsonnet},
		{"cue", []string{"cue", "version"}, 10, cue},
		{"PyYAML", []string{"python3", "-c", "import sys, yaml; print('PyYAML', yaml.__version__, 'with libyaml' if yaml.__with_libyaml__ else 'without libyaml', 'on Python', sys.version.split()[0])"}, 1, python},
		{"kustomize", []string{"kustomize", "version"}, 1, nil},
	}
}

// find reports whether a tool is there, and notes its version or its absence.
func (s *session) find(p peer) bool {
	out, err := exec.CommandContext(s.ctx, p.version[0], p.version[1:]...).Output()
	if err != nil {
		s.report.Absent = append(s.report.Absent, p.name)
		return false
	}
	first, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	s.report.Versions[p.name] = first
	return true
}

// comparePeers is all objects on stdout, by each tool that is there. Each tool's source is made from what esotree renders
// for one service, and shown to make the same objects before it is timed.
func (s *session) comparePeers() error {
	objects, err := s.objects()
	if err != nil {
		return err
	}
	dir := filepath.Join(s.work, "stdout")
	if err := describe(dir, 250); err != nil {
		return err
	}
	ours := s.process("render --stdout", nil, s.stdout(dir))
	sides := []*side{ours}
	var targets []float64
	for _, p := range peers() {
		if p.source == nil || !s.find(p) {
			continue
		}
		if err := s.same(p, objects); err != nil {
			return err
		}
		at := filepath.Join(s.work, p.name)
		args, err := p.source(at, objects, 250)
		if err != nil {
			return err
		}
		sides = append(sides, s.process(p.name, nil, func(int) command { return command{dir: at, args: args} }))
		targets = append(targets, p.target)
	}
	if err := s.alternate(s.runs, sides...); err != nil {
		return err
	}
	for i, x := range sides[1:] {
		s.report.faster("10,000 objects to stdout", *ours, *x, targets[i])
	}
	return s.compareKustomize()
}

// stdout prints all objects of the descriptions in a folder.
func (s *session) stdout(dir string) func(int) command {
	return func(int) command { return command{dir: dir, args: []string{s.program, "render", "--stdout"}} }
}

// compareKustomize builds 1,000 objects under one root; 10,000 would take minutes, as the time is quadratic.
func (s *session) compareKustomize() error {
	list := peers()
	if !s.find(list[len(list)-1]) {
		return nil
	}
	dir := filepath.Join(s.work, "kustomize")
	if err := describe(dir, 25); err != nil {
		return err
	}
	if _, err := s.exec(command{dir: dir, args: []string{s.program, "render"}}, io.Discard); err != nil {
		return err
	}
	root := "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n"
	for i := range 25 {
		root += fmt.Sprintf("- rendered/region1/tenants/tenant-%06d/prod\n", i)
	}
	if err := os.WriteFile(filepath.Join(dir, "kustomization.yaml"), []byte(root), 0o666); err != nil {
		return err
	}
	ours := s.process("render --stdout", nil, func(int) command {
		return command{dir: dir, args: []string{s.program, "render", "--stdout", "platform.yaml", "tenants"}}
	})
	theirs := s.process("kustomize", nil, func(int) command { return command{dir: dir, args: []string{"kustomize", "build", "."}} })
	if err := s.alternate(min(s.runs, 5), ours, theirs); err != nil {
		return err
	}
	s.report.faster("1,000 objects to stdout", *ours, *theirs, 1)
	return nil
}

// same fails when a tool makes other objects than esotree, for two tenants.
func (s *session) same(p peer, objects []*object.Object) error {
	dir := filepath.Join(s.work, "same-"+p.name)
	if err := describe(dir, 2); err != nil {
		return err
	}
	var want, got bytes.Buffer
	if _, err := s.exec(s.stdout(dir)(0), &want); err != nil {
		return err
	}
	args, err := p.source(dir, objects, 2)
	if err != nil {
		return err
	}
	if _, err := s.exec(command{dir: dir, args: args}, &got); err != nil {
		return err
	}
	a, err := documents(&want)
	if err != nil {
		return err
	}
	b, err := documents(&got)
	if err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || a[i] != b[i] {
			return fmt.Errorf("%s makes other objects: %d and not %d, the first that differs being\n%s\nand not\n%s", p.name, len(b), len(a), strings.Join(b[i:min(i+1, len(b))], ""), strings.Join(a[i:min(i+1, len(a))], ""))
		}
	}
	return nil
}

// documents is a YAML stream's objects as sorted JSON, but for the stores.
func documents(r io.Reader) ([]string, error) {
	var out []string
	for d := yaml.NewDecoder(r); ; {
		var v map[string]any
		if err := d.Decode(&v); errors.Is(err, io.EOF) {
			slices.Sort(out)
			return out, nil
		} else if err != nil {
			return nil, err
		}
		if v == nil || v["kind"] == "ClusterSecretStore" {
			continue
		}
		text, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		out = append(out, string(text))
	}
}

var (
	// number is in the names of the first service's objects.
	number = regexp.MustCompile(`\b(?:db|service)-00\b`)
	// placeholder is what differs between the objects of two services.
	placeholder = regexp.MustCompile(`tenant-000000|(?:db|service)-00`)
)

// holes replaces what differs in a text by variables: t, the tenant's name, and s, the service's number. Literal text goes
// through quote, a variable through hole.
func holes(text string, quote, hole func(string) string) string {
	var b strings.Builder
	for {
		at := placeholder.FindStringIndex(text)
		if at == nil {
			b.WriteString(quote(text))
			return b.String()
		}
		name := text[at[0]:at[1]]
		literal, variable := text[:at[0]], "t"
		if name != "tenant-000000" {
			literal, variable = text[:at[0]]+strings.TrimSuffix(name, "00"), "s"
		}
		b.WriteString(quote(literal))
		b.WriteString(hole(variable))
		text = text[at[1]:]
	}
}

// expression writes objects as nested maps and lists of a language: its strings are made by text.
func expression(objects []*object.Object, text func(string) string) (string, error) {
	var b strings.Builder
	var write func(v any) error
	write = func(v any) error {
		switch v := v.(type) {
		case map[string]any:
			b.WriteString("{")
			for i, key := range slices.Sorted(keys(v)) {
				if i > 0 {
					b.WriteString(", ")
				}
				fmt.Fprintf(&b, "%q: ", key)
				if err := write(v[key]); err != nil {
					return err
				}
			}
			b.WriteString("}")
		case []any:
			b.WriteString("[")
			for i, item := range v {
				if i > 0 {
					b.WriteString(", ")
				}
				if err := write(item); err != nil {
					return err
				}
			}
			b.WriteString("]")
		case string:
			b.WriteString(text(v))
		default:
			data, err := json.Marshal(v)
			b.Write(data)
			return err
		}
		return nil
	}
	var list []any
	for _, o := range objects {
		data, err := canon.Append(nil, o.Value)
		if err != nil {
			return "", err
		}
		var v map[string]any
		if err := yaml.Unmarshal(data, &v); err != nil {
			return "", err
		}
		list = append(list, v)
	}
	err := write(list)
	return b.String(), err
}

func keys(m map[string]any) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func save(dir string, files map[string]string) error {
	for name, text := range files {
		full := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(full, []byte(text), 0o666); err != nil {
			return err
		}
	}
	return nil
}

// helm is a chart: the text of the objects with variables, once per tenant and service of the values.
func helm(dir string, objects []*object.Object, tenants int) ([]string, error) {
	var b strings.Builder
	b.WriteString("{{- range $t := .Values.tenants }}\n{{- range $s := $.Values.services }}\n")
	for _, o := range objects {
		data, err := canon.Append([]byte("---\n"), o.Value)
		if err != nil {
			return nil, err
		}
		b.WriteString(holes(string(data), func(s string) string { return strings.ReplaceAll(s, "{{", `{{ "{{" }}`) }, func(v string) string { return "{{ $" + v + " }}" }))
	}
	b.WriteString("{{- end }}\n{{- end }}\n")
	values := "tenants:\n"
	for i := range tenants {
		values += fmt.Sprintf("- tenant-%06d\n", i)
	}
	values += "services:\n"
	for i := range services {
		values += fmt.Sprintf("- \"%02d\"\n", i)
	}
	return []string{"helm", "template", "bench", "chart"}, save(dir, map[string]string{"chart/Chart.yaml": "apiVersion: v2\nname: bench\nversion: 1.0.0\n",
		"chart/values.yaml": values, "chart/templates/all.yaml": b.String()})
}

func quoted(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string can always be encoded
	return strings.TrimSpace(b.String())
}

func jsonnet(dir string, objects []*object.Object, tenants int) ([]string, error) {
	body, err := expression(objects, func(s string) string {
		return holes(s, quoted, func(v string) string { return " + " + v + " + " })
	})
	return []string{"jsonnet", "-y", "all.jsonnet"}, errors.Join(err, save(dir, map[string]string{"all.jsonnet": fmt.Sprintf(
		"[o for i in std.range(0, %d) for t in [std.format('tenant-%%06d', i)] for n in std.range(0, %d) for s in [std.format('%%02d', n)] for o in %s]\n", tenants-1, services-1, body)}))
}

func cue(dir string, objects []*object.Object, tenants int) ([]string, error) {
	body, err := expression(objects, func(s string) string {
		inner := func(s string) string { q := quoted(s); return q[1 : len(q)-1] }
		return `"` + holes(s, inner, func(v string) string { return `\(` + v + ")" }) + `"`
	})
	var list strings.Builder
	for i := range tenants {
		fmt.Fprintf(&list, "\"tenant-%06d\", ", i)
	}
	var numbers strings.Builder
	for i := range services {
		fmt.Fprintf(&numbers, "\"%02d\", ", i)
	}
	return []string{"cue", "export", "all.cue", "--out", "text", "-e", "yaml.MarshalStream(objects)"}, errors.Join(err, save(dir, map[string]string{"all.cue": fmt.Sprintf(
		"import \"encoding/yaml\"\n\nobjects: [for t in [%s] for s in [%s] for o in %s {o}]\nout: yaml.MarshalStream(objects)\n", list.String(), numbers.String(), body)}))
}

func python(dir string, objects []*object.Object, tenants int) ([]string, error) {
	body, err := expression(objects, func(s string) string {
		return holes(s, quoted, func(v string) string { return " + " + v + " + " })
	})
	for from, to := range map[string]string{": true": ": True", ": false": ": False", ": null": ": None"} {
		body = strings.ReplaceAll(body, from, to)
	}
	return []string{"python3", "all.py"}, errors.Join(err, save(dir, map[string]string{"all.py": fmt.Sprintf(`import sys, yaml

def objects():
    for i in range(%d):
        t = "tenant-%%06d" %% i
        for n in range(%d):
            s = "%%02d" %% n
            yield from %s

yaml.dump_all(objects(), sys.stdout, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), sort_keys=False)
`, tenants, services, body)}))
}
