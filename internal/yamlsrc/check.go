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
	w := walk{reader: r, doc: d}
	w.node(d.root)
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
type walk struct {
	*reader
	doc   *Document
	trail Trail
}

func (w *walk) found(code string, span diag.Span, hint, message string) {
	w.add(diag.Finding{Code: code, Span: span, Path: w.trail.Path(), Hint: hint, Message: message, Object: w.doc.Ref()})
}

func (w *walk) node(n *yaml.Node) {
	if len(w.findings) >= maxFindings {
		return
	}
	if !w.limits.Aliases && n.Anchor != "" {
		at := w.src.offset(w.doc.line+n.Line-1, n.Column-1)
		w.found(CodeAlias, w.src.span(at, at+1), "write the value out", "anchors are not allowed here, found "+strconv.Quote("&"+n.Anchor))
	}
	switch n.Kind {
	case yaml.AliasNode:
		if !w.limits.Aliases {
			w.found(CodeAlias, w.doc.nodeSpan(n), "write the value out", "aliases are not allowed here, found "+strconv.Quote("*"+n.Value))
		}
	case yaml.ScalarNode:
		if n.Style&yaml.TaggedStyle == 0 {
			return
		}
		if _, ok := scalarTagged(n); !ok {
			w.found(CodeSyntax, w.doc.nodeSpan(n), "drop the tag", "the value does not fit its tag "+strconv.Quote(n.Tag))
		}
	case yaml.SequenceNode:
		for i, c := range n.Content {
			w.trail.EnterIndex(i)
			w.node(c)
			w.trail.Leave()
		}
	case yaml.MappingNode:
		w.mapping(n)
	}
}

func (w *walk) mapping(n *yaml.Node) {
	first := firsts{content: n.Content}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if isMerge(key) {
			if !w.limits.Aliases {
				w.found(CodeAlias, w.doc.nodeSpan(key), "write the fields out", `merge keys are not allowed here, found "<<"`)
			} else if !mergeable(value) {
				w.found(CodeSyntax, w.doc.nodeSpan(key), "", `the value of the merge key "<<" must be a map or a list of maps`)
			}
			w.node(value)
			continue
		}
		w.node(key)
		name, ok := keyName(key)
		if !ok {
			w.found(CodeSyntax, w.doc.nodeSpan(key), "quote it", "the key of a map must be a string")
			continue
		}
		w.trail.Enter(name)
		if earlier := first.of(i, name); earlier != nil {
			w.add(diag.Finding{
				Code: CodeSyntax, Span: w.doc.nodeSpan(key), Path: w.trail.Path(), Object: w.doc.Ref(),
				Message: "the key " + strconv.Quote(name) + " stands twice in the same map", Hint: "keep one of them",
				Related: []diag.Related{{Span: w.doc.nodeSpan(earlier), Message: "the first one is here"}},
			})
		}
		w.node(value)
		w.trail.Leave()
	}
}

// firsts finds the first key of a name in a map.
type firsts struct {
	content []*yaml.Node
	byName  map[string]*yaml.Node
}

// of returns the key before the i-th node that has the same name, nil where it is the first.
func (f *firsts) of(i int, name string) *yaml.Node {
	if len(f.content) <= 2*few { // it is quicker to look through the list
		for j := 0; j < i; j += 2 {
			if other, ok := keyName(f.content[j]); ok && other == name && !isMerge(f.content[j]) {
				return f.content[j]
			}
		}
		return nil
	}
	if f.byName == nil {
		f.byName = make(map[string]*yaml.Node, len(f.content)/2)
	}
	if earlier, ok := f.byName[name]; ok {
		return earlier
	}
	f.byName[name] = f.content[i]
	return nil
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
