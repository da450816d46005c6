package graph_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/object"
)

// manifests reads a YAML stream as the objects of one cluster.
func manifests(t testing.TB, text string) graph.Side {
	t.Helper()
	docs, findings := yamlsrc.Read(diag.NewFile("all.yaml", []byte(text)), yamlsrc.DefaultLimits())
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	var objects []*object.Object
	for _, d := range docs {
		text, err := d.JSON()
		if err != nil {
			t.Fatal(err)
		}
		objects = append(objects, &object.Object{ID: d.Ref(), Value: json.RawMessage(text), Origin: d})
	}
	return graph.Side{Objects: objects}
}

func when(text string) time.Time {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return at
}

// handWritten is what people write without esotree, in the API of a year ago.
const handWritten = `
apiVersion: external-secrets.io/v1beta1
kind: SecretStore
metadata: {name: vault, namespace: app}
spec: {provider: {vault: {server: "https://vault.example.com", path: secret, version: v2}}}
---
apiVersion: generators.external-secrets.io/v1alpha1
kind: Password
metadata: {name: pw, namespace: app}
spec: {length: 32}
---
apiVersion: external-secrets.io/v1beta1
kind: ExternalSecret
metadata: {name: origin, namespace: app}
spec:
  refreshInterval: 2160h
  target: {name: db}
  dataFrom:
    - sourceRef: {generatorRef: {apiVersion: generators.external-secrets.io/v1alpha1, kind: Password, name: pw}}
---
apiVersion: external-secrets.io/v1alpha1
kind: PushSecret
metadata: {name: push, namespace: app}
spec:
  refreshInterval: 30m
  deletionPolicy: Delete
  secretStoreRefs: [{name: vault, kind: SecretStore}]
  selector: {secret: {name: db}}
  data:
    - match: {secretKey: password, remoteRef: {remoteKey: app/db, property: password}}
---
apiVersion: external-secrets.io/v1beta1
kind: ExternalSecret
metadata: {name: reader, namespace: app}
spec:
  refreshInterval: 15m
  secretStoreRef: {name: vault, kind: SecretStore}
  target: {name: reader}
  data:
    - secretKey: PW
      remoteRef: {key: app/db, property: password}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: app}
spec:
  template:
    spec:
      containers:
        - name: web
          env: [{name: PW, valueFrom: {secretKeyRef: {name: reader, key: PW}}}]
`

func TestExplainAnyManifests(t *testing.T) {
	side := manifests(t, handWritten)
	list, err := graph.Explain(side, "app/db", graph.ExplainOptions{At: when("2026-11-24T00:00:00Z")})
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	var got []string
	for _, h := range list[0].Hops {
		line := strings.Repeat(" ", h.Depth) + string(h.Step) + " " + h.Object
		if h.WorstSeconds > 0 {
			line += " " + (time.Duration(h.WorstSeconds) * time.Second).String()
		}
		got = append(got, line)
		if h.Step != graph.StepSecret && h.Step != graph.StepStore && h.Line == 0 {
			t.Errorf("%s has no line", h.Object)
		}
	}
	want := []string{
		"generate Password app/pw",
		" origin ExternalSecret app/origin",
		"  secret Secret app/db",
		"   push PushSecret app/push",
		"    store vault app/db 30m0s",
		"     pull ExternalSecret app/reader 45m0s",
		"      consume Deployment app/web 45m0s",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	var facts []string
	for _, f := range list[0].Facts {
		facts = append(facts, f.ID)
	}
	wantFacts := []string{"delete-push-gone", "delete-source-gone", "delete-switch", "hand-edit-new", "new-object", "push-interval", "push-refused", "reader-retries", "refresh-on-change", "worst-case"}
	slices.Sort(facts)
	if !slices.Equal(facts, wantFacts) {
		t.Errorf("got %q, want %q", facts, wantFacts)
	}
}

func TestExplainNames(t *testing.T) {
	rendered := side(t, openova(t))
	for name, want := range map[string][]string{
		"acme-prod/postgres":          {"acme-prod/postgres"},
		"acme/postgres":               {"acme-prod/postgres"},
		"vault-region2:acme/postgres": {"acme-prod/postgres"},
		"acme-prod/checkout-secrets":  {"acme-prod/api-keys", "acme-prod/postgres"},
		"externalsecret/web-secrets":  {"acme-prod/frontend-tls", "acme-prod/session"},
		"gitrepository/component":     {"flux-system/gitea-token"},
		"smtp":                        {"globex-prod/smtp"},
		"acme-prod/ecr":               {"acme-prod/ecr", "acme-prod/ecr"},
	} {
		list, err := graph.Explain(rendered, name, graph.ExplainOptions{})
		var got []string
		for _, e := range list {
			got = append(got, e.Secret)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %q, %v; want %q", name, got, err, want)
		}
	}
	if _, err := graph.Explain(rendered, "acme/postgress", graph.ExplainOptions{}); err == nil || !strings.Contains(err.Error(), `did you mean "acme/postgres"?`) {
		t.Errorf("got %v", err)
	}
}

// TestExplainBounds holds the worst case to the two intervals, and the wait to the reader that waits for this very value.
func TestExplainBounds(t *testing.T) {
	rendered := side(t, openova(t).with(t, "platform.yaml", "  vars:\n    domain", "  defaults: {pushInterval: 10m, refreshInterval: 20m}\n  vars:\n    domain"))
	for name, waits := range map[string]bool{"acme/postgres": true, "acme/api-keys": false} {
		list, err := graph.Explain(rendered, name, graph.ExplainOptions{})
		if err != nil {
			t.Fatal(err)
		}
		pulls := 0
		for _, h := range list[0].Hops {
			if h.Step != graph.StepPull {
				continue
			}
			pulls++
			if h.WorstSeconds != 1800 {
				t.Errorf("%s: %s after %d s, want 1800", name, h.Object, h.WorstSeconds)
			}
			if strings.Contains(h.Does, "waits for the epoch") != waits {
				t.Errorf("%s: %s: %q", name, h.Object, h.Does)
			}
		}
		if pulls != 2 {
			t.Errorf("%s is read %d times, want once in each region", name, pulls)
		}
	}
}

func TestExplainNext(t *testing.T) {
	rendered := side(t, openova(t))
	rendered.Due = func(cluster, namespace, name string) (time.Time, bool) {
		return when("2027-01-31T00:00:00Z"), cluster == "region1" && namespace == "acme-prod" && name == "postgres"
	}
	for name, want := range map[string]string{"acme/postgres": "2027-01-31T00:00:00Z by commit", "acme/session": "2026-12-01T13:47:07Z by clock", "globex/smtp": ""} {
		list, err := graph.Explain(rendered, name, graph.ExplainOptions{At: when("2026-11-24T00:00:00Z")})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if n := list[0].Next; n != nil {
			got = n.At.Format(time.RFC3339) + " by " + n.By
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestWriteExplanations(t *testing.T) {
	list, err := graph.Explain(manifests(t, handWritten), "app/db", graph.ExplainOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := graph.WriteExplanations(&text, list, graph.FormatText); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(text.String(), "app/db\n") {
		t.Errorf("a key that is the name is said twice:\n%s", text.String())
	}
	for _, line := range []string{
		"  generate Password app/pw\n  |           all.yaml:7:1\n  `- origin   ExternalSecret app/origin\n",
		"|           a new value at the latest after 45m\n",
		"`- consume  Deployment app/web\n",
		"    a new ExternalSecret object generates again under every policy [new-object]\n",
	} {
		if !strings.Contains(text.String(), line) {
			t.Errorf("the text lacks %q:\n%s", line, text.String())
		}
	}
	var data bytes.Buffer
	if err := graph.WriteExplanations(&data, list, graph.FormatJSON); err != nil {
		t.Fatal(err)
	}
	var out struct {
		Secrets []graph.Explanation `json:"secrets"`
	}
	if err := json.Unmarshal(data.Bytes(), &out); err != nil || len(out.Secrets) != 1 || len(out.Secrets[0].Hops) != 7 || out.Secrets[0].Hops[0].File != "all.yaml" {
		t.Errorf("%v\n%s", err, data.String())
	}
	if err := graph.WriteExplanations(&data, list, "xml"); err == nil {
		t.Error("a format that is not there was written")
	}
}
