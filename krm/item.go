package krm

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/schema"
)

// Annotations of the functions specification, of kustomize, and our own.
const (
	pathAnnotation        = "internal.config.kubernetes.io/path"
	indexAnnotation       = "internal.config.kubernetes.io/index"
	legacyPathAnnotation  = "config.kubernetes.io/path"
	legacyIndexAnnotation = "config.kubernetes.io/index"
	kustomizeID           = "kustomize.config.k8s.io/id"
	kustomizeOrigin       = "config.kubernetes.io/origin"

	// RenderedAnnotation marks an object that the function made in a file: <platform>:<folder of the tree>.
	RenderedAnnotation = "esotree.openova.io/rendered"
)

// item is one object of the list.
type item struct {
	node *yaml.Node
	ref  diag.ObjectRef
	// path is the file that the item came from, relative to the package, or "".
	path        string
	index       int
	annotations map[string]string

	doc *yamlsrc.Document
	// exact is set when doc is the file that a person wrote.
	exact bool
}

func newItem(node *yaml.Node) *item {
	text := func(path ...string) string {
		if n := child(node, path...); n != nil && n.Kind == yaml.ScalarNode && n.Tag != "!!null" {
			return n.Value
		}
		return ""
	}
	it := &item{node: node, annotations: map[string]string{}, ref: diag.ObjectRef{APIVersion: text("apiVersion"), Kind: text("kind"),
		Namespace: text("metadata", "namespace"), Name: text("metadata", "name")}}
	if n := child(node, "metadata", "annotations"); n != nil && n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			it.annotations[n.Content[i].Value] = n.Content[i+1].Value
		}
	}
	it.path, it.index = it.annotations[pathAnnotation], 0
	if it.path == "" {
		it.path = it.annotations[legacyPathAnnotation]
	}
	for _, name := range []string{legacyIndexAnnotation, indexAnnotation} {
		if i, err := strconv.Atoi(it.annotations[name]); err == nil {
			it.index = i
		}
	}
	return it
}

// isDescription reports whether the item is a Platform or a Tenant, of whatever version.
func (it *item) isDescription() bool {
	return strings.HasPrefix(it.ref.APIVersion, "esotree.openova.io/") && (it.ref.Kind == schema.KindPlatform || it.ref.Kind == schema.KindTenant)
}

// json returns the item as JSON; null where a number is infinite.
func (it *item) json() json.RawMessage {
	data, err := yamlsrc.NodeJSON(it.node)
	if err != nil {
		return json.RawMessage("null")
	}
	return data
}

// document returns the item's text: the file that a person wrote where it can be read and says the same, else the item as
// it came in.
func (it *item) document(r *run) *yamlsrc.Document {
	if it.doc != nil {
		return it.doc
	}
	for _, name := range []string{it.path, it.origin()} {
		if doc := it.written(r.file(name)); doc != nil {
			it.doc, it.exact = doc, true
			return doc
		}
	}
	label := it.label(r.in != nil && r.in.kustomize())
	docs, _ := yamlsrc.Read(diag.NewFile(label, it.text()), yamlsrc.DefaultLimits())
	if len(docs) == 0 { // a scalar: there is nothing to find in it
		docs, _ = yamlsrc.Read(diag.NewFile(label, []byte("{}\n")), yamlsrc.DefaultLimits())
	}
	it.doc = docs[0]
	return it.doc
}

// label names an item whose file can't be read. In a build of kustomize the paths of items are made up.
func (it *item) label(kustomize bool) string {
	name := it.ref.String()
	switch {
	case it.path != "" && !kustomize:
		return it.path + " (as the function got it)"
	case name == "":
		return stdinName
	}
	return name
}

// origin is the path of kustomize's originAnnotations, "" where it is in another repository.
func (it *item) origin() string {
	var origin struct{ Path, Repo string }
	if yaml.Unmarshal([]byte(it.annotations[kustomizeOrigin]), &origin) != nil || origin.Repo != "" {
		return ""
	}
	return origin.Path
}

// text is the item's own YAML; JSON where it uses aliases, whose anchors may stand elsewhere.
func (it *item) text() []byte {
	if !aliased(it.node) {
		var b bytes.Buffer
		e := yaml.NewEncoder(&b)
		e.SetIndent(2)
		if e.Encode(it.node) == nil && e.Close() == nil {
			return b.Bytes()
		}
	}
	return append(it.json(), '\n')
}

func aliased(n *yaml.Node) bool {
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		return true
	}
	for _, c := range n.Content {
		if aliased(c) {
			return true
		}
	}
	return false
}

// written finds the item in a file: the document of the same kind, name and content, with everything else in the file blanked
// out, so that places stay right and nothing else is read.
func (it *item) written(f *diag.File) *yamlsrc.Document {
	if f == nil {
		return nil
	}
	for _, text := range isolated(f.Data) {
		docs, findings := yamlsrc.Read(diag.NewFile(f.Name, text), yamlsrc.Limits{Comments: true})
		if len(findings) == 0 && len(docs) == 1 && docs[0].Kind() == it.ref.Kind && docs[0].Name() == it.ref.Name &&
			sameSpec(docs[0].Commented(), it.node) {
			return docs[0]
		}
	}
	return nil
}

// isolated returns the text once for each of its documents, with all others blanked out.
func isolated(data []byte) [][]byte {
	var starts []int
	for at := 0; at < len(data); {
		if at == 0 || bytes.HasPrefix(data[at:], []byte("---")) {
			starts = append(starts, at)
		}
		next := bytes.IndexByte(data[at:], '\n')
		if next < 0 {
			break
		}
		at += next + 1
	}
	out := make([][]byte, 0, len(starts))
	for i, start := range starts {
		end := len(data)
		if i+1 < len(starts) {
			end = starts[i+1]
		}
		text := bytes.Clone(data)
		for j := range text {
			if (j < start || j >= end) && text[j] != '\n' && text[j] != '\r' {
				text[j] = ' '
			}
		}
		out = append(out, text)
	}
	return out
}

// sameSpec reports whether two objects say the same but for their metadata, which orchestrators annotate.
func sameSpec(a, b *yaml.Node) bool {
	var values [2]map[string]any
	for i, n := range []*yaml.Node{a, b} {
		data, err := yamlsrc.NodeJSON(n)
		if err != nil || json.Unmarshal(data, &values[i]) != nil {
			return false
		}
		delete(values[i], "metadata")
	}
	return reflect.DeepEqual(values[0], values[1])
}

// child follows mapping keys; nil where there is no such value.
func child(n *yaml.Node, path ...string) *yaml.Node {
	for _, name := range path {
		for n != nil && n.Kind == yaml.AliasNode {
			n = n.Alias
		}
		if n == nil || n.Kind != yaml.MappingNode {
			return nil
		}
		var found *yaml.Node
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == name {
				found = n.Content[i+1]
				break
			}
		}
		n = found
	}
	return n
}

// without returns a mapping without a field of its metadata; the node itself is not changed.
func without(n *yaml.Node, field string) *yaml.Node {
	out := *n
	out.Content = append([]*yaml.Node(nil), n.Content...)
	for i := 0; i+1 < len(out.Content); i += 2 {
		if out.Content[i].Value != "metadata" || out.Content[i+1].Kind != yaml.MappingNode {
			continue
		}
		metadata := *out.Content[i+1]
		metadata.Content = nil
		for j := 0; j+1 < len(out.Content[i+1].Content); j += 2 {
			if pair := out.Content[i+1].Content[j : j+2]; pair[0].Value != field {
				metadata.Content = append(metadata.Content, pair...)
			}
		}
		out.Content[i+1] = &metadata
	}
	return &out
}

// annotate sets an annotation of a node that is ours.
func annotate(n *yaml.Node, name, value string) {
	at := n
	for _, field := range []string{"metadata", "annotations"} {
		next := child(at, field)
		if next == nil {
			next = &yaml.Node{Kind: yaml.MappingNode}
			at.Content = append(at.Content, plain(field), next)
		}
		at = next
	}
	if old := child(at, name); old != nil {
		*old = *quoted(value)
		return
	}
	at.Content = append(at.Content, plain(name), quoted(value))
}

// plain is a string that no YAML reader takes for something else, such as the name of a field.
func plain(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: s} }

// quoted is any string.
func quoted(s string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Style: yaml.DoubleQuotedStyle, Value: s}
}
