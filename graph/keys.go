package graph

import (
	"regexp"
	"slices"
)

// KeySet is what is known of the keys of a Secret or of a store's key: the known ones, and whether there may be more. Copies are
// independent of each other.
type KeySet struct {
	known []string // sorted; never changed in place, since copies share it
	// Open says that there may be keys that the manifests do not name.
	Open bool
}

// keysOf are the keys of a map.
func keysOf[V any](m map[string]V) KeySet {
	if len(m) == 0 {
		return KeySet{}
	}
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	return setOf(keys)
}

// setOf takes the list over.
func setOf(keys []string) KeySet {
	if len(keys) == 0 {
		return KeySet{}
	}
	slices.Sort(keys)
	return KeySet{known: slices.Clip(slices.Compact(keys))}
}

// Add adds keys.
func (k *KeySet) Add(keys ...string) {
	if !slices.ContainsFunc(keys, func(key string) bool { return !k.Has(key) }) {
		return
	}
	k.known = setOf(slices.Concat(k.known, keys)).known
}

// Merge adds all of another set.
func (k *KeySet) Merge(other KeySet) {
	if len(k.known) == 0 {
		k.known = other.known
	} else {
		k.Add(other.known...)
	}
	k.Open = k.Open || other.Open
}

// Has reports whether the key is known to be there.
func (k KeySet) Has(key string) bool {
	_, found := slices.BinarySearch(k.known, key)
	return found
}

// May reports whether the key can be there.
func (k KeySet) May(key string) bool { return k.Open || k.Has(key) }

// Known returns the known keys, sorted. The slice must not be changed.
func (k KeySet) Known() []string { return k.known }

// Len is the number of known keys.
func (k KeySet) Len() int { return len(k.known) }

type pattern struct {
	*regexp.Regexp
	err error
}

func (m *memory) compiled(source string) (*regexp.Regexp, error) {
	p := m.patterns.of(source, func(source string) pattern {
		re, err := regexp.Compile(source)
		return pattern{re, err}
	})
	return p.Regexp, p.err
}

// replace is pattern.ReplaceAllString: the keys of a kind of generator are mostly rewritten alike.
func (m *memory) replace(pattern *regexp.Regexp, key, target string) string {
	m.text = append(m.text[:0], pattern.String()...)
	m.text = append(append(m.text, 0), target...)
	m.text = append(append(m.text, 0), key...)
	if known, ok := m.replaced[string(m.text)]; ok {
		return known
	}
	return m.replaced.of(string(m.text), func(string) string { return pattern.ReplaceAllString(key, target) })
}

// rewritten applies rewrites; what can't be computed from the manifest opens the set.
func (m *memory) rewritten(k KeySet, rewrites []RewriteView) KeySet {
	for _, r := range rewrites {
		if r.Regexp == nil {
			return KeySet{Open: true}
		}
		pattern, err := m.compiled(r.Regexp.Source)
		if err != nil {
			return KeySet{Open: true}
		}
		next := slices.Clone(k.known)
		for i, key := range next {
			next[i] = m.replace(pattern, key, r.Regexp.Target)
		}
		k.known = setOf(next).known
	}
	return k
}

// matching keeps the keys that match a pattern.
func (m *memory) matching(k KeySet, pattern string) KeySet {
	if pattern == "" {
		return k
	}
	re, err := m.compiled(pattern)
	if err != nil {
		return KeySet{Open: true}
	}
	out := KeySet{Open: k.Open}
	for _, key := range k.Known() {
		if re.MatchString(key) {
			out.Add(key)
		}
	}
	return out
}

// through is what a template makes of keys.
func (m *memory) through(k KeySet, t *TemplateView) KeySet {
	if t == nil || len(t.Data) == 0 && len(t.From) == 0 {
		return k
	}
	out := KeySet{}
	if t.MergePolicy == "Merge" {
		out.Merge(k)
	}
	out.Merge(keysOf(t.Data))
	for _, from := range t.From {
		switch {
		case from.Target != "" && from.Target != "Data":
		case from.Literal != nil:
			out.Merge(m.literals.of(*from.Literal, literalKeys))
		default:
			out.Open = true
		}
	}
	return out
}

// under is what a push's template adds to keys: ESO keeps them all, whatever the mergePolicy.
func (m *memory) under(k KeySet, t *TemplateView) KeySet {
	var out KeySet
	out.Merge(k)
	if t != nil && (len(t.Data) > 0 || len(t.From) > 0) {
		out.Merge(m.through(k, t))
	}
	return out
}
