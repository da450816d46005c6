package lint

import (
	"fmt"
	"strings"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/internal/eso"
	"github.com/openova-io/esotree/object"
)

// remote is a remote key that is written down.
type remote struct {
	object    *object.Object
	path, key string
	store     *graph.Store
	place     graph.Place
	write     bool
}

// eachRemote calls f for each remote key, once a field and store. Who reports one must ask whether it is computed.
func eachRemote(g *graph.Graph, f func(r *remote)) {
	var one remote
	for _, pull := range g.Pulls {
		for _, r := range pull.Reads {
			if r.Store != nil && r.Remote != "" {
				one = remote{pull.Object, r.KeyPath, r.Remote, r.Store, r.Place, false}
				f(&one)
			}
		}
	}
	for _, push := range g.Pushes {
		for _, w := range push.Writes {
			if w.Store != nil && w.Remote != "" {
				one = remote{push.Object, w.KeyPath, w.Remote, w.Store, w.Place, true}
				f(&one)
			}
		}
	}
}

func isVault(s *graph.Store) bool { return s.Provider == "vault" || s.Provider == "openBao" }

// kvPathDataSegment finds the data segment of Vault's API in keys, to which the operator adds it once more.
func kvPathDataSegment(p *Pass) {
	eachRemote(p.Graph, func(r *remote) {
		rest, found := strings.CutPrefix(strings.TrimPrefix(r.key, "/"), "data/")
		if found && isVault(r.store) && r.store.Field("version") != "v1" && r.store.Field("path") != "" && !computed(r.key) {
			p.Report(r.object, r.path, fmt.Sprintf("key %q begins with data/, which the operator adds itself: it asks for %s/data/data/%s", r.key, r.store.Field("path"), rest), fmt.Sprintf("write %q", rest))
		}
	})
}

// kvPathMountInKey finds the mount in keys.
func kvPathMountInKey(p *Pass) {
	eachRemote(p.Graph, func(r *remote) {
		if r.place.Key == r.key || !isVault(r.store) { // the place is without the mount
			return
		}
		mount := strings.Trim(r.store.Field("path"), "/")
		if rest, ok := strings.CutPrefix(r.key, mount+"/"); ok && mount != "" && !computed(r.key) {
			p.Report(r.object, r.path, fmt.Sprintf("key %q begins with the store's mount, which the operator cuts off", r.key), fmt.Sprintf("write %q", strings.TrimPrefix(rest, "data/")),
				at(r.store.Object, "spec.provider."+r.store.Provider+".path", "the mount"))
		}
	})
}

// kvV1Push finds pushes to Vault's first version of KV.
func kvV1Push(p *Pass) {
	for _, push := range p.Graph.Pushes {
		for _, s := range push.Stores {
			if s.Store != nil && isVault(s.Store) && s.Store.Field("version") == "v1" {
				p.Report(push.Object, s.Path, fmt.Sprintf("%s pushes to %s, which is KV version 1: it keeps no metadata that says who wrote a key, nor versions", title(push.Object), title(s.Store.Object)),
					"push to a KV version 2 mount", at(s.Store.Object, "spec.provider."+s.Store.Provider+".version", "the version"))
			}
		}
	}
}

// leadingSlash finds keys of Vault that begin with a slash.
func leadingSlash(p *Pass) {
	eachRemote(p.Graph, func(r *remote) {
		if strings.HasPrefix(r.key, "/") && isVault(r.store) && !computed(r.key) {
			p.Report(r.object, r.path, fmt.Sprintf("key %q begins with a slash, which Vault's client drops", r.key), fmt.Sprintf("write %q", strings.TrimLeft(r.key, "/")))
		}
	})
}

// remoteKeyIllegal finds keys that a provider refuses.
func remoteKeyIllegal(p *Pass) {
	choosy := map[string]eso.Provider{}
	for _, s := range p.Graph.Stores {
		if facts, ok := eso.ProviderOf(s.Provider); ok && (facts.KeyPattern != "" || facts.MaxKey > 0) {
			choosy[s.Provider] = facts
		}
	}
	if len(choosy) == 0 {
		return
	}
	eachRemote(p.Graph, func(r *remote) {
		facts, ok := choosy[r.store.Provider]
		if ok && !facts.LegalKey(r.key) && !computed(r.key) {
			hint := ""
			if !facts.Slashes && strings.Contains(r.key, "/") {
				hint = "keys of this provider hold no slashes: " + strings.ReplaceAll(r.key, "/", "-")
			}
			p.Report(r.object, r.path, fmt.Sprintf("%q is no legal key of provider %s", r.key, r.store.Provider), hint, diag.Related{Span: r.store.Object.Span("spec.provider"), Message: "the store"})
		}
	})
}
