package graph

import (
	"strconv"
	"strings"
	"text/template/parse"
)

// TemplateUse is one key that a template takes from its data.
type TemplateUse struct {
	Key string
	// Strict says that the template fails where the key is missing: {{ .key }} does, {{ index . "key" }} gives "".
	Strict bool
	// Offset of the use in the text of the template, in bytes.
	Offset int
	// Functions are those of the rest of the pipeline, in their order: of {{ .password | urlquery }}, urlquery.
	Functions []string
	// Before is the text that stands before the action, back to a space; what other actions put there is a "_".
	Before string
}

// TemplateUses returns the keys that a template of ESO's engine v2 takes from its data, in the order of the text. What stands
// where the data is another one, such as in a range or in a define, is left out; a with over a dict is looked through. It is false where the text is no template.
func TemplateUses(text string) ([]TemplateUse, bool) {
	if !strings.Contains(text, "{{") {
		return nil, true
	}
	found := findUses(text)
	return found.list, found.ok
}

// TemplateUses is the function of that name, and finds once what a text uses that stands in many objects, also of other graphs of the
// same Builder. The uses must not be changed.
func (g *Graph) TemplateUses(text string) ([]TemplateUse, bool) {
	if !strings.Contains(text, "{{") {
		return nil, true
	}
	g.builder.mu.Lock()
	defer g.builder.mu.Unlock()
	found := g.builder.templates.of(text, findUses)
	return found.list, found.ok
}

type foundUses struct {
	list []TemplateUse
	ok   bool
}

func findUses(text string) foundUses {
	tree, err := parseTemplate(text)
	if err != nil {
		return foundUses{}
	}
	w := templateWalk{}
	w.list(tree.Root, true)
	return foundUses{w.uses, true}
}

func parseTemplate(text string) (*parse.Tree, error) {
	tree := parse.New("template")
	tree.Mode = parse.SkipFuncCheck
	return tree.Parse(text, "", "", map[string]*parse.Tree{})
}

// TemplateError says why a text is no template, and in which of its lines, from 1; "" where it is one.
func TemplateError(text string) (line int, why string) {
	if !strings.Contains(text, "{{") {
		return 0, ""
	}
	_, err := parseTemplate(text)
	if err == nil {
		return 0, ""
	}
	why = strings.TrimPrefix(err.Error(), "template: template:")
	if number, rest, found := strings.Cut(why, ": "); found {
		if n, err := strconv.Atoi(number); err == nil {
			return n, rest
		}
	}
	return 0, why
}

type templateWalk struct {
	uses   []TemplateUse
	before string
	// alias tells, inside {{ with dict "key" (…) }}, which keys of the data stand behind those of the dict.
	alias map[string][]string
}

// dictOf returns the aliases that a dict call makes; nil for any other pipeline.
func dictOf(p *parse.PipeNode) map[string][]string {
	if p == nil || len(p.Cmds) != 1 || functionOf(p.Cmds[0]) != "dict" {
		return nil
	}
	out := map[string][]string{}
	args := p.Cmds[0].Args[1:]
	for i := 0; i+1 < len(args); i += 2 {
		key, ok := args[i].(*parse.StringNode)
		if !ok {
			return nil
		}
		inner := templateWalk{}
		inner.argument(args[i+1], true, "", nil)
		for _, use := range inner.uses {
			out[key.Text] = append(out[key.Text], use.Key)
		}
	}
	return out
}

func (w *templateWalk) list(list *parse.ListNode, root bool) {
	if list == nil {
		return
	}
	for _, node := range list.Nodes {
		switch n := node.(type) {
		case *parse.TextNode:
			w.before += string(n.Text)
			if i := strings.LastIndexAny(w.before, " \t\r\n"); i >= 0 {
				w.before = w.before[i+1:]
			}
			continue
		case *parse.ActionNode:
			w.pipe(n.Pipe, root, true)
			if len(n.Pipe.Decl) == 0 {
				w.before += "_"
			}
			continue
		case *parse.IfNode:
			w.branch(&n.BranchNode, root, root)
		case *parse.WithNode:
			outer := w.alias
			if root {
				w.alias = dictOf(n.Pipe)
			}
			w.branch(&n.BranchNode, root, false)
			w.alias = outer
		case *parse.RangeNode:
			w.branch(&n.BranchNode, root, false)
		case *parse.TemplateNode:
			w.pipe(n.Pipe, root, false)
		}
		w.before = ""
	}
}

func (w *templateWalk) branch(n *parse.BranchNode, root, inside bool) {
	before := w.before
	w.before = ""
	w.pipe(n.Pipe, root, false)
	w.before = before
	w.list(n.List, inside)
	w.before = before
	w.list(n.ElseList, root)
}

func (w *templateWalk) pipe(p *parse.PipeNode, root, printed bool) {
	if p == nil {
		return
	}
	for i, c := range p.Cmds {
		var rest []string
		if printed && i == 0 && len(p.Decl) == 0 {
			for _, later := range p.Cmds[1:] {
				rest = append(rest, functionOf(later))
			}
		}
		w.command(c, root, printed && i == 0 && len(p.Decl) == 0, rest)
	}
}

func functionOf(c *parse.CommandNode) string {
	if id, ok := c.Args[0].(*parse.IdentifierNode); ok {
		return id.Ident
	}
	return ""
}

func (w *templateWalk) command(c *parse.CommandNode, root, printed bool, rest []string) {
	before := ""
	if printed {
		before = w.before
		if fn := functionOf(c); fn != "" && fn != "index" {
			rest = append([]string{fn}, rest...)
		}
	}
	if functionOf(c) == "index" && len(c.Args) >= 3 {
		_, dot := c.Args[1].(*parse.DotNode)
		variable, dollar := c.Args[1].(*parse.VariableNode)
		if key := keyOf(c.Args[2]); key != nil && (dot && root || dollar && len(variable.Ident) == 1 && variable.Ident[0] == "$") {
			w.uses = append(w.uses, TemplateUse{Key: key.Text, Offset: int(key.Pos), Functions: rest, Before: before})
			return
		}
	}
	for _, arg := range c.Args {
		w.argument(arg, root, before, rest)
	}
}

// keyOf is the key that an index names: a text, or one behind a prefix that is chosen elsewhere, as in (print $from "key").
func keyOf(node parse.Node) *parse.StringNode {
	switch n := node.(type) {
	case *parse.StringNode:
		return n
	case *parse.PipeNode:
		if len(n.Cmds) == 1 && functionOf(n.Cmds[0]) == "print" && len(n.Cmds[0].Args) == 3 {
			_, prefix := n.Cmds[0].Args[1].(*parse.VariableNode)
			if key, ok := n.Cmds[0].Args[2].(*parse.StringNode); ok && prefix {
				return key
			}
		}
	}
	return nil
}

func (w *templateWalk) argument(node parse.Node, root bool, before string, rest []string) {
	switch n := node.(type) {
	case *parse.FieldNode:
		if root {
			w.uses = append(w.uses, TemplateUse{Key: n.Ident[0], Strict: true, Offset: int(n.Pos), Functions: rest, Before: before})
			return
		}
		for _, key := range w.alias[n.Ident[0]] {
			w.uses = append(w.uses, TemplateUse{Key: key, Offset: int(n.Pos), Functions: rest, Before: before})
		}
	case *parse.VariableNode:
		if len(n.Ident) > 1 && n.Ident[0] == "$" {
			w.uses = append(w.uses, TemplateUse{Key: n.Ident[1], Strict: true, Offset: int(n.Pos), Functions: rest, Before: before})
		}
	case *parse.PipeNode:
		for _, c := range n.Cmds {
			w.command(c, root, false, nil)
		}
	case *parse.ChainNode:
		w.argument(n.Node, root, before, rest)
	}
}
