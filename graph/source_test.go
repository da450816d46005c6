package graph_test

import (
	"strings"
	"testing"

	"github.com/openova-io/esotree/graph"
)

// sources are pushes of what is not one Secret: a generator, Secrets that labels choose, keys by pattern, a Secret in many
// namespaces.
const sources = `
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: vault}
spec:
  provider: {vault: {server: "https://vault.example.com", path: secret, version: v2}}
  conditions: [{namespaces: [app, web]}, {namespaceRegexes: ["^team-"]}]
---
apiVersion: generators.external-secrets.io/v1alpha1
kind: Password
metadata: {name: pw, namespace: app}
spec: {length: 32}
---
apiVersion: external-secrets.io/v1alpha1
kind: PushSecret
metadata: {name: made, namespace: app}
spec:
  refreshInterval: 24h
  updatePolicy: IfNotExists
  secretStoreRefs: [{name: vault, kind: ClusterSecretStore}]
  selector: {generatorRef: {apiVersion: generators.external-secrets.io/v1alpha1, kind: Password, name: pw}}
  data: [{match: {secretKey: password, remoteRef: {remoteKey: app/made, property: password}}}]
---
apiVersion: external-secrets.io/v1alpha1
kind: PushSecret
metadata: {name: labelled, namespace: app}
spec:
  secretStoreRefs: [{name: vault, kind: ClusterSecretStore}, {labelSelector: {matchLabels: {a: b}}, kind: ClusterSecretStore}]
  selector: {secret: {selector: {matchLabels: {push: "yes"}}}}
  data: [{match: {secretKey: token, remoteRef: {remoteKey: app/labelled}}}]
---
apiVersion: external-secrets.io/v1alpha1
kind: PushSecret
metadata: {name: patterns, namespace: app}
spec:
  secretStoreRefs: [{name: vault, kind: ClusterSecretStore}]
  selector: {secret: {name: many}}
  dataTo:
    - {storeRef: {name: vault, kind: ClusterSecretStore}, match: {regexp: "^db-"}, remoteKey: app/db}
    - {storeRef: {name: vault, kind: ClusterSecretStore}}
---
apiVersion: external-secrets.io/v1alpha1
kind: ClusterPushSecret
metadata: {name: everywhere}
spec:
  namespaceSelectors: [{matchLabels: {push: "yes"}}]
  pushSecretSpec:
    secretStoreRefs: [{name: vault, kind: ClusterSecretStore}]
    selector: {secret: {name: ca}}
    data: [{match: {secretKey: ca.crt, remoteRef: {remoteKey: shared/ca}}}]
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: reader, namespace: web}
spec:
  secretStoreRef: {name: vault, kind: ClusterSecretStore}
  data:
    - {secretKey: A, remoteRef: {key: app/made, property: password}}
    - {secretKey: B, remoteRef: {key: app/labelled}}
    - {secretKey: C, remoteRef: {key: shared/ca}}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: finder, namespace: web}
spec:
  secretStoreRef: {name: vault, kind: ClusterSecretStore}
  dataFrom:
    - {find: {path: shared/, name: {regexp: "ca$"}}}
    - {find: {tags: {team: a}}}
`

// drawn is the way of a secret, a line a hop.
func drawn(t *testing.T, side graph.Side, name string) string {
	t.Helper()
	list, err := graph.Explain(side, name, graph.ExplainOptions{})
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	var b strings.Builder
	b.WriteString(list[0].Made + "\n")
	for _, h := range list[0].Hops {
		b.WriteString(strings.Repeat(" ", h.Depth) + string(h.Step) + " " + h.Object)
		if h.Does != "" {
			b.WriteString(": " + h.Does)
		}
		b.WriteString("\n")
	}
	for _, a := range list[0].Access {
		b.WriteString(a.Store + ": " + a.Who + "\n")
	}
	return b.String()
}

func TestExplainSources(t *testing.T) {
	side := manifests(t, sources)
	const access = "vault: namespaces app, web, and namespaces that match \"^team-\"\n"
	for name, want := range map[string]string{
		"app/made": `pushed from Password pw
generate Password pw
 push PushSecret app/made: every 1d, property password, to vault; only where the store has no such key
  store vault app/made
   pull ExternalSecret web/reader: password as A; every 1h -> Secret reader
`,
		"vault:app/labelled": `pushed from Secrets that labels choose
secret Secrets that labels choose
 push PushSecret app/labelled: every 1h, key token in one write, to vault, the stores that labels choose
  store vault app/labelled
   pull ExternalSecret web/reader: B; every 1h -> Secret reader
`,
		"app/many": `pushed from a Secret that something else makes
secret Secret app/many
 push PushSecret app/patterns: every 1h, to vault; keys that match "^db-" as properties of app/db; all keys, each to a key of its own
  store vault app/db
`,
		"shared/ca": `pushed from Secret ca of the namespaces that ClusterPushSecret everywhere chooses
secret Secret ca of the namespaces that ClusterPushSecret everywhere chooses
 push ClusterPushSecret everywhere: every 1h, key ca.crt in one write, to vault
  store vault shared/ca
   pull ExternalSecret web/finder: all keys, found by name; every 1h -> Secret finder
   pull ExternalSecret web/reader: C; every 1h -> Secret reader
`,
	} {
		if got := drawn(t, side, name); got != want+access {
			t.Errorf("%s: got\n%swant\n%s", name, got, want+access)
		}
	}
}

func TestDiffSources(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"generator's spec", "{length: 32}", "{length: 40}", "rotates app/made: another generator spec, from the next push on -> web/reader\n"},
		{"generator", "kind: Password, name: pw}", "kind: UUID, name: id}", "rotates app/made: another generator: Password pw -> UUID id -> web/reader\n"},
		{"labels", `{secret: {selector: {matchLabels: {push: "yes"}}}}`, `{secret: {selector: {matchLabels: {push: "no"}}}}`, "moved app/labelled: PushSecret labelled chooses other Secrets\n"},
		{"namespaces", `namespaceSelectors: [{matchLabels: {push: "yes"}}]`, `namespaceSelectors: [{matchLabels: {push: "no"}}]`, "moved shared/ca: ClusterPushSecret everywhere chooses other Secrets\n"},
		{"pattern", `match: {regexp: "^db-"}`, `match: {regexp: "^sql-"}`, "moved app/many: PushSecret patterns pushes keys that match \"^sql-\" as properties of app/db; all keys, each to a key of its own instead of keys that match \"^db-\" as properties of app/db; all keys, each to a key of its own\n"},
		{"pattern of names", `regexp: "ca$"`, `regexp: "cb$"`, "lost-reader shared/ca: web/finder\n"},
		{"interval", "refreshInterval: 24h", "refreshInterval: 12h", "interval app/made: pushed every 12h instead of 1d\n"},
		{"update policy", "  updatePolicy: IfNotExists\n", "", "rotates app/made: updatePolicy IfNotExists -> Replace: the next push writes over what the stores have, wherever that is another value -> web/reader\n"},
		{"template", "selector: {secret: {name: many}}", "selector: {secret: {name: many}}\n  template: {data: {x: a}}", "moved app/many: key app/db -> app/db, x\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if strings.Count(sources, c.old) != 1 {
				t.Fatalf("%q is there %d times", c.old, strings.Count(sources, c.old))
			}
			old, new := sources, strings.Replace(sources, c.old, c.new, 1)
			if c.name != "update policy" { // under IfNotExists what is in the store stays
				old, new = strings.Replace(old, "  updatePolicy: IfNotExists\n", "", 1), strings.Replace(new, "  updatePolicy: IfNotExists\n", "", 1)
			}
			if got := short(graph.Diff(manifests(t, old), manifests(t, new))); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
		})
	}
	if got := short(graph.Diff(manifests(t, sources), manifests(t, strings.Replace(sources, "{length: 32}", "{length: 40}", 1)))); strings.Contains(got, "rotates") {
		t.Errorf("what is pushed only where there is nothing rotates:\n%s", got)
	}
}

// TestPushedInAnotherForm changes the template of a push, then only what it waits for.
func TestPushedInAnotherForm(t *testing.T) {
	with := func(template string) graph.Side {
		return manifests(t, strings.Replace(handWritten, "  selector: {secret: {name: db}}\n", "  selector: {secret: {name: db}}\n  template: {data: {password: '"+template+"'}}\n", 1))
	}
	if got, want := short(graph.Diff(with("{{ .password }}"), with("{{ .password | upper }}"))), "rotates app/db: pushed in another form: password -> app/reader\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got, want := short(graph.Diff(with("{{ .password }}"), with(`{{ if lt 1 2 }}{{ fail "wait" }}{{ end }}{{ .password }}`))), "stays app/db: PushSecret changes (spec.template.data.password), the value does not\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
