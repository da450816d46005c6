package graph_test

import (
	"strings"
	"testing"

	"github.com/openova-io/esotree/graph"
)

// byHand is what nobody would write at once: two stores of one name, entries of one ExternalSecret from both, secrets that are
// pulled from each other's keys, one that is pushed to where it comes from, and an ExternalSecret in many namespaces.
const byHand = `
apiVersion: external-secrets.io/v1
kind: SecretStore
metadata: {name: vault, namespace: app}
spec: {provider: {vault: {server: "https://one.example.com", path: secret, version: v2}}}
---
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: vault}
spec: {provider: {vault: {server: "https://all.example.com", path: secret, version: v2}}}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: both, namespace: app}
spec:
  refreshInterval: 5m
  secretStoreRef: {name: vault, kind: SecretStore}
  target:
    template:
      templateFrom: [{target: Data, literal: "url: postgres://{{ .user }}:{{ .pass }}@h"}, {configMap: {name: tpl, items: [{key: app.cfg}]}}]
  data:
    - {secretKey: user, remoteRef: {key: db, property: user}}
    - {secretKey: pass, sourceRef: {storeRef: {name: vault, kind: ClusterSecretStore}}, remoteRef: {key: db, property: pass}}
  dataFrom:
    - {find: {path: team/, name: {regexp: ".*"}}}
    - {sourceRef: {storeRef: {name: vault, kind: ClusterSecretStore}}, extract: {key: common}}
    - {sourceRef: {storeRef: {name: vault, kind: ClusterSecretStore}}, extract: {key: more}}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: a, namespace: app}
spec: {secretStoreRef: {name: vault, kind: ClusterSecretStore}, dataFrom: [{extract: {key: app/b}}]}
---
apiVersion: external-secrets.io/v1alpha1
kind: PushSecret
metadata: {name: a, namespace: app}
spec: {secretStoreRefs: [{name: vault, kind: ClusterSecretStore}], selector: {secret: {name: a}}, data: [{match: {remoteRef: {remoteKey: app/a}}}]}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: b, namespace: app}
spec: {secretStoreRef: {name: vault, kind: ClusterSecretStore}, dataFrom: [{extract: {key: app/a}}]}
---
apiVersion: external-secrets.io/v1alpha1
kind: PushSecret
metadata: {name: b, namespace: app}
spec: {secretStoreRefs: [{name: vault, kind: ClusterSecretStore}], selector: {secret: {name: b}}, data: [{match: {remoteRef: {remoteKey: app/b}}}]}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: loop, namespace: app}
spec: {secretStoreRef: {name: vault, kind: ClusterSecretStore}, dataFrom: [{extract: {key: app/loop}}]}
---
apiVersion: external-secrets.io/v1alpha1
kind: PushSecret
metadata: {name: loop, namespace: app}
spec: {secretStoreRefs: [{name: vault, kind: ClusterSecretStore}], selector: {secret: {name: loop}}, data: [{match: {remoteRef: {remoteKey: app/loop}}}]}
---
apiVersion: external-secrets.io/v1
kind: ClusterExternalSecret
metadata: {name: spread}
spec:
  externalSecretName: shared
  namespaces: [web, api]
  namespaceSelectors: [{matchLabels: {shared: "yes"}}]
  externalSecretSpec:
    refreshInterval: 2h
    secretStoreRef: {name: vault, kind: ClusterSecretStore}
    data: [{secretKey: A, remoteRef: {key: app/a}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: gateway, namespace: api}
spec: {template: {spec: {containers: [{name: c, envFrom: [{secretRef: {name: shared}}]}]}}}
`

func TestExplainByHand(t *testing.T) {
	side := manifests(t, byHand)
	for name, want := range map[string]string{
		"app/vault:db": `already in the stores: no manifest makes it
store app/vault db
 pull ExternalSecret app/both: user; every 5m -> Secret both
app/vault: namespace app
`,
		"app/a": `copied from app/b in the stores
origin ExternalSecret app/a: every 1h and when it changes; asks vault
 secret Secret app/a
  push PushSecret app/a: every 1h, the whole Secret in one write, to vault
   store vault app/a
    pull ClusterExternalSecret spread: A; every 2h -> Secret shared in api, web and the namespaces that labels choose
     consume Deployment api/gateway
    pull ExternalSecret app/b: all keys; every 1h -> Secret b
vault: every namespace
`,
		"app/loop": `copied from app/loop in the stores
origin ExternalSecret app/loop: every 1h and when it changes; asks vault
 secret Secret app/loop
  push PushSecret app/loop: every 1h, the whole Secret in one write, to vault
   store vault app/loop
vault: every namespace
`,
	} {
		if got := strings.ReplaceAll(drawn(t, side, name), "\nvault: namespace app\n", "\napp/vault: namespace app\n"); got != want {
			t.Errorf("%s: got\n%swant\n%s", name, got, want)
		}
	}
	for _, name := range []string{"deployment/gateway", "api/shared"} {
		if list, err := graph.Explain(side, name, graph.ExplainOptions{}); err != nil || len(list) != 1 || list[0].Secret != "app/a" {
			t.Errorf("%s: %v, %v", name, list, err)
		}
	}
	if list, err := graph.Explain(side, "db", graph.ExplainOptions{}); err != nil || len(list) != 2 {
		t.Errorf("two stores have the key db: %v, %v", list, err)
	}
}

func TestDiffManyByHand(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"an entry before others", "    - {sourceRef: {storeRef: {name: vault, kind: ClusterSecretStore}}, extract: {key: common}}\n", "", "removed common: no manifest has it any more\nstays db: app/both changes and reads what it read\n"},
		{"other entries", "extract: {key: more}", "extract: {key: less}", "removed more: no manifest has it any more\nread-from less: keys of app/both are this value instead of more\nadded less: read from the stores\n"},
		{"more namespaces", "namespaces: [web, api]", "namespaces: [web, api, batch]", "new-reader app/a: ClusterExternalSecret spread in batch\n"},
		{"fewer namespaces", "namespaces: [web, api]", "namespaces: [api]", "lost-reader app/a: ClusterExternalSecret spread in web\n"},
		{"other labels", `shared: "yes"`, `shared: "all"`, "new-reader app/a: ClusterExternalSecret spread in the namespaces that other labels choose\n"},
		{"the other store of the name", "kind: ClusterSecretStore}}, remoteRef", "kind: SecretStore}}, remoteRef", "removed db: no manifest has it any more\nread-from db: key \"pass\" of app/both is this value instead of db\n"},
		{"a cycle broken", "dataFrom: [{extract: {key: app/b}}]", "dataFrom: [{extract: {key: app/c}}]", "rotates app/a: copied from app/c instead of app/b -> spread, app/b\nread-from app/c: keys of app/a are this value instead of app/b\nadded app/c: read from the stores\nlost-reader app/b: app/a\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if strings.Count(byHand, c.old) != 1 {
				t.Fatalf("%q is there %d times", c.old, strings.Count(byHand, c.old))
			}
			if got := short(graph.Diff(manifests(t, byHand), manifests(t, strings.Replace(byHand, c.old, c.new, 1)))); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
		})
	}
}
