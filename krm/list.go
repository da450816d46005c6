package krm

import (
	"bytes"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/yamlsrc"
)

// list is what came in.
type list struct {
	root   *yaml.Node
	items  []*item
	config *item
	// plain is set for a legacy plugin, whose input and output are documents and not a list.
	plain bool
}

// kustomize reports whether the items are what a kustomize build has accumulated: a transformer's items have ids, and a
// generator has no items but its own configuration, which is not a file.
func (l *list) kustomize() bool {
	if l.plain {
		return true
	}
	for _, it := range l.items {
		if _, ok := it.annotations[kustomizeID]; ok {
			return true
		}
	}
	return !l.files()
}

// files reports whether the items are files of a package.
func (l *list) files() bool {
	for _, it := range l.items {
		if it.path != "" {
			return true
		}
	}
	return false
}

func limits() yamlsrc.Limits {
	return yamlsrc.Limits{Bytes: 512 << 20, Nodes: 32_000_000, Depth: 200, Aliases: true, Comments: true}
}

// readList reads a ResourceList; nil after an error.
func (r *run) readList(data []byte) *list {
	docs, ok := r.readDocuments(stdinName, data)
	if !ok {
		return nil
	}
	const hint = "the function is run by kustomize, kpt or another orchestrator; with the path of a Render as argument it reads plain YAML"
	if len(docs) != 1 {
		r.fail("wrong-type", hint, "there are %d documents where one ResourceList is wanted", len(docs))
		return nil
	}
	doc := docs[0]
	if doc.Kind() != "ResourceList" || !strings.HasPrefix(doc.APIVersion(), "config.kubernetes.io/") {
		r.findings.Add(diag.Finding{Code: "wrong-type", Span: doc.Span("kind"), Path: "kind", Hint: hint,
			Message: "a ResourceList of config.kubernetes.io/v1 is wanted"})
		return nil
	}
	l := &list{root: doc.Commented()}
	if items := child(l.root, "items"); items != nil && items.Kind == yaml.SequenceNode {
		for i, n := range items.Content {
			if n.Kind != yaml.MappingNode {
				path := yamlsrc.Index("items", i)
				r.findings.Add(diag.Finding{Code: "wrong-type", Span: doc.Span(path), Path: path, Message: "an item must be a map"})
				return nil
			}
			l.items = append(l.items, newItem(n))
		}
	} else if items != nil && items.Tag != "!!null" {
		r.findings.Add(diag.Finding{Code: "wrong-type", Span: doc.Span("items"), Path: "items", Message: "a list of items is wanted"})
		return nil
	}
	switch n := child(l.root, "functionConfig"); {
	case n == nil || n.Tag == "!!null":
	case n.Kind == yaml.MappingNode:
		l.config = newItem(n)
	default:
		r.findings.Add(diag.Finding{Code: "wrong-type", Span: doc.Span("functionConfig"), Path: "functionConfig", Message: "the configuration must be a map"})
		return nil
	}
	return l
}

// readPlain reads what a legacy plugin gets: the configuration in a file, and documents on standard input.
func (r *run) readPlain(data []byte, config string) *list {
	l := &list{plain: true}
	f := r.file(config)
	if f == nil {
		r.findings.Add(diag.Finding{Code: "usage", File: config, Message: "the configuration can't be read",
			Hint: "the only argument of the function is the file that a legacy kustomize plugin is configured by"})
		return nil
	}
	docs, ok := r.readDocuments(config, f.Data)
	if !ok {
		return nil
	}
	if len(docs) != 1 {
		r.findings.Add(diag.Finding{Code: "wrong-type", File: config, Message: "one document is wanted as configuration"})
		return nil
	}
	l.config = newItem(docs[0].Commented())
	l.config.doc, l.config.exact = docs[0], false
	if docs, ok = r.readDocuments(stdinName, data); !ok {
		return nil
	}
	for _, doc := range docs {
		l.items = append(l.items, newItem(doc.Commented()))
	}
	return l
}

func (r *run) readDocuments(name string, data []byte) ([]*yamlsrc.Document, bool) {
	docs, findings := yamlsrc.Read(diag.NewFile(name, data), limits())
	r.findings.Add(findings...)
	return docs, len(findings) == 0
}

// encode writes the list, or plain documents, with the items given.
func (l *list) encode(items []*item, results *yaml.Node) ([]byte, error) {
	if l.plain {
		var b bytes.Buffer
		for _, it := range items {
			b.WriteString("---\n")
			b.Write(it.exactText())
		}
		return b.Bytes(), nil
	}
	sequence := &yaml.Node{Kind: yaml.SequenceNode}
	for _, it := range items {
		sequence.Content = append(sequence.Content, it.node)
	}
	root := *l.root
	root.Content = nil
	for i := 0; i+1 < len(l.root.Content); i += 2 {
		if key := l.root.Content[i].Value; key != "items" && key != "results" {
			root.Content = append(root.Content, l.root.Content[i:i+2]...)
		}
	}
	root.Content = append(root.Content, plain("items"), sequence)
	if results != nil {
		root.Content = append(root.Content, plain("results"), results)
	}
	whole := &item{node: &root}
	return whole.exactText(), nil
}

// exactText is the item as YAML, with comments; as JSON where the YAML would be read as something else.
func (it *item) exactText() []byte {
	want := it.json()
	text := it.text()
	docs, findings := yamlsrc.Read(diag.NewFile("", text), limits())
	if len(findings) == 0 && len(docs) == 1 {
		if got, err := docs[0].JSON(); err == nil && bytes.Equal(got, want) {
			return text
		}
	}
	return append(want, '\n')
}
