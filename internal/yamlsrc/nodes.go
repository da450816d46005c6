package yamlsrc

import "slices"

// few is how many names are compared one by one.
const few = 16

// isMerge reports whether a mapping key is the merge key "<<".
func (t *tree) isMerge(key int32) bool { return t.nodes[key].style&mergeKey != 0 }

// pair is one entry of a map, with the name that its key has in JSON.
type pair struct {
	name       string
	key, value int32
}

// entries goes through the entries of a map.
type entries struct {
	pair
	tree     *tree
	at, next int32  // in a plain tree
	list     []pair // in another
}

// entries returns the entries of a map in the order of the text. Merged entries stand where their merge key does; an
// entry of the map itself wins over a merged one, an earlier merged one over a later. Of keys that appear twice, and of
// keys that JSON has no name for, Read has reported the rest: the first wins, the latter are left out.
func (t *tree) entries(i int32) entries {
	if t.plain {
		return entries{tree: t, at: i + 1, next: t.nodes[i].next}
	}
	return entries{list: t.pairs(i)}
}

// more goes to the next entry.
func (e *entries) more() bool {
	switch {
	case e.at < e.next:
		e.pair = pair{e.tree.value(e.at), e.at, e.at + 1}
		e.at = e.tree.nodes[e.at+1].next
		return true
	case len(e.list) > 0:
		e.pair, e.list = e.list[0], e.list[1:]
		return true
	}
	return false
}

// keyed calls f with each key and its value, as they stand in a map, until f returns false.
func (t *tree) keyed(i int32, f func(key, value int32) bool) {
	for k := i + 1; k < t.nodes[i].next; {
		v := t.nodes[k].next
		if !f(k, v) {
			return
		}
		k = t.nodes[v].next
	}
}

// children returns how many nodes a list or map has in it, not counting what is in these.
func (t *tree) children(i int32) (n int) {
	for c := i + 1; c < t.nodes[i].next; c = t.nodes[c].next {
		n++
	}
	return n
}

// isPlain says what tree.plain is.
func (t *tree) isPlain() bool {
	if t.odd != nil {
		return false
	}
	var some [2 * few]string
	names := some[:0]
	for i := range t.nodes {
		if t.nodes[i].kind != Map {
			continue
		}
		names = names[:0]
		for k := int32(i) + 1; k < t.nodes[i].next; k = t.nodes[k+1].next {
			if n := &t.nodes[k]; n.kind != Scalar || n.style&mergeKey != 0 {
				return false
			}
			name, ok := t.textOf(k)
			if !ok || len(names) < few && slices.Contains(names, name) {
				return false
			}
			names = append(names, name)
		}
		if len(names) > few && !distinct(names) {
			return false
		}
	}
	return true
}

func distinct(names []string) bool {
	slices.Sort(names)
	for i := range names[1:] {
		if names[i] == names[i+1] {
			return false
		}
	}
	return true
}

// pairs is entries where the tree is not plain.
func (t *tree) pairs(i int32) []pair {
	list := make([]pair, 0, t.children(i)/2)
	merges := false
	t.keyed(i, func(key, _ int32) bool {
		merges = merges || t.isMerge(key)
		return true
	})
	var own map[string]bool
	if merges {
		own = make(map[string]bool, cap(list))
		t.keyed(i, func(key, _ int32) bool {
			if name, ok := t.keyName(key); ok && !t.isMerge(key) {
				own[name] = true
			}
			return true
		})
	}
	var seen map[string]bool // of a few it is quicker to look through the list
	if merges || cap(list) > few {
		seen = make(map[string]bool, cap(list))
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
	t.keyed(i, func(key, value int32) bool {
		if t.isMerge(key) {
			for _, source := range t.mergeSources(value) {
				for _, p := range t.pairs(source) {
					if !own[p.name] {
						add(p)
					}
				}
			}
		} else if name, ok := t.keyName(key); ok {
			add(pair{name, key, value})
		}
		return true
	})
	return list
}

// mergeSources returns the maps that the value of a merge key names.
func (t *tree) mergeSources(value int32) []int32 {
	value = t.at(value)
	switch n := &t.nodes[value]; n.kind {
	case Map:
		return []int32{value}
	case List:
		var list []int32
		for c := value + 1; c < n.next; c = t.nodes[c].next {
			if at := t.at(c); t.nodes[at].kind == Map {
				list = append(list, at)
			}
		}
		return list
	}
	return nil
}

// lookup finds an entry of a map without resolving the others where there is no merge key.
func (t *tree) lookup(i int32, name string) (found pair, ok bool) {
	merges := false
	t.keyed(i, func(key, value int32) bool {
		if t.isMerge(key) {
			merges = true
			return true
		}
		if n, is := t.keyName(key); is && n == name {
			found, ok = pair{name, key, value}, true
		}
		return !ok
	})
	if !merges || ok {
		return found, ok
	}
	t.keyed(i, func(key, value int32) bool {
		if t.isMerge(key) {
			for _, source := range t.mergeSources(value) {
				if found, ok = t.lookup(source, name); ok {
					break
				}
			}
		}
		return !ok
	})
	return found, ok
}
