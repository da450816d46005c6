package graph

import (
	"maps"
	"slices"
	"strings"
)

// reached are the readers of a value, with their clusters.
func reached(v *flowValue) []string {
	var names []string
	in := map[string][]string{}
	for _, r := range v.readers {
		name := strings.TrimPrefix(r.Namespace+"/"+r.Name, "/")
		if in[name] == nil {
			names = append(names, name)
		}
		if r.Cluster != "" && !slices.Contains(in[name], r.Cluster) {
			in[name] = append(in[name], r.Cluster)
		}
	}
	for i, name := range names {
		if clusters := in[name]; len(clusters) > 0 {
			names[i] += " (" + strings.Join(clusters, ", ") + ")"
		}
	}
	return names
}

// reaches are the readers of a value, and the workloads that use its home Secret itself.
func (d *differ) reaches(v *flowValue) []string {
	out := reached(v)
	for _, w := range d.new.workloads(v.home) {
		name := title(w)
		if w.Cluster != "" {
			name += " (" + w.Cluster + ")"
		}
		out = append(out, name)
	}
	return out
}

// readers finds who reads the value newly, no longer, or in another store.
func (d *differ) readers(a, b *flowValue) {
	was, is := d.readersByKey(a), d.readersByKey(b)
	var come, gone []*flowReader
	waits := map[bool][]*flowReader{}
	elsewhere := map[string][]*flowReader{}
	for _, r := range b.readers {
		old := was[d.key(r.Object)]
		if old != nil {
			d.spread(a, b, old, r)
			if epoch := epochOf(a); epoch != "" && epoch == epochOf(b) && old.awaits() != r.awaits() {
				waits[r.awaits()] = append(waits[r.awaits()], r)
			}
		}
		switch {
		case old != nil:
			from, to := readStores(d.old, old), readStores(d.new, r)
			why := ""
			switch {
			case from != to:
				why = "from " + to + " instead of " + from
			case !d.meet(readPlaces(old), readPlaces(r)) && a.remoteKey() == b.remoteKey():
				why = "from " + to + ", which is at another address,"
			}
			if why != "" {
				elsewhere[why] = append(elsewhere[why], r)
			}
		case a.origin == nil || b.origin == nil || d.key(r.Object) != d.key(a.origin.Object): // else the old home has become a copy
			come = append(come, r)
		}
	}
	for _, r := range a.readers {
		if is[d.key(r.Object)] == nil && (b.origin == nil || d.key(r.Object) != d.key(b.origin.Object)) {
			gone = append(gone, r)
		}
	}
	for _, why := range slices.Sorted(maps.Keys(elsewhere)) {
		list := elsewhere[why]
		from, to := was[d.key(list[0].Object)], list[0]
		c := d.note(ReadFrom, a, b, why+" by "+readerNames(list), nil, nil)
		if readStores(d.old, from) != readStores(d.new, to) {
			c.at(&from.flowObject, &to.flowObject, to.pull.Prefix+".secretStoreRef.name")
			continue
		}
		store, other := from.of[0].at.Store, to.of[0].at.Store
		c.at(d.old.storeObject(store), d.new.storeObject(other), addressField(store, other))
	}
	for _, now := range []bool{false, true} {
		list := waits[now]
		if len(list) == 0 {
			continue
		}
		why, fact := " no longer waits for the epoch", factWorst
		if now {
			why, fact = " waits for the epoch from now on", factPinned
		}
		d.note(Interval, a, b, readerNames(list)+why, nil, nil, fact).at(&was[d.key(list[0].Object)].flowObject, &list[0].flowObject, list[0].pull.Prefix+".target.template")
	}
	come, gone, moved := movedReaders(come, gone)
	for _, m := range moved {
		d.note(NewReader, a, b, readerNames(m.come)+" instead of "+readerNames(m.gone), nil, nil, factRetry).at(&m.gone[0].flowObject, &m.come[0].flowObject, m.come[0].of[0].path)
	}
	if len(come) > 0 {
		d.note(NewReader, a, b, readerNames(come), nil, nil, factRetry).at(nil, &come[0].flowObject, come[0].of[0].path)
	}
	if len(gone) > 0 {
		d.note(LostReader, a, b, readerNames(gone), nil, nil).at(&gone[0].flowObject, nil, gone[0].of[0].path)
	}
}

// epochOf is the epoch that is wanted of a value; "" for none.
func epochOf(v *flowValue) string {
	if v.origin == nil {
		return ""
	}
	return v.origin.epoch()
}

// spread finds namespaces in which a reader makes its Secret newly, or no more.
func (d *differ) spread(a, b *flowValue, was, is *flowReader) {
	more := slices.DeleteFunc(slices.Clone(is.pull.Namespaces), func(n string) bool { return slices.Contains(was.pull.Namespaces, n) })
	less := slices.DeleteFunc(slices.Clone(was.pull.Namespaces), func(n string) bool { return slices.Contains(is.pull.Namespaces, n) })
	if is.Kind != "ClusterExternalSecret" {
		return
	}
	name := is.Kind + " " + is.Name
	if len(more) > 0 {
		d.note(NewReader, a, b, name+" in "+strings.Join(more, ", "), nil, nil, factRetry).at(&was.flowObject, &is.flowObject, "spec.namespaces")
	}
	if len(less) > 0 {
		d.note(LostReader, a, b, name+" in "+strings.Join(less, ", "), nil, nil).at(&was.flowObject, &is.flowObject, "spec.namespaces")
	}
	if from, to := chosenNamespaces(was.text), chosenNamespaces(is.text); from != to {
		d.note(NewReader, a, b, name+" in the namespaces that other labels choose", nil, nil, factRetry).at(&was.flowObject, &is.flowObject, "spec.namespaceSelectors")
	}
}

// readerMove is a reader that has moved to another namespace, in each of its clusters.
type readerMove struct{ come, gone []*flowReader }

// movedReaders takes from those that come and go the ones that have the same name and cluster, and another namespace.
func movedReaders(come, gone []*flowReader) (stillCome, stillGone []*flowReader, moved []readerMove) {
	type id struct{ kind, name, cluster string }
	index := func(list []*flowReader) map[id]*flowReader {
		out := map[id]*flowReader{}
		for _, r := range list {
			key := id{r.Kind, r.Name, r.Cluster}
			if _, twice := out[key]; twice {
				out[key] = nil
				continue
			}
			out[key] = r
		}
		return out
	}
	is, was := index(come), index(gone)
	for _, r := range come {
		old := was[id{r.Kind, r.Name, r.Cluster}]
		if old == nil || is[id{r.Kind, r.Name, r.Cluster}] != r {
			stillCome = append(stillCome, r)
			continue
		}
		i := slices.IndexFunc(moved, func(m readerMove) bool {
			return m.come[0].Name == r.Name && m.come[0].Namespace == r.Namespace && m.gone[0].Namespace == old.Namespace
		})
		if i < 0 {
			moved = append(moved, readerMove{})
			i = len(moved) - 1
		}
		moved[i].come = append(moved[i].come, r)
		moved[i].gone = append(moved[i].gone, old)
	}
	for _, r := range gone {
		if !slices.ContainsFunc(moved, func(m readerMove) bool { return slices.Contains(m.gone, r) }) {
			stillGone = append(stillGone, r)
		}
	}
	return stillCome, stillGone, moved
}

func (d *differ) readersByKey(v *flowValue) map[objectKey]*flowReader {
	out := map[objectKey]*flowReader{}
	for _, r := range v.readers {
		out[d.key(r.Object)] = r
	}
	return out
}

func readerNames(list []*flowReader) string {
	return strings.Join(reached(&flowValue{readers: list}), ", ")
}

func readStores(f *flows, r *flowReader) string { return strings.Join(f.storesOf(readPlaces(r)), ", ") }

func readPlaces(r *flowReader) []Place {
	var out []Place
	for _, read := range r.of {
		out = append(out, read.at)
	}
	return out
}

// readFromElsewhere finds keys of a reader's Secret that come from another value than before.
func (d *differ) readFromElsewhere() {
	was, is := d.slots(d.old), d.slots(d.new)
	type move struct {
		from, to *flowValue
		what     string
	}
	var order []move
	readers := map[move][]*flowReader{}
	places := map[move]string{}
	for _, v := range d.new.values {
		for _, r := range v.readers {
			key := d.key(r.Object)
			told := map[move]bool{}
			for _, read := range r.of {
				m := move{to: v, what: "key " + quoted(read.key)}
				if m.from = only(was[slot{key, read.key}]); read.key == "" {
					m.what = "keys"
					m.from = d.replaced(was[slot{key, ""}], is[slot{key, ""}], v)
				}
				if m.from == nil || read.found || d.partner[m.from] == v || told[m] {
					continue
				}
				told[m] = true
				if readers[m] == nil {
					order = append(order, m)
					places[m] = read.path
				}
				readers[m] = append(readers[m], r)
			}
		}
	}
	for _, m := range order {
		list := readers[m]
		verb := " is"
		if m.what == "keys" {
			verb = " are"
		}
		d.note(ReadFrom, m.from, m.to, m.what+" of "+readerNames(list)+verb+" this value instead of "+m.from.name(), nil, nil).at(d.before[d.key(list[0].Object)], &list[0].flowObject, places[m])
	}
}

// slot is a key of a reader's Secret, or what is read with all of its keys, which has none.
type slot struct {
	reader objectKey
	key    string
}

// slots are the values that readers' keys come from. Those that are found by a pattern are left out.
func (d *differ) slots(f *flows) map[slot][]*flowValue {
	out := map[slot][]*flowValue{}
	for _, v := range f.values {
		for _, r := range v.readers {
			for _, read := range r.of {
				if at := (slot{d.key(r.Object), read.key}); !read.found && !slices.Contains(out[at], v) {
					out[at] = append(out[at], v)
				}
			}
		}
	}
	return out
}

func only(list []*flowValue) *flowValue {
	if len(list) != 1 {
		return nil
	}
	return list[0]
}

// replaced is what a reader took all keys of in the place of a value; nil where it did so before, or where there is doubt.
func (d *differ) replaced(was, is []*flowValue, v *flowValue) *flowValue {
	gone := slices.DeleteFunc(slices.Clone(was), func(a *flowValue) bool { return slices.Contains(is, d.partner[a]) })
	come := slices.DeleteFunc(slices.Clone(is), func(b *flowValue) bool {
		return slices.ContainsFunc(was, func(a *flowValue) bool { return d.partner[a] == b })
	})
	if only(come) != v {
		return nil
	}
	return only(gone)
}

// rest finds readers whose manifests change for a reason of their own, such as another template of their Secret.
func (d *differ) rest() {
	told := map[objectKey]bool{}
	affected := map[string]bool{}
	for _, c := range d.out {
		affected[c.Tenant+"\x00"+c.Secret] = true
	}
	for _, v := range d.new.values {
		if affected[v.tenant+"\x00"+v.name()] {
			for _, r := range v.readers {
				told[d.key(r.Object)] = true
			}
		}
	}
	for _, v := range d.new.values {
		var changed []*flowReader
		for _, r := range v.readers {
			key := d.key(r.Object)
			if was := d.before[key]; !told[key] && was != nil && !sameObject(was, &r.flowObject) {
				told[key] = true
				changed = append(changed, r)
			}
		}
		if len(changed) > 0 {
			d.note(Stays, v, v, readerNames(changed)+" changes and reads what it read", d.before[d.key(changed[0].Object)], &changed[0].flowObject)
		}
	}
}
