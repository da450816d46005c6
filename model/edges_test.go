package model_test

import (
	"slices"
	"strings"
	"testing"
)

// TestReadersOfOthers: what is in the stores already has no readers to tell of, nor has a secret of a tenant that was not asked about.
func TestReadersOfOthers(t *testing.T) {
	m, scopes := link(t, twoRegions+acmeSpec+`  environments: [prod]
  secrets: [{name: s, generator: {kind: UUID}}, {name: there, remote: {key: shared}, keys: {k: {}}}, {name: all, remote: {key: more}}]
  services:
    - {name: web, data: {A: s/uuid, B: there/k, C: "globex:s/uuid"}, dataFrom: [{secret: all}]}
---
apiVersion: esotree.openova.io/v1alpha1
kind: Tenant
metadata: {name: globex}
spec: {environments: [prod], secrets: [{name: s, generator: {kind: UUID}}], grants: [{secret: s, to: [acme]}]}
`)
	readers := m.Readers(scopes[:1])
	if len(readers) != 1 || len(readers[secretOf(t, scopes, "acme/prod", "s")]) != 1 {
		t.Errorf("got %v", readers)
	}
	if all := m.Readers(scopes); len(all[secretOf(t, scopes, "globex/prod", "s")]) != 1 {
		t.Errorf("got %v", all)
	}
}

// TestRegionsByOrigin holds where a tenant's secret exists when nobody says.
func TestRegionsByOrigin(t *testing.T) {
	for text, want := range map[string]string{
		"generator: {kind: UUID}":                                                                                      "one",
		"generator: {kind: UUID}, regions: [two]":                                                                      "one two",
		"bootstrap: {prompt: x}, keys: {k: {}}, regions: [two]":                                                        "one two",
		"secretRef: {name: x}, keys: {k: {}}, regions: [two]":                                                          "one two",
		"remote: {key: x}, keys: {k: {}}":                                                                              "",
		"remote: {key: x}, keys: {k: {}}, regions: [two]":                                                              "two",
		"remote: {key: x}, keys: {k: {}}, regions: Home":                                                               "one",
		"bootstrap: {prompt: x, offline: true}":                                                                        "",
		"generator: {kind: ECRAuthorizationToken, spec: {region: eu-central-1}}":                                       "one",
		"generator: {kind: ECRAuthorizationToken, spec: {region: eu-central-1}}, type: kubernetes.io/dockerconfigjson": "one two",
		"generator: {kind: ECRAuthorizationToken, spec: {region: eu-central-1}}, type: kubernetes.io/dockerconfigjson, regions: [two]": "two",
		"generator: {kind: UUID}, keys: {.dockerconfigjson: {output: uuid}}, type: kubernetes.io/dockerconfigjson":                     "one",
	} {
		_, scopes := link(t, twoRegions+acmeSpec+"  environments: [prod]\n  secrets: [{name: s, "+text+"}]\n")
		var got []string
		for _, r := range secretOf(t, scopes, "acme/prod", "s").In {
			got = append(got, r.Name)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %q", text, got, want)
		}
	}
}

// TestSaidNo: what is switched off counts as not said.
func TestSaidNo(t *testing.T) {
	for text, want := range map[string][]string{
		"generator: {kind: UUID}, immutable: false, rotation: {by: Clock, every: 30d}":                                    nil,
		"generator: {kind: UUID}, immutable: true, rotation: {by: Clock, every: 30d}":                                     {"invalid-value spec.secrets[0].immutable"},
		"bootstrap: {prompt: x}, keys: {k: {}}, rotation: {keepPrevious: false}":                                          nil,
		"bootstrap: {prompt: x}, keys: {k: {}}, rotation: {keepPrevious: true}":                                           {"invalid-value spec.secrets[0].rotation.keepPrevious"},
		"class: registry-token, immutable: false, generator: {kind: ECRAuthorizationToken, spec: {region: eu-central-1}}": nil,
		"generator: {kind: UUID}, remoteKey: a/./b":                                                                       {"remote-key-illegal spec.secrets[0].remoteKey"},
		"generator: {kind: UUID}, remoteKey: a/../b":                                                                      {"remote-key-illegal spec.secrets[0].remoteKey"},
		"generator: {kind: UUID}, remoteKey: a/.b/..c":                                                                    nil,
	} {
		got := findings(t, twoRegions+acmeSpec+"  environments: [prod]\n  secrets: [{name: s, "+text+"}]\n")
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

// TestRenamedTenants: what the patterns make of the names that a tenant had is asked for, in the order in which they are listed.
func TestRenamedTenants(t *testing.T) {
	text := strings.Replace(twoRegions, "defaults: {remoteKey: $(tenant)/$(environment)/$(secret)}",
		"defaults: {remoteKey: $(namespace)/$(secret), formerRemoteKeys: [$(tenant)/$(secret)]}\n  renamedTenants: [{from: old, to: acme}, {from: older, to: acme}]", 1)
	for own, want := range map[string]string{
		"":                                 "acme/s old-prod/s old/s older-prod/s older/s",
		"namespace: acme-prod":             "acme/s old-prod/s old/s older-prod/s older/s",
		"namespace: $(tenant)-certs":       "acme/s old-certs/s old/s older-certs/s older/s",
		"namespace: certs-of-$(namespace)": "acme/s certs-of-old-prod/s old/s certs-of-older-prod/s older/s",
		"namespace: certs":                 "acme/s old/s older/s",
		"remoteKey: acme/own":              "",
		"formerRemoteKeys: [acme/was]":     "acme/was",
	} {
		_, scopes := link(t, text+acmeSpec+"  environments: [prod]\n  secrets: [{name: s, generator: {kind: UUID}, "+own+"}]\n")
		if got := strings.Join(secretOf(t, scopes, "acme/prod", "s").Former, " "); got != want {
			t.Errorf("%s: %s, want %s", own, got, want)
		}
	}
}
