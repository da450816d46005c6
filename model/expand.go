package model

import (
	"maps"
	"slices"
	"strings"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/schema"
)

// names are what $(…) can stand for at one place of the description.
type names struct {
	// fixed are the contextual names, as far as they are known here.
	fixed [len(contextual)]fixed
	// vars, nearest first.
	vars []varLayer
	// origin is set where a region's var is an error: what is pushed to all regions must not differ by region.
	origin bool
}

type fixed struct {
	value string
	known bool
}

type varLayer struct {
	values map[string]string
	region bool
	// unread is set where the vars could not be read.
	unread bool
}

// with returns the names with some more of the contextual ones known.
func (n names) with(pairs ...string) names {
	for i := 0; i+1 < len(pairs); i += 2 {
		n.fixed[slices.Index(contextual[:], pairs[i])] = fixed{pairs[i+1], true}
	}
	return n
}

// varDepth bounds vars that name other vars; deeper means a cycle.
const varDepth = 8

// problem is an expression that can't be expanded.
type problem struct{ message, hint string }

// expand replaces every $(name) of a text. `$$(` becomes `$(`.
func (n *names) expand(text string) (string, []problem) {
	if !strings.Contains(text, "$(") {
		return text, nil
	}
	return n.expandDepth(text, 0)
}

func (n *names) expandDepth(text string, depth int) (string, []problem) {
	out := make([]byte, 0, 128)
	var problems []problem
	for {
		i := strings.Index(text, "$(")
		if i < 0 {
			return string(append(out, text...)), problems
		}
		if i > 0 && text[i-1] == '$' {
			out = append(out, text[:i-1]...)
			out = append(out, "$("...)
			text = text[i+2:]
			continue
		}
		out = append(out, text[:i]...)
		end := strings.IndexByte(text[i:], ')')
		if end < 0 {
			problems = append(problems, problem{"$( has no closing parenthesis", "write $$( for a literal $("})
			return string(append(out, text[i:]...)), problems
		}
		name := text[i+2 : i+end]
		text = text[i+end+1:]
		value, p := n.lookup(name)
		if p == nil && strings.Contains(value, "$(") {
			if depth == varDepth {
				p = &problem{"$(" + name + ") refers to itself", "a var may name other vars, but not in a circle"}
			} else {
				var more []problem
				value, more = n.expandDepth(value, depth+1)
				problems = append(problems, more...)
			}
		}
		if p != nil {
			problems = append(problems, *p)
			value = placeholder(name) // an empty text would be found once more
		}
		out = append(out, value...)
	}
}

// placeholder stands for what could not be expanded.
func placeholder(name string) string {
	return strings.ToLower(name[strings.LastIndexByte(name, '.')+1:])
}

// contextual are the names that are known in some places only.
var contextual = [...]string{"platform", "tenant", "environment", "region", "cluster", "namespace", "secret", "service"}

func (n *names) lookup(name string) (string, *problem) {
	if i := slices.Index(contextual[:], name); i >= 0 {
		if n.fixed[i].known {
			return n.fixed[i].value, nil
		}
		return "", &problem{"$(" + name + ") is not known here", "known here: " + n.known()}
	}
	variable, ok := strings.CutPrefix(name, "vars.")
	if !ok {
		hint := "write $$( for a literal $("
		if slices.Contains(n.variables(), name) {
			hint = `did you mean "$(vars.` + name + `)"?`
		} else if near := yamlsrc.Closest(name, n.contextual()); near != "" {
			hint = `did you mean "$(` + near + `)"?`
		} else if near := yamlsrc.Closest(name, n.variables()); near != "" {
			hint = `did you mean "$(vars.` + near + `)"?`
		}
		return "", &problem{"$(" + name + ") is not a known name", hint}
	}
	for _, l := range n.vars {
		v, ok := l.values[variable]
		switch {
		case ok && l.region && n.origin:
			return "", &problem{"$(" + name + ") differs by region and can't be part of a value that all regions share",
				"move it to the service's target template, or to the vars of the environment"}
		case ok:
			return v, nil
		}
	}
	if slices.ContainsFunc(n.vars, func(l varLayer) bool { return l.unread }) {
		return placeholder(name), nil
	}
	hint := "no vars are set here"
	if all := n.variables(); len(all) > 0 {
		hint = "known vars: " + strings.Join(all, ", ")
		if near := yamlsrc.Closest(variable, all); near != "" {
			hint = `did you mean "$(vars.` + near + `)"?`
		}
	}
	return "", &problem{"there is no var " + quote(variable), hint}
}

func (n *names) variables() []string {
	set := map[string]bool{}
	for _, l := range n.vars {
		for name := range l.values {
			set[name] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// contextual are those of the contextual names that are known here, sorted.
func (n *names) contextual() []string {
	var all []string
	for i, f := range n.fixed {
		if f.known {
			all = append(all, contextual[i])
		}
	}
	slices.Sort(all)
	return all
}

func (n *names) known() string {
	var all []string
	for _, name := range n.contextual() {
		all = append(all, "$("+name+")")
	}
	for _, name := range n.variables() {
		all = append(all, "$(vars."+name+")")
	}
	return strings.Join(all, ", ")
}

// expander expands the fields of one place and collects what goes wrong there.
type expander struct {
	names    names
	place    place
	findings *[]diag.Finding
}

func (e *expander) text(field, text string) string {
	out, problems := e.names.expand(text)
	for _, p := range problems {
		*e.findings = append(*e.findings, e.place.finding("unknown-variable", field, p.message, p.hint))
	}
	return out
}

func (e *expander) fail(code, field, message, hint string) {
	*e.findings = append(*e.findings, e.place.finding(code, field, message, hint))
}

// strings returns a map with every text expanded, which is the same map where there is nothing to expand.
func (e *expander) strings(field string, in map[string]string) map[string]string {
	if len(in) == 0 {
		return nil
	}
	plain := true
	for _, text := range in {
		plain = plain && !strings.Contains(text, "$(")
	}
	if plain {
		return in
	}
	out := make(map[string]string, len(in))
	for _, k := range slices.Sorted(maps.Keys(in)) {
		out[k] = e.text(fieldOf(field, k), in[k])
	}
	return out
}

// open returns an open part with every text expanded, which is the same where there is nothing to expand.
func (e *expander) open(field string, in schema.Open) map[string]any {
	if !expands(map[string]any(in)) {
		return in
	}
	return e.value(field, map[string]any(in)).(map[string]any)
}

func (e *expander) value(field string, v any) any {
	switch v := v.(type) {
	case string:
		return e.text(field, v)
	case map[string]any:
		out := make(map[string]any, len(v))
		for _, k := range slices.Sorted(maps.Keys(v)) {
			out[k] = e.value(fieldOf(field, k), v[k])
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = e.value(yamlsrc.Index(field, i), v[i])
		}
		return out
	default:
		return v
	}
}

// expands reports whether plain data holds a text with a $(…).
func expands(v any) bool {
	switch v := v.(type) {
	case string:
		return strings.Contains(v, "$(")
	case map[string]any:
		for _, inner := range v {
			if expands(inner) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, expands)
	}
	return false
}

func quote(s string) string { return `"` + s + `"` }
