package lint

import (
	"strings"
	"unicode"

	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/object"
)

// computed reports whether a text holds something that another program replaces before the API server sees it: a variable of
// Flux or a shell, an action of a template, a placeholder.
func computed(text string) bool {
	return strings.Contains(text, "${") || strings.Contains(text, "{{") || strings.Contains(text, "$(") || strings.HasPrefix(text, "<") && strings.HasSuffix(text, ">")
}

// mistyped returns the candidate that a name was meant to be, where more speaks for that than likeness: the two differ in more
// than their numbers.
func mistyped(name string, candidates []string) string {
	near := yamlsrc.Closest(name, candidates)
	if near == "" || withoutNumbers(near) == withoutNumbers(name) || strings.HasPrefix(near, name+"-") || strings.HasPrefix(name, near+"-") {
		return ""
	}
	return near
}

func withoutNumbers(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return -1
		}
		return r
	}, text)
}

// together reports whether two objects are certainly meant for one namespace: both say which, or nobody does and they stand in one
// file. Where the world is closed, they are as they say.
func (p *Pass) together(a, b *object.Object) bool {
	if p.Closed || a.Namespace != "" && b.Namespace != "" {
		return !computed(a.Namespace)
	}
	here, there := a.Span(""), b.Span("")
	return here.IsValid() && there.IsValid() && here.File.Name == there.File.Name
}
