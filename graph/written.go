package graph

import (
	"regexp"
	"strings"
	"text/template/parse"
)

var writtenLine = regexp.MustCompile(`^[ \t]*(?:"([-._a-zA-Z0-9]+)"|([-._a-zA-Z0-9]+)):(?:[ \t]|$)`)

// literalKeys are the keys that a templateFrom's literal can make; open where an action may write keys too.
func literalKeys(text string) KeySet {
	nodes, ok := parsed(text)
	if !ok {
		return KeySet{Open: true}
	}
	var out strings.Builder
	if !written(&out, nodes) {
		return KeySet{Open: true}
	}
	var keys KeySet
	for line := range strings.Lines(out.String()) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		m := writtenLine.FindStringSubmatch(line)
		if m == nil {
			return KeySet{Open: true}
		}
		keys.Add(m[1] + m[2])
	}
	return keys
}

// written writes the text of a template, each value that it prints as null. It gives up on what may print several lines.
func written(out *strings.Builder, nodes []parse.Node) bool {
	for _, node := range nodes {
		ok := true
		switch n := node.(type) {
		case *parse.TextNode:
			out.Write(n.Text)
		case *parse.ActionNode:
			if len(n.Pipe.Decl) > 0 {
				continue
			}
			ok = jsonText(n.Pipe)
			out.WriteString("null")
		case *parse.IfNode:
			ok = branches(out, &n.BranchNode)
		case *parse.WithNode:
			ok = branches(out, &n.BranchNode)
		case *parse.RangeNode: // one that prints nothing, as where it finds a prefix
			var inside strings.Builder
			ok = branches(&inside, &n.BranchNode) && inside.Len() == 0
		case *parse.CommentNode:
		default:
			ok = false
		}
		if !ok {
			return false
		}
	}
	return true
}

func branches(out *strings.Builder, n *parse.BranchNode) bool {
	if !written(out, n.List.Nodes) {
		return false
	}
	return n.ElseList == nil || written(out, n.ElseList.Nodes)
}

// jsonText reports whether a pipeline prints JSON, which is one line.
func jsonText(p *parse.PipeNode) bool {
	switch called(p.Cmds[len(p.Cmds)-1]) {
	case "toJson", "toRawJson", "quote":
		return true
	}
	return false
}

func called(c *parse.CommandNode) string {
	if name, ok := c.Args[0].(*parse.IdentifierNode); ok {
		return name.Ident
	}
	return ""
}

// documentKeys are the keys of the JSON object that a template writes: a dict through toJson, and nothing else but checks
// that fail. Other templates have none.
func documentKeys(text string) (KeySet, bool) {
	nodes, ok := parsed(text)
	if !ok {
		return KeySet{}, false
	}
	var keys KeySet
	found := false
	for _, node := range nodes {
		switch n := node.(type) {
		case *parse.TextNode:
			if strings.TrimSpace(string(n.Text)) != "" {
				return KeySet{}, false
			}
		case *parse.IfNode:
			if !fails(n) {
				return KeySet{}, false
			}
		case *parse.ActionNode:
			if found || !dictKeys(&keys, n.Pipe) {
				return KeySet{}, false
			}
			found = true
		default:
			return KeySet{}, false
		}
	}
	return keys, found
}

// fails reports whether a condition does nothing but fail.
func fails(n *parse.IfNode) bool {
	if n.ElseList != nil || len(n.List.Nodes) != 1 {
		return false
	}
	action, ok := n.List.Nodes[0].(*parse.ActionNode)
	return ok && called(action.Pipe.Cmds[0]) == "fail"
}

func dictKeys(keys *KeySet, p *parse.PipeNode) bool {
	if len(p.Decl) > 0 || len(p.Cmds) != 2 || called(p.Cmds[0]) != "dict" || !jsonText(p) {
		return false
	}
	args := p.Cmds[0].Args[1:]
	for i := 0; i < len(args); i += 2 {
		name, ok := args[i].(*parse.StringNode)
		if !ok {
			return false
		}
		keys.Add(name.Text)
	}
	return true
}

// parsed reads a template without knowing the functions that it calls.
func parsed(text string) ([]parse.Node, bool) {
	tree := parse.New("")
	tree.Mode = parse.SkipFuncCheck
	tree, err := tree.Parse(text, "", "", map[string]*parse.Tree{})
	if err != nil || tree.Root == nil {
		return nil, false
	}
	return tree.Root.Nodes, true
}
