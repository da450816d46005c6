package lint

import (
	"fmt"
	"strings"

	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/internal/yamlsrc"
)

// pushed is what a graph's pushes write.
type pushed struct {
	// byStore are the keys of each store, by its identity.
	byStore map[string][]string
	// elsewhere is a write of each key, whatever the store.
	elsewhere map[string]*graph.Write
}

// pushed is made once for a graph, and only where a key is read that nothing pushes to the store.
func (p *Pass) pushed() *pushed {
	if p.shared.pushed != nil {
		return p.shared.pushed
	}
	all := &pushed{map[string][]string{}, map[string]*graph.Write{}}
	for _, k := range p.Graph.Keys {
		if len(k.Writes) == 0 {
			continue
		}
		all.byStore[k.Place.Store] = append(all.byStore[k.Place.Store], k.Place.Key)
		if all.elsewhere[k.Place.Key] == nil {
			all.elsewhere[k.Place.Key] = k.Writes[0]
		}
	}
	p.shared.pushed = all
	return all
}

// unpushed calls found for each read of a key that nothing writes.
func unpushed(p *Pass, found func(r *graph.Read, other *graph.Write, pushed []string)) {
	for _, k := range p.Graph.Keys {
		if len(k.Writes) > 0 || k.External || p.Graph.MayBeWritten(k.Place) {
			continue
		}
		for _, r := range k.Reads {
			if r.Store == nil || r.Remote == "" || r.Former || computed(r.Remote) {
				continue
			}
			found(r, p.pushed().elsewhere[k.Place.Key], p.pushed().byStore[k.Place.Store])
		}
	}
}

// keyNotPushed finds reads of keys that nothing writes to any store.
func keyNotPushed(p *Pass) {
	unpushed(p, func(r *graph.Read, other *graph.Write, pushed []string) {
		if other != nil || !p.Closed && !unread(p.Graph, r.Place.Store, mistyped(r.Place.Key, pushed)) {
			return
		}
		hint := "push it, or say that it comes from elsewhere with the annotation esotree.openova.io/external: <keys>"
		if near := yamlsrc.Closest(r.Remote, pushed); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		p.Report(r.Pull.Object, r.KeyPath, fmt.Sprintf("%s reads %q, which nothing pushes to %s", title(r.Pull.Object), r.Remote, title(r.Store.Object)), hint)
	})
}

// unread reports whether a key is pushed that nobody reads.
func unread(g *graph.Graph, store, key string) bool {
	k := g.Key(graph.Place{Store: store, Key: key})
	return key != "" && k != nil && len(k.Reads) == 0
}

// regionNotWritten finds reads of keys that are pushed, but not to the store that is read.
func regionNotWritten(p *Pass) {
	unpushed(p, func(r *graph.Read, other *graph.Write, pushed []string) {
		if other == nil || other.Store == nil || other.Store.Provider != r.Store.Provider {
			return
		}
		if r.Pull.Remembers() || bootstrap(r.Pull) {
			return
		}
		p.Report(r.Pull.Object, r.KeyPath, fmt.Sprintf("%s reads %q from %s, which no push writes; it is pushed to %s only", title(r.Pull.Object), r.Remote, title(r.Store.Object), title(other.Store.Object)),
			"add the store to the PushSecret", at(other.Push.Object, other.KeyPath, "pushed here"))
	})
}

// bootstrap reports whether a pull restores what a person typed in once.
func bootstrap(p *graph.Pull) bool {
	return p.Spec.RefreshPolicy == "CreatedOnce" && p.Spec.Target.DeletionPolicy == "Merge"
}

// propertyNotPushed finds reads of properties that no push of the key writes.
func propertyNotPushed(p *Pass) {
	for _, k := range p.Graph.Keys {
		if len(k.Writes) == 0 || k.External || k.Properties.Open || k.Properties.Len() == 0 || p.Graph.MayBeWritten(k.Place) {
			continue
		}
		for _, r := range k.Reads {
			first, _, _ := strings.Cut(r.Property, ".")
			if r.Property == "" || k.Properties.Has(r.Property) || k.Properties.Has(first) {
				continue
			}
			hint := has(k.Properties)
			if near := yamlsrc.Closest(r.Property, k.Properties.Known()); near != "" {
				hint = fmt.Sprintf("did you mean %q?", near)
			}
			path := r.Path + ".remoteRef.property"
			if strings.HasSuffix(r.KeyPath, ".extract.key") {
				path = r.Path + ".extract.property"
			}
			p.Report(r.Pull.Object, path, fmt.Sprintf("%s reads property %q of %q, which nothing pushes", title(r.Pull.Object), r.Property, r.Remote), hint,
				at(k.Writes[0].Push.Object, k.Writes[0].KeyPath, "the key is pushed here"))
		}
	}
}
