package schema

import (
	"bytes"
	"strings"
	"unicode"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/secretscan"
	"github.com/openova-io/esotree/internal/yamlsrc"
)

// CodeSecretLiteral is the code of the finding about a value that looks like a secret.
const CodeSecretLiteral = "secret-literal"

// checkLiterals refuses values that look like secrets: known formats anywhere, and high entropy where no random text
// belongs. The value is never repeated: not in the message, and not in any excerpt of its line.
func checkLiterals(doc *yamlsrc.Document) []diag.Finding {
	l := literals{}
	l.node(doc.Root(), false)
	return l.findings
}

type literals struct {
	trail    yamlsrc.Trail
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

func (l *literals) node(n yamlsrc.Node, open bool) {
	switch n.Kind() {
	case yamlsrc.Map:
		root := l.trail.Root()
		for key, value := range n.Entries() {
			name := key.Value()
			l.scalar(key, open)
			l.trail.Enter(name)
			l.node(value, open || !root && openField(name))
			l.trail.Leave()
		}
	case yamlsrc.List:
		for i, item := range n.Elements() {
			l.trail.EnterIndex(i)
			l.node(item, open)
			l.trail.Leave()
		}
	case yamlsrc.Scalar:
		l.scalar(n, open)
	}
}

func (l *literals) scalar(n yamlsrc.Node, open bool) {
	value := n.Value()
	kind, found := secretscan.Scan(value)
	if !found && !open && !prose(l.trail.Field()) && secretscan.HighEntropy(value) {
		kind, found = "a random text", true
	}
	if !found {
		return
	}
	span := n.Span()
	hide(span, value)
	l.findings = append(l.findings, diag.Finding{Code: CodeSecretLiteral, Span: span, Path: l.trail.Path(),
		Message: "there is what looks like " + kind + " in the description",
		Hint:    "a description says where a value comes from, it never holds one; take this one out of Git's history and replace it"})
}

// hide keeps a value that looks like a secret out of excerpts and messages, and its parts, since a message may speak of one:
// the key of a reference, a word of a sentence.
func hide(span diag.Span, value string) {
	texts := []string{value}
	for _, word := range strings.FieldsFunc(value, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("\"'`()[]{}|,", r) }) {
		if !looksSecret(word) {
			continue
		}
		texts = append(texts, word)
		for _, part := range strings.FieldsFunc(word, func(r rune) bool { return strings.ContainsRune("/:.=@", r) }) {
			if len(part) >= 8 {
				texts = append(texts, part)
			}
		}
	}
	for line := range strings.Lines(value) {
		if line = strings.TrimSpace(line); len(line) >= 16 {
			texts = append(texts, line)
		}
	}
	span.File.Hide(span)
	span.File.HideText(texts...)
}

func looksSecret(text string) bool {
	_, found := secretscan.Scan(text)
	return found || secretscan.HighEntropy(text)
}

// hideUnread hides what looks like a secret on the lines of findings about a text that could not be parsed.
func hideUnread(findings []diag.Finding) {
	for _, f := range findings {
		if !f.Span.IsValid() {
			continue
		}
		_, line, _ := f.Span.Location()
		start := f.Span.File.LineStart(line)
		text := f.Span.File.Data[start:f.Span.File.LineStart(line+1)]
		if len(text) > 64<<10 { // an excerpt shows a part of it only, and nobody writes such a line
			text = text[:64<<10]
		}
		for i := 0; i < len(text); {
			n := bytes.IndexAny(text[i:], " \t\r\n\"'`[]{},")
			if n < 0 {
				n = len(text) - i
			}
			if word := string(text[i : i+n]); n > 0 && looksSecret(word) {
				hide(diag.Span{File: f.Span.File, Start: int32(start + i), End: int32(start + i + n)}, word)
			}
			i += n + 1
		}
	}
}

// prose reports whether a field holds text for people or templates.
func prose(field string) bool {
	return field == "prompt" || field == "description" || field == "template"
}
