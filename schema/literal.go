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
	var findings []diag.Finding
	for n, trail := range doc.Leaves() {
		value := n.Value()
		kind, known := secretscan.Scan(value)
		if !known && !secretscan.HighEntropy(value) { // as nearly all
			continue
		}
		if !known {
			if isOpen(trail) || prose(trail.Field()) {
				continue
			}
			kind = "a random text"
		}
		span := n.Span()
		hide(span, value)
		findings = append(findings, diag.Finding{Code: CodeSecretLiteral, Span: span, Path: trail.Path(),
			Message: "there is what looks like " + kind + " in the description",
			Hint:    "a description says where a value comes from, it never holds one; take this one out of Git's history and replace it"})
	}
	return findings
}

// isOpen reports whether a place is in one of the parts that are the operator's own: certificates and identifiers there look random and are
// public.
func isOpen(trail yamlsrc.Trail) bool {
	for i, field := range trail.Fields() {
		switch field {
		case "provider", "fromOtherClusters", "conditions", "retrySettings", "target", "spec", "sourceRef":
			if i > 0 { // the spec of the description itself is not
				return true
			}
		}
	}
	return false
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
