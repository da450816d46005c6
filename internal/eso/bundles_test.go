package eso

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// The tables are made by this test: -update writes what a plain run only compares. It reads the bundles that are at hand
// (ESOTREE_CRDS, ../shared/crds beside the repository, the module cache), replaces what the tables say of their release
// lines, and keeps what they say of all the others.
var update = flag.Bool("update", false, "write the tables instead of comparing them")

// bundleName is the file name of a bundle: external-secrets-v2.9.0.yaml.
var bundleName = regexp.MustCompile(`^external-secrets-v(\d+\.\d+)\.(\d+)\.yaml$`)

// moduleFolder is the folder of ESO's module in the module cache.
var moduleFolder = regexp.MustCompile(`/external-secrets@v(\d+\.\d+)\.(\d+)/`)

// bundle is the CRDs of one release.
type bundle struct {
	path  string
	patch int
}

// bundles finds the newest bundle at hand of each release line.
func bundles(t *testing.T) map[Release]bundle {
	t.Helper()
	found := map[Release]bundle{}
	take := func(line, patch, path string) {
		r, err := ParseRelease(line)
		if err != nil {
			t.Fatal(err)
		}
		n, err := strconv.Atoi(patch)
		if err != nil {
			t.Fatal(err)
		}
		if b, ok := found[r]; !ok || b.patch < n {
			found[r] = bundle{path: path, patch: n}
		}
	}
	for _, dir := range []string{os.Getenv("ESOTREE_CRDS"), "../../../shared/crds"} {
		if dir == "" {
			continue
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, entry := range entries {
			if m := bundleName.FindStringSubmatch(entry.Name()); m != nil {
				take(m[1], m[2], filepath.Join(dir, entry.Name()))
			}
		}
	}
	if cache, err := exec.Command("go", "env", "GOMODCACHE").Output(); err == nil {
		pattern := filepath.Join(strings.TrimSpace(string(cache)), "github.com/external-secrets/external-secrets@v*/deploy/crds/bundle.yaml")
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if m := moduleFolder.FindStringSubmatch(filepath.ToSlash(path)); m != nil {
				take(m[1], m[2], path)
			}
		}
	}
	return found
}

func TestTablesAreInStep(t *testing.T) {
	found := bundles(t)
	if len(found) == 0 {
		t.Skip("no CRD bundle at hand: set ESOTREE_CRDS to a folder with external-secrets-vX.Y.Z.yaml files")
	}
	tree := loadTree(t)
	for r := range found {
		if !slices.Contains(tree.releases, r) {
			tree.releases = append(tree.releases, r)
		}
	}
	slices.SortFunc(tree.releases, Release.Compare)
	for _, r := range slices.SortedFunc(maps.Keys(found), Release.Compare) {
		if patch, ok := tree.patches[r]; ok && patch > found[r].patch {
			t.Logf("%s: the tables are of the newer %s.%d", found[r].path, r, patch)
			continue
		}
		tree.replace(t, r, found[r])
	}
	for name, want := range tree.encode() {
		if *update {
			if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, want, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		have, err := os.ReadFile(name)
		if err != nil || !bytes.Equal(have, want) {
			t.Errorf("%s is not in step with the bundles of %d releases; run go generate", name, len(found))
		}
	}
}

// set is a set of releases; the tests' own form of lines, which does not depend on what is listed.
type set map[Release]bool

// crdTree is all tables in a form that can be edited.
type crdTree struct {
	releases []Release
	patches  map[Release]int // of the bundles that the tables were made from
	kinds    map[[2]string]*crdKind
}

type crdKind struct {
	Kind
	versions map[string]set
	root     *crdNode
}

type crdNode struct {
	typ      string
	in       set
	children map[string]*crdNode
	enum     []*crdValue // in the order of the newest bundle
	defaults []*crdValue
}

type crdValue struct {
	text string
	in   set
}

func newNode() *crdNode { return &crdNode{in: set{}, children: map[string]*crdNode{}} }

// loadTree reads the committed tables.
func loadTree(t *testing.T) *crdTree {
	t.Helper()
	tree := &crdTree{patches: map[Release]int{}, kinds: map[[2]string]*crdKind{}}
	text, err := os.ReadFile("kinds.txt")
	if errors.Is(err, os.ErrNotExist) {
		return tree
	} else if err != nil {
		t.Fatal(err)
	}
	c := parseKinds(string(text))
	tree.releases = c.releases
	first, _, _ := strings.Cut(string(text), "\n")
	for i, version := range strings.Split(first, "\t")[1:] {
		patch := version[strings.LastIndex(version, ".")+1:]
		if tree.patches[tree.releases[i]], err = strconv.Atoi(patch); err != nil {
			t.Fatal(err)
		}
	}
	expand := func(in lines) set {
		out := set{}
		for i, r := range c.releases {
			if in.has(i) {
				out[r] = true
			}
		}
		return out
	}
	for _, row := range c.kinds {
		kind := &crdKind{Kind: row.Kind, versions: map[string]set{}, root: newNode()}
		for _, v := range row.versions {
			kind.versions[v.text] = expand(v.in)
		}
		text, err := os.ReadFile("fields/" + row.Name + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		open := []*crdNode{kind.root}
		for _, f := range parseFields(string(text), c.releases) {
			n := newNode()
			n.typ, n.in = f.typ, expand(f.in)
			for _, v := range f.enum {
				n.enum = append(n.enum, &crdValue{v.text, expand(v.in)})
			}
			for _, v := range f.defaults {
				n.defaults = append(n.defaults, &crdValue{v.text, expand(v.in)})
			}
			open = open[:f.depth+1]
			open[f.depth].children[f.name] = n
			open = append(open, n)
		}
		tree.kinds[[2]string{row.Group, row.Name}] = kind
	}
	return tree
}

// schema is what the tables keep of an OpenAPI schema.
type schema struct {
	Type                 string            `yaml:"type"`
	Properties           map[string]schema `yaml:"properties"`
	Items                *schema           `yaml:"items"`
	AdditionalProperties *schema           `yaml:"additionalProperties"`
	Preserve             bool              `yaml:"x-kubernetes-preserve-unknown-fields"`
	IntOrString          bool              `yaml:"x-kubernetes-int-or-string"`
	Enum                 []string          `yaml:"enum"`
	Default              yaml.Node         `yaml:"default"`
}

type crd struct {
	Spec struct {
		Group string `yaml:"group"`
		Names struct {
			Kind   string `yaml:"kind"`
			Plural string `yaml:"plural"`
		} `yaml:"names"`
		Scope    string `yaml:"scope"`
		Versions []struct {
			Name    string `yaml:"name"`
			Served  bool   `yaml:"served"`
			Storage bool   `yaml:"storage"`
			Schema  struct {
				Root schema `yaml:"openAPIV3Schema"`
			} `yaml:"schema"`
		} `yaml:"versions"`
	} `yaml:"spec"`
}

// replace puts a bundle in the place of all that the tables say of its release.
func (tree *crdTree) replace(t *testing.T, r Release, from bundle) {
	t.Helper()
	tree.patches[r] = from.patch
	for _, kind := range tree.kinds {
		for _, in := range kind.versions {
			delete(in, r)
		}
		kind.root.forget(r)
	}
	file, err := os.Open(from.path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	decoder := yaml.NewDecoder(file)
	for {
		var doc crd
		if err := decoder.Decode(&doc); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%s: %v", from.path, err)
		}
		if doc.Spec.Names.Kind == "" {
			continue
		}
		id := [2]string{doc.Spec.Group, doc.Spec.Names.Kind}
		kind := tree.kinds[id]
		if kind == nil {
			kind = &crdKind{versions: map[string]set{}, root: newNode()}
			tree.kinds[id] = kind
		}
		kind.Kind = Kind{Group: id[0], Name: id[1], Plural: doc.Spec.Names.Plural, Namespaced: doc.Spec.Scope == "Namespaced"}
		for _, v := range doc.Spec.Versions {
			if !v.Served {
				continue
			}
			if kind.versions[v.Name] == nil {
				kind.versions[v.Name] = set{}
			}
			kind.versions[v.Name][r] = true
			if !v.Storage {
				continue
			}
			for name, property := range v.Schema.Root.Properties {
				if name == "metadata" || name == "status" {
					property = schema{Preserve: true}
				}
				kind.root.child(name).add(r, property)
			}
		}
	}
}

func (n *crdNode) child(name string) *crdNode {
	if n.children[name] == nil {
		n.children[name] = newNode()
	}
	return n.children[name]
}

func (n *crdNode) forget(r Release) {
	delete(n.in, r)
	for _, v := range slices.Concat(n.enum, n.defaults) {
		delete(v.in, r)
	}
	for _, c := range n.children {
		c.forget(r)
	}
}

func (n *crdNode) add(r Release, s schema) {
	n.in[r] = true
	for _, text := range s.Enum {
		n.enum = addValue(n.enum, text, r)
	}
	if s.Default.Kind != 0 {
		var v any
		if err := s.Default.Decode(&v); err != nil {
			panic(err)
		}
		text, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		n.defaults = addValue(n.defaults, string(text), r)
	}
	typ := s.Type
	switch {
	case s.Preserve || s.IntOrString || s.Type == "":
		typ = "any"
	case s.Type == "array":
		n.child("[]").add(r, *s.Items)
	case s.AdditionalProperties != nil:
		typ = "map"
		n.child("{}").add(r, *s.AdditionalProperties)
	default:
		for name, property := range s.Properties {
			n.child(name).add(r, property)
		}
	}
	for newer := range n.in {
		if newer.Compare(r) > 0 { // the type is that of the newest release which has the field
			return
		}
	}
	n.typ = typ
}

func addValue(values []*crdValue, text string, r Release) []*crdValue {
	for _, v := range values {
		if v.text == text {
			v.in[r] = true
			return values
		}
	}
	return append(values, &crdValue{text, set{r: true}})
}

// encode returns the tables by file name.
func (tree *crdTree) encode() map[string][]byte {
	out := map[string][]byte{}
	var index bytes.Buffer
	index.WriteString("releases")
	for _, r := range tree.releases {
		fmt.Fprintf(&index, "\t%s.%d", r, tree.patches[r])
	}
	index.WriteString("\n")
	ids := slices.SortedFunc(maps.Keys(tree.kinds), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	for _, id := range ids {
		kind := tree.kinds[id]
		scope := "Cluster"
		if kind.Namespaced {
			scope = "Namespaced"
		}
		fmt.Fprintf(&index, "%s\t%s\t%s\t%s", kind.Group, kind.Name, kind.Plural, scope)
		for _, version := range slices.SortedFunc(maps.Keys(kind.versions), byPriority) {
			if spans := tree.spans(kind.versions[version]); spans != "" {
				index.WriteString("\t" + version + "@" + spans)
			}
		}
		index.WriteString("\n")
		var table bytes.Buffer
		tree.encodeNode(&table, kind.root, "", 0)
		out["fields/"+kind.Name+".txt"] = table.Bytes()
	}
	out["kinds.txt"] = index.Bytes()
	return out
}

func (tree *crdTree) encodeNode(out *bytes.Buffer, n *crdNode, parent string, depth int) {
	for _, name := range slices.Sorted(maps.Keys(n.children)) {
		c := n.children[name]
		spans := tree.spans(c.in)
		if spans == "" {
			continue
		}
		out.WriteString(strings.Repeat("\t", depth) + name + "\t" + c.typ)
		if spans != parent {
			out.WriteString("\t@" + spans)
		}
		for _, v := range c.enum {
			tree.encodeValue(out, "enum", v, spans)
		}
		for _, v := range c.defaults {
			tree.encodeValue(out, "default", v, spans)
		}
		out.WriteString("\n")
		tree.encodeNode(out, c, spans, depth+1)
	}
}

func (tree *crdTree) encodeValue(out *bytes.Buffer, word string, v *crdValue, parent string) {
	spans := tree.spans(v.in)
	if spans == "" {
		return
	}
	out.WriteString("\t" + word)
	if spans != parent {
		out.WriteString("@" + spans)
	}
	out.WriteString("=" + v.text)
}

// spans writes a set of releases as ranges; a range that reaches the newest one is left open.
func (tree *crdTree) spans(in set) string {
	var out []string
	for i := 0; i < len(tree.releases); i++ {
		if !in[tree.releases[i]] {
			continue
		}
		begin := i
		for i+1 < len(tree.releases) && in[tree.releases[i+1]] {
			i++
		}
		span := tree.releases[begin].String()
		if i == len(tree.releases)-1 {
			span += "-"
		} else if i > begin {
			span += "-" + tree.releases[i].String()
		}
		out = append(out, span)
	}
	return strings.Join(out, ",")
}

// byPriority is the API server's own order of versions: v1, v1beta1, v1alpha1.
func byPriority(a, b string) int {
	rank := func(s string) int {
		switch {
		case strings.Contains(s, "alpha"):
			return 2
		case strings.Contains(s, "beta"):
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(b, a))
}
