package graph

import (
	"maps"
	"slices"
	"strings"
)

// record is what the operator notes down about an entry that a push wrote: the store by its name, not by its address. Under
// deletionPolicy Delete it takes from that store what is noted down and is written no more.
type record struct {
	store            StoreRef
	remote, property string
}

func recordOf(w *Write) record {
	ref := w.Ref
	if !ref.Clustered() {
		ref.Kind = ""
	}
	return record{ref, w.Remote, w.Property}
}

// deletions finds what a push under deletionPolicy Delete takes from the stores: all of it when the push is gone, and each
// entry that it no longer has.
func (d *differ) deletions(a, b *flowValue) {
	for _, was := range a.pushes {
		is := d.pushAfter[d.key(was.Object)]
		switch {
		case is == nil && was.deletes():
			d.deleted(a, b, was, nil, was.push.Writes)
		case is != nil && is.deletes():
			has := map[record]bool{}
			for _, w := range is.push.Writes {
				has[recordOf(w)] = true
			}
			gone := slices.DeleteFunc(slices.Clone(was.push.Writes), func(w *Write) bool { return has[recordOf(w)] })
			d.deleted(a, b, was, is, gone)
		}
		if own := d.samePush(b, was); own != nil {
			d.dropped(a, b, was, own)
			if own.deletes() && a.origin != nil && b.origin == nil {
				d.note(Deletes, a, b, "nothing makes the source Secret any more", &a.origin.flowObject, nil, factDeleteSource)
			}
		}
	}
}

// deleted notes entries that the operator takes from the stores: those that nothing writes any more, and those that come back
// with the next push.
func (d *differ) deleted(a, b *flowValue, was, is *flowPush, gone []*Write) {
	what := was.Kind + " " + was.Name + " is gone, and with it "
	if is != nil {
		what = is.Kind + " " + is.Name + " no longer writes "
	}
	var lost []*Write
	back := map[string][]*Write{} // by what writes them again
	for _, w := range gone {
		at := d.placeAfter(was, w)
		d.taken[at] = taking{was.Kind + " " + was.Name, is}
		if by := d.writer(at, w); by != nil {
			name := by.Kind + " " + by.Name
			back[name] = append(back[name], w)
		} else {
			lost = append(lost, w)
		}
	}
	if len(lost) > 0 {
		d.noteDeleted(a, b, was, is, lost, what+entries(lost))
	}
	for _, name := range slices.Sorted(maps.Keys(back)) {
		next := "until the next push of " + name
		if is != nil && name == is.Kind+" "+is.Name {
			next = "until its next push"
		}
		d.noteDeleted(a, b, was, is, back[name], what+entries(back[name])+": the key is gone "+next)
	}
}

func (d *differ) noteDeleted(a, b *flowValue, was, is *flowPush, gone []*Write, why string) {
	facts, field := []string{factDeleteGone}, ""
	if is != nil {
		spec := is.push.Prefix
		keeps := func(same func(a, b record) bool) bool {
			return slices.ContainsFunc(is.push.Writes, func(o *Write) bool { return same(recordOf(o), recordOf(gone[0])) })
		}
		switch {
		case !keeps(func(a, b record) bool { return a.store == b.store }):
			field = spec + ".secretStoreRefs"
			if w := d.writer(d.placeAfter(was, gone[0]), gone[0]); w == is {
				facts, field = []string{factDeleteName}, w.push.Writes[0].RefPath
			}
		case !keeps(func(a, b record) bool { return a.remote == b.remote }) && len(is.push.Writes) > 0:
			facts, field = []string{factDeleteSwitch}, is.push.Writes[0].KeyPath
		default:
			facts, field = []string{factDeleteSwitch}, spec+".data"
		}
	}
	if b != nil && b.origin != nil && is != nil && d.givesFirst(taking{push: is}, d.placeAfter(was, gone[0]), b.origin) {
		facts = append(facts, factFormerGiven)
	}
	d.note(Deletes, a, b, why, nil, nil, facts...).at(&was.flowObject, is.object(), field)
}

// object is nil where the push is.
func (p *flowPush) object() *flowObject {
	if p == nil {
		return nil
	}
	return &p.flowObject
}

// placeAfter is where the operator deletes what was written: at the address that the store of that name has now.
func (d *differ) placeAfter(was *flowPush, w *Write) Place {
	if store, at := d.new.graph.place(was.Cluster, was.Namespace, w.Ref, w.Remote); store != nil {
		return at
	}
	return w.Place
}

// writer is a push that writes a place in the new manifests, whatever property of it; nil for none.
func (d *differ) writer(at Place, w *Write) *flowPush {
	k := d.new.graph.Key(at)
	if k == nil {
		return nil
	}
	for _, o := range k.Writes {
		if o.Property == w.Property || o.Property == "" || w.Property == "" {
			return d.pushAfter[d.key(o.Push.Object)]
		}
	}
	return nil
}

// forgotten reports whether the stores that an origin asks may all have lost the value by the time it asks, and names a push
// that takes it with it.
func (d *differ) forgotten(a *flowValue, is *flowPull) (by string, ok bool) {
	for _, at := range asked(is) {
		if !slices.Contains(a.keys, at) {
			continue
		}
		t, taken := d.taken[at]
		if !taken || d.givesFirst(t, at, is) {
			return "", false
		}
		by = t.by
	}
	return by, by != ""
}

// taking is what takes a place from the stores: a push that is gone, or one that writes something else in its place.
type taking struct {
	by   string
	push *flowPush // nil where it is gone
}

// givesFirst reports whether what takes a place writes another one of the same store before, which the origin asks for too.
func (d *differ) givesFirst(t taking, at Place, is *flowPull) bool {
	return t.push != nil && slices.ContainsFunc(t.push.push.Writes, func(w *Write) bool {
		_, taken := d.taken[w.Place]
		return w.Place.Store == at.Store && !taken && slices.Contains(asked(is), w.Place)
	})
}

// entries names what is written where, each key once.
func entries(writes []*Write) string {
	stores := map[string][]string{}
	for _, w := range writes {
		entry := w.Remote
		if w.Property != "" {
			entry += "#" + w.Property
		}
		stores[entry] = append(stores[entry], w.Ref.Name)
	}
	var out []string
	for _, entry := range slices.Sorted(maps.Keys(stores)) {
		out = append(out, entry+" in "+strings.Join(distinct(stores[entry]), ", "))
	}
	return strings.Join(out, "; ")
}
