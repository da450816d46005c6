package graph_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/openova-io/esotree/graph"
)

// TestFormerKeys are changes of a secret's key in the stores where the former one is named.
func TestFormerKeys(t *testing.T) {
	const acme, platform = "tenants/acme.yaml", "platform.yaml"
	base := openova(t)
	key := func(f files, text string) files {
		return f.with(t, acme, "    - name: postgres\n", "    - name: postgres\n"+text)
	}
	moved := key(base, "      remoteKey: acme/db\n      formerRemoteKeys: [acme/postgres]\n")
	deleting := base.with(t, acme, `      class: database-password`, "      class: database-password\n      push: {deletion: Delete}")
	renamed := func(f files) files {
		return f.with(t, acme, "    - name: postgres\n", "    - name: db\n      formerRemoteKeys: [acme/postgres]\n").with(t, acme, "DATABASE_URL: postgres/url", "DATABASE_URL: db/url")
	}
	for _, c := range []struct {
		name     string
		old, new files
		only     []string
		want     string
		fact     string
	}{
		{"another key", base, moved, nil, `moved acme-prod/postgres: key acme/postgres -> acme/db
regenerates-if-lost acme-prod/postgres: takes it from its former key where no store has it under the present one; a new value only if no store of vault-region1, vault-region2 has it any more
`, "former-key"},
		{"a former key too late", key(base, "      remoteKey: acme/db\n"), moved, nil, `regenerates-if-lost acme-prod/postgres: takes it from acme/postgres where no store has it under acme/db; a new value only if no store of vault-region1, vault-region2 has it any more
`, ""},
		{"two former keys", base, key(base, "      remoteKey: acme/db\n      formerRemoteKeys: [acme/x, acme/postgres]\n"), nil, `moved acme-prod/postgres: key acme/postgres -> acme/db
regenerates-if-lost acme-prod/postgres: takes it from acme/x, else acme/postgres where no store has it under acme/db; a new value only if no store of vault-region1, vault-region2 has it any more
`, "former-key"},
		{"another one is named", base, key(base, "      remoteKey: acme/db\n      formerRemoteKeys: [acme/x]\n"), nil, `rotates acme-prod/postgres: no store has been given it under "acme/db": a new value is made unless the old one is there first -> acme-prod/checkout-secrets (region1, region2)
moved acme-prod/postgres: key acme/postgres -> acme/db
`, "missing-skipped"},
		{"named no more", moved, key(base, "      remoteKey: acme/db\n"), nil, `regenerates-if-lost acme-prod/postgres: no longer takes it from acme/postgres; a new value only if no store of vault-region1, vault-region2 has it any more
`, ""},
		{"back again", moved, base, nil, `rotates acme-prod/postgres: no store has been given it under "acme/postgres": a new value is made unless the old one is there first -> acme-prod/checkout-secrets (region1, region2)
moved acme-prod/postgres: key acme/db -> acme/postgres
`, ""},
		{"everyone's key", base, base.with(t, platform, "  vars:\n    domain", "  defaults:\n    remoteKey: t/$(tenant)/$(secret)\n    formerRemoteKeys: [$(tenant)/$(secret)]\n  vars:\n    domain"), []string{"acme-prod/postgres", "acme-prod/session", "acme-prod/api-keys"}, `moved acme-prod/api-keys: key acme/api-keys -> t/acme/api-keys
moved acme-prod/postgres: key acme/postgres -> t/acme/postgres
moved acme-prod/session: key acme/session -> t/acme/session
regenerates-if-lost acme-prod/postgres: takes it from its former key where no store has it under the present one; a new value only if no store of vault-region1, vault-region2 has it any more
regenerates-if-lost acme-prod/session: takes it from its former key where no store has it under the present one; a new value only if no store of vault-region1, vault-region2 has it any more
`, "former-key"},
		{"another namespace", base, base.with(t, platform, "namespace: databases", "namespace: data\n      formerRemoteKeys: [databases/$(secret)]"), []string{"databases/db-credentials", "data/db-credentials"}, `moved data/db-credentials: namespace databases -> data, key databases/db-credentials -> data/db-credentials
new-reader data/db-credentials: data/db-credentials (region2) instead of databases/db-credentials (region2)
regenerates-if-lost data/db-credentials: its ExternalSecret is a new object; a new value only if no store of vault-region1, vault-region2 has it any more
`, "former-key"},
		{"another name", base, renamed(base), nil, `moved acme-prod/db: name postgres -> db, key acme/postgres -> acme/db
regenerates-if-lost acme-prod/db: its ExternalSecret is a new object; a new value only if no store of vault-region1, vault-region2 has it any more
`, "former-key"},
		{"another name under a clock", base, base.with(t, acme, "    - name: session\n", "    - name: sessions\n      formerRemoteKeys: [acme/session]\n").with(t, acme, "secret: session", "secret: sessions"), nil, `moved acme-prod/sessions: name session -> sessions, key acme/session -> acme/sessions
regenerates-if-lost acme-prod/sessions: its ExternalSecret is a new object; a new value only if no store of vault-region1, vault-region2 has it any more
`, "former-key"},
		{"another name of the tenant", base, base.with(t, "tenants/globex.yaml", "  name: globex\n", "  name: umbrella\n").with(t, platform, "  vars:\n    domain", "  renamedTenants: [{from: globex, to: umbrella}]\n  vars:\n    domain"), []string{"umbrella-prod/smtp", "globex-prod/smtp"}, `moved umbrella-prod/smtp: namespace globex-prod -> umbrella-prod, key globex/smtp -> umbrella/smtp
regenerates-if-lost umbrella-prod/smtp: its ExternalSecret is a new object; a new value only if no store of vault-region1, vault-region2 has it any more
`, "former-key"},
		{"under Delete, another key", deleting, key(deleting, "      remoteKey: acme/db\n      formerRemoteKeys: [acme/postgres]\n"), nil, `deletes acme-prod/postgres: PushSecret push-postgres-region1 no longer writes acme/postgres in vault-region1
deletes acme-prod/postgres: PushSecret push-postgres-region2 no longer writes acme/postgres in vault-region2
moved acme-prod/postgres: key acme/postgres -> acme/db
regenerates-if-lost acme-prod/postgres: takes it from its former key where no store has it under the present one; a new value only if no store of vault-region1, vault-region2 has it any more
`, "former-key-given-first"},
		{"under Delete, another name", deleting, renamed(deleting), nil, `deletes acme-prod/db: PushSecret push-postgres-region1 is gone, and with it acme/postgres in vault-region1
deletes acme-prod/db: PushSecret push-postgres-region2 is gone, and with it acme/postgres in vault-region2
rotates acme-prod/db: PushSecret push-postgres-region1 takes the value from the stores that are asked: a new one is made if that comes first -> acme-prod/checkout-secrets (region1, region2)
moved acme-prod/db: name postgres -> db, key acme/postgres -> acme/db
`, "delete-push-gone"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := graph.Diff(side(t, c.old), side(t, c.new))
			if got := short(d, c.only...); got != c.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, c.want)
			}
			if c.fact != "" && !slices.ContainsFunc(d.Changes, func(change graph.Change) bool {
				return slices.ContainsFunc(change.Facts, func(f graph.Fact) bool { return f.ID == c.fact })
			}) {
				t.Errorf("nothing says %s", c.fact)
			}
		})
	}
}

// TestFormerExplained holds that a former key is shown where it is, and is no secret of its own.
func TestFormerExplained(t *testing.T) {
	f := openova(t).with(t, "tenants/acme.yaml", "    - name: postgres\n", "    - name: postgres\n      remoteKey: acme/db\n      formerRemoteKeys: [acme/pg, acme/postgres]\n")
	list, err := graph.Explain(side(t, f), "acme-prod/postgres", graph.ExplainOptions{})
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	var former []string
	does := ""
	for _, h := range list[0].Hops {
		switch h.Step {
		case graph.StepFormer:
			former = append(former, h.Object)
		case graph.StepOrigin:
			does = h.Does
		}
	}
	if want := []string{"vault-region2 acme/pg", "vault-region1 acme/pg", "vault-region2 acme/postgres", "vault-region1 acme/postgres"}; !slices.Equal(former, want) {
		t.Errorf("asked under former keys are %q, want %q", former, want)
	}
	if want := "(the last that has it wins); where none has it, takes it from acme/pg; then from acme/postgres; epoch"; !strings.Contains(does, want) {
		t.Errorf("the origin %s", does)
	}
	all, err := graph.Explain(side(t, f), "", graph.ExplainOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if e.Secret == "acme/pg" || e.Secret == "acme/postgres" {
			t.Errorf("%s is listed as a secret", e.Secret)
		}
	}
	drawing, err := graph.NewDrawing(side(t, f), graph.DrawFilter{Name: "acme-prod/postgres"})
	if err != nil {
		t.Fatal(err)
	}
	into := 0
	for _, e := range drawing.Edges {
		if strings.HasSuffix(e.To, "/ExternalSecret acme-prod/postgres") {
			into++
		}
	}
	if into != 5 {
		t.Errorf("the origin has %d sources, want the generator and four former places", into)
	}
}
