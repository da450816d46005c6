package graph

import (
	"cmp"
	"slices"
	"strings"
)

func (d *differ) meet(a, b []Place) bool {
	return slices.ContainsFunc(a, func(k Place) bool { return slices.Contains(b, k) })
}

func asked(p *flowPull) []Place {
	var out []Place
	for _, r := range p.asks {
		out = append(out, r.at)
	}
	return out
}

// deletions finds what a push under deletionPolicy Delete takes from the stores: all of it when the push is gone, and each
// entry that it no longer has.
func (d *differ) deletions(a, b *flowValue) {
	for _, was := range a.pushes {
		is := d.samePush(b, was)
		if is == nil && d.after[d.key(was.Object)] != nil {
			continue // it now pushes another value; that is the other value's matter
		}
		switch {
		case is == nil && was.deletes():
			d.note(Deletes, a, b, was.Kind+" "+was.Name+" is gone, and with it "+d.entries(was.push.Writes), &was.flowObject, nil, factDeleteGone)
		case is != nil && is.deletes():
			var gone []*Write
			store := false
			for _, w := range was.push.Writes {
				if !slices.ContainsFunc(is.push.Writes, func(o *Write) bool { return o.Place == w.Place && o.Property == w.Property }) {
					gone = append(gone, w)
					store = store || !slices.ContainsFunc(is.push.Writes, func(o *Write) bool { return o.Place.Store == w.Place.Store })
				}
			}
			if len(gone) == 0 {
				break
			}
			fact := factDeleteSwitch
			if store {
				fact = factDeleteGone
			}
			why := is.Kind + " " + is.Name + " no longer writes " + d.entries(gone)
			if slices.ContainsFunc(gone, func(w *Write) bool {
				return slices.ContainsFunc(is.push.Writes, func(o *Write) bool { return o.Place == w.Place && (o.Property == "") != (w.Property == "") })
			}) {
				why += " but another part of the key, which is gone until the next push"
			}
			d.note(Deletes, a, b, why, &was.flowObject, &is.flowObject, fact)
		}
		if is != nil {
			d.dropped(a, b, was, is)
		}
		if is != nil && is.deletes() && a.origin != nil && b.origin == nil {
			d.note(Deletes, a, b, "nothing makes the source Secret any more", &a.origin.flowObject, nil, factDeleteSource)
		}
	}
}

// entries names what is written where.
func (d *differ) entries(writes []*Write) string {
	var out []string
	for _, w := range writes {
		entry := w.Remote
		if w.Property != "" {
			entry += "#" + w.Property
		}
		out = append(out, entry+" in "+w.Ref.Name)
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), ", ")
}

// stores finds regions that no longer, or newly, get the value, and stores that are at another address.
func (d *differ) stores(a, b *flowValue) {
	had, has := pushedTo(a), pushedTo(b)
	var less, more, moved []string
	for _, s := range had {
		if slices.Contains(has, s) {
			continue
		}
		if i := slices.IndexFunc(has, func(o string) bool {
			return !slices.Contains(had, o) && d.new.storeName(o) == d.old.storeName(s)
		}); i >= 0 {
			moved = append(moved, d.old.storeName(s)+" is at another address: "+otherAddress(s, has[i]))
			has = slices.Delete(slices.Clone(has), i, i+1)
			continue
		}
		less = append(less, d.old.storeName(s))
	}
	for _, s := range has {
		if !slices.Contains(had, s) {
			more = append(more, d.new.storeName(s))
		}
	}
	from, to := (*flowObject)(nil), (*flowObject)(nil)
	if len(a.pushes) > 0 {
		from = &a.pushes[0].flowObject
	}
	if len(b.pushes) > 0 {
		to = &b.pushes[0].flowObject
	}
	var facts []string
	if !slices.ContainsFunc(a.pushes, (*flowPush).deletes) {
		facts = append(facts, factStays)
	}
	for _, why := range moved {
		d.note(Moved, a, b, why, from, to, append(facts, factUnmanaged)...)
	}
	if len(less) > 0 {
		d.note(Unpushed, a, b, "no longer pushed to "+strings.Join(less, ", "), from, to, facts...).at(from, to, "spec.secretStoreRefs")
	}
	if len(more) > 0 {
		d.note(Pushed, a, b, "now pushed to "+strings.Join(more, ", "), from, to, factUnmanaged).at(from, to, "spec.secretStoreRefs")
	}
}

// otherAddress says what of a store's identity is another one.
func otherAddress(from, to string) string {
	old, new := strings.Split(from, "\x00"), strings.Split(to, "\x00")
	only := func(list, other []string) string {
		return strings.Join(slices.DeleteFunc(slices.Clone(list), func(part string) bool { return slices.Contains(other, part) }), ", ")
	}
	return cmp.Or(only(old, new), "none") + " -> " + cmp.Or(only(new, old), "none")
}

func pushedTo(v *flowValue) []string {
	var out []string
	for _, p := range v.pushes {
		for _, w := range p.push.Writes {
			if !slices.Contains(out, w.Place.Store) {
				out = append(out, w.Place.Store)
			}
		}
	}
	return out
}
