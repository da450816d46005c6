package lint_test

import (
	"strings"
	"testing"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/lint"
)

// TestClosed checks that a finding which needs all manifests is graver where they are all there.
func TestClosed(t *testing.T) {
	const text = `apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: vault}
spec: {provider: {vault: {server: https://vault.example.com, path: secret}}}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: a, namespace: acme}
spec:
  secretStoreRef: {name: %s, kind: ClusterSecretStore}
  data: [{secretKey: a, remoteRef: {key: a}}]
`
	for _, test := range []struct {
		old, new string
		closed   bool
		want     string
	}{
		{old: "%s", new: "valt", closed: false, want: "store-missing warning "},
		{old: "%s", new: "valt", closed: true, want: "store-missing error "},
		{old: "%s", new: "other", closed: false, want: ""}, // a chart may bring it
		{old: "%s", new: "other", closed: true, want: "store-missing error "},
		{old: "%s", new: "vault", closed: false, want: ""}, // anyone may have put the key there
		{old: "%s", new: "vault", closed: true, want: "key-not-pushed error "},
	} {
		got := ""
		for _, f := range run(t, lint.Options{Closed: test.closed}, diag.NewFile("a.yaml", replace(text, test.old, test.new))).All() {
			got += f.Code + " " + f.Severity.String() + " "
		}
		if got != test.want {
			t.Errorf("%s, closed %t: %q, want %q", test.new, test.closed, got, test.want)
		}
	}
}

// TestDeleted checks that the loss of a value that nothing remembers is an error, and of one that was asked for a warning.
func TestDeleted(t *testing.T) {
	const text = `apiVersion: generators.external-secrets.io/v1alpha1
kind: UUID
metadata: {name: a, namespace: acme}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: a, namespace: acme}
spec:
  dataFrom: [{sourceRef: {generatorRef: {kind: UUID, name: a}}}]
---
apiVersion: external-secrets.io/v1alpha1
kind: PushSecret
metadata: {name: a, namespace: acme}
spec:
  deletionPolicy: Delete
  secretStoreRefs: [{name: vault, kind: ClusterSecretStore}]
  selector: {secret: {name: a}}
  data: [{match: {remoteRef: {remoteKey: a}}}]
`
	for _, f := range run(t, lint.Options{}, diag.NewFile("a.yaml", []byte(text))).All() {
		if f.Code == "delete-policy-loses-data" {
			if f.Severity != diag.Error {
				t.Errorf("severity %s", f.Severity)
			}
			return
		}
	}
	t.Error("no finding")
}

func replace(text, old, new string) []byte { return []byte(strings.ReplaceAll(text, old, new)) }

// TestRegenerates checks that a finding says no more than what the operator does under each policy.
func TestRegenerates(t *testing.T) {
	const text = `apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: a, namespace: acme}
spec:
  %s
  dataFrom: [{sourceRef: {generatorRef: {kind: UUID, name: a}}}]
`
	for spec, want := range map[string]string{
		"refreshInterval: 1h":                                            "new, relabelled or restored, or its Secret is edited",
		"refreshPolicy: OnChange":                                        "new, relabelled or restored, or its Secret is edited",
		`refreshInterval: "0"`:                                           "new or restored, or its Secret is edited",
		"refreshPolicy: CreatedOnce":                                     "new or restored, or its Secret is edited",
		"target: {creationPolicy: Orphan}":                               "new, relabelled or restored",
		"refreshPolicy: CreatedOnce\n  target: {creationPolicy: Orphan}": "new or restored",
	} {
		found := false
		for _, f := range run(t, lint.Options{}, diag.NewFile("a.yaml", replace(text, "%s", spec))).All() {
			if f.Code == "generator-rotates-unasked" {
				found = true
				if !strings.HasSuffix(f.Message, "whenever its object is "+want) {
					t.Errorf("%s: %s", spec, f.Message)
				}
			}
		}
		if !found {
			t.Errorf("%s: no finding", spec)
		}
	}
}
