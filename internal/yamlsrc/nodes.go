package yamlsrc

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

// few is how many names are compared one by one.
const few = 16

// deref follows an alias to what it stands for. Read has made sure that no alias stands inside its own anchor.
func deref(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// isMerge reports whether a mapping key is the merge key "<<".
func isMerge(key *yaml.Node) bool {
	return key.Kind == yaml.ScalarNode && key.Tag == "!!merge"
}

// pair is one entry of a mapping, with the name that its key has in JSON.
type pair struct {
	name       string
	key, value *yaml.Node
}

// pairs returns the entries of a mapping in the order of the text. Merged entries stand where their merge key does; an
// entry of the mapping itself wins over a merged one, an earlier merged one over a later. Of keys that appear twice, and of
// keys that JSON has no name for, Read has reported the rest: the first wins, the latter are left out.
func pairs(n *yaml.Node) []pair {
	list := make([]pair, 0, len(n.Content)/2)
	merges := false
	for i := 0; i+1 < len(n.Content); i += 2 {
		if isMerge(n.Content[i]) {
			merges = true
		}
	}
	var own map[string]bool
	if merges {
		own = make(map[string]bool, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			if name, ok := keyName(n.Content[i]); ok && !isMerge(n.Content[i]) {
				own[name] = true
			}
		}
	}
	var seen map[string]bool // of a few it is quicker to look through the list
	if merges || len(n.Content) > 2*few {
		seen = make(map[string]bool, len(n.Content)/2)
	}
	add := func(p pair) {
		switch {
		case seen == nil && !slices.ContainsFunc(list, func(q pair) bool { return q.name == p.name }):
			list = append(list, p)
		case seen != nil && !seen[p.name]:
			seen[p.name] = true
			list = append(list, p)
		}
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if isMerge(key) {
			for _, source := range mergeSources(value) {
				for _, p := range pairs(source) {
					if !own[p.name] {
						add(p)
					}
				}
			}
			continue
		}
		if name, ok := keyName(key); ok {
			add(pair{name, key, value})
		}
	}
	return list
}

// mergeSources returns the mappings that the value of a merge key names.
func mergeSources(value *yaml.Node) []*yaml.Node {
	value = deref(value)
	switch value.Kind {
	case yaml.MappingNode:
		return []*yaml.Node{value}
	case yaml.SequenceNode:
		var list []*yaml.Node
		for _, c := range value.Content {
			if c = deref(c); c.Kind == yaml.MappingNode {
				list = append(list, c)
			}
		}
		return list
	}
	return nil
}

// lookup finds an entry of a mapping without resolving the others where there is no merge key.
func lookup(n *yaml.Node, name string) (pair, bool) {
	merges := false
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if isMerge(key) {
			merges = true
			continue
		}
		if found, ok := keyName(key); ok && found == name {
			return pair{name, key, n.Content[i+1]}, true
		}
	}
	if merges {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !isMerge(n.Content[i]) {
				continue
			}
			for _, source := range mergeSources(n.Content[i+1]) {
				if p, ok := lookup(source, name); ok {
					return p, true
				}
			}
		}
	}
	return pair{}, false
}
