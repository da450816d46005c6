package graph_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/object"
)

// TestTenantMore adds a tenant: no manifest of another changes.
func TestTenantMore(t *testing.T) {
	base := openova(t)
	before, after := side(t, base), side(t, tenantMore(base))
	more := 0
	for _, o := range after.Objects {
		if after.Tenant(o) == "initech" {
			more++
		}
	}
	if d := graph.Diff(before, after); more == 0 || d.Objects != more {
		t.Errorf("%d manifests change, want the new tenant's %d", d.Objects, more)
	}
}

// TestOriginsAreLeftAlone changes the default interval of pulls: no manifest that makes a value changes.
func TestOriginsAreLeftAlone(t *testing.T) {
	base := openova(t)
	text := func(s graph.Side) map[string]string {
		out := map[string]string{}
		for _, o := range s.Objects {
			data, err := o.JSON()
			if err != nil {
				t.Fatal(err)
			}
			if o.Kind == "ExternalSecret" && bytes.Contains(data, []byte("new_$1")) || o.Kind == "Password" {
				out[o.Cluster+o.Kind+o.Namespace+o.Name] = string(data)
			}
		}
		return out
	}
	before, after := text(side(t, base)), text(side(t, base.with(t, "platform.yaml", "  vars:\n    domain", "  defaults:\n    refreshInterval: 30m\n  vars:\n    domain")))
	if len(before) < 8 || len(before) != len(after) {
		t.Fatalf("%d and %d origins", len(before), len(after))
	}
	for name, was := range before {
		if after[name] != was {
			t.Errorf("%s changes:\n%s\n%s", name, was, after[name])
		}
	}
}

// TestDiffByHand compares manifests that esotree did not write.
func TestDiffByHand(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"a label", `{name: origin, namespace: app}`, `{name: origin, namespace: app, labels: {team: a}}`,
			"rotates app/db: the ExternalSecret changes, and no store is asked -> app/reader\n"},
		{"another name", `{name: origin, namespace: app}`, `{name: origin2, namespace: app}`,
			"rotates app/db: the ExternalSecret is a new object, and no store is asked -> app/reader\n"},
		{"the generator's spec", "{length: 32}", "{length: 64}",
			"rotates app/db: another generator spec, from the next refresh on, at most 90d later -> app/reader\n"},
		{"the period", "2160h", "720h",
			"rotates app/db: another period: 90d -> 30d -> app/reader\n"},
		{"the push is renamed", "{name: push, namespace: app}", "{name: push2, namespace: app}",
			"deletes app/db: PushSecret push is gone, and with it app/db#password in vault: the key is gone until the next push of PushSecret push2\n"},
		{"the key", "remoteKey: app/db", "remoteKey: app/db2",
			"deletes app/db: PushSecret push no longer writes app/db#password in vault\nmoved app/db: key app/db -> app/db2\nread-from app/db: key \"PW\" of app/reader is this value instead of app/db\nadded app/db: read from the stores\nlost-reader app/db: app/reader\n"},
		{"another extract", "    - secretKey: PW\n      remoteRef: {key: app/db, property: password}\n", "    - secretKey: PW\n      remoteRef: {key: app/other, property: password}\n",
			"read-from app/other: key \"PW\" of app/reader is this value instead of app/db\nadded app/other: read from the stores\nlost-reader app/db: app/reader\n"},
		{"a property less", "    - match: {secretKey: password, remoteRef: {remoteKey: app/db, property: password}}\n", "    - match: {secretKey: pw, remoteRef: {remoteKey: app/db, property: pw}}\n",
			"deletes app/db: PushSecret push no longer writes app/db#password in vault\n"},
		{"the version of the API", "external-secrets.io/v1beta1\nkind: ExternalSecret\nmetadata: {name: reader", "external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: reader",
			"stays app/db: app/reader changes and reads what it read\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if strings.Count(handWritten, c.old) != 1 {
				t.Fatalf("%q is there %d times", c.old, strings.Count(handWritten, c.old))
			}
			d := graph.Diff(manifests(t, handWritten), manifests(t, strings.Replace(handWritten, c.old, c.new, 1)))
			if got := short(d); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
		})
	}
}

// TestReadsAll changes the key of a reader that takes all of its keys.
func TestReadsAll(t *testing.T) {
	one := strings.Replace(handWritten, "  data:\n    - secretKey: PW\n      remoteRef: {key: app/db, property: password}\n", "  dataFrom: [{extract: {key: app/one}}]\n", 1)
	two := strings.Replace(one, "app/one", "app/two", 1)
	if got, want := short(graph.Diff(manifests(t, one), manifests(t, two))), "read-from app/two: keys of app/reader are this value instead of app/one\nadded app/two: read from the stores\nremoved app/one: no manifest has it any more\n"; !strings.Contains(got, "read-from") {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestReachesWorkloads names who uses the Secret that a value originates in.
func TestReachesWorkloads(t *testing.T) {
	text := strings.Replace(handWritten, "secretKeyRef: {name: reader, key: PW}", "secretKeyRef: {name: db, key: password}", 1)
	got := short(graph.Diff(manifests(t, text), manifests(t, strings.Replace(text, "2160h", "720h", 1))))
	if want := "rotates app/db: another period: 90d -> 30d -> app/reader, Deployment app/web\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestTwins compares manifests that hold an object twice, as a base and its overlays do.
func TestTwins(t *testing.T) {
	twin := handWritten + "---\n" + strings.Split(strings.Replace(handWritten, "refreshInterval: 15m", "refreshInterval: 20m", 1), "---\n")[4]
	for _, c := range []struct {
		name, old, new string
		objects        int
	}{
		{"the same", twin, twin, 0},
		{"one changes", twin, strings.Replace(twin, "20m", "30m", 1), 1},
		{"one goes", twin, handWritten, 1},
		{"one comes", handWritten, twin, 1},
	} {
		if d := graph.Diff(manifests(t, c.old), manifests(t, c.new)); d.Objects != c.objects {
			t.Errorf("%s: %d manifests change, want %d\n%s", c.name, d.Objects, c.objects, short(d))
		}
	}
}

// TestDropped takes a key out of a Secret that is pushed as a whole.
func TestDropped(t *testing.T) {
	two := strings.Replace(handWritten, "target: {name: db}", `target: {name: db, template: {data: {a: "{{ .password }}", b: "{{ .password }}"}}}`, 1)
	two = strings.Replace(two, "deletionPolicy: Delete", "deletionPolicy: None", 1)
	two = strings.Replace(two, "{secretKey: password, remoteRef: {remoteKey: app/db, property: password}}", "{remoteRef: {remoteKey: app/db}}", 1)
	one := strings.Replace(two, `, b: "{{ .password }}"`, "", 1)
	for _, c := range []struct{ old, new, want string }{
		{two, one, "deletes app/db: property b of app/db in vault: gone with the next push, which replaces the whole\nrotates app/db: the ExternalSecret changes, and no store is asked -> app/reader\n"},
		{one, two, "rotates app/db: the ExternalSecret changes, and no store is asked -> app/reader\n"},
		{strings.Replace(two, "target: {name: db,", "target: {name: db, creationPolicy: Merge,", 1), strings.Replace(one, "target: {name: db,", "target: {name: db, creationPolicy: Merge,", 1),
			"rotates app/db: the ExternalSecret changes, and no store is asked -> app/reader\n"},
	} {
		if got := short(graph.Diff(manifests(t, c.old), manifests(t, c.new))); got != c.want {
			t.Errorf("got\n%swant\n%s", got, c.want)
		}
	}
}

func TestWriteDifference(t *testing.T) {
	base := openova(t)
	d := graph.Diff(side(t, base), side(t, base.with(t, "tenants/acme.yaml", `epoch: "2026-11-02"`, `epoch: "2026-11-24"`).with(t, "platform.yaml", "  vars:\n    domain", "  defaults:\n    refreshInterval: 30m\n  vars:\n    domain")))
	var data bytes.Buffer
	if err := d.Write(&data, graph.FormatJSON); err != nil {
		t.Fatal(err)
	}
	var out struct {
		Changes []struct {
			Kind, Tenant, Secret, Why string
			Facts                     []string
			New                       struct {
				File string
				Line int
			}
		}
		Facts   []graph.Fact
		Secrets int
		Objects int
	}
	if err := json.Unmarshal(data.Bytes(), &out); err != nil {
		t.Fatal(err)
	}
	first := out.Changes[0]
	if first.Kind != "rotates" || first.Tenant != "acme" || first.Secret != "acme-prod/postgres" || first.New.File != "tenants/acme.yaml" || first.New.Line == 0 {
		t.Errorf("the first change is %+v", first)
	}
	if out.Secrets != d.Secrets() || out.Objects != d.Objects || out.Objects == 0 {
		t.Errorf("%d secrets, %d objects", out.Secrets, out.Objects)
	}
	known := map[string]bool{}
	for _, f := range out.Facts {
		known[f.ID] = true
	}
	for _, c := range out.Changes {
		for _, f := range c.Facts {
			if !known[f] {
				t.Errorf("%s speaks of %s, which is not explained", c.Kind, f)
			}
		}
	}
	var text bytes.Buffer
	if err := d.Write(&text, graph.FormatText); err != nil {
		t.Fatal(err)
	}
	if lines := strings.SplitN(text.String(), "\n", 2); !strings.HasPrefix(lines[0], "rotates") {
		t.Errorf("the most dangerous change is not the first:\n%s", text.String())
	}
	var page bytes.Buffer
	if err := d.Write(&page, graph.FormatMarkdown); err != nil {
		t.Fatal(err)
	}
	rotates, folded := strings.Index(page.String(), "| **rotates** |"), strings.Index(page.String(), "<details><summary>acme: ")
	if rotates < 0 || folded < rotates || strings.Count(page.String(), "<details>") != strings.Count(page.String(), "</details>") {
		t.Errorf("the page does not begin with the danger, or does not close what it folds:\n%s", page.String())
	}
	if err := d.Write(&page, "xml"); err == nil {
		t.Error("a format that is not there was written")
	}
}

// TestMarkdownIsSafe keeps a hostile name inside its cell.
func TestMarkdownIsSafe(t *testing.T) {
	name := "a|<img src=x>\n\n## `x` @all [x](y)"
	pull := func(interval string) graph.Side {
		text, err := json.Marshal(map[string]any{"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": map[string]any{"name": name, "namespace": "n"},
			"spec": map[string]any{"refreshInterval": interval, "secretStoreRef": map[string]any{"name": "s"}, "data": []any{map[string]any{"secretKey": "k", "remoteRef": map[string]any{"key": name}}}}})
		if err != nil {
			t.Fatal(err)
		}
		return graph.Side{Objects: []*object.Object{{ID: object.ID{APIVersion: "external-secrets.io/v1", Kind: "ExternalSecret", Namespace: "n", Name: name}, Value: json.RawMessage(text)}}}
	}
	var page bytes.Buffer
	if err := graph.Diff(pull("1h"), pull("2h")).Write(&page, graph.FormatMarkdown); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<img", "\n## ", "@all", "[x](y)"} {
		if strings.Contains(page.String(), bad) {
			t.Errorf("the page has %q:\n%s", bad, page.String())
		}
	}
}

// TestFold joins what many secrets have in common into one line.
func TestFold(t *testing.T) {
	d := &graph.Difference{}
	for i := range 40 {
		d.Changes = append(d.Changes, graph.Change{Kind: graph.Interval, Tenant: "acme", Secret: fmt.Sprintf("acme-prod/s%02d", i), Why: "pushed every 10m instead of 1h"})
	}
	var text bytes.Buffer
	if err := d.Write(&text, graph.FormatText); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(text.String(), "pushed every"); n != 1 || !strings.Contains(text.String(), "acme-prod/s39") {
		t.Errorf("said %d times:\n%s", n, text.String())
	}
	if d.Secrets() != 40 {
		t.Errorf("%d secrets", d.Secrets())
	}
}

// TestMarkdownFits keeps a page within what a pull request takes, the dangerous changes in it and every fold closed.
func TestMarkdownFits(t *testing.T) {
	d := &graph.Difference{}
	d.Changes = append(d.Changes, graph.Change{Kind: graph.Rotates, Tenant: "z", Secret: "z/first", Why: "epoch"})
	for i := range 5000 {
		tenant := fmt.Sprintf("t%04d", i)
		d.Changes = append(d.Changes, graph.Change{Kind: graph.Interval, Tenant: tenant, Secret: tenant + "/db", Why: strings.Repeat("x", 50)})
	}
	for i := range 200 {
		d.Changes = append(d.Changes, graph.Change{Kind: graph.Added, Tenant: "a", Secret: fmt.Sprintf("a/%d", i), Why: "generated"})
	}
	var page bytes.Buffer
	if err := d.Write(&page, graph.FormatMarkdown); err != nil {
		t.Fatal(err)
	}
	text := page.String()
	if len(text) > 65536 || strings.Count(text, "<details>") != strings.Count(text, "</details>") {
		t.Errorf("%d bytes, %d opened and %d closed", len(text), strings.Count(text, "<details>"), strings.Count(text, "</details>"))
	}
	for _, want := range []string{"| **rotates** | z/first |", " and 180 more |", " more changes, which `esotree diff` shows"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	rows, left := strings.Count(text, "| interval |"), 0
	if _, err := fmt.Sscanf(text[strings.LastIndex(text, "\nand ")+1:], "and %d more", &left); err != nil || rows+left != 5000 {
		t.Errorf("%d rows and %d left out, %v", rows, left, err)
	}
}

// TestKindsArePublished demands that the page on diff says what each kind of change is.
func TestKindsArePublished(t *testing.T) {
	page, err := os.ReadFile("../docs/diff.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range graph.ChangeKinds() {
		if !strings.Contains(string(page), "`"+string(kind)+"`") {
			t.Errorf("docs/diff.md does not say what %s is", kind)
		}
	}
}
