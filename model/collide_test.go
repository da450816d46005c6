package model_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/model"
	"github.com/openova-io/esotree/schema"
)

// found is findings for a Platform of two regions with what a case adds to its spec, and a tenant.
func found(t *testing.T, platform, tenant string) []string {
	t.Helper()
	const store = ", path: secret, version: v2}}}}"
	return findings(t, "apiVersion: esotree.openova.io/v1alpha1\nkind: Platform\nmetadata: {name: p}\nspec:\n"+
		"  regions:\n    - {name: one, store: {provider: {vault: {server: \"https://one.example.com\""+store+"\n    - {name: two, store: {provider: {vault: {server: \"https://two.example.com\""+store+"\n"+
		"  environments: [{name: prod}]\n"+platform+acmeSpec+tenant)
}

// findings links a description and returns the errors as "code path", each once.
func findings(t *testing.T, text string) []string {
	t.Helper()
	d, set, err := schema.Load(context.Background(), fstest.MapFS{"all.yaml": {Data: []byte(text)}}, []string{"."})
	if err != nil || set.HasErrors() {
		t.Fatal(err, set.All())
	}
	m, all, err := model.Link(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	scope, more := m.PlatformScope()
	all = append(all, more...)
	_, more = m.GitRepositories(scope)
	all = append(all, more...)
	for _, tenant := range m.Tenants() {
		_, more := m.Scopes(tenant)
		all = append(all, more...)
	}
	var out []string
	for _, f := range all {
		if f.Severity == diag.Error && !slices.Contains(out, f.Code+" "+f.Path) {
			out = append(out, f.Code+" "+f.Path)
		}
	}
	slices.Sort(out)
	return out
}

// TestCollisions holds which objects may not have one name, and which may.
func TestCollisions(t *testing.T) {
	const secrets = "  secrets:\n    - {name: a, generator: {kind: UUID}}\n    - {name: b, generator: {kind: UUID}"
	const services = secrets + "}\n  services:\n    - {name: v, data: {A: a/uuid}}\n    - {name: w, data: {A: a/uuid}"
	const bad = "  secrets:\n    - {name: pull, class: registry-token, generator: {kind: ECRAuthorizationToken, spec: {region: eu-central-1}}}\n    - {name: pull2, class: registry-token, generator: {kind: ECRAuthorizationToken, spec: {region: eu-central-1}}"
	for name, c := range map[string]struct{ platform, tenant, want string }{
		"nothing":                           {"", services + "}\n", ""},
		"two generators":                    {"", secrets + ", names: {generator: a-generator}}\n", "duplicate-name spec.secrets[1].names.generator"},
		"generators of two kinds":           {"", strings.Replace(secrets, "b, generator: {kind: UUID}", "b, generator: {kind: Password}", 1) + ", names: {generator: a-generator}}\n", ""},
		"two generators of a provider":      {"", bad + ", names: {generator: pull-generator}}\n", "duplicate-name spec.secrets[1].names.generator"},
		"two Secrets":                       {"", secrets + ", names: {target: a}}\n", "duplicate-name spec.secrets[1].names.target"},
		"two ExternalSecrets":               {"", secrets + ", names: {externalSecret: a}}\n", "duplicate-name spec.secrets[1].names.externalSecret"},
		"two PushSecrets":                   {"", secrets + ", names: {push: push-a}}\n", "duplicate-name spec.secrets[1].names.push"},
		"two PushSecrets for all stores":    {"  push: {split: Single}\n", secrets + ", names: {push: push-a}}\n", "duplicate-name spec.secrets[1].names.push"},
		"a split push and a single one":     {"", secrets + ", names: {push: push-a}, push: {split: Single}}\n", ""},
		"a single push beside a split one":  {"", "  secrets:\n    - {name: a, generator: {kind: UUID}}\n    - {name: b, generator: {kind: UUID}, names: {push: push-a-two}, push: {split: Single}}\n", "duplicate-name spec.secrets[1].names.push"},
		"another namespace":                 {"", secrets + ", namespace: acme-more, names: {target: a, externalSecret: a, push: push-a, generator: a-generator}}\n", ""},
		"a mirror's Secret":                 {"", "  secrets:\n    - {name: a, generator: {kind: UUID}, regions: All}\n    - {name: b, class: registry-token, regions: [two], names: {target: a}, generator: {kind: ECRAuthorizationToken, spec: {region: eu-central-1}}}\n", "duplicate-name spec.secrets[1].names.target"},
		"a Secret that is not in a region":  {"", "  secrets:\n    - {name: a, generator: {kind: UUID}}\n    - {name: b, class: registry-token, regions: [two], names: {target: a}, generator: {kind: ECRAuthorizationToken, spec: {region: eu-central-1}}}\n", ""},
		"a referenced Secret's mirror":      {"", "  secrets:\n    - {name: a, secretRef: {name: made}, keys: {k: {}}, regions: All}\n    - {name: b, class: registry-token, regions: [two], names: {target: made}, generator: {kind: ECRAuthorizationToken, spec: {region: eu-central-1}}}\n", "duplicate-name spec.secrets[1].names.target"},
		"names of what is not rendered":     {"", "  secrets:\n    - {name: a, bootstrap: {prompt: x}, keys: {k: {}}, names: {generator: g}}\n    - {name: b, bootstrap: {prompt: x}, keys: {k: {}}, names: {generator: g}}\n", ""},
		"pushes of what is not pushed":      {"", bad + ", names: {push: push-pull}}\n", ""},
		"a key of one's own, once more":     {"", "  secrets:\n    - {name: a, generator: {kind: UUID}}\n    - {name: b, remote: {key: acme/a}, keys: {uuid: {}}}\n", ""},
		"a key of the platform's":           {"  secrets: [{name: s, namespace: x, generator: {kind: UUID}}]\n", "  secrets: [{name: b, remote: {key: x/s}, keys: {uuid: {}}}]\n", "grant-missing spec.secrets[0].remote.key"},
		"who makes a referenced Secret":     {"", "  secrets:\n    - {name: a, generator: {kind: UUID}}\n    - {name: b, secretRef: {name: a}, keys: {uuid: {}}, remoteKey: acme/c}\n", ""},
		"a service's ExternalSecret":        {"", services + "}\n    - {name: x, data: {A: a/uuid}}\n  overrides: [{environment: prod, secrets: [{name: b, names: {externalSecret: x-secrets}}]}]\n", "duplicate-name spec.services[2].name"},
		"two services on one Secret":        {"", services + ", target: {name: v-secrets}}\n", "duplicate-name spec.services[1].target.name"},
		"a service that merges into it":     {"", services + ", target: {name: v-secrets, creationPolicy: Merge}}\n", ""},
		"a service that makes no Secret":    {"", services + ", target: {name: v-secrets, creationPolicy: None}}\n", ""},
		"a service that says Owner":         {"", services + ", target: {name: v-secrets, creationPolicy: Owner}}\n", "duplicate-name spec.services[1].target.name"},
		"the platform's in the same place":  {"  secrets: [{name: a, namespace: acme-prod, generator: {kind: UUID}}]\n", secrets + "}\n", "duplicate-name spec.secrets[0].names.target"},
		"the platform's with its own names": {"  secrets: [{name: c, namespace: acme-prod, generator: {kind: UUID}}]\n", secrets + "}\n", ""},
	} {
		if got := strings.Join(found(t, c.platform, c.tenant), ", "); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// TestGitRepositoryCredentials holds which Secrets Flux can read.
func TestGitRepositoryCredentials(t *testing.T) {
	secret := func(keys, more string) string {
		return "  secrets:\n    - {name: git, namespace: flux-system, bootstrap: {prompt: The token}, keys: {" + keys + "}" + more + "}\n    - {name: git, namespace: elsewhere, names: {target: far}, bootstrap: {prompt: x}, keys: {username: {}, password: {}}}\n"
	}
	repository := func(spec string) string {
		return "  gitRepositories: [{name: c, namespace: flux-system" + spec + "}]\n"
	}
	const https, ssh = `url: "https://git.example.com/c.git", interval: 10m`, `url: "ssh://git@git.example.com/c.git", interval: 10m`
	for name, c := range map[string]struct{ keys, more, repository, want string }{
		"a user":                        {"username: {}, password: {}", "", ", spec: {" + https + ", secretRef: {name: git}}", ""},
		"a token":                       {"bearerToken: {}", "", ", spec: {" + https + ", secretRef: {name: git}}", ""},
		"a token over SSH":              {"bearerToken: {}", "", ", spec: {" + ssh + ", secretRef: {name: git}}", "unknown-key spec.gitRepositories[0].spec.secretRef.name"},
		"a password alone":              {"password: {}", "", ", spec: {" + https + ", secretRef: {name: git}}", "unknown-key spec.gitRepositories[0].spec.secretRef.name"},
		"a user alone":                  {"username: {}", "", ", spec: {" + https + ", secretRef: {name: git}}", "unknown-key spec.gitRepositories[0].spec.secretRef.name"},
		"a user over SSH":               {"username: {}, password: {}", "", ", spec: {" + ssh + ", secretRef: {name: git}}", "unknown-key spec.gitRepositories[0].spec.secretRef.name"},
		"a key":                         {"identity: {}, known_hosts: {}", "", ", spec: {" + ssh + ", secretRef: {name: git}}", ""},
		"a key without hosts":           {"identity: {}", "", ", spec: {" + ssh + ", secretRef: {name: git}}", "unknown-key spec.gitRepositories[0].spec.secretRef.name"},
		"no credentials":                {"password: {}", "", ", spec: {" + https + "}", ""},
		"a reference without a name":    {"password: {}", "", ", spec: {" + https + ", secretRef: {}}", ""},
		"a name that is no text":        {"password: {}", "", ", spec: {" + https + ", secretRef: {name: [git]}}", ""},
		"a Secret of another namespace": {"username: {}, password: {}", "", ", spec: {" + https + ", secretRef: {name: far}}", "unknown-secret spec.gitRepositories[0].spec.secretRef.name"},
		"a region without the Secret":   {"username: {}, password: {}", ", regions: Home", ", spec: {" + https + ", secretRef: {name: git}}", "unknown-secret spec.gitRepositories[0].spec.secretRef.name"},
		"the region with the Secret":    {"username: {}, password: {}", ", regions: Home", ", regions: Home, spec: {" + https + ", secretRef: {name: git}}", ""},
		"it by its name":                {"username: {}, password: {}", ", regions: Home", ", regions: [one], spec: {" + https + ", secretRef: {name: git}}", ""},
		"the other by its name":         {"username: {}, password: {}", ", regions: Home", ", regions: [two], spec: {" + https + ", secretRef: {name: git}}", "unknown-secret spec.gitRepositories[0].spec.secretRef.name"},
		"all of them":                   {"username: {}, password: {}", ", regions: Home", ", regions: All, spec: {" + https + ", secretRef: {name: git}}", "unknown-secret spec.gitRepositories[0].spec.secretRef.name"},
	} {
		text := strings.Replace(secret(c.keys, c.more), "- {name: git, namespace: elsewhere", "- {name: far, namespace: elsewhere", 1)
		if got := strings.Join(found(t, text+repository(c.repository), "  {}\n"), ", "); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}
