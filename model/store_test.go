package model_test

import (
	"slices"
	"strings"
	"testing"
)

// twoRegions is a Platform whose environments are in one region each, but for prod.
const twoRegions = `apiVersion: esotree.openova.io/v1alpha1
kind: Platform
metadata: {name: p}
spec:
  regions:
    - {name: one, store: {provider: {vault: {server: "https://one.example.com", path: secret, version: v2}}}}
    - {name: two, store: {provider: {vault: {server: "https://two.example.com", path: secret, version: v2}}}}
  environments: [{name: prod}, {name: east, regions: [one]}, {name: west, regions: [two]}]
  defaults: {remoteKey: $(tenant)/$(environment)/$(secret)}
`

const acmeSpec = "---\napiVersion: esotree.openova.io/v1alpha1\nkind: Tenant\nmetadata: {name: acme}\nspec:\n"

// TestStoresIn holds which regions' stores the objects of a cluster name.
func TestStoresIn(t *testing.T) {
	for name, c := range map[string]struct{ platform, tenant, one, two string }{
		"a value is pushed to all, and read nowhere":    {"", "  environments: [prod]\n  secrets: [{name: s, generator: {kind: UUID}}]\n", "one two", ""},
		"to the home store only":                        {"", "  environments: [prod]\n  secrets: [{name: s, generator: {kind: UUID}, push: {to: Home}}]\n", "one", ""},
		"it asks none":                                  {"", "  environments: [prod]\n  secrets: [{name: s, generator: {kind: UUID}, recover: None}]\n", "one two", ""},
		"a mirror reads its own":                        {"", "  environments: [prod]\n  secrets: [{name: s, generator: {kind: UUID}, regions: All}]\n", "one two", "two"},
		"a service reads its own":                       {"", "  environments: [prod]\n  secrets: [{name: s, generator: {kind: UUID}, push: {to: Home}}]\n  services: [{name: w, data: {A: s/uuid}}]\n", "one", "two"},
		"a service of one region":                       {"", "  environments: [prod]\n  secrets: [{name: s, generator: {kind: UUID}, push: {to: Home}}]\n  services: [{name: w, regions: [one], data: {A: s/uuid}}]\n", "one", ""},
		"a service of another environment":              {"", "  environments: [prod, west]\n  secrets: [{name: s, remote: {key: shared}, keys: {k: {}}}]\n  services: [{name: w, environments: [west], data: {A: s/k}}]\n", "", "two"},
		"a service of an environment of two":            {"", "  environments: [prod, west]\n  secrets: [{name: s, remote: {key: shared}, keys: {k: {}}}]\n  services: [{name: w, environments: [prod], data: {A: s/k}}]\n", "one", "two"},
		"a service that takes whole secrets":            {"", "  environments: [west]\n  secrets: [{name: s, remote: {key: shared}}]\n  services: [{name: w, dataFrom: [{secret: s}]}]\n", "", "two"},
		"what is in the stores already":                 {"", "  environments: [prod]\n  secrets: [{name: s, remote: {key: shared}, keys: {k: {}}, regions: [two]}]\n", "", "two"},
		"what nobody reads":                             {"", "  environments: [prod]\n  secrets: [{name: s, remote: {key: shared}, keys: {k: {}}}]\n", "", ""},
		"what is generated where it is used":            {"", "  environments: [prod]\n  secrets: [{name: s, class: registry-token, generator: {kind: ECRAuthorizationToken, spec: {region: eu-central-1}}}]\n", "", ""},
		"a typed value, that is asked for, in one only": {"", "  environments: [west]\n  secrets: [{name: s, bootstrap: {prompt: x}, keys: {k: {}}}]\n", "", "two"},
		"tenants with stores of their own":              {"  isolation: PerTenant\n", "  environments: [prod]\n  secrets: [{name: s, generator: {kind: UUID}}]\n  services: [{name: w, data: {A: s/uuid}}]\n", "", ""},
		"the platform's beside them":                    {"  isolation: PerTenant\n  secrets: [{name: s, namespace: x, generator: {kind: UUID}, push: {to: Home}}]\n", "  {}\n", "one", "two"},
		"the platform's service":                        {"  secrets: [{name: s, namespace: x, remote: {key: k}, keys: {k: {}}, regions: [one]}]\n  services: [{name: w, namespace: x, regions: [two], data: {A: s/k}}]\n", "  {}\n", "one", "two"},
	} {
		m, _ := link(t, twoRegions+c.platform+acmeSpec+c.tenant)
		for cluster, want := range map[string]string{"one": c.one, "two": c.two} {
			region, _ := m.Region(cluster)
			var got []string
			for _, r := range m.StoresIn(region) {
				got = append(got, r.Name)
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%s: cluster %s names the stores of %v, want %q", name, cluster, got, want)
			}
		}
	}
}

// TestOneStoreOfTwoRegions holds that stores are told apart by where they are, not by their names.
func TestOneStoreOfTwoRegions(t *testing.T) {
	platform := func(one, two string) string {
		return "apiVersion: esotree.openova.io/v1alpha1\nkind: Platform\nmetadata: {name: p}\nspec:\n  vars: {host: shared}\n  defaults: {remoteKey: $(tenant)-$(secret)}\n" +
			"  regions:\n    - {name: one, vars: {near: a}, store: {provider: {" + one + "}}}\n    - {name: two, vars: {near: b}, store: {provider: {" + two + "}}}\n" +
			"  environments: [{name: east, regions: [one]}, {name: west, regions: [two]}]\n"
	}
	vault := func(server, path string) string {
		return `vault: {server: "https://` + server + `.example.com", path: ` + path + `, version: v2}`
	}
	for name, c := range map[string]struct {
		one, two string
		same     bool
	}{
		"two servers":                {vault("a", "secret"), vault("b", "secret"), false},
		"one server":                 {vault("a", "secret"), vault("a", "secret"), true},
		"one server, two mounts":     {vault("a", "secret"), vault("a", "kv"), false},
		"a server by region":         {vault("$(region)", "secret"), vault("$(region)", "secret"), false},
		"a server by a region's var": {vault("$(vars.near)", "secret"), vault("$(vars.near)", "secret"), false},
		"a server by a shared var":   {vault("$(vars.host)", "secret"), vault("shared", "secret"), true},
		"without an address":         {"fake: {data: []}", "fake: {data: []}", false},
		"two providers":              {vault("a", "secret"), `azurekv: {vaultUrl: "https://a.example.com"}`, false},
		"one Azure vault":            {`azurekv: {vaultUrl: "https://a.example.com"}`, `azurekv: {vaultUrl: "https://a.example.com"}`, true},
	} {
		got := findings(t, platform(c.one, c.two)+acmeSpec+"  secrets: [{name: s, generator: {kind: UUID}, push: {mode: PerKey}, recover: None}]\n")
		if same := slices.Contains(got, "remote-key-clash spec.secrets[0].remoteKey"); same != c.same {
			t.Errorf("%s: one store is %v, want %v (%v)", name, same, c.same, got)
		}
	}
}

// TestReadersOfAReplicatedStore: where the stores replicate, who reads from another region's store reads what is pushed at home.
func TestReadersOfAReplicatedStore(t *testing.T) {
	m, scopes := link(t, twoRegions+"  push: {to: Home}\n"+acmeSpec+`  environments: [prod]
  secrets: [{name: s, generator: {kind: Password}, keys: {password: {}, again: {output: password}}, rotation: {epoch: "2"}}]
  services:
    - {name: far, regions: [two], data: {A: s/password, B: s/again}}
    - {name: all, dataFrom: [{secret: s}]}
    - {name: loose, pin: false, data: {A: s/password}}
`)
	var got []string
	for _, r := range m.Readers(scopes)[secretOf(t, scopes, "acme/prod", "s")] {
		text := r.Service.Name
		for _, region := range r.Regions {
			text += " " + region.Name
		}
		if r.Waits {
			text += " waits"
		}
		got = append(got, text)
	}
	if want := []string{"all one two waits", "far two waits", "loose one two"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
