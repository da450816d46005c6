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
}

// access lists the store objects by which a value can be reached, those that admit most first.
func (f *flows) access(v *flowValue) []Access {
	type id struct{ store, who string }
	found := map[id]map[string]bool{}
	for _, s := range f.graph.Stores {
		if !slices.ContainsFunc(v.keys, func(k Place) bool { return k.Store == s.Identity }) {
			continue
		}
		key := id{s.Object.Name, s.admits()}
		if found[key] == nil {
			found[key] = map[string]bool{}
		}
		if s.Object.Cluster != "" {
			found[key][s.Object.Cluster] = true
		}
	}
	out := []Access{}
	for key, in := range found {
		out = append(out, Access{key.store, slices.Sorted(maps.Keys(in)), key.who})
	}
	slices.SortFunc(out, func(a, b Access) int {
		return cmp.Or(strings.Compare(a.Store, b.Store), strings.Compare(a.Who, b.Who))
	})
	return out
}

// admits says which namespaces may use a store.
func (s *Store) admits() string {
	if !s.Clustered() {
		return "namespace " + s.Object.Namespace
	}
	if len(s.Conditions) == 0 {
		return "every namespace"
	}
	var names, patterns []string
	labels := false
	for _, c := range s.Conditions {
		names = append(names, c.Namespaces...)
		patterns = append(patterns, c.NamespaceRegexes...)
		labels = labels || len(c.NamespaceSelector) > 0 && string(c.NamespaceSelector) != "null"
	}
	var out []string
	slices.Sort(names)
	if names = slices.Compact(names); len(names) == 1 {
		out = append(out, "namespace "+names[0])
	} else if len(names) > 1 {
		out = append(out, "namespaces "+strings.Join(names, ", "))
	}
	slices.Sort(patterns)
	for _, p := range slices.Compact(patterns) {
		out = append(out, "namespaces that match "+quoted(p))
	}
	if labels {
		out = append(out, "namespaces that have the labels of its conditions")
	}
	return strings.Join(out, ", and ")
}

// storeObject is the object of a store that its name was taken from; nil where the manifests do not have it.
func (f *flows) storeObject(identity string) *flowObject {
	for _, s := range f.graph.Stores {
		if s.Identity == identity && s.Object.Name == f.storeName(identity) {
			return f.byObject[s.Object]
		}
	}
	return nil
}
