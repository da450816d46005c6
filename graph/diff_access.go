package graph

import (
	"maps"
	"slices"
	"strings"

	"github.com/openova-io/esotree/object"
)

// conditionsField is where a store says whom it admits.
const conditionsField = "spec.conditions"

// admission is which namespaces of a cluster may use the stores that have a value.
type admission struct {
	who    map[string]bool
	stores []*Store
}

// admissions are those of a value by cluster, by the stores that its objects name.
func (f *flows) admissions(v *flowValue) map[string]*admission {
	out := map[string]*admission{}
	for _, s := range f.namedStores(v) {
		in := out[s.Object.Cluster]
		if in == nil {
			in = &admission{who: map[string]bool{}}
			out[s.Object.Cluster] = in
		}
		in.stores = append(in.stores, s)
		for _, who := range s.admitted() {
			in.who[who] = true
		}
	}
	for _, in := range out {
		if in.who[everyNamespace] {
			in.who = map[string]bool{everyNamespace: true}
		}
	}
	return out
}

func (a *admission) text() string { return strings.Join(slices.Sorted(maps.Keys(a.who)), ", ") }

// besides is who it admits but for some.
func (a *admission) besides(some map[string]bool) map[string]bool {
	out := maps.Clone(a.who)
	maps.DeleteFunc(out, func(who string, _ bool) bool { return some[who] })
	return out
}

// widerThan reports whether it admits what the other does not.
func (a *admission) widerThan(b *admission) bool {
	if b.who[everyNamespace] {
		return false
	}
	for who := range a.who {
		if !b.who[who] {
			return true
		}
	}
	return false
}

// access finds clusters in which other namespaces than before may use the stores that have a value. Those of its own objects are
// told as readers.
func (d *differ) access(a, b *flowValue) {
	was, is := d.old.admissions(a), d.new.admissions(b)
	own := map[string]bool{}
	for _, v := range []*flowValue{a, b} {
		own["namespace "+v.home.Namespace] = true
		for _, r := range v.readers {
			own["namespace "+r.Namespace] = true
		}
	}
	type change struct {
		kind     ChangeKind
		from, to string
	}
	var order []change
	clusters := map[change][]string{}
	for _, cluster := range slices.Sorted(maps.Keys(is)) {
		from, to := was[cluster], is[cluster]
		if from == nil || maps.Equal(from.besides(own), to.besides(own)) {
			continue
		}
		c := change{LostReader, from.text(), to.text()}
		if to.widerThan(from) {
			c.kind = NewReader
		}
		if clusters[c] == nil {
			order = append(order, c)
		}
		clusters[c] = append(clusters[c], cluster)
	}
	for _, c := range order {
		why := "its stores admit " + c.to + " instead of " + c.from
		if in := strings.Join(clusters[c], ", "); in != "" {
			why += " (" + in + ")"
		}
		cluster := clusters[c][0]
		from, to := was[cluster].stores[0], is[cluster].stores[0]
		d.note(c.kind, a, b, why, nil, nil).at(d.old.byObject[from.Object], d.new.byObject[to.Object], conditionsField)
	}
}

// logins finds stores of a value that are where they were, and of which something else changes, such as who logs in to them.
func (d *differ) logins(a, b *flowValue) {
	had := map[*object.Object]string{} // the addresses by object
	for _, s := range d.old.namedStores(a) {
		had[s.Object] = s.Identity
	}
	fields := map[string][]string{}
	at := map[string]*flowObject{}
	for _, s := range d.new.namedStores(b) {
		was, is := d.before[d.key(s.Object)], d.new.byObject[s.Object]
		name := d.new.storeName(s.Identity)
		if was == nil || had[was.Object] != s.Identity || at[name] != nil || sameObject(was, is) {
			continue
		}
		changed := slices.DeleteFunc(changedFields(was.text, is.text), func(field string) bool { return strings.HasPrefix(field, conditionsField) })
		if len(changed) > 0 {
			fields[name], at[name] = changed, is
		}
	}
	for _, name := range slices.Sorted(maps.Keys(at)) {
		d.note(Stays, a, b, "its store "+name+" changes"+shown(fields[name])+", the value does not", nil, nil).at(nil, at[name], first(fields[name]))
	}
}
