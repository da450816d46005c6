package model

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"text/template/parse"
)

// keyTemplate is what the text of a key's template shows: which outputs it reads.
type keyTemplate struct {
	// reads are the fields that it reads from the root, sorted.
	reads []string
	// open is set when it reads the root as a whole.
	open bool
	// root is set when it uses $, which would see the value before the choice between store and generator.
	root bool
}

// keyTemplates remembers the templates that were parsed: most secrets of a class have the same. The zero value is ready.
type keyTemplates struct {
	mu     sync.Mutex
	parsed map[string]parsedTemplate
}

type parsedTemplate struct {
	keyTemplate
	problem string
}

// mostTemplates bounds what is remembered, since a $(tenant) in a template makes one for each tenant.
const mostTemplates = 1000

func (k *keyTemplates) parse(text string) (t keyTemplate, problem string) {
	k.mu.Lock()
	p, known := k.parsed[text]
	k.mu.Unlock()
	if !known {
		p.keyTemplate, p.problem = parseKeyTemplate(text)
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.parsed == nil || len(k.parsed) == mostTemplates {
			k.parsed = map[string]parsedTemplate{}
		}
		k.parsed[strings.Clone(text)] = p
	}
	return p.keyTemplate, p.problem
}

// parseKeyTemplate reads a key's template. problem says in a sentence why it is no template, "" when it is one.
func parseKeyTemplate(text string) (t keyTemplate, problem string) {
	trees := map[string]*parse.Tree{}
	tree := parse.New("key")
	tree.Mode = parse.SkipFuncCheck
	if _, err := tree.Parse(text, "", "", trees); err != nil {
		message := err.Error()
		if _, rest, ok := strings.Cut(message, "template: key:"); ok {
			if _, rest, ok = strings.Cut(rest, ": "); ok {
				message = rest
			}
		}
		return t, "the template does not parse: " + message
	}
	for name := range trees {
		if name != "key" {
			return t, "the template defines another template, which a key's template can't"
		}
	}
	w := templateWalk{reads: map[string]bool{}, t: &t}
	if tree.Root != nil {
		w.node(tree.Root, true)
	}
	t.reads = slices.Sorted(maps.Keys(w.reads))
	return t, ""
}

type templateWalk struct {
	reads map[string]bool
	t     *keyTemplate
}

// node walks a template; root says whether the dot is still the map of outputs.
func (w templateWalk) node(n parse.Node, root bool) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, child := range n.Nodes {
			w.node(child, root)
		}
	case *parse.ActionNode:
		w.node(n.Pipe, root)
	case *parse.IfNode:
		w.node(n.Pipe, root)
		w.node(n.List, root)
		w.node(n.ElseList, root)
	case *parse.WithNode:
		w.node(n.Pipe, root)
		w.node(n.List, false)
		w.node(n.ElseList, root)
	case *parse.RangeNode:
		w.node(n.Pipe, root)
		w.node(n.List, false)
		w.node(n.ElseList, root)
	case *parse.PipeNode:
		if n == nil {
			return
		}
		for _, c := range n.Cmds {
			w.command(c, root)
		}
	}
}

func (w templateWalk) command(c *parse.CommandNode, root bool) {
	args := c.Args
	if name, ok := args[0].(*parse.IdentifierNode); ok && name.Ident == "index" && len(args) > 2 && root {
		_, dot := args[1].(*parse.DotNode)
		if key, literal := args[2].(*parse.StringNode); dot && literal {
			w.reads[key.Text] = true
			args = args[3:]
		}
	}
	for _, arg := range args {
		switch arg := arg.(type) {
		case *parse.FieldNode:
			if root {
				w.reads[arg.Ident[0]] = true
			}
		case *parse.DotNode:
			if root {
				w.t.open = true
			}
		case *parse.VariableNode:
			if arg.Ident[0] == "$" {
				w.t.root = true
			}
		case *parse.ChainNode:
			w.chain(arg, root)
		case *parse.PipeNode:
			w.node(arg, root)
		}
	}
}

func (w templateWalk) chain(c *parse.ChainNode, root bool) {
	if pipe, ok := c.Node.(*parse.PipeNode); ok {
		w.node(pipe, root)
	}
}
