package graph

import (
	"cmp"
	"slices"
	"strings"
)

func (d *differ) meet(a, b []Place) bool {
	return slices.ContainsFunc(a, func(k Place) bool { return slices.Contains(b, k) })
}

func asked(p *flowPull) []Place { return places(p.asks) }

func places(reads []flowRead) []Place {
	var out []Place
	for _, r := range reads {
		out = append(out, r.at)
	}
	return out
}

// stores finds regions that no longer, or newly, get the value, and stores that are at another address.
func (d *differ) stores(a, b *flowValue) {
	had, has := pushedTo(a), pushedTo(b)
	var less, more []string
	type move struct{ from, to string }
	var moved []move
	for _, s := range had {
		if slices.Contains(has, s) {
			continue
		}
		if i := slices.IndexFunc(has, func(o string) bool {
			return !slices.Contains(had, o) && d.new.storeName(o) == d.old.storeName(s)
		}); i >= 0 {
			moved = append(moved, move{s, has[i]})
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
	for _, m := range moved {
		d.note(Moved, a, b, d.old.storeName(m.from)+" is at another address: "+otherAddress(m.from, m.to), nil, nil, append(facts, factUnmanaged)...).at(d.old.storeObject(m.from), d.new.storeObject(m.to), addressField(m.from, m.to))
	}
	field := "spec.secretStoreRefs"
	if to != nil {
		field = b.pushes[0].push.Prefix + ".secretStoreRefs"
	}
	if len(less) > 0 {
		d.note(Unpushed, a, b, "no longer pushed to "+strings.Join(less, ", "), from, to, facts...).at(from, to, field)
	}
	if len(more) > 0 {
		d.note(Pushed, a, b, "now pushed to "+strings.Join(more, ", "), from, to, factUnmanaged).at(from, to, field)
	}
}

// addressField is the field of a store that makes its address another one.
func addressField(from, to string) string {
	old, new := strings.Split(from, "\x00"), strings.Split(to, "\x00")
	field := "spec.provider"
	if len(new) < 2 || new[0] != old[0] {
		return field
	}
	for _, part := range new[1:] {
		if name, _, ok := strings.Cut(part, "="); ok && !slices.Contains(old, part) {
			return field + "." + new[0] + "." + name
		}
	}
	return field
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
