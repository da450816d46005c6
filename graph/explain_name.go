package graph

import (
	"maps"
	"slices"
	"strings"
)

// named finds the values that a name means.
func (f *flows) named(name string) []*flowValue {
	match := func(test func(v *flowValue) bool) []*flowValue {
		var out []*flowValue
		for _, v := range f.values {
			if test(v) {
				out = append(out, v)
			}
		}
		return out
	}
	store, key, inStore := strings.Cut(name, ":")
	for _, test := range []func(v *flowValue) bool{
		func(v *flowValue) bool { return v.name() == name },
		func(v *flowValue) bool { return v.tenant != "" && v.tenant+"/"+v.home.Name == name },
		func(v *flowValue) bool {
			return slices.ContainsFunc(v.keys, func(k Place) bool { return k.Key == name })
		},
		func(v *flowValue) bool {
			return inStore && slices.ContainsFunc(v.keys, func(k Place) bool { return k.Key == key && f.isNamed(k.Store, store) })
		},
		func(v *flowValue) bool { return v.home.Name != "" && v.home.Name == name },
		func(v *flowValue) bool {
			return slices.ContainsFunc(f.consumers(v), func(c string) bool { return c == name })
		},
	} {
		if out := match(test); len(out) > 0 {
			return out
		}
	}
	return nil
}

// isNamed reports whether a store is called so, by whichever of its objects.
func (f *flows) isNamed(identity, name string) bool {
	return f.storeName(identity) == name || slices.ContainsFunc(f.graph.Stores, func(s *Store) bool { return s.Identity == identity && s.Object.Name == name })
}

// consumers are the names by which those that read a value can be asked for.
func (f *flows) consumers(v *flowValue) []string {
	var out []string
	add := func(o *flowObject) {
		out = append(out, strings.TrimPrefix(o.Namespace+"/"+o.Name, "/"), strings.ToLower(o.Kind)+"/"+o.Name, o.Name)
	}
	for _, r := range v.readers {
		add(&r.flowObject)
		if f.aliases != nil {
			out = append(out, f.aliases(r.Object)...)
		}
		for _, at := range r.targets() {
			out = append(out, strings.TrimPrefix(at.Namespace+"/"+at.Name, "/"))
			for _, w := range f.workloads(at) {
				add(w)
			}
		}
	}
	for _, w := range f.workloads(v.home) {
		add(w)
	}
	return out
}

func (f *flows) names() []string {
	set := map[string]bool{}
	for _, v := range f.values {
		set[v.name()] = true
		if v.tenant != "" {
			set[v.tenant+"/"+v.home.Name] = true
		}
		for _, k := range v.keys {
			set[k.Key] = true
			set[f.storeName(k.Store)+":"+k.Key] = true
		}
		for _, c := range f.consumers(v) {
			set[c] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}
