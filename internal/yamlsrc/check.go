package yamlsrc

import (
	"math"
	"strconv"

	"github.com/openova-io/esotree/diag"
	"go.yaml.in/yaml/v3"
)

// measure is what a node is when its aliases are followed.
type measure struct {
	nodes, depth int
	cyclic       bool
}

// check reports what is wrong with a parsed document; false where it must not be used because it is too large, too deep or
// without end.
func (r *reader) check(d *Document) bool {
	m := r.measure(d.root, map[*yaml.Node]*measure{})
	r.nodes = add(r.nodes, m.nodes)
	switch {
	case m.cyclic:
		r.report(CodeSyntax, r.firstAlias(d, d.root), "write the value out", "an alias stands inside its own anchor")
		return false
	case m.depth > r.limits.Depth:
		r.report(CodeLimit, r.at(d, r.tooDeep(d.root)), tooDeepHint, "lists and maps are nested deeper than %d levels", r.limits.Depth)
		return false
	case r.nodes > r.limits.Nodes:
		r.report(CodeLimit, d.whole(), "split the file", "the file has more than %d values", r.limits.Nodes)
		return false
	}
	d.ref = d.identify()
	r.walk(d, d.root, "")
	return true
}

// measure counts with every alias once, so that an alias bomb costs no more than its text.
func (r *reader) measure(n *yaml.Node, seen map[*yaml.Node]*measure) measure {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
		if m, ok := seen[n]; ok {
			if m == nil {
				return measure{cyclic: true}
			}
			return *m
		}
	}
	if n.Anchor != "" {
		seen[n] = nil
	}
	m := measure{nodes: 1, depth: 1}
	for _, c := range n.Content {
		cm := r.measure(c, seen)
		m.nodes = add(m.nodes, cm.nodes)
		m.depth = max(m.depth, cm.depth+1)
		m.cyclic = m.cyclic || cm.cyclic
	}
	if n.Anchor != "" {
		seen[n] = &m
	}
	return m
}

func add(a, b int) int {
	if a > math.MaxInt-b {
		return math.MaxInt
	}
	return a + b
}

// at is the first byte of a node.
func (r *reader) at(d *Document, n *yaml.Node) diag.Span {
	start := d.start(n)
	return r.src.span(start, start+1)
}

// tooDeep finds the first node that is nested deeper than allowed, aliases not followed; the root where an alias makes it so.
func (r *reader) tooDeep(root *yaml.Node) *yaml.Node {
	var find func(n *yaml.Node, depth int) *yaml.Node
	find = func(n *yaml.Node, depth int) *yaml.Node {
		if depth > r.limits.Depth {
			return n
		}
		for _, c := range n.Content {
			if found := find(c, depth+1); found != nil {
				return found
			}
		}
		return nil
	}
	if n := find(root, 1); n != nil {
		return n
	}
	return root
}

// firstAlias is the place of the first alias that stands inside its own anchor.
func (r *reader) firstAlias(d *Document, root *yaml.Node) diag.Span {
	open := map[*yaml.Node]bool{}
	var find func(n *yaml.Node) *yaml.Node
	find = func(n *yaml.Node) *yaml.Node {
		if n.Kind == yaml.AliasNode {
			if open[n.Alias] {
				return n
			}
			return nil
		}
		open[n] = true
		defer delete(open, n)
		for _, c := range n.Content {
			if found := find(c); found != nil {
				return found
			}
		}
		return nil
	}
	if n := find(root); n != nil {
		return d.nodeSpan(n)
	}
	return d.whole()
}

// walk reports duplicate and odd keys, tags that do not fit, and aliases where they are refused. It visits each node once.
func (r *reader) walk(d *Document, n *yaml.Node, path string) {
	if len(r.findings) >= maxFindings {
		return
	}
	found := func(code string, span diag.Span, path, hint, message string) {
		r.add(diag.Finding{Code: code, Span: span, Path: path, Hint: hint, Message: message, Object: d.Ref()})
	}
	if !r.limits.Aliases && n.Anchor != "" {
		at := r.src.offset(d.line+n.Line-1, n.Column-1)
		found(CodeAlias, r.src.span(at, at+1), path, "write the value out", "anchors are not allowed here, found "+strconv.Quote("&"+n.Anchor))
	}
	switch n.Kind {
	case yaml.AliasNode:
		if !r.limits.Aliases {
			found(CodeAlias, d.nodeSpan(n), path, "write the value out", "aliases are not allowed here, found "+strconv.Quote("*"+n.Value))
		}
	case yaml.ScalarNode:
		if _, ok := scalarTagged(n); !ok {
			found(CodeSyntax, d.nodeSpan(n), path, "drop the tag", "the value does not fit its tag "+strconv.Quote(n.Tag))
		}
	case yaml.SequenceNode:
		for i, c := range n.Content {
			r.walk(d, c, Index(path, i))
		}
	case yaml.MappingNode:
		first := make(map[string]*yaml.Node, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			if isMerge(key) {
				if !r.limits.Aliases {
					found(CodeAlias, d.nodeSpan(key), path, "write the fields out", `merge keys are not allowed here, found "<<"`)
				} else if !mergeable(value) {
					found(CodeSyntax, d.nodeSpan(key), path, "", `the value of the merge key "<<" must be a map or a list of maps`)
				}
				r.walk(d, value, path)
				continue
			}
			r.walk(d, key, path)
			name, ok := keyName(key)
			if !ok {
				found(CodeSyntax, d.nodeSpan(key), path, "quote it", "the key of a map must be a string")
				continue
			}
			at := Join(path, name)
			if earlier, ok := first[name]; ok {
				r.add(diag.Finding{
					Code: CodeSyntax, Span: d.nodeSpan(key), Path: at, Object: d.Ref(),
					Message: "the key " + strconv.Quote(name) + " stands twice in the same map", Hint: "keep one of them",
					Related: []diag.Related{{Span: d.nodeSpan(earlier), Message: "the first one is here"}},
				})
			} else {
				first[name] = key
			}
			r.walk(d, value, at)
		}
	}
}

func mergeable(value *yaml.Node) bool {
	value = deref(value)
	if value.Kind == yaml.MappingNode {
		return true
	}
	if value.Kind != yaml.SequenceNode {
		return false
	}
	for _, c := range value.Content {
		if deref(c).Kind != yaml.MappingNode {
			return false
		}
	}
	return true
}
