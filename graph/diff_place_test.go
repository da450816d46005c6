package graph_test

import (
	"strings"
	"testing"

	"github.com/openova-io/esotree/graph"
)

// TestPlaces points each change at the line of the description that asks for it.
func TestPlaces(t *testing.T) {
	base := openova(t)
	const acme, globex, platform = "tenants/acme.yaml", "tenants/globex.yaml", "platform.yaml"
	all := func(field string) files {
		return base.with(t, platform, "  vars:\n    domain", "  "+field+"\n  vars:\n    domain")
	}
	postgres := func(more string) files {
		return base.with(t, acme, "      class: database-password", "      class: database-password\n      "+more)
	}
	for _, c := range []struct {
		name string
		new  files
		kind graph.ChangeKind
		line string
	}{
		{"epoch", base.with(t, acme, `epoch: "2026-11-02"`, `epoch: "2026-11-24"`), graph.Rotates, `epoch: "2026-11-24"`},
		{"clock", base.with(t, acme, "class: jwt-signing-key", "class: jwt-signing-key\n      rotation: {every: 60d}"), graph.Regenerates, "rotation: {every: 60d}"},
		{"derived key", base.with(t, acme, ":5432/app", ":5432/app?sslmode=require"), graph.Regenerates, "template: \"postgresql://app:"},
		{"deletion", postgres("push: {deletion: Delete}"), graph.DeletesWhenGone, "push: {deletion: Delete}"},
		{"mode", postgres("push: {mode: PerKey}"), graph.Stays, "push: {mode: PerKey}"},
		{"stores", postgres("push: {to: Home}"), graph.Unpushed, "push: {to: Home}"},
		{"push interval", postgres("pushInterval: 5m"), graph.Interval, "pushInterval: 5m"},
		{"recover None", base.with(t, globex, "    - name: smtp\n", "    - name: smtp\n      recover: None\n      rotation: {epoch: \"2\"}\n"), graph.Rotates, "recover: None"},
		{"generator", base.with(t, globex, "length: 24", "length: 48"), graph.Stays, "length: 48"},
		{"reader", base.with(t, acme, "  services:\n", "  services:\n    - name: worker\n      data: {URL: postgres/url}\n"), graph.NewReader, "data: {URL: postgres/url}"},
		{"a reader's interval", base.with(t, acme, "    - name: checkout\n", "    - name: checkout\n      refreshInterval: 5m\n"), graph.Interval, "refreshInterval: 5m"},
		{"everyone's refresh interval", all("defaults: {refreshInterval: 5m}"), graph.Interval, "refreshInterval: 5m"},
		{"everyone's push interval", all("defaults: {pushInterval: 5m}"), graph.Interval, "pushInterval: 5m"},
		{"everyone's namespace", all("defaults: {namespace: $(tenant)}"), graph.Moved, "namespace: $(tenant)"},
		{"everyone's namespace, its readers", all("defaults: {namespace: $(tenant)}"), graph.Regenerates, "namespace: $(tenant)"},
		{"everyone's key", all("defaults: {remoteKey: t/$(tenant)/$(secret)}"), graph.Moved, "remoteKey: t/"},
		{"everyone's key, generated", all("defaults: {remoteKey: t/$(tenant)/$(secret)}"), graph.Rotates, "remoteKey: t/"},
		{"the platform's key", all("defaults: {platformRemoteKey: p/$(secret)}"), graph.Rotates, "platformRemoteKey: p/"},
		{"everyone's deletion", all("push: {deletion: Delete}"), graph.DeletesWhenGone, "push: {deletion: Delete}"},
		{"everyone's mode", all("push: {mode: PerKey}"), graph.Stays, "push: {mode: PerKey}"},
		{"everyone's stores", all("push: {to: Home}"), graph.Unpushed, "push: {to: Home}"},
		{"everyone recovers nothing", all("recover: None"), graph.Rotates, "recover: None"},
		{"everyone's isolation", all("isolation: PerTenant"), graph.Regenerates, "isolation: PerTenant"},
		{"a store's address", base.with(t, platform, "https://vault.region2.", "https://vault2.region2."), graph.Moved, "server: https://vault2.region2."},
		{"a store's address, its readers", base.with(t, platform, "https://vault.region2.", "https://vault2.region2."), graph.ReadFrom, "server: https://vault2.region2."},
		{"a region less", base.with(t, platform, "regions: [region1, region2]", "regions: [region1]"), graph.Unpushed, "regions: [region1]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			list := graph.Diff(side(t, base), side(t, c.new)).Of(c.kind)
			if len(list) == 0 {
				t.Fatalf("nothing %s", c.kind)
			}
			file, line, _ := list[0].New.Location()
			lines := strings.Split(c.new[file], "\n")
			if line < 1 || line > len(lines) || !strings.Contains(lines[line-1], c.line) {
				t.Errorf("%s:%d is %q, want the line with %q", file, line, append(lines, "", "")[max(line-1, 0)], c.line)
			}
		})
	}
}
