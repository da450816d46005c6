package graph_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/openova-io/esotree"
	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/object"
)

// files are descriptions by file name.
type files map[string]string

// openova are the descriptions of examples/openova.
func openova(t *testing.T) files {
	t.Helper()
	out := files{}
	for _, name := range []string{"platform.yaml", "tenants/acme.yaml", "tenants/globex.yaml"} {
		data, err := os.ReadFile("../examples/openova/" + name)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = string(data)
	}
	return out
}

// with returns the descriptions with a text of one file replaced.
func (f files) with(t *testing.T, name, old, new string) files {
	t.Helper()
	out := files{}
	for k, v := range f {
		out[k] = v
	}
	if strings.Count(out[name], old) != 1 {
		t.Fatalf("%s has %q %d times", name, old, strings.Count(out[name], old))
	}
	out[name] = strings.Replace(out[name], old, new, 1)
	return out
}

// side renders descriptions.
func side(t *testing.T, f files) graph.Side {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range f {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	d, findings, err := esotree.Load(context.Background(), fsys, []string{"."})
	if err != nil || findings.HasErrors() {
		t.Fatal(err, findings.All())
	}
	c, findings, err := esotree.Link(context.Background(), d)
	if err != nil || findings.HasErrors() {
		t.Fatal(err, findings.All())
	}
	owner := map[*object.Object]string{}
	var objects []*object.Object
	for part := range c.Parts(context.Background()) {
		for _, folder := range part.Folders {
			for _, o := range folder.Objects {
				owner[o] = folder.Tenant
				objects = append(objects, o)
			}
		}
	}
	return graph.Side{Objects: objects, Tenant: func(o *object.Object) string { return owner[o] }}
}

// short is a difference in one line a change, of all secrets or of some.
func short(d *graph.Difference, only ...string) string {
	var b strings.Builder
	for _, c := range d.Changes {
		if len(only) > 0 && !slices.Contains(only, c.Secret) {
			continue
		}
		fmt.Fprintf(&b, "%s %s: %s", c.Kind, c.Secret, c.Why)
		if len(c.Reaches) > 0 {
			fmt.Fprintf(&b, " -> %s", strings.Join(c.Reaches, ", "))
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestNothing(t *testing.T) {
	d := graph.Diff(side(t, openova(t)), side(t, openova(t)))
	if len(d.Changes) != 0 || d.Objects != 0 || d.Secrets() != 0 {
		t.Errorf("the same descriptions differ:\n%s", short(d))
	}
}

// TestEnvironmentMore adds an environment to shared stores as docs/platform-team.md says: the keys of the one that was there stay.
func TestEnvironmentMore(t *testing.T) {
	base := openova(t)
	more := base.with(t, "platform.yaml", "      home: region1\n", "      home: region1\n      vars: {keys: \"\"}\n    - {name: staging, regions: [region1], vars: {keys: staging/}}\n  defaults: {remoteKey: $(vars.keys)$(tenant)/$(secret)}\n").
		with(t, "tenants/acme.yaml", "environments: [prod]", "environments: [prod, staging]")
	d := graph.Diff(side(t, base), side(t, more))
	if len(d.Of(graph.Added)) == 0 {
		t.Error("no secret is added")
	}
	for _, c := range d.Changes {
		if c.Kind != graph.Added || !strings.HasPrefix(c.Secret, "acme-staging/") {
			t.Errorf("%s %s: %s", c.Kind, c.Secret, c.Why)
		}
	}
}

// about are the secrets that a case of TestDayTwo is about; nil for all.
func about(name string) []string {
	if strings.HasPrefix(name, "under Delete, ") && name != "under Delete, a secret gone" {
		return []string{"acme-prod/postgres"}
	}
	if name == "another mount of all" {
		return []string{"acme-prod/postgres"}
	}
	if name == "another login" || name == "stores of all again" || name == "a store for some namespaces" {
		return []string{"acme-prod/api-keys"}
	}
	return nil
}

// TestDayTwo are the changes that a platform sees after its first day.
func TestDayTwo(t *testing.T) {
	base := openova(t)
	const acme, platform = "tenants/acme.yaml", "platform.yaml"
	deleting := base.with(t, acme, `      class: database-password`, "      class: database-password\n      push: {deletion: Delete}")
	forgetful := base.with(t, "tenants/globex.yaml", "    - name: smtp\n", "    - name: smtp\n      recover: None\n")
	for _, c := range []struct {
		name     string
		old, new files
		want     string
	}{
		{"epoch up", base, base.with(t, acme, `epoch: "2026-11-02"`, `epoch: "2026-11-24"`), `rotates acme-prod/postgres: epoch "2026-11-02" -> "2026-11-24" -> acme-prod/checkout-secrets (region1, region2)
`},
		{"epoch down", base, base.with(t, acme, `epoch: "2026-11-02"`, `epoch: "2026-10-01"`), `rotates acme-prod/postgres: epoch "2026-11-02" -> "2026-10-01" -> acme-prod/checkout-secrets (region1, region2)
`},
		{"first epoch", base, base.with(t, "tenants/globex.yaml", `since: "2026-09-14"`, `epoch: "2026-11-24"`), `rotates globex-prod/postgres: epoch "2026-11-24" (there was none) -> globex-prod/billing-secrets (region1, region2)
`},
		{"epoch 1 is no rotation", base, base.with(t, "tenants/globex.yaml", `since: "2026-09-14"`, `epoch: "1"`), `regenerates-if-lost globex-prod/postgres: epoch "1" is now written, which is what it counted as; a new value only if no store of vault-region1, vault-region2 has it any more
`},
		{"epoch dropped", base, base.with(t, acme, `epoch: "2026-11-02"`, `since: "2026-11-02"`), `regenerates-if-lost acme-prod/postgres: epoch "2026-11-02" is no longer asked for; a new value only if no store of vault-region1, vault-region2 has it any more
`},
		{"home moved", base, base.with(t, platform, "      home: region1", "      home: region2"), `moved acme-prod/api-keys: home region1 -> region2
moved acme-prod/frontend-tls: home region1 -> region2, what is pushed is now the Secret that something else makes there
moved acme-prod/postgres: home region1 -> region2
moved acme-prod/session: home region1 -> region2
moved globex-prod/api-keys: home region1 -> region2
moved globex-prod/postgres: home region1 -> region2
moved globex-prod/smtp: home region1 -> region2
regenerates-if-lost acme-prod/postgres: its ExternalSecret is a new object; a new value only if no store of vault-region1, vault-region2 has it any more
regenerates-if-lost acme-prod/session: its ExternalSecret is a new object; a new value only if no store of vault-region1, vault-region2 has it any more
regenerates-if-lost globex-prod/postgres: its ExternalSecret is a new object; a new value only if no store of vault-region1, vault-region2 has it any more
regenerates-if-lost globex-prod/smtp: its ExternalSecret is a new object; a new value only if no store of vault-region1, vault-region2 has it any more
`},
		{"url template", base, base.with(t, acme, ":5432/app", ":5432/app?sslmode=require"), `regenerates-if-lost acme-prod/postgres: key url is made in another way; a new value only if no store of vault-region1, vault-region2 has it any more -> acme-prod/checkout-secrets (region1, region2)
`},
		{"refreshInterval default", base, base.with(t, platform, "  vars:\n    domain", "  defaults:\n    refreshInterval: 30m\n  vars:\n    domain"), `interval databases/db-credentials: read every 30m instead of 1h by databases/db-credentials (region2)
interval external-dns/cloudflare-credentials: read every 30m instead of 1h by external-dns/cloudflare-credentials (region2)
interval flux-system/gitea-token: read every 30m instead of 1h by flux-system/gitea-token (region2)
interval kube-system/hetzner-credentials: read every 30m instead of 1h by kube-system/hetzner-credentials (region2)
interval acme-prod/acr: issued anew every 30m instead of 1h
interval acme-prod/api-keys: read every 30m instead of 1h by acme-prod/checkout-secrets (region1, region2)
interval acme-prod/ecr: issued anew every 30m instead of 1h
interval acme-prod/frontend-tls: read every 30m instead of 1h by acme-prod/web-secrets (region1, region2)
interval acme-prod/postgres: read every 30m instead of 1h by acme-prod/checkout-secrets (region1, region2)
interval acme-prod/session: read every 30m instead of 1h by acme-prod/web-secrets (region1, region2)
interval globex-prod/api-keys: read every 30m instead of 1h by globex-prod/billing-secrets (region1, region2)
interval globex-prod/postgres: read every 30m instead of 1h by globex-prod/billing-secrets (region1, region2)
`},
		{"pushInterval default", base, base.with(t, platform, "  vars:\n    domain", "  defaults:\n    pushInterval: 10m\n  vars:\n    domain"), `interval databases/db-credentials: pushed every 10m instead of 1h
interval external-dns/cloudflare-credentials: pushed every 10m instead of 1h
interval flux-system/gitea-token: pushed every 10m instead of 1h
interval kube-system/hetzner-credentials: pushed every 10m instead of 1h
interval acme-prod/api-keys: pushed every 10m instead of 1h
interval acme-prod/frontend-tls: pushed every 10m instead of 1h
interval acme-prod/postgres: pushed every 10m instead of 1h
interval acme-prod/session: pushed every 10m instead of 1h
interval globex-prod/api-keys: pushed every 10m instead of 1h
interval globex-prod/postgres: pushed every 10m instead of 1h
interval globex-prod/smtp: pushed every 10m instead of 1h
`},
		{"remoteKey pattern", base, base.with(t, platform, "  vars:\n    domain", "  defaults:\n    remoteKey: t/$(tenant)/$(secret)\n  vars:\n    domain"), `rotates acme-prod/postgres: no store has been given it under "t/acme/postgres": a new value is made unless the old one is there first -> acme-prod/checkout-secrets (region1, region2)
rotates acme-prod/session: no store has been given it under "t/acme/session": a new value is made unless the old one is there first -> acme-prod/web-secrets (region1, region2)
rotates globex-prod/postgres: no store has been given it under "t/globex/postgres": a new value is made unless the old one is there first -> globex-prod/billing-secrets (region1, region2)
rotates globex-prod/smtp: no store has been given it under "t/globex/smtp": a new value is made unless the old one is there first
moved acme-prod/api-keys: key acme/api-keys -> t/acme/api-keys
moved acme-prod/frontend-tls: key acme/frontend-tls -> t/acme/frontend-tls
moved acme-prod/postgres: key acme/postgres -> t/acme/postgres
moved acme-prod/session: key acme/session -> t/acme/session
moved globex-prod/api-keys: key globex/api-keys -> t/globex/api-keys
moved globex-prod/postgres: key globex/postgres -> t/globex/postgres
moved globex-prod/smtp: key globex/smtp -> t/globex/smtp
`},
		{"a service more", base, base.with(t, acme, "  services:\n", "  services:\n    - name: worker\n      data: {URL: postgres/url}\n"), `new-reader acme-prod/postgres: acme-prod/worker-secrets (region1, region2)
`},
		{"a clock changed", base, base.with(t, acme, "class: jwt-signing-key", "class: jwt-signing-key\n      rotation: {every: 60d}"), `regenerates-if-lost acme-prod/session: clock 30d -> 60d; a new value only if no store of vault-region1, vault-region2 has it any more
`},
		{"class changed", base, base.with(t, acme, "class: jwt-signing-key", "class: database-password"), `rotates acme-prod/session: other keys: key -> password -> acme-prod/web-secrets (region1, region2)
`},
		{"recover None", base, base.with(t, acme, `      class: database-password`, "      class: database-password\n      recover: None"), `rotates acme-prod/postgres: the stores are no longer asked -> acme-prod/checkout-secrets (region1, region2)
`},
		{"under Delete, per key", base.with(t, acme, `      class: database-password`, "      class: database-password\n      push: {deletion: Delete}"),
			base.with(t, acme, `      class: database-password`, "      class: database-password\n      push: {deletion: Delete, mode: PerKey}"), `deletes acme-prod/postgres: PushSecret push-postgres-region1 no longer writes acme/postgres in vault-region1: the key is gone until its next push
deletes acme-prod/postgres: PushSecret push-postgres-region2 no longer writes acme/postgres in vault-region2: the key is gone until its next push
stays acme-prod/postgres: pushed property by property instead of in one write
`},
		{"under Delete, home moved", deleting, deleting.with(t, platform, "      home: region1", "      home: region2"), `deletes acme-prod/postgres: PushSecret push-postgres-region1 is gone, and with it acme/postgres in vault-region1: the key is gone until the next push of PushSecret push-postgres-region1
deletes acme-prod/postgres: PushSecret push-postgres-region2 is gone, and with it acme/postgres in vault-region2: the key is gone until the next push of PushSecret push-postgres-region2
rotates acme-prod/postgres: PushSecret push-postgres-region2 takes the value from the stores that are asked: a new one is made if that comes first -> acme-prod/checkout-secrets (region1, region2)
moved acme-prod/postgres: home region1 -> region2
`},
		{"under Delete, one push for all stores", deleting, deleting.with(t, acme, "deletion: Delete", "deletion: Delete, split: Single"), `deletes acme-prod/postgres: PushSecret push-postgres-region1 is gone, and with it acme/postgres in vault-region1: the key is gone until the next push of PushSecret push-postgres
deletes acme-prod/postgres: PushSecret push-postgres-region2 is gone, and with it acme/postgres in vault-region2: the key is gone until the next push of PushSecret push-postgres
stays acme-prod/postgres: pushed by one PushSecret instead of 2
`},
		{"under Delete, stores of its own", deleting, deleting.with(t, platform, "  vars:\n    domain", "  isolation: PerTenant\n  vars:\n    domain"), `deletes acme-prod/postgres: PushSecret push-postgres-region1 no longer writes acme/postgres in vault-region1: the key is gone until its next push
deletes acme-prod/postgres: PushSecret push-postgres-region2 no longer writes acme/postgres in vault-region2: the key is gone until its next push
rotates acme-prod/postgres: PushSecret push-postgres-region1 takes the value from the stores that are asked: a new one is made if that comes first -> acme-prod/checkout-secrets (region1, region2)
lost-reader acme-prod/postgres: its stores admit namespace acme-prod instead of every namespace (region1, region2)
`},
		{"under Delete, another address", deleting, deleting.with(t, platform, "https://vault.region2.", "https://vault2.region2."), `moved acme-prod/postgres: vault-region2 is at another address: server=https://vault.region2.openova.example.com -> server=https://vault2.region2.openova.example.com
read-from acme-prod/postgres: from vault-region2, which is at another address, by acme-prod/checkout-secrets (region2)
`},
		{"under Delete, a secret gone", base.with(t, acme, "    - name: session\n", "    - name: other\n      generator: {kind: UUID}\n      push: {deletion: Delete}\n    - name: session\n"), base, `deletes acme-prod/other: PushSecret push-other-region1 is gone, and with it acme/other in vault-region1
deletes acme-prod/other: PushSecret push-other-region2 is gone, and with it acme/other in vault-region2
removed acme-prod/other: no manifest has it any more
`},
		{"file renamed", base, renamed(base), ``},
		{"a tenant more", base, tenantMore(base), `added initech-prod/postgres: generated in region1 unless a store has it
`},
		{"another template of a reader", base, base.with(t, "tenants/globex.yaml", "$(vars.dbHost):5432", "$(vars.dbHost):5433"), `stays globex-prod/api-keys: globex-prod/billing-secrets (region1, region2) changes and reads what it read
`},
		{"reads another secret", base, base.with(t, acme, "API_KEY: api-keys/main", "API_KEY: session/key"), `read-from acme-prod/session: key "API_KEY" of acme-prod/checkout-secrets (region1, region2) is this value instead of acme-prod/api-keys
new-reader acme-prod/session: acme-prod/checkout-secrets (region1, region2)
lost-reader acme-prod/api-keys: acme-prod/checkout-secrets (region1, region2)
`},
		{"namespace moved", base, base.with(t, platform, "namespace: databases", "namespace: data"), `rotates data/db-credentials: no store has been given it under "data/db-credentials": a new value is made unless the old one is there first -> data/db-credentials (region2)
moved data/db-credentials: namespace databases -> data, key databases/db-credentials -> data/db-credentials
new-reader data/db-credentials: data/db-credentials (region2) instead of databases/db-credentials (region2)
`},
		{"generator spec remembered", base, base.with(t, "tenants/globex.yaml", "length: 24", "length: 48"), `stays globex-prod/smtp: another generator spec counts for the next value only
`},
		{"generator spec under recover None", forgetful, forgetful.with(t, "tenants/globex.yaml", "length: 24", "length: 48"), `stays globex-prod/smtp: another generator spec counts for the next value only
`},
		{"generator kind under recover None", forgetful, forgetful.with(t, "tenants/globex.yaml", "        kind: Password\n        spec:\n          length: 24\n          digits: 4\n          symbols: 0\n          noUpper: false\n          allowRepeat: true\n", "        kind: UUID\n"), `regenerates-if-lost globex-prod/smtp: another generator: Password -> UUID, for a new object only
`},
		{"epoch under recover None", forgetful, forgetful.with(t, "tenants/globex.yaml", "recover: None", "recover: None\n      rotation: {epoch: \"2\"}"), `rotates globex-prod/smtp: epoch "2" (there was none)
`},
		{"period under recover None", forgetful.with(t, "tenants/globex.yaml", "recover: None", "recover: None\n      rotation: {every: 30d, by: Clock}"), forgetful.with(t, "tenants/globex.yaml", "recover: None", "recover: None\n      rotation: {every: 60d, by: Clock}"), `rotates globex-prod/smtp: another period: 30d -> 60d
`},
		{"recover None without a clock or epoch", base, base.with(t, "tenants/globex.yaml", "    - name: smtp\n", "    - name: smtp\n      recover: None\n"), `regenerates-if-lost globex-prod/smtp: the stores are no longer asked: the value stays, and a new object makes a new one
`},
		{"recover All again", forgetful, base, `regenerates-if-lost globex-prod/smtp: the stores are now asked first; a new value only if no store of vault-region1, vault-region2 has it any more
`},
		{"a key renamed", base, base.with(t, "tenants/globex.yaml", "    - name: smtp\n", "    - name: smtp\n      keys: {secret: {output: password}}\n"), `rotates globex-prod/smtp: other keys: password -> secret
`},
		{"a key pair more", base.with(t, "tenants/globex.yaml", "        kind: Password\n        spec:\n          length: 24\n          digits: 4\n          symbols: 0\n          noUpper: false\n          allowRepeat: true\n", "        kind: SSHKey\n      keys: {privateKey: {}}\n"),
			base.with(t, "tenants/globex.yaml", "        kind: Password\n        spec:\n          length: 24\n          digits: 4\n          symbols: 0\n          noUpper: false\n          allowRepeat: true\n", "        kind: SSHKey\n"), `regenerates-if-lost globex-prod/smtp: key publicKey is added and does not fit what the stores have: the origin fails until the epoch is another one; a new value only if no store of vault-region1, vault-region2 has it any more
`},
		{"a key more", base, base.with(t, acme, "        password: {}\n", "        password: {}\n        other: {output: password}\n"), `regenerates-if-lost acme-prod/postgres: key other is added, with the value of password; a new value only if no store of vault-region1, vault-region2 has it any more
`},
		{"a key less", base, base.with(t, acme, "        url:\n          template: \"postgresql://app:{{ .password | urlquery }}@postgres.databases:5432/app\"\n", "").with(t, acme, "postgres/url", "postgres/password"), `regenerates-if-lost acme-prod/postgres: key url is dropped; a new value only if no store of vault-region1, vault-region2 has it any more
`},
		{"deletion asked for", base, base.with(t, acme, `      class: database-password`, "      class: database-password\n      push: {deletion: Delete}"), `deletes-when-gone acme-prod/postgres: deletionPolicy None -> Delete: the stores lose it with PushSecret push-postgres-region1
deletes-when-gone acme-prod/postgres: deletionPolicy None -> Delete: the stores lose it with PushSecret push-postgres-region2
`},
		{"pushed per key", base, base.with(t, acme, `      class: database-password`, "      class: database-password\n      push: {mode: PerKey}"), `stays acme-prod/postgres: pushed property by property instead of in one write
`},
		{"stores of its own", base, base.with(t, platform, "  vars:\n    domain", "  isolation: PerTenant\n  vars:\n    domain"), `regenerates-if-lost acme-prod/postgres: the same stores are asked by other names; a new value only if no store of vault-region1, vault-region2 has it any more
regenerates-if-lost acme-prod/session: the same stores are asked by other names; a new value only if no store of vault-region1, vault-region2 has it any more
regenerates-if-lost globex-prod/postgres: the same stores are asked by other names; a new value only if no store of vault-region1, vault-region2 has it any more
regenerates-if-lost globex-prod/smtp: the same stores are asked by other names; a new value only if no store of vault-region1, vault-region2 has it any more
lost-reader acme-prod/api-keys: its stores admit namespace acme-prod instead of every namespace (region1, region2)
lost-reader acme-prod/frontend-tls: its stores admit namespace acme-prod instead of every namespace (region1, region2)
lost-reader acme-prod/postgres: its stores admit namespace acme-prod instead of every namespace (region1, region2)
lost-reader acme-prod/session: its stores admit namespace acme-prod instead of every namespace (region1, region2)
lost-reader globex-prod/api-keys: its stores admit namespace globex-prod instead of every namespace (region1, region2)
lost-reader globex-prod/postgres: its stores admit namespace globex-prod instead of every namespace (region1, region2)
lost-reader globex-prod/smtp: its stores admit namespace globex-prod instead of every namespace (region1, region2)
`},
		{"stores of all again", base.with(t, platform, "  vars:\n    domain", "  isolation: PerTenant\n  vars:\n    domain"), base, `new-reader acme-prod/api-keys: its stores admit every namespace instead of namespace acme-prod (region1, region2)
`},
		{"a store for some namespaces", base.with(t, platform, "    - name: region2\n      vars:\n        dbHost: pg.region2.$(vars.domain)\n      store:\n", "    - name: region2\n      vars:\n        dbHost: pg.region2.$(vars.domain)\n      store:\n        conditions: [{namespaces: [acme-prod, globex-prod]}, {namespaceSelector: {matchLabels: {secrets: all}}}]\n"), base, `new-reader acme-prod/api-keys: its stores admit every namespace instead of namespace acme-prod, namespace globex-prod, namespaces that have the labels {"matchLabels":{"secrets":"all"}} (region2)
`},
		{"another login", base, base.with(t, platform, "    - name: region2\n      vars:\n        dbHost: pg.region2.$(vars.domain)\n      store:\n        provider:\n          vault:\n", "    - name: region2\n      vars:\n        dbHost: pg.region2.$(vars.domain)\n      store:\n        provider:\n          vault:\n            readYourWrites: true\n"), `stays acme-prod/api-keys: its store vault-region2 changes (spec.provider.vault.readYourWrites), the value does not
`},
		{"another mount of all", base, base.with(t, platform, "            path: secret\n            version: v2\n            auth:\n              kubernetes:\n                mountPath: kubernetes\n                role: external-secrets\n                serviceAccountRef:\n                  name: external-secrets\n                  namespace: external-secrets\n        fromOtherClusters:\n          vault:\n            auth:\n              kubernetes:\n                mountPath: kubernetes-$(cluster)\n    - name: region2\n      vars:\n        dbHost: pg.region2.$(vars.domain)\n      store:\n        provider:\n          vault:\n            server: https://vault.region2.$(vars.domain)\n            path: secret\n", "            path: kv\n            version: v2\n            auth:\n              kubernetes:\n                mountPath: kubernetes\n                role: external-secrets\n                serviceAccountRef:\n                  name: external-secrets\n                  namespace: external-secrets\n        fromOtherClusters:\n          vault:\n            auth:\n              kubernetes:\n                mountPath: kubernetes-$(cluster)\n    - name: region2\n      vars:\n        dbHost: pg.region2.$(vars.domain)\n      store:\n        provider:\n          vault:\n            server: https://vault.region2.$(vars.domain)\n            path: kv\n"), `moved acme-prod/postgres: vault-region1 is at another address: path=secret -> path=kv
moved acme-prod/postgres: vault-region2 is at another address: path=secret -> path=kv
read-from acme-prod/postgres: from vault-region1, which is at another address, by acme-prod/checkout-secrets (region1)
read-from acme-prod/postgres: from vault-region2, which is at another address, by acme-prod/checkout-secrets (region2)
regenerates-if-lost acme-prod/postgres: no store that is asked has it until the next push: a new value if the Secret is lost or edited before that
`},
		{"a reader that waits no more", base, base.with(t, acme, "    - name: checkout\n", "    - name: checkout\n      pin: false\n"), `interval acme-prod/postgres: acme-prod/checkout-secrets (region1, region2) no longer waits for the epoch
`},
		{"the previous value kept no more", base, base.with(t, acme, "class: jwt-signing-key", "class: jwt-signing-key\n      rotation: {keepPrevious: false}"), `regenerates-if-lost acme-prod/session: its ExternalSecret changes (spec.target.template.data.previous_key); a new value only if no store of vault-region1, vault-region2 has it any more
`},
		{"another address", base, base.with(t, platform, "https://vault.region2.", "https://vault2.region2."), anotherAddress()},
		{"a release back", base, base.with(t, platform, `version: "2.9"`, `version: "2.7"`), `regenerates-if-lost databases/db-credentials: its ExternalSecret changes (spec.target.creationPolicy, spec.dataFrom[1].extract.conversionStrategy, …); a new value only if no store of vault-region1, vault-region2 has it any more
regenerates-if-lost acme-prod/postgres: its ExternalSecret changes (spec.target.creationPolicy, spec.dataFrom[1].extract.conversionStrategy, …); a new value only if no store of vault-region1, vault-region2 has it any more
regenerates-if-lost acme-prod/session: its ExternalSecret changes (spec.target.creationPolicy, spec.dataFrom[1].extract.conversionStrategy, …); a new value only if no store of vault-region1, vault-region2 has it any more
regenerates-if-lost globex-prod/postgres: its ExternalSecret changes (spec.target.creationPolicy, spec.dataFrom[1].extract.conversionStrategy, …); a new value only if no store of vault-region1, vault-region2 has it any more
regenerates-if-lost globex-prod/smtp: its ExternalSecret changes (spec.target.creationPolicy, spec.dataFrom[1].extract.conversionStrategy, …); a new value only if no store of vault-region1, vault-region2 has it any more
stays external-dns/cloudflare-credentials: ExternalSecret changes (spec.dataFrom[0].extract.conversionStrategy, spec.dataFrom[0].extract.decodingStrategy, …), the value does not
stays flux-system/gitea-token: ExternalSecret changes (spec.dataFrom[0].extract.conversionStrategy, spec.dataFrom[0].extract.decodingStrategy, …), the value does not
stays kube-system/hetzner-credentials: ExternalSecret changes (spec.dataFrom[0].extract.conversionStrategy, spec.dataFrom[0].extract.decodingStrategy, …), the value does not
stays acme-prod/api-keys: ExternalSecret changes (spec.dataFrom[0].extract.conversionStrategy, spec.dataFrom[0].extract.decodingStrategy, …), the value does not
stays globex-prod/api-keys: ExternalSecret changes (spec.dataFrom[0].extract.conversionStrategy, spec.dataFrom[0].extract.decodingStrategy, …), the value does not
`},
		{"generated and not typed in", base, base.with(t, acme, "      bootstrap:\n        prompt: API key of the payment provider\n", "      generator: {kind: Password}\n"), `regenerates-if-lost acme-prod/api-keys: it is now generated, and was typed in; a new value only if no store of vault-region1, vault-region2 has it any more
`},
		{"typed in and not generated", base, base.with(t, "tenants/globex.yaml", "      generator:\n        kind: Password\n        spec:\n          length: 24\n          digits: 4\n          symbols: 0\n          noUpper: false\n          allowRepeat: true\n", "      bootstrap: {prompt: The relay's password}\n      keys: {password: {}}\n"), `stays globex-prod/smtp: it was generated, and is from now on typed in by a person, or restored from a store
`},
		{"made by something else", base, base.with(t, "tenants/globex.yaml", "      generator:\n        kind: Password\n        spec:\n          length: 24\n          digits: 4\n          symbols: 0\n          noUpper: false\n          allowRepeat: true\n", "      secretRef: {name: smtp}\n      keys: {password: {}}\n"), `rotates globex-prod/smtp: ExternalSecret smtp makes it no more: the value is what something else puts into the Secret
`},
		{"typed in and recovered no more", base, base.with(t, acme, "        prompt: API key of the payment provider\n", "        prompt: API key of the payment provider\n      recover: None\n"), `stays acme-prod/api-keys: no store restores it any more: after a rebuild a person types it in again
`},
		{"one push for all stores", base, base.with(t, acme, `      class: database-password`, "      class: database-password\n      push: {split: Single}"), `stays acme-prod/postgres: pushed by one PushSecret instead of 2
`},
		{"a registry", base, base.with(t, acme, "eu-central-1", "eu-west-1"), `stays acme-prod/ecr: ECRAuthorizationToken changes (spec.region); it is issued anew at each refresh
`},
		{"pushed home only", base, base.with(t, acme, `      class: database-password`, "      class: database-password\n      push: {to: Home}"), `unpushed acme-prod/postgres: no longer pushed to vault-region2
regenerates-if-lost acme-prod/postgres: asks vault-region1 instead of vault-region2, then vault-region1; a new value only if no store of vault-region1 has it any more
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := graph.Diff(side(t, c.old), side(t, c.new))
			if got := short(d, about(c.name)...); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
			for _, c := range d.Of(graph.Deletes, graph.Rotates, graph.Regenerates) {
				if len(c.Facts) == 0 {
					t.Errorf("nothing that was measured says that %s %s: %s", c.Secret, c.Kind, c.Why)
				}
			}
		})
	}
}

// renamed has the same descriptions in files of other names.
func renamed(f files) files {
	out := files{}
	for name, text := range f {
		out["moved/"+name] = text
	}
	return out
}

// tenantMore has one tenant more.
func tenantMore(f files) files {
	out := files{"tenants/initech.yaml": `apiVersion: esotree.openova.io/v1alpha1
kind: Tenant
metadata: {name: initech}
spec:
  secrets:
    - {name: postgres, generator: {kind: UUID}}
  services:
    - {name: web, data: {ID: postgres/uuid}}
`}
	for name, text := range f {
		out[name] = text
	}
	return out
}

// anotherAddress is what is said of all secrets when region2's store is at another address.
func anotherAddress() string {
	readers := [][2]string{
		{"databases/db-credentials", "databases/db-credentials"}, {"external-dns/cloudflare-credentials", "external-dns/cloudflare-credentials"},
		{"flux-system/gitea-token", "flux-system/gitea-token"}, {"kube-system/hetzner-credentials", "kube-system/hetzner-credentials"},
		{"acme-prod/api-keys", "acme-prod/checkout-secrets"}, {"acme-prod/frontend-tls", "acme-prod/web-secrets"},
		{"acme-prod/postgres", "acme-prod/checkout-secrets"}, {"acme-prod/session", "acme-prod/web-secrets"},
		{"globex-prod/api-keys", "globex-prod/billing-secrets"}, {"globex-prod/postgres", "globex-prod/billing-secrets"}, {"globex-prod/smtp", ""},
	}
	var moved, read strings.Builder
	for _, r := range readers {
		fmt.Fprintf(&moved, "moved %s: vault-region2 is at another address: server=https://vault.region2.openova.example.com -> server=https://vault2.region2.openova.example.com\n", r[0])
		if r[1] != "" {
			fmt.Fprintf(&read, "read-from %s: from vault-region2, which is at another address, by %s (region2)\n", r[0], r[1])
		}
	}
	return moved.String() + read.String()
}
