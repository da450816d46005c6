package graph

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Access is who may use a store that has a value: any namespace that a store object admits can read and write whatever that
// object's credentials can. What the store itself allows those credentials is in no manifest.
type Access struct {
	// Store is the name of the store object.
	Store string `json:"store"`
	// Clusters that have it, sorted.
	Clusters []string `json:"clusters,omitempty"`
	// Who says which namespaces it admits.
	Who string `json:"who"`
	// Named says that an object of the value's way names the store. Another one of the same address has credentials of its own.
	Named bool `json:"named"`
}

// access lists the store objects by which a value can be reached, first those that its own objects name.
func (f *flows) access(v *flowValue) []Access {
	type id struct {
		store, who string
		named      bool
	}
	found := map[id]map[string]bool{}
	named := f.namedStores(v)
	for _, s := range f.graph.Stores {
		if !slices.ContainsFunc(v.keys, func(k Place) bool { return k.Store == s.Identity }) {
			continue
		}
		key := id{s.Object.Name, s.admits(), slices.Contains(named, s)}
		if found[key] == nil {
			found[key] = map[string]bool{}
		}
		if s.Object.Cluster != "" {
			found[key][s.Object.Cluster] = true
		}
	}
	out := []Access{}
	for key, in := range found {
		out = append(out, Access{key.store, slices.Sorted(maps.Keys(in)), key.who, key.named})
	}
	slices.SortFunc(out, func(a, b Access) int {
		first := 0
		if a.Named != b.Named {
			first = 1
			if a.Named {
				first = -1
			}
		}
		return cmp.Or(first, strings.Compare(a.Store, b.Store), strings.Compare(a.Who, b.Who))
	})
	return out
}

// storeID tells stores apart by what they are called and where they are, whatever cluster their objects are in.
type storeID struct{ kind, namespace, name, identity string }

func storeIDOf(s *Store) storeID {
	return storeID{s.Object.Kind, s.Object.Namespace, s.Object.Name, s.Identity}
}

// namedStores are the stores that objects of a value name, and those of the same name and address in other clusters.
func (f *flows) namedStores(v *flowValue) []*Store {
	var out []*Store
	seen := map[storeID]bool{}
	add := func(s *Store) {
		if s == nil || seen[storeIDOf(s)] {
			return
		}
		seen[storeIDOf(s)] = true
		out = append(out, f.storesByID[storeIDOf(s)]...)
	}
	for _, p := range v.pushes {
		for _, w := range p.push.Writes {
			add(w.Store)
		}
	}
	pulls := make([]*flowPull, 0, len(v.readers)+1)
	for _, r := range v.readers {
		pulls = append(pulls, r.flowPull)
	}
	if v.origin != nil {
		pulls = append(pulls, v.origin)
	}
	for _, p := range pulls {
		for _, r := range p.pull.Reads {
			if slices.Contains(v.keys, r.Place) {
				add(r.Store)
			}
		}
	}
	return out
}

// everyNamespace is who a store admits that sets no conditions.
const everyNamespace = "every namespace"

// admits says which namespaces may use a store.
func (s *Store) admits() string {
	var names, out []string
	for _, who := range s.admitted() {
		if name, ok := strings.CutPrefix(who, "namespace "); ok {
			names = append(names, name)
		} else {
			out = append(out, who)
		}
	}
	switch {
	case len(names) == 1:
		out = append([]string{"namespace " + names[0]}, out...)
	case len(names) > 1:
		out = append([]string{"namespaces " + strings.Join(names, ", ")}, out...)
	}
	return strings.Join(out, ", and ")
}

// admitted are the namespaces that may use a store: their names, then patterns, then labels.
func (s *Store) admitted() []string {
	if !s.Clustered() {
		return []string{"namespace " + s.Object.Namespace}
	}
	if len(s.Conditions) == 0 {
		return []string{everyNamespace}
	}
	var names, patterns, labels []string
	for _, c := range s.Conditions {
		for _, name := range c.Namespaces {
			names = append(names, "namespace "+name)
		}
		for _, pattern := range c.NamespaceRegexes {
			patterns = append(patterns, "namespaces that match "+quoted(pattern))
		}
		if text := string(c.NamespaceSelector); text != "" && text != "null" {
			labels = append(labels, "namespaces that have the labels "+string(normal(c.NamespaceSelector)))
		}
	}
	return slices.Concat(distinct(names), distinct(patterns), distinct(labels))
}

// storeObject is the object of a store that its name was taken from; nil where the manifests do not have it.
func (f *flows) storeObject(identity string) *flowObject { return f.storeObjects[identity] }
