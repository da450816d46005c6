package schema

import (
	"strings"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/secretscan"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"go.yaml.in/yaml/v3"
)

// CodeSecretLiteral is the code of the finding about a value that looks like a secret.
const CodeSecretLiteral = "secret-literal"

// checkLiterals refuses values that look like secrets: known formats anywhere, and high entropy where no random text
// belongs. The value is never repeated: not in the message, and not in any excerpt of its line.
func checkLiterals(doc *yamlsrc.Document) []diag.Finding {
	l := literals{doc: doc}
	l.node(doc.Root(), "", false)
	return l.findings
}

type literals struct {
	doc      *yamlsrc.Document
	findings []diag.Finding
}

// openField reports whether a field is one of the parts that are the operator's own: certificates and identifiers there look random and are public.
func openField(name string) bool {
	switch name {
	case "provider", "fromOtherClusters", "conditions", "retrySettings", "target", "spec", "sourceRef":
		return true
	}
	return false
}

func (l *literals) node(n *yaml.Node, path string, open bool) {
	switch n.Kind {
	case yaml.DocumentNode:
		for _, child := range n.Content {
			l.node(child, path, open)
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			l.scalar(key, path, open)
			l.node(value, yamlsrc.Join(path, key.Value), open || path != "" && openField(key.Value))
		}
	case yaml.SequenceNode:
		for i, item := range n.Content {
			l.node(item, yamlsrc.Index(path, i), open)
		}
	case yaml.ScalarNode:
		l.scalar(n, path, open)
	}
}

func (l *literals) scalar(n *yaml.Node, path string, open bool) {
	kind, found := secretscan.Scan(n.Value)
	if !found && !open && !prose(path) && secretscan.HighEntropy(n.Value) {
		kind, found = "a random text", true
	}
	if !found {
		return
	}
	span := l.doc.NodeSpan(n)
	span.File.Hide(span)
	l.findings = append(l.findings, diag.Finding{Code: CodeSecretLiteral, Span: span, Path: path,
		Message: "there is what looks like " + kind + " in the description",
		Hint:    "a description says where a value comes from, it never holds one; take this one out of Git's history and replace it"})
}

// prose reports whether a field holds text for people or templates.
func prose(path string) bool {
	for _, end := range []string{".prompt", ".description", ".template"} {
		if strings.HasSuffix(path, end) {
			return true
		}
	}
	return false
}
