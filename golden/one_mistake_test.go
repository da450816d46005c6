package golden_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"go.yaml.in/yaml/v3"

	"github.com/openova-io/esotree/diag"
)

// complete is a description without a mistake, in which much refers to much.
var complete = map[string]string{
	"platform.yaml": `apiVersion: esotree.openova.io/v1alpha1
kind: Platform
metadata: {name: p}
spec:
  eso: {version: "2.9"}
  home: one
  regions:
    - name: one
      vars: {near: pg.one}
      store:
        provider: {vault: {server: "https://one.example.com", path: secret, version: v2, auth: {kubernetes: {mountPath: kubernetes, role: eso}}}}
        fromOtherClusters: {vault: {auth: {kubernetes: {mountPath: kubernetes-$(cluster)}}}}
    - name: two
      eso: {version: "2.8"}
      vars: {near: pg.two}
      store: {provider: {vault: {server: "https://two.example.com", path: secret, version: v2, auth: {kubernetes: {mountPath: kubernetes, role: eso}}}}}
  environments:
    - {name: staging, regions: [two], vars: {stage: s}}
    - {name: prod, regions: [one, two], home: two, vars: {stage: p}}
  push: {split: PerRegion}
  defaults: {remoteKey: $(tenant)/$(environment)/$(secret), refreshInterval: 30m}
  vars: {domain: example.com}
  classes:
    session: {description: A session key, generator: {kind: UUID}, rotation: {every: 30d, since: "2026-11-01"}}
  secrets:
    - {name: smtp, namespace: mail, generator: {kind: Password, spec: {length: 20}}}
    - {name: git, namespace: flux-system, bootstrap: {prompt: The token}, keys: {username: {}, password: {}}}
  services:
    - {name: relay, namespace: mail, data: {P: smtp/password}, labels: {d: $(vars.domain)}}
  grants:
    - {secret: smtp, to: [acme, globex]}
  gitRepositories:
    - {name: component, namespace: flux-system, regions: All, spec: {url: "https://git.example.com/c.git", interval: 10m, secretRef: {name: git}}}
  gitops: {engine: Flux, sourceRef: {kind: GitRepository, name: component}}
`,
	"acme.yaml": `apiVersion: esotree.openova.io/v1alpha1
kind: Tenant
metadata: {name: acme}
spec:
  environments: [staging, prod]
  vars: {host: db.$(vars.domain)}
  secrets:
    - {name: db, class: database-password, rotation: {epoch: "2026-11-02"}, keys: {password: {}, url: {template: "postgresql://app:{{ .password | urlquery }}@$(vars.host):5432/$(vars.stage)"}}}
    - {name: session, class: session, environments: [prod], regions: [one, two]}
    - {name: typed, class: api-key, bootstrap: {prompt: Something}, keys: {main: {}}}
    - {name: jwt, generator: {kind: Password, spec: {length: 64}}, keys: {key: {output: password}}, rotation: {every: 30d, by: Clock, keepPrevious: true}, pushInterval: 15m}
    - {name: cert, secretRef: {name: made}, keys: {tls.crt: {}, tls.key: {}}, type: kubernetes.io/tls}
    - {name: ldap, remote: {key: shared/ldap}, keys: {bind: {}}}
    - {name: pull, class: registry-token, generator: {kind: ECRAuthorizationToken, spec: {region: eu-central-1}}}
  services:
    - {name: web, data: {DB: db/url, SMTP: "platform:smtp/password", G: "globex:queue/password", B: ldap/bind, J: jwt/previous_key, T: typed/main}, target: {template: {data: {HOST: $(vars.near)}}}}
    - {name: all, dataFrom: [{secret: db, prefix: DB_}, {secret: cert}]}
    - {name: late, environments: [prod], data: {S: session/uuid}}
  grants:
    - {secret: db, to: [globex]}
  overrides:
    - {environment: staging, vars: {host: staging.$(vars.domain)}, secrets: [{name: db, rotation: {epoch: "2026-11-20"}}], services: [{name: web, pin: false}]}
`,
	"globex.yaml": `apiVersion: esotree.openova.io/v1alpha1
kind: Tenant
metadata: {name: globex}
spec:
  secrets:
    - {name: queue, generator: {kind: Password, spec: {length: 24}}}
  services:
    - {name: worker, data: {DB: "acme:db/password", Q: queue/password}}
  grants:
    - {secret: queue, to: [acme]}
`,
}

// wrongly compiles the description with one of its texts replaced, and returns the errors.
func wrongly(t *testing.T, file, text string) []diag.Finding {
	t.Helper()
	files := fstest.MapFS{}
	for name, data := range complete {
		files[name] = &fstest.MapFile{Data: []byte(data)}
	}
	files[file] = &fstest.MapFile{Data: []byte(text)}
	return slices.DeleteFunc(findings(t, files), func(f diag.Finding) bool { return f.Severity != diag.Error })
}

func TestNoMistake(t *testing.T) {
	if found := wrongly(t, "acme.yaml", complete["acme.yaml"]); len(found) > 0 {
		t.Error(lines(found))
	}
}

// token is a key or a text of a description.
type token struct {
	file, text string
	from, to   int
	key        bool
	path       string
}

func (k token) with(text string) string {
	return complete[k.file][:k.from] + text + complete[k.file][k.to:]
}

// tokens are all plain keys and texts of the description.
func tokens(t *testing.T) []token {
	t.Helper()
	var out []token
	for _, file := range slices.Sorted(maps.Keys(complete)) {
		var starts []int
		at := 0
		for line := range strings.Lines(complete[file]) {
			starts = append(starts, at)
			at += len(line)
		}
		var root yaml.Node
		if err := yaml.Unmarshal([]byte(complete[file]), &root); err != nil {
			t.Fatal(err)
		}
		var walk func(n *yaml.Node, path string)
		add := func(n *yaml.Node, key bool, path string) {
			from := starts[n.Line-1] + n.Column - 1
			if strings.HasPrefix(complete[file][from:], n.Value) && n.Value != "" {
				out = append(out, token{file, n.Value, from, from + len(n.Value), key, path})
			}
		}
		walk = func(n *yaml.Node, path string) {
			switch n.Kind {
			case yaml.MappingNode:
				for i := 0; i < len(n.Content); i += 2 {
					at := path + "." + n.Content[i].Value
					add(n.Content[i], true, at)
					walk(n.Content[i+1], at)
				}
			case yaml.ScalarNode:
				add(n, false, path)
			default:
				for i, c := range n.Content {
					walk(c, fmt.Sprint(path, "[", i, "]"))
				}
			}
		}
		walk(root.Content[0], file)
	}
	return out
}

// TestOneWrongWord: a name that is not known is found where it stands, and not once more where something depends on it.
func TestOneWrongWord(t *testing.T) {
	for _, c := range []struct{ file, old, new, code, path string }{
		{"platform.yaml", "home: one", "home: onne", "unknown-region", "spec.home"},
		{"platform.yaml", "regions: [two], vars", "regions: [twoo], vars", "unknown-region", "spec.environments[0].regions[0]"},
		{"platform.yaml", "home: two", "home: twoo", "unknown-region", "spec.environments[1].home"},
		{"platform.yaml", `{version: "2.8"}`, "{version: none}", "invalid-value", "spec.regions[1].eso.version"},
		{"platform.yaml", "server: \"https://two", "server: \"$(vars.nope)", "unknown-variable", "spec.regions[1].store.provider.vault.server"},
		{"platform.yaml", "$(tenant)/$(environment)/$(secret)", "$(tenant)/$(environment)/$(scret)", "unknown-variable", "spec.defaults.remoteKey"},
		{"platform.yaml", "secret: smtp, to", "secret: smpt, to", "unknown-secret", "spec.grants[0].secret"},
		{"platform.yaml", "to: [acme, globex]", "to: [acme, globex, glubex]", "unknown-tenant", "spec.grants[0].to[2]"},
		{"platform.yaml", "{kind: Password, spec: {length: 20}}", "{kind: Pasword, spec: {length: 20}}", "unknown-generator", "spec.secrets[0].generator.kind"},
		{"platform.yaml", "secretRef: {name: git}", "secretRef: {name: gti}", "unknown-secret", "spec.gitRepositories[0].spec.secretRef.name"},
		{"acme.yaml", "environments: [staging, prod]", "environments: [stagin, prod]", "unknown-environment", "spec.environments[0]"},
		{"acme.yaml", "environments: [staging, prod]", "environments: [staging, prd]", "unknown-environment", "spec.environments[1]"},
		{"acme.yaml", "class: session, environments: [prod]", "class: session, environments: [prd]", "unknown-environment", "spec.secrets[1].environments[0]"},
		{"acme.yaml", "class: database-password", "class: database-pasword", "unknown-class", "spec.secrets[0].class"},
		{"acme.yaml", "$(vars.domain)}\n  secrets", "$(vars.doman)}\n  secrets", "unknown-variable", "spec.secrets[0].keys.url.template"},
		{"acme.yaml", "{{ .password | urlquery }}", "{{ .pasword | urlquery }}", "unknown-key", "spec.secrets[0].keys.url.template"},
		{"acme.yaml", "DB: db/url", "DB: bd/url", "unknown-secret", "spec.services[0].data.DB"},
		{"acme.yaml", "J: jwt/previous_key", "J: jwt/previous_kee", "unknown-key", "spec.services[0].data.J"},
		{"acme.yaml", "environment: staging", "environment: stagin", "unknown-environment", "spec.overrides[0].environment"},
		{"acme.yaml", "secret: db, to: [globex]", "secret: db, to: [glubex]", "unknown-tenant", "spec.grants[0].to[0]"},
		{"globex.yaml", "acme:db/password", "acmee:db/password", "unknown-tenant", "spec.services[0].data.DB"},
		{"globex.yaml", "acme:db/password", "acme:typed/main", "grant-missing", "spec.services[0].data.DB"},
	} {
		if !strings.Contains(complete[c.file], c.old) {
			t.Errorf("%s does not hold %q", c.file, c.old)
		}
		found := wrongly(t, c.file, strings.Replace(complete[c.file], c.old, c.new, 1))
		missed := strings.HasPrefix(c.path, "spec.grants[0]") // then a reader has no grant, which is true
		if len(found) == 0 || len(found) > 1 && !missed || !slices.ContainsFunc(found, func(f diag.Finding) bool { return f.Code == c.code && f.Path == c.path }) {
			t.Errorf("%s for %s gives\n%s", c.new, c.old, lines(found))
		}
	}
}

// TestOneMistakeOneFinding: a field that is misspelt, a text that breaks off and a name that can't be one are each found once, at
// their place. What they hide is not taken for missing.
func TestOneMistakeOneFinding(t *testing.T) {
	fields, names := 0, 0
	for _, k := range tokens(t) {
		at := fmt.Sprintf("%s:%d", k.file, strings.Count(complete[k.file][:k.from], "\n")+1)
		only := func(what string, found []diag.Finding, codes ...string) {
			if len(found) != 1 || !slices.Contains(codes, found[0].Code) || int(found[0].Span.Start) > k.to || int(found[0].Span.End) < k.from || found[0].Span.File.Name != k.file {
				t.Errorf("%s: %s %s gives\n%s", at, what, k.path, lines(found))
			}
		}
		if k.key {
			found := wrongly(t, k.file, k.with(k.text+"x"))
			misspelt := func(f diag.Finding) bool {
				return f.Code == "unknown-field" && f.Span.File.Name == k.file && int(f.Span.Start) == k.from
			}
			if slices.ContainsFunc(found, misspelt) { // else it is a name that a person has chosen
				fields++
				only("the misspelt field", found, "unknown-field")
			}
			continue
		}
		if strings.HasSuffix(k.path, ".name") && !strings.Contains(k.path, "ecretRef") && !strings.Contains(k.path, "sourceRef") && !strings.Contains(k.path, ".overrides[") {
			names++
			only("the wrong name", wrongly(t, k.file, k.with(strings.ToUpper(k.text))), "invalid-name")
		}
	}
	if fields < 100 || names < 15 {
		t.Errorf("only %d fields and %d names were tried", fields, names)
	}
	for file, text := range complete {
		for i, line := range strings.SplitAfter(text, "\n") {
			if !strings.HasSuffix(line, ":\n") {
				continue
			}
			found := wrongly(t, file, strings.Replace(text, line, strings.TrimSuffix(line, "\n")+" [\n", 1))
			if len(found) != 1 || found[0].Code != "yaml-syntax" {
				t.Errorf("%s:%d: a list that is not closed gives\n%s", file, i+1, lines(found))
			}
		}
		if found := wrongly(t, file, strings.Replace(text, "kind: ", "kind: a", 1)); len(found) != 1 || found[0].Code != "wrong-type" {
			t.Errorf("%s: a wrong kind gives\n%s", file, lines(found))
		}
	}
}
