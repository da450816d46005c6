package graph

import (
	"fmt"
	"strings"

	"github.com/openova-io/esotree/diag"
)

// moves finds values that have another home, namespace, name, key or store.
func (d *differ) moves(a, b *flowValue) {
	var why []string
	var facts []string
	add := func(what, from, to string) {
		if from != to && from != "" && to != "" {
			why = append(why, fmt.Sprintf("%s %s -> %s", what, from, to))
		}
	}
	add("home", a.home.Cluster, b.home.Cluster)
	add("namespace", a.home.Namespace, b.home.Namespace)
	add("name", a.home.Name, b.home.Name)
	add("key", a.remoteKey(), b.remoteKey())
	if !d.meet(a.keys, b.keys) && a.remoteKey() == b.remoteKey() {
		add("store", strings.Join(d.old.storesOf(a.keys), ", "), strings.Join(d.new.storesOf(b.keys), ", "))
	}
	if len(why) == 0 {
		return
	}
	if b.origin != nil && b.origin.remembers() && d.meet(a.keys, asked(b.origin)) {
		facts = append(facts, factRemembered)
		if !d.meet(a.keys, places(b.origin.asksNow())) {
			facts = append(facts, factFormer)
		}
		if a.home.Cluster != b.home.Cluster {
			facts = append(facts, factHomeLost)
		}
	}
	if a.home.Cluster != b.home.Cluster && a.home.Cluster != "" && len(b.pushes) > 0 {
		switch {
		case b.origin == nil:
			why = append(why, "what is pushed is now the Secret that something else makes there")
		case len(b.origin.kinds) == 0:
			facts = append(facts, factBootstrap)
		}
		if b.origin != nil {
			facts = append(facts, factOldHome)
		}
	}
	c := d.note(Moved, a, b, strings.Join(why, ", "), nil, nil, facts...)
	c.Old, c.New = d.placeOfMove(a, b)
}

// placeOfMove is where it is written where a value is at home, what it is called, or under which key it is stored: of those that
// differ the first.
func (d *differ) placeOfMove(a, b *flowValue) (old, new diag.Span) {
	at := func(f *flows, v *flowValue, field string) diag.Span {
		o := mainObject(v)
		switch {
		case o == nil:
			return diag.Span{}
		case field == "home":
			if f.home != nil {
				if span := f.home(v.home.Cluster, v.home.Namespace, v.home.Name); span.IsValid() {
					return span
				}
			}
			return o.Span("")
		case field != "key":
			return o.Span(field)
		case len(v.pushes) > 0 && len(v.pushes[0].push.Writes) > 0:
			return v.pushes[0].Span(v.pushes[0].push.Writes[0].KeyPath)
		case len(v.readers) > 0:
			return v.readers[0].Span(v.readers[0].of[0].path)
		}
		return o.Span("")
	}
	field := ""
	switch {
	case a.home.Cluster != b.home.Cluster:
		field = "home"
	case a.home.Namespace != b.home.Namespace:
		field = "metadata.namespace"
	case a.home.Name != b.home.Name:
		field = "spec.target.name"
	case a.remoteKey() != b.remoteKey():
		field = "key"
	}
	return at(d.old, a, field), at(d.new, b, field)
}
