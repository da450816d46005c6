package yamlsrc

import "sync"

// many is how many children of a list or map are looked through one by one: hardly any has more, and an index of fewer costs more than it
// saves.
const many = 256

// index is where the children of wide lists and maps stand. Without it, asking for the place of each would take time that grows with the
// square of their number. It is filled as they are asked for.
type index struct {
	mutex    sync.Mutex
	elements map[int32][]int32          // by list
	keys     map[int32]map[string]int32 // by map
}

// isWide reports whether a list or map has more than many children.
func (t *tree) isWide(i int32) bool {
	if t.nodes[i].next-i <= many {
		return false
	}
	n := 0
	for c := i + 1; c < t.nodes[i].next && n <= many; c = t.nodes[c].next {
		n++
	}
	return n > many
}

// locked returns the document's index, locked, since documents are used concurrently.
func (d *Document) locked() *index {
	if d.index.Load() == nil {
		d.index.CompareAndSwap(nil, &index{elements: map[int32][]int32{}, keys: map[int32]map[string]int32{}})
	}
	x := d.index.Load()
	x.mutex.Lock()
	return x
}

// element returns an element of a list, none where it has no such.
func (d *Document) element(list int32, i int) int32 {
	if i < 0 {
		return none
	}
	if !d.isWide(list) {
		for c := list + 1; c < d.nodes[list].next; c = d.nodes[c].next {
			if i == 0 {
				return c
			}
			i--
		}
		return none
	}
	x := d.locked()
	defer x.mutex.Unlock()
	elements := x.elements[list]
	if elements == nil {
		elements = make([]int32, 0, d.children(list))
		for c := list + 1; c < d.nodes[list].next; c = d.nodes[c].next {
			elements = append(elements, c)
		}
		x.elements[list] = elements
	}
	if i >= len(elements) {
		return none
	}
	return elements[i]
}

// entry is lookup with the index.
func (d *Document) entry(of int32, name string) (pair, bool) {
	if !d.isWide(of) {
		return d.lookup(of, name)
	}
	x := d.locked()
	defer x.mutex.Unlock()
	keys := x.keys[of]
	if keys == nil {
		keys = make(map[string]int32, d.children(of)/2)
		for e := d.entries(of); e.more(); {
			keys[e.name] = e.key
		}
		x.keys[of] = keys
	}
	key, ok := keys[name]
	if !ok {
		return pair{}, false
	}
	return pair{name, key, d.nodes[key].next}, true
}
