package yamlsrc

import (
	"math"
	"strconv"

	"github.com/openova-io/esotree/diag"
)

// measure is what a node is when its aliases are followed.
type measure struct {
	nodes, depth int
	cyclic       bool
}

// check reports what is wrong with a parsed document; false where it must not be used because it is too large, too deep or
// without end.
func (r *reader) check(d *Document) bool {
	m := measure{nodes: len(d.nodes), depth: d.deepest}
	if d.odd != nil {
		m = d.measure(0, map[int32]*measure{})
	}
	r.nodes = add(r.nodes, m.nodes)
	switch {
	case m.cyclic:
		r.report(CodeSyntax, d.nodeSpan(d.firstCycle()), "write the value out", "an alias stands inside its own anchor")
		return false
	case m.depth > r.limits.Depth:
		start := d.base + int(d.nodes[d.tooDeep(r.limits.Depth)].start)
		r.report(CodeLimit, d.span(start, start+1), tooDeepHint, "lists and maps are nested deeper than %d levels", r.limits.Depth)
		return false
	case r.nodes > r.limits.Nodes:
		r.report(CodeLimit, d.whole(), "split the file", "the file has more than %d values", r.limits.Nodes)
		return false
	}
	d.plain = d.isPlain()
	d.ref = d.identify()
	if !d.plain {
		w := walk{reader: r, doc: d}
		w.node(0)
	}
	return true
}

// measure counts with every alias once, so that an alias bomb costs no more than its text.
func (t *tree) measure(i int32, seen map[int32]*measure) measure {
	n := &t.nodes[i]
	if n.kind == Alias {
		m := seen[n.end] // what it stands for is earlier in the text
		if m == nil {
			return measure{cyclic: true}
		}
		return *m
	}
	m := measure{nodes: 1, depth: 1}
	for c := i + 1; c < n.next; c = t.nodes[c].next {
		cm := t.measure(c, seen)
		m.nodes = add(m.nodes, cm.nodes)
		m.depth = max(m.depth, cm.depth+1)
		m.cyclic = m.cyclic || cm.cyclic
	}
	if t.odd[i].anchor != "" {
		seen[i] = &m
	}
	return m
}

func add(a, b int) int {
	if a > math.MaxInt-b {
		return math.MaxInt
	}
	return a + b
}

// tooDeep finds the first node that is nested deeper than allowed, aliases not followed; the root where an alias makes it so.
func (t *tree) tooDeep(depth int) int32 {
	var open []int32 // where the lists and maps around a node end
	for i := range int32(len(t.nodes)) {
		for len(open) > 0 && open[len(open)-1] == i {
			open = open[:len(open)-1]
		}
		if len(open) >= depth {
			return i
		}
		open = append(open, t.nodes[i].next)
	}
	return 0
}

// firstCycle is the first alias that stands inside its own anchor.
func (t *tree) firstCycle() int32 {
	for i := range int32(len(t.nodes)) {
		if n := &t.nodes[i]; n.kind == Alias && i < t.nodes[n.end].next {
			return i
		}
	}
	return 0
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

func (w *walk) node(i int32) {
	if len(w.findings) >= maxFindings {
		return
	}
	n, odd := &w.doc.nodes[i], w.doc.odd[i]
	if !w.limits.Aliases && odd.anchor != "" {
		at := w.doc.base + int(odd.at)
		w.found(CodeAlias, w.doc.span(at, at+1), "write the value out", "anchors are not allowed here, found "+strconv.Quote("&"+odd.anchor))
	}
	switch n.kind {
	case Alias:
		if !w.limits.Aliases {
			w.found(CodeAlias, w.doc.nodeSpan(i), "write the value out", "aliases are not allowed here, found "+strconv.Quote("*"+odd.alias))
		}
	case Scalar:
		if n.style&tagged == 0 {
			return
		}
		if _, ok := w.doc.resolveTagged(i); !ok {
			w.found(CodeSyntax, w.doc.nodeSpan(i), "drop the tag", "the value does not fit its tag "+strconv.Quote(odd.tag))
		}
	case List:
		for c, index := i+1, 0; c < n.next; c, index = w.doc.nodes[c].next, index+1 {
			w.trail.EnterIndex(index)
			w.node(c)
			w.trail.Leave()
		}
	case Map:
		w.mapping(i)
	}
}

func (w *walk) mapping(i int32) {
	first := map[string]int32{} // by name
	w.doc.keyed(i, func(key, value int32) bool {
		if w.doc.isMerge(key) {
			if !w.limits.Aliases {
				w.found(CodeAlias, w.doc.nodeSpan(key), "write the fields out", `merge keys are not allowed here, found "<<"`)
			} else if !w.doc.isMergeable(value) {
				w.found(CodeSyntax, w.doc.nodeSpan(key), "", `the value of the merge key "<<" must be a map or a list of maps`)
			}
			w.node(value)
			return true
		}
		w.node(key)
		name, ok := w.doc.keyName(key)
		if !ok {
			w.found(CodeSyntax, w.doc.nodeSpan(key), "quote it", "the key of a map must be a string")
			return true
		}
		w.trail.Enter(name)
		if earlier, twice := first[name]; !twice {
			first[name] = key
		} else {
			w.add(diag.Finding{
				Code: CodeSyntax, Span: w.doc.nodeSpan(key), Path: w.trail.Path(), Object: w.doc.Ref(),
				Message: "the key " + strconv.Quote(name) + " stands twice in the same map", Hint: "keep one of them",
				Related: []diag.Related{{Span: w.doc.nodeSpan(earlier), Message: "the first one is here"}},
			})
		}
		w.node(value)
		w.trail.Leave()
		return true
	})
}

func (t *tree) isMergeable(value int32) bool {
	value = t.at(value)
	if t.nodes[value].kind == Map {
		return true
	}
	if t.nodes[value].kind != List {
		return false
	}
	for c := value + 1; c < t.nodes[value].next; c = t.nodes[c].next {
		if t.nodes[t.at(c)].kind != Map {
			return false
		}
	}
	return true
}
