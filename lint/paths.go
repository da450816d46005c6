package lint

import (
	"fmt"
	"strings"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/internal/eso"
	"github.com/openova-io/esotree/object"
)

// eachRemote calls f for each remote key that is written down, once a field and store.
func eachRemote(g *graph.Graph, f func(o *object.Object, path, key string, s *graph.Store, write bool)) {
	for _, pull := range g.Pulls {
		for _, r := range pull.Reads {
			if r.Store != nil && r.Remote != "" && !computed(r.Remote) {
				f(pull.Object, r.KeyPath, r.Remote, r.Store, false)
			}
		}
	}
	for _, push := range g.Pushes {
		for _, w := range push.Writes {
			if w.Store != nil && w.Remote != "" && !computed(w.Remote) {
				f(push.Object, w.KeyPath, w.Remote, w.Store, true)
			}
		}
	}
}

func isVault(s *graph.Store) bool { return s.Provider == "vault" || s.Provider == "openBao" }

// kvPathDataSegment finds the data segment of Vault's API in keys, to which the operator adds it once more.
func kvPathDataSegment(p *Pass) {
	eachRemote(p.Graph, func(o *object.Object, path, key string, s *graph.Store, _ bool) {
		if isVault(s) && s.Field("version") != "v1" && s.Field("path") != "" && strings.HasPrefix(strings.TrimPrefix(key, "/"), "data/") {
			p.Report(o, path, fmt.Sprintf("key %q begins with data/, which the operator adds itself: it asks for %s/data/%s", key, s.Field("path"), strings.TrimPrefix(key, "/")),
				fmt.Sprintf("write %q", strings.TrimPrefix(strings.TrimPrefix(key, "/"), "data/")))
		}
	})
}

// kvPathMountInKey finds the mount in keys.
func kvPathMountInKey(p *Pass) {
	eachRemote(p.Graph, func(o *object.Object, path, key string, s *graph.Store, _ bool) {
		mount := strings.Trim(s.Field("path"), "/")
		if rest, ok := strings.CutPrefix(key, mount+"/"); ok && mount != "" && isVault(s) {
			p.Report(o, path, fmt.Sprintf("key %q begins with the store's mount, which the operator cuts off", key), fmt.Sprintf("write %q", strings.TrimPrefix(rest, "data/")),
				at(s.Object, "spec.provider."+s.Provider+".path", "the mount"))
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
	eachRemote(p.Graph, func(o *object.Object, path, key string, s *graph.Store, _ bool) {
		if isVault(s) && strings.HasPrefix(key, "/") {
			p.Report(o, path, fmt.Sprintf("key %q begins with a slash, which Vault's client drops", key), fmt.Sprintf("write %q", strings.TrimLeft(key, "/")))
		}
	})
}

// remoteKeyIllegal finds keys that a provider refuses.
func remoteKeyIllegal(p *Pass) {
	eachRemote(p.Graph, func(o *object.Object, path, key string, s *graph.Store, write bool) {
		facts, ok := eso.ProviderOf(s.Provider)
		if !ok {
			return
		}
		if !facts.LegalKey(key) {
			hint := ""
			if !facts.Slashes && strings.Contains(key, "/") {
				hint = "keys of this provider hold no slashes: " + strings.ReplaceAll(key, "/", "-")
			}
			p.Report(o, path, fmt.Sprintf("%q is no legal key of provider %s", key, s.Provider), hint, diag.Related{Span: s.Object.Span("spec.provider"), Message: "the store"})
		}
	})
}
