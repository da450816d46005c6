package lint

import (
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/internal/eso"
	"github.com/openova-io/esotree/object"
)

// computed reports whether a text holds something that another program replaces before the API server sees it: a variable of
// Flux or a shell, an action of a template, a placeholder.
func computed(text string) bool {
	return strings.Contains(text, "${") || strings.Contains(text, "{{") || strings.Contains(text, "$(") || strings.HasPrefix(text, "<") && strings.HasSuffix(text, ">")
}

// mistyped returns the candidate that a name was meant to be, where more speaks for that than likeness: the two differ by one
// letter, which is no digit, or by two neighbours that are swapped.
func mistyped(name string, candidates []string) string {
	for _, near := range slices.Sorted(slices.Values(candidates)) {
		if isLetterApart(name, near) && withoutNumbers(near) != withoutNumbers(name) && !strings.HasPrefix(near, name+"-") && !strings.HasPrefix(name, near+"-") {
			return near
		}
	}
	return ""
}

func isLetterApart(a, b string) bool {
	for a != "" && b != "" && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for a != "" && b != "" && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	switch {
	case len(a) == 2 && len(b) == 2:
		return a[0] == b[1] && a[1] == b[0]
	case len(a) > 1 || len(b) > 1:
		return false
	}
	return a != b
}

func withoutNumbers(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return -1
		}
		return r
	}, text)
}

// together reports whether two objects are certainly meant for one namespace: both say which, and stand in one folder that is
// applied as a whole, or nobody does and they stand in one file. Where the world is closed, they are as they say.
func (p *Pass) together(a, b *object.Object) bool {
	if computed(a.Namespace) || p.Closed {
		return !computed(a.Namespace)
	}
	here, there := fileOf(a), fileOf(b)
	if here == there && here != "" {
		return true
	}
	return a.Namespace != "" && b.Namespace != "" && !p.shared.mixedFolders(p.Graph)[folderOf(here, there)]
}

// fileOf is the file that an object was read from; "" where that is not known.
func fileOf(o *object.Object) string {
	if s := o.Span(""); s.IsValid() {
		return s.File.Name
	}
	return o.Doc
}

// folderOf is the innermost folder that two files are in.
func folderOf(a, b string) string {
	dir := path.Dir(a)
	for dir != "." && dir != "/" && !strings.HasPrefix(b, dir+"/") {
		dir = path.Dir(dir)
	}
	return dir
}

// mixedFolders are those that hold two manifests of one object: one of them for each environment, or examples that have nothing to do
// with each other. Such a folder is not applied as a whole.
func (s *shared) mixedFolders(g *graph.Graph) map[string]bool {
	if s.mixed != nil {
		return s.mixed
	}
	s.mixed = map[string]bool{}
	type identity struct {
		cluster string
		object.ID
	}
	last := map[identity]*object.Object{}
	for _, o := range g.Objects {
		kind, isOurs := eso.KindOf(graph.GroupOf(o), o.Kind)
		if o.Name == "" || computed(o.Name) || computed(o.Namespace) || o.Namespace == "" && (!isOurs || kind.Namespaced) {
			continue
		}
		id := identity{o.Cluster, o.ID}
		id.APIVersion = graph.GroupOf(o)
		was := last[id]
		last[id] = o
		if was == nil {
			continue
		}
		here, there := fileOf(o), fileOf(was)
		if here == there {
			continue
		}
		dir := folderOf(here, there)
		for ; !s.mixed[dir]; dir = path.Dir(dir) {
			s.mixed[dir] = true
		}
	}
	return s.mixed
}
