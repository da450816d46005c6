package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/openova-io/esotree/diag"
)

// here marks the place of a finding in the text of a case; it is taken out before the text is used.
const here = "»"

// shared is the Platform of the cases that bring none.
const shared = `apiVersion: esotree.openova.io/v1alpha1
kind: Platform
metadata: {name: p}
spec:
  regions:
    - {name: one, store: {provider: {vault: {server: "https://one.example.com", version: v2, path: secret}}}}
    - {name: two, store: {provider: {vault: {server: "https://two.example.com", version: v2, path: secret}}}}
  environments: [{name: staging, regions: [two]}, {name: prod}]
  defaults: {remoteKey: $(tenant)/$(environment)/$(secret)}
  secrets: [{name: smtp, namespace: mail, generator: {kind: UUID}}]
`

const (
	head   = "apiVersion: esotree.openova.io/v1alpha1\nkind: Tenant\nmetadata: {name: acme}\nspec:\n"
	globex = "apiVersion: esotree.openova.io/v1alpha1\nkind: Tenant\nmetadata: {name: globex}\n"
)

// mistakes are descriptions with something wrong, each at the places that are marked in them. findings are
// "severity code: hint", in the order of the places; "" is no hint.
var mistakes = map[string]struct {
	files    map[string]string
	findings []string
}{
	"Flux without a source": {map[string]string{"platform.yaml": "apiVersion: esotree.openova.io/v1alpha1\nkind: Platform\nmetadata: {name: p}\nspec:\n  regions: [{name: one, store: {provider: {vault: {server: \"https://one.example.com\", version: v2, path: secret}}}}]\n  environments: [{name: prod}]\n  gitops: {engine: Flux, " + here + "sourceRef: {kind: GitRepository}}\n"},
		[]string{"error missing-field: such as sourceRef: {kind: GitRepository, name: platform}"}},
	"Argo CD without a repository": {map[string]string{"platform.yaml": "apiVersion: esotree.openova.io/v1alpha1\nkind: Platform\nmetadata: {name: p}\nspec:\n  regions: [{name: one, store: {provider: {vault: {server: \"https://one.example.com\", version: v2, path: secret}}}}]\n  environments: [{name: prod}]\n  " + here + "gitops: {engine: ArgoCD}\n"},
		[]string{"error missing-field: add repoURL: <the Git repository>"}},
	"a path out of the repository": {map[string]string{"platform.yaml": "apiVersion: esotree.openova.io/v1alpha1\nkind: Platform\nmetadata: {name: p}\nspec:\n  regions: [{name: one, store: {provider: {vault: {server: \"https://one.example.com\", version: v2, path: secret}}}}]\n  environments: [{name: prod}]\n  gitops: {engine: ArgoCD, repoURL: \"https://git.example.com/p.git\", path: " + here + "../secrets}\n"},
		[]string{"error invalid-value: a path from the repository's root, without ..: clusters/rendered"}},
	"an interval that is none": {map[string]string{"platform.yaml": "apiVersion: esotree.openova.io/v1alpha1\nkind: Platform\nmetadata: {name: p}\nspec:\n  regions: [{name: one, store: {provider: {vault: {server: \"https://one.example.com\", version: v2, path: secret}}}}]\n  environments: [{name: prod}]\n  gitops: {engine: Flux, sourceRef: {kind: GitRepository, name: p}, interval: " + here + "0s}\n"},
		[]string{"error invalid-value: such as 10m"}},
	"an empty file": {map[string]string{"acme.yaml": here + ""},
		[]string{"error missing-field: a description has apiVersion esotree.openova.io/v1alpha1 and kind Platform or Tenant"}},
	"nothing but comments": {map[string]string{"acme.yaml": here + "# nothing yet\n\n"},
		[]string{"error missing-field: a description has apiVersion esotree.openova.io/v1alpha1 and kind Platform or Tenant"}},
	"not YAML": {map[string]string{"acme.yaml": head + "  vars: {a: b}\n" + "  services: " + here + "[\n"},
		[]string{"error yaml-syntax: close it, or put a comma between the elements"}},
	"an open quote": {map[string]string{"acme.yaml": head + "  vars: {a: " + here + "\"b}\n"}, []string{"error yaml-syntax: close it"}},
	"a tab":         {map[string]string{"acme.yaml": head + here + "\tvars: {a: b}\n"}, []string{"error yaml-syntax: indent with spaces"}},
	"invalid UTF-8": {map[string]string{"acme.yaml": head + "  vars: {a: " + here + "\xff}\n"}, []string{"error yaml-syntax: save it as UTF-8 text"}},
	"a binary file": {map[string]string{"acme.yaml": "apiVersion: esotree.openova.io/v1alpha1\nkind: " + here + "\x00\x01\n"}, []string{"error yaml-syntax: save it as UTF-8 text"}},
	"a key twice":   {map[string]string{"acme.yaml": head + "  vars: {a: b}\n  " + here + "vars: {a: c}\n"}, []string{"error yaml-syntax: keep one of them"}},
	"an anchor":     {map[string]string{"acme.yaml": head + "  vars: " + here + "&v {a: b}\n"}, []string{"error yaml-alias: write the value out"}},
	"an anchor, its alias": {map[string]string{"acme.yaml": head + "  vars: " + here + "&v {a: b}\n  overrides: [{environment: prod, vars: " + here + "*v}]\n"},
		[]string{"error yaml-alias: write the value out", "error yaml-alias: write the value out"}},
	"a merge": {map[string]string{"acme.yaml": head + "  vars: {" + here + "<<: {a: b}}\n"}, []string{"error yaml-alias: write the fields out"}},
	"10 MB of nesting": {map[string]string{"acme.yaml": here + "apiVersion: esotree.openova.io/v1alpha1\nkind: Tenant\nmetadata: {name: acme}\nspec: " + strings.Repeat(`{"a":`, 2<<20)},
		[]string{"error yaml-limit: split the file"}},
	"10 MB of dashes": {map[string]string{"acme.yaml": "apiVersion: esotree.openova.io/v1alpha1\nkind: Tenant\nmetadata: {name: acme}\n" + here + "spec:\n  " + strings.Repeat("- ", 5<<20)},
		[]string{"error yaml-limit: manifests are nested some ten levels deep: is a bracket missing?"}},
	"wrong kind":               {map[string]string{"acme.yaml": "apiVersion: esotree.openova.io/v1alpha1\nkind: " + here + "Tenent\nmetadata: {name: acme}\nspec: {}\n"}, []string{`error wrong-type: did you mean "Tenant"?`}},
	"wrong apiVersion":         {map[string]string{"acme.yaml": "apiVersion: " + here + "esotree.openova.io/v1\nkind: Tenant\nmetadata: {name: acme}\nspec: {}\n"}, []string{`error wrong-type: did you mean "esotree.openova.io/v1alpha1"?`}},
	"another's kind":           {map[string]string{"acme.yaml": "apiVersion: " + here + "v1\nkind: ConfigMap\nmetadata: {name: acme}\n"}, []string{"error wrong-type: use esotree.openova.io/v1alpha1"}},
	"an unknown field":         {map[string]string{"acme.yaml": head + "  secrets: [{name: a, " + here + "clas: api-key}]\n"}, []string{`error unknown-field: did you mean "class"?`}},
	"a field in a field":       {map[string]string{"acme.yaml": head + "  secrets: [{name: a, generator: {kind: UUID}, push: {" + here + "Mode: Whole}}]\n"}, []string{`error unknown-field: did you mean "mode"?`}},
	"a number":                 {map[string]string{"acme.yaml": head + "  secrets: [{name: a, generator: {kind: UUID}, rotation: {epoch: " + here + "2}}]\n"}, []string{`error wrong-type: quote it: "2"`}},
	"a list for a map":         {map[string]string{"acme.yaml": head + "  vars: " + here + "[a, b]\n"}, []string{"error wrong-type: such as {dbHost: postgres.databases}"}},
	"a field of nothing":       {map[string]string{"acme.yaml": head + "  secrets: [{name: a, generator: {kind: UUID}, rotation: {" + here + "epoch: }}]\n"}, []string{"error wrong-type: leave it out"}},
	"not of the list":          {map[string]string{"acme.yaml": head + "  secrets: [{name: a, generator: {kind: UUID}, recover: " + here + "Hom}]\n"}, []string{`error invalid-value: did you mean "Home"?`}},
	"no duration":              {map[string]string{"acme.yaml": head + "  secrets: [{name: a, generator: {kind: UUID}, rotation: {since: \"2026-01-01\", every: " + here + "90 days}}]\n"}, []string{"error invalid-value: "}},
	"no name":                  {map[string]string{"acme.yaml": "apiVersion: esotree.openova.io/v1alpha1\nkind: Tenant\n" + here + "metadata: {}\nspec: {}\n"}, []string{"error missing-field: add name: …"}},
	"no Platform":              {map[string]string{"platform.yaml": "", "acme.yaml": "apiVersion: esotree.openova.io/v1alpha1\nkind: " + here + "Tenant\nmetadata: {name: acme}\nspec: {}\n"}, []string{"error no-platform: exactly one document has kind: Platform; esotree init writes a first one"}},
	"two Platforms":            {map[string]string{"second.yaml": strings.Replace(shared, "kind: ", "kind: "+here, 1)}, []string{"error many-platforms: "}},
	"a tenant twice":           {map[string]string{"acme.yaml": head + "  {}\n", "second.yaml": strings.Replace(head, "name: ", "name: "+here, 1) + "  {}\n"}, []string{"error duplicate-name: "}},
	"a secret twice":           {map[string]string{"acme.yaml": head + "  secrets: [{name: a, generator: {kind: UUID}}, {name: " + here + "a, generator: {kind: UUID}}]\n"}, []string{"error duplicate-name: names are unique in their list"}},
	"a service twice":          {map[string]string{"acme.yaml": head + "  services: [{name: w, data: {A: \"platform:smtp/uuid\"}}, {name: " + here + "w, data: {A: \"platform:smtp/uuid\"}}]\n", "platform.yaml": shared + "  grants: [{secret: smtp, to: [acme]}]\n"}, []string{"error duplicate-name: names are unique in their list"}},
	"no such secret":           {map[string]string{"acme.yaml": head + "  secrets: [{name: postgres, generator: {kind: Password}}]\n  services: [{name: w, data: {A: " + here + "postgress/password}}]\n"}, []string{`error unknown-secret: did you mean "postgres"?`}},
	"no such key":              {map[string]string{"acme.yaml": head + "  secrets: [{name: postgres, generator: {kind: Password}}]\n  services: [{name: w, data: {A: postgres/" + here + "pasword}}]\n"}, []string{`error unknown-key: did you mean "password"?`}},
	"no such tenant":           {map[string]string{"acme.yaml": head + "  services: [{name: w, data: {A: " + here + "\"glubex:a/b\"}}]\n", "globex.yaml": globex + "spec: {}\n"}, []string{`error unknown-tenant: did you mean "globex"?`}},
	"no such reader":           {map[string]string{"acme.yaml": head + "  secrets: [{name: a, generator: {kind: UUID}}]\n  grants: [{secret: a, to: [" + here + "glubex]}]\n", "globex.yaml": globex + "spec: {}\n"}, []string{`error unknown-tenant: did you mean "globex"?`}},
	"no such region":           {map[string]string{"acme.yaml": head + "  secrets: [{name: a, generator: {kind: UUID}, environments: [prod], regions: [" + here + "onne]}]\n"}, []string{`error unknown-region: did you mean "one"?`}},
	"no such environment":      {map[string]string{"acme.yaml": head + "  environments: [" + here + "prd]\n"}, []string{`error unknown-environment: did you mean "prod"?`}},
	"no such class":            {map[string]string{"acme.yaml": head + "  secrets: [{name: a, class: " + here + "api-keys, keys: {a: {}}}]\n"}, []string{`error unknown-class: did you mean "api-key"?`}},
	"no such var":              {map[string]string{"acme.yaml": head + "  vars: {host: x}\n  secrets: [{name: a, generator: {kind: UUID}, labels: {h: " + here + "$(vars.hots)}}]\n"}, []string{`error unknown-variable: did you mean "$(vars.host)"?`}},
	"no such generator":        {map[string]string{"acme.yaml": head + "  secrets: [{name: a, generator: {kind: " + here + "Pasword}}]\n"}, []string{`error unknown-generator: did you mean "Password"?`}},
	"no such provider":         {map[string]string{"platform.yaml": strings.Replace(shared, "{vault: {server: \"https://one", "{"+here+"valt: {server: \"https://one", 1)}, []string{`error unknown-provider: did you mean "vault"?`}},
	"a field of the generator": {map[string]string{"acme.yaml": head + "  secrets: [{name: a, generator: {kind: Password, spec: {length: 8, " + here + "digit: 1}}}]\n"}, []string{`error unknown-field: did you mean "digits"?`}},
	"a field of the provider":  {map[string]string{"platform.yaml": strings.Replace(shared, "{server: \"https://one", "{"+here+"servr: \"https://one", 1)}, []string{`error unknown-field: did you mean "server"?`}},
	"a field of the target":    {map[string]string{"acme.yaml": head + "  secrets: [{name: a, generator: {kind: UUID}}]\n  services: [{name: w, data: {A: a/uuid}, target: {" + here + "templat: {}}}]\n"}, []string{`error unknown-field: did you mean "template"?`}},
	"two sources":              {map[string]string{"acme.yaml": head + "  secrets: [{name: a, generator: {kind: UUID}, bootstrap: " + here + "{prompt: x}}]\n"}, []string{"error one-of: keep one of them"}},
	"no source":                {map[string]string{"acme.yaml": head + "  secrets: [{name: " + here + "a}]\n"}, []string{"error one-of: one of generator, bootstrap, secretRef and remote, or a class that has one"}},
	"two environments on one key": {map[string]string{"platform.yaml": strings.Replace(shared, "/$(environment)", "", 1), "acme.yaml": head + "  secrets: [{name: " + here + "a, generator: {kind: UUID}}]\n"},
		[]string{"error remote-key-clash: two environments share a store: put $(environment) in spec.defaults.remoteKey of the Platform, or a var that is empty where values live already: a key that changes makes new ones"}},
	"two tenants on one key": {map[string]string{"acme.yaml": head + "  secrets: [{name: a, generator: {kind: UUID}, environments: [prod], remoteKey: shared/a}]\n",
		"globex.yaml": globex + "spec:\n  secrets: [{name: a, generator: {kind: UUID}, environments: [prod], remoteKey: " + here + "shared/a}]\n"},
		[]string{"error remote-key-clash: give one of them a remoteKey of its own"}},
	"no DNS label": {map[string]string{"acme.yaml": "apiVersion: esotree.openova.io/v1alpha1\nkind: Tenant\nmetadata: {name: " + here + "Acme_1}\nspec: {}\n"},
		[]string{"error invalid-name: lower-case letters, digits and dashes, 63 at most, beginning and ending with a letter or digit"}},
	"too long": {map[string]string{"acme.yaml": "apiVersion: esotree.openova.io/v1alpha1\nkind: Tenant\nmetadata: {name: " + here + strings.Repeat("a", 64) + "}\nspec: {}\n"},
		[]string{"error invalid-name: lower-case letters, digits and dashes, 63 at most, beginning and ending with a letter or digit"}},
	"a service's too long": {map[string]string{"acme.yaml": head + "  secrets: [{name: a, environments: [prod], generator: {kind: UUID}}]\n  services: [{name: " + here + strings.Repeat("a", 246) + ", environments: [prod], data: {A: a/uuid}}]\n"},
		[]string{"error invalid-name: lower-case letters, digits, dashes and dots, 253 at most, beginning and ending with a letter or digit"}},
	"../ as a tenant": {map[string]string{"acme.yaml": "apiVersion: esotree.openova.io/v1alpha1\nkind: Tenant\nmetadata: {name: " + here + "../../etc}\nspec: {}\n"},
		[]string{"error invalid-name: lower-case letters, digits and dashes, 63 at most, beginning and ending with a letter or digit"}},
	"../ as a region": {map[string]string{"platform.yaml": strings.Replace(strings.Replace(shared, "name: one", "name: "+here+"../one", 1), "path: secret}}}}", "path: secret}}, name: s}}", 1)},
		[]string{"error invalid-name: lower-case letters, digits and dashes, 63 at most, beginning and ending with a letter or digit"}},
	"../ as a secret": {map[string]string{"acme.yaml": head + "  secrets: [{name: " + here + "../a, generator: {kind: UUID}}]\n"},
		[]string{"error invalid-name: lower-case letters, digits, dashes and dots, 253 at most, beginning and ending with a letter or digit"}},
	"an absolute path as a name": {map[string]string{"acme.yaml": head + "  secrets: [{name: a, generator: {kind: UUID}, names: {target: " + here + "/etc/passwd}}]\n"},
		[]string{"error invalid-name: lower-case letters, digits, dashes and dots, 253 at most, beginning and ending with a letter or digit"}},
	"../ as a namespace": {map[string]string{"acme.yaml": head + "  secrets: [{name: a, generator: {kind: UUID}, namespace: " + here + "../x, environments: [prod]}]\n"},
		[]string{"error invalid-name: lower-case letters, digits and dashes, 63 at most, beginning and ending with a letter or digit"}},
	"../ in a store's key": {map[string]string{"acme.yaml": head + "  secrets: [{name: a, generator: {kind: UUID}, environments: [prod], remoteKey: " + here + "a/../globex/b}]\n"},
		[]string{"error remote-key-illegal: a key says where a value is, without detours"}},
	"a slash in Azure's key": {map[string]string{"platform.yaml": "apiVersion: esotree.openova.io/v1alpha1\nkind: Platform\nmetadata: {name: p}\nspec:\n  regions: [{name: one, store: {provider: {azurekv: {vaultUrl: \"https://v.example.com\"}}}}]\n  secrets: [{name: " + here + "smtp, namespace: mail, generator: {kind: UUID}}]\n"},
		[]string{"error remote-key-illegal: set spec.defaults.platformRemoteKey of the Platform to a pattern without one, such as $(namespace)-$(secret)"}},
	"a template in a circle": {map[string]string{"acme.yaml": head + "  secrets: [{name: s, generator: {kind: UUID}, keys: {uuid: {}, a: {template: " + here + "\"{{ .b }}\"}, b: {template: " + here + "\"{{ .a }}\"}}}]\n"},
		[]string{"error unknown-key: a template reads the source's own keys: uuid", "error unknown-key: a template reads the source's own keys: uuid"}},
	"a template of a template": {map[string]string{"acme.yaml": head + "  secrets: [{name: s, bootstrap: {prompt: x}, keys: {a: {}, b: {template: " + here + "\"{{ .c }}\"}, c: {template: \"{{ .a }}\"}}}]\n"},
		[]string{"error unknown-key: a template reads the source's own keys: a"}},
	"vars in a circle": {map[string]string{"acme.yaml": head + "  vars: {a: $(vars.b), b: $(vars.a)}\n  secrets: [{name: s, generator: {kind: UUID}, labels: {x: " + here + "$(vars.a)}}]\n"},
		[]string{"error unknown-variable: a var may name other vars, but not in a circle"}},
	"no template":    {map[string]string{"acme.yaml": head + "  secrets: [{name: s, generator: {kind: UUID}, keys: {a: {template: " + here + "\"{{ .uuid\"}}}]\n"}, []string{"error invalid-template: it is an ESO template, in Go's template language"}},
	"a template's $": {map[string]string{"acme.yaml": head + "  secrets: [{name: s, generator: {kind: UUID}, keys: {a: {template: " + here + "\"{{ $.uuid }}\"}}}]\n"}, []string{"error template-root: use the dot: {{ .password }}"}},
	"an epoch out of its template": {map[string]string{"acme.yaml": head + "  secrets: [{name: s, generator: {kind: UUID}, rotation: {epoch: " + here + "'2\" }}{{ .x'}}]\n"},
		[]string{"error invalid-value: a letter or digit, then letters, digits, dots, dashes and underscores, 32 in all"}},
	"an epoch of two lines": {map[string]string{"acme.yaml": head + "  secrets: [{name: s, generator: {kind: UUID}, rotation: {epoch: " + here + "\"2\\n3\"}}]\n"},
		[]string{"error invalid-value: a letter or digit, then letters, digits, dots, dashes and underscores, 32 in all"}},
	"no grant": {map[string]string{"acme.yaml": head + "  services: [{name: w, data: {A: " + here + "\"globex:a/uuid\"}}]\n", "globex.yaml": globex + "spec: {secrets: [{name: a, generator: {kind: UUID}}]}\n"},
		[]string{"error grant-missing: its owner adds grants: [{secret: a, to: [acme]}]"}},
	"another's namespace": {map[string]string{"acme.yaml": head + "  secrets: [{name: a, generator: {kind: UUID}, environments: [prod], namespace: " + here + "globex-prod}]\n", "globex.yaml": globex + "spec: {}\n"},
		[]string{"error namespace-squatted: let the owner read it through a grant"}},
	"too old for a secret": {map[string]string{"platform.yaml": "apiVersion: esotree.openova.io/v1alpha1\nkind: Platform\nmetadata: {name: p}\nspec:\n  eso: {version: \"0.15\"}\n  recover: None\n  regions: [{name: one, store: {provider: {vault: {server: \"https://v.example.com\"}}}}]\n  secrets:\n    - {name: a, namespace: x, generator: {kind: UUID}}\n    - {name: b, namespace: x, generator: {kind: UUID}, recover: " + here + "Home}\n    - {name: c, namespace: x, generator: {kind: UUID}, rotation: {epoch: " + here + "\"2\"}}\n"},
		[]string{"error release-too-old: upgrade to 0.16 or later", "error release-too-old: upgrade to 0.16 or later"}},
	"an object twice": {map[string]string{"acme.yaml": head + "  environments: [prod]\n  secrets: [{name: a, generator: {kind: UUID}}, {name: b, generator: {kind: UUID}, names: {target: " + here + "a}}]\n"},
		[]string{"error duplicate-name: give one of them another name or namespace"}},
	"a key too long for AWS": {map[string]string{"platform.yaml": "apiVersion: esotree.openova.io/v1alpha1\nkind: Platform\nmetadata: {name: p}\nspec:\n  regions: [{name: one, store: {provider: {aws: {service: SecretsManager, region: eu-central-1}}}}]\n  secrets: [{name: smtp, namespace: mail, generator: {kind: UUID}, remoteKey: " + here + strings.Repeat("a", 513) + "}]\n"},
		[]string{"error remote-key-illegal: set remoteKey to a shorter one"}},
	"a key too long for Google": {map[string]string{"platform.yaml": "apiVersion: esotree.openova.io/v1alpha1\nkind: Platform\nmetadata: {name: p}\nspec:\n  regions: [{name: one, store: {provider: {gcpsm: {projectID: p}}}}]\n  secrets: [{name: smtp, namespace: mail, generator: {kind: UUID}, remoteKey: " + here + strings.Repeat("a", 256) + "}]\n"},
		[]string{"error remote-key-illegal: set remoteKey to a shorter one"}},
	"a key too long for Azure": {map[string]string{"platform.yaml": "apiVersion: esotree.openova.io/v1alpha1\nkind: Platform\nmetadata: {name: p}\nspec:\n  regions: [{name: one, store: {provider: {azurekv: {vaultUrl: \"https://v.example.com\"}}}}]\n  secrets: [{name: smtp, namespace: mail, generator: {kind: UUID}, remoteKey: " + here + strings.Repeat("a", 128) + "}]\n"},
		[]string{"error remote-key-illegal: set remoteKey to a shorter one"}},
	"stores of one name": {map[string]string{"platform.yaml": strings.ReplaceAll(strings.Replace(strings.Replace(strings.Replace(shared, "spec:\n", "spec:\n  isolation: PerTenant\n", 1), "defaults: {", "defaults: {namespace: $(environment)-of-$(tenant), ", 1), "{name: prod}", "{name: prod}, {name: b-prod}", 1), "store: {", "store: {conditions: [{namespaces: [mail]}], "),
		"a.yaml": "apiVersion: esotree.openova.io/v1alpha1\nkind: Tenant\nmetadata: {name: a}\nspec: {environments: [b-prod]}\n", "b.yaml": "apiVersion: esotree.openova.io/v1alpha1\nkind: Tenant\nmetadata: {name: " + here + "a-b}\nspec: {environments: [prod]}\n"},
		[]string{"error duplicate-name: rename the tenant or the environment"}},
	"a Secret that Flux would miss": {map[string]string{"platform.yaml": shared + "  gitRepositories: [{name: c, namespace: mail, spec: {url: \"https://git.example.com/c.git\", secretRef: {name: " + here + "smpt}}}]\n"},
		[]string{`error unknown-secret: did you mean "smtp"?`}},
	"a broken key that is read": {map[string]string{"acme.yaml": head + "  secrets: [{name: s, generator: {kind: UUID}, keys: {uuid: {}, a: {template: " + here + "\"{{ .uuid\"}}}]\n  services: [{name: w, data: {A: s/a}}]\n"},
		[]string{"error invalid-template: it is an ESO template, in Go's template language"}},
	"a broken secret that is read": {map[string]string{"acme.yaml": head + "  secrets: [{name: s, generator: {kind: " + here + "Pasword}}]\n  services: [{name: w, data: {A: s/password}, dataFrom: [{secret: s}]}]\n"},
		[]string{`error unknown-generator: did you mean "Password"?`}},
	"keys of an image pull Secret": {map[string]string{"acme.yaml": head + "  secrets: [{name: s, class: registry-token, registry: r.example.com, generator: {kind: GCRAccessToken, spec: {projectID: p, auth: {}}}, keys: " + here + "{token: {output: password}}}]\n"},
		[]string{"error invalid-value: leave keys out, or give .dockerconfigjson a template"}},
	"umlauts before the place": {map[string]string{"acme.yaml": head + "  vars: {größe: \"äöü\", " + here + "größe: x}\n"}, []string{"error yaml-syntax: keep one of them"}},
	"undated": {map[string]string{"acme.yaml": head + "  secrets: [{name: s, generator: {kind: UUID}, rotation: " + here + "{every: 90d}}]\n"},
		[]string{"note rotation-undated: use a date as epoch, or since: to date the value as it is"}},
	"not pinned": {map[string]string{"acme.yaml": head + "  secrets: [{name: s, generator: {kind: UUID}, rotation: {epoch: \"2\"}}]\n  services: [{name: " + here + "w, data: {A: s/uuid}, target: {template: {templateFrom: [{target: Data, literal: \"{{ .A }}\"}]}}}]\n"},
		[]string{"note not-pinned: after a rotation it has the new value within its refreshInterval; pin: false says that this is meant"}},
}

// seen are the codes that the program has reported, in all formats.
var keyword = regexp.MustCompile(`^(error|note|warning) ([a-z-]+): `)

// TestMistakes holds that each mistake is reported with its place, code and hint, in every format, with the exit code that is
// documented, and that nothing is written.
func TestMistakes(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(mistakes)) {
		c := mistakes[name]
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			paths, places := lay(t, c.files)
			if len(places) != len(c.findings) {
				t.Fatalf("%d places are marked for %d findings", len(places), len(c.findings))
			}
			var want []string
			fails := false
			for i, f := range c.findings {
				want = append(want, places[i].String()+" "+f)
				fails = fails || strings.HasPrefix(f, "error ")
			}
			before := snapshot(t)
			for _, format := range diag.Formats() {
				var stdout, stderr bytes.Buffer
				args := append([]string{"render", "--format", format, "--output", "rendered"}, paths...)
				if !fails {
					args = append(args, "--check")
				}
				code := run(t.Context(), environment{args: args, stdout: &stdout, stderr: &stderr, getenv: os.Getenv})
				if wanted := map[bool]int{true: exitFindings, false: exitDrift}[fails]; code != wanted {
					t.Errorf("%s: exit code %d, want %d", format, code, wanted)
				}
				if got := parsers[format](t, stderr.Bytes()); !slices.Equal(got, want) {
					t.Errorf("%s: got\n  %s\nwant\n  %s", format, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
				}
			}
			if after := snapshot(t); !maps.Equal(before, after) {
				t.Errorf("files were written: %v", slices.Sorted(maps.Keys(after)))
			}
		})
	}
}

// TestMistakesInTheTree is the same for what stands in the output folder: nothing of it changes.
func TestMistakesInTheTree(t *testing.T) {
	t.Chdir(t.TempDir())
	call := func(args ...string) (int, string) {
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), environment{args: args, stdout: &stdout, stderr: &stderr, getenv: os.Getenv})
		return code, stderr.String()
	}
	call("init")
	if code, out := call("render"); code != exitDone {
		t.Fatal(out)
	}
	const dir = "rendered/region1/tenants/example/prod/"
	text, err := os.ReadFile(dir + "externalsecret-postgres.yaml")
	if err != nil {
		t.Fatal(err)
	}
	gone, err := os.ReadFile(dir + "kustomization.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		dir + "externalsecret-postgres.yaml":                    bytes.Replace(text, []byte("OnChange"), []byte("Periodic"), 1),
		dir + "externalsecret-web-secrets.yaml":                 []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: mine}\n"),
		"rendered/region1/tenants/left/prod/kustomization.yaml": bytes.Replace(gone, []byte("tenant: example"), []byte("tenant: left"), 1),
		"outside.yaml": []byte("mine"),
	} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, data, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	link := dir + "pushsecret-push-postgres-region1.yaml"
	outside, err := filepath.Abs("outside.yaml")
	if err = errors.Join(err, os.Remove(link), os.Symlink(outside, link)); err != nil {
		t.Fatal(err)
	}
	want := []string{
		dir + "externalsecret-postgres.yaml error file-edited: make the change in tenants/example.yaml, or use --force to lose it",
		dir + "externalsecret-web-secrets.yaml error file-foreign: move it away: a file that esotree did not write is never overwritten",
		link + " error file-foreign: move it away: a file that esotree did not write is never overwritten",
		"rendered/region1/tenants/left/prod/kustomization.yaml error tenant-gone: use --prune-tenant left to delete them",
	}
	before := snapshot(t)
	for _, format := range diag.Formats() {
		for flag, wanted := range map[string]int{"--exit-code": exitFindings, "--check": exitDrift} {
			code, out := call("render", flag, "--format", format)
			if code != wanted {
				t.Errorf("%s %s: exit code %d, want %d", flag, format, code, wanted)
			}
			for _, line := range want {
				file, rest, _ := strings.Cut(line, " error ")
				code, hint, _ := strings.Cut(rest, ": ")
				if !strings.Contains(out, file) || !strings.Contains(out, code) || !strings.Contains(out, hint) {
					t.Errorf("%s %s does not say %q:\n%s", flag, format, line, out)
				}
			}
		}
	}
	if after := snapshot(t); !maps.Equal(before, after) {
		t.Error("files were changed")
	}
	if to, err := os.Readlink(link); err != nil || to != outside {
		t.Errorf("the link is %q, %v", to, err)
	}
}

// TestMistakesHaveAllCodes holds the list of codes that the design promises.
func TestMistakesHaveAllCodes(t *testing.T) {
	codes := strings.Fields(`yaml-syntax yaml-alias yaml-limit unknown-field wrong-type missing-field one-of duplicate-name
		unknown-secret unknown-key unknown-tenant unknown-region unknown-environment unknown-class unknown-variable
		unknown-generator unknown-provider invalid-name no-platform many-platforms remote-key-clash template-root
		rotation-undated not-pinned`)
	for _, c := range mistakes {
		for _, f := range c.findings {
			codes = slices.DeleteFunc(codes, func(code string) bool { return code == keyword.FindStringSubmatch(f)[2] })
		}
	}
	if len(codes) > 0 { // secret-literal is what TestNoLeak is about, the codes of files have TestMistakesInTheTree
		t.Errorf("no mistake shows %v", codes)
	}
}

// spot is where a finding is. Columns are in bytes, points the same in code points.
type spot struct {
	file                 string
	line, column, points int
}

func (s spot) String() string { return fmt.Sprintf("%s:%d:%d", s.file, s.line, s.column) }

// lay writes the files of a case and finds the marks in them.
func lay(t *testing.T, files map[string]string) (paths []string, places []spot) {
	t.Helper()
	files = maps.Clone(files)
	if _, own := files["platform.yaml"]; !own {
		files["platform.yaml"] = shared
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		text := files[name]
		if name == "platform.yaml" && text == "" {
			continue
		}
		for {
			before, after, found := strings.Cut(text, here)
			if !found {
				break
			}
			line := before[strings.LastIndexByte(before, '\n')+1:]
			places = append(places, spot{name, strings.Count(before, "\n") + 1, len(line) + 1, utf8.RuneCountInString(line) + 1})
			text = before + after
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, name)
	}
	return paths, places
}

// snapshot is all that is in the working folder.
func snapshot(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(".", func(name string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			out[name] = ""
			return err
		}
		data, err := os.ReadFile(name)
		out[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// parsers read the program's output back: "file:line:column severity code: hint".
var parsers = map[string]func(*testing.T, []byte) []string{"text": parseText, "json": parseJSON, "sarif": parseSARIF, "github": parseGitHub}

var (
	textHead  = regexp.MustCompile(`^(\S+:\d+:\d+): (error|warning|note): .* \[([a-z-]+)\]$`)
	caretLine = regexp.MustCompile(`^ +\| +\^+ ?(.*)$`)
	hintLine  = regexp.MustCompile(`^  hint: (.*)$`)
	command   = regexp.MustCompile(`^::(\w+) file=([^,]+),line=(\d+),col=(\d+)(?:,endColumn=\d+)?,title=([a-z-]+)::(.*)$`)
)

func parseText(t *testing.T, out []byte) []string {
	var got []string
	for line := range strings.SplitSeq(string(out), "\n") {
		if m := textHead.FindStringSubmatch(line); m != nil {
			got = append(got, m[1]+" "+m[2]+" "+m[3]+": ")
		} else if m := caretLine.FindStringSubmatch(line); m != nil && len(got) > 0 {
			got[len(got)-1] += m[1]
		} else if m := hintLine.FindStringSubmatch(line); m != nil && len(got) > 0 {
			got[len(got)-1] += m[1]
		}
	}
	return got
}

func parseJSON(t *testing.T, out []byte) []string {
	var in struct {
		Findings []struct {
			Code, Severity, Message, Hint, File string
			Line, Column                        int
		}
	}
	decode(t, out, &in)
	var got []string
	for _, f := range in.Findings {
		got = append(got, fmt.Sprintf("%s:%d:%d %s %s: %s", f.File, f.Line, f.Column, f.Severity, f.Code, f.Hint))
		if f.Message == "" || strings.HasSuffix(f.Message, ".") {
			t.Errorf("the message is %q", f.Message)
		}
	}
	return got
}

// parseSARIF turns the columns in code points back into bytes.
func parseSARIF(t *testing.T, out []byte) []string {
	var in struct {
		Runs []struct {
			ColumnKind string
			Results    []struct {
				RuleID, Level string
				Message       struct{ Text string }
				Locations     []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           struct{ StartLine, StartColumn int }
					}
				}
			}
		}
	}
	decode(t, out, &in)
	if len(in.Runs) != 1 || in.Runs[0].ColumnKind != "unicodeCodePoints" {
		t.Fatalf("%d runs", len(in.Runs))
	}
	var got []string
	for _, r := range in.Runs[0].Results {
		if len(r.Locations) != 1 {
			t.Fatalf("%s has %d locations", r.RuleID, len(r.Locations))
		}
		at := r.Locations[0].PhysicalLocation
		data, err := os.ReadFile(at.ArtifactLocation.URI)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(data), "\n")
		column := at.Region.StartColumn
		if runes := []rune(lines[at.Region.StartLine-1]); utf8.ValidString(lines[at.Region.StartLine-1]) {
			column = len(string(runes[:column-1])) + 1
		}
		hint := ""
		if _, rest, ok := strings.Cut(r.Message.Text, " ("); ok && strings.HasSuffix(rest, ")") {
			hint = strings.TrimSuffix(rest, ")")
		}
		got = append(got, fmt.Sprintf("%s:%d:%d %s %s: %s", at.ArtifactLocation.URI, at.Region.StartLine, column, r.Level, r.RuleID, hint))
	}
	return got
}

func parseGitHub(t *testing.T, out []byte) []string {
	var got []string
	for line := range strings.Lines(string(out)) {
		m := command.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if m == nil {
			if strings.HasPrefix(line, "::") {
				t.Errorf("no command with a place: %s", line)
			}
			continue
		}
		severity := m[1]
		if severity == "notice" {
			severity = "note"
		}
		var hint []string
		for _, part := range strings.Split(m[6], "%0A")[1:] {
			if !strings.HasPrefix(part, "related: ") {
				hint = append(hint, strings.ReplaceAll(part, "%25", "%"))
			}
		}
		got = append(got, m[2]+":"+m[3]+":"+m[4]+" "+severity+" "+m[5]+": "+strings.Join(hint, " "))
	}
	return got
}

func decode(t *testing.T, out []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(out, into); err != nil {
		t.Fatalf("%v in %s", err, strconv.Quote(string(out)))
	}
}
