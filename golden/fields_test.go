package golden_test

import (
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/openova-io/esotree/schema"
)

// plain is the description that each field is tried in.
var plain = map[string]string{
	"platform.yaml": `apiVersion: esotree.openova.io/v1alpha1
kind: Platform
metadata: {name: p}
spec:
  apiDefaults: Omit
  regions:
    - name: one
      store: {provider: {vault: {server: "https://one.example.com", path: secret, version: v2, auth: {kubernetes: {mountPath: kubernetes, role: eso}}}}}
    - name: two
      store: {provider: {vault: {server: "https://two.example.com", path: secret, version: v2, auth: {kubernetes: {mountPath: kubernetes, role: eso}}}}}
  environments: [{name: staging, regions: [two]}, {name: prod}]
  defaults: {remoteKey: $(tenant)/$(environment)/$(secret)}
  secrets: [{name: smtp, namespace: mail, generator: {kind: UUID}}, {name: git, namespace: flux-system, generator: {kind: UUID}, keys: {username: {}, password: {}}}]
  services: [{name: relay, namespace: mail, data: {P: smtp/uuid}}]
  grants: [{secret: smtp, to: [acme]}]
`,
	"acme.yaml": `apiVersion: esotree.openova.io/v1alpha1
kind: Tenant
metadata: {name: acme}
spec:
  secrets:
    - {name: db, generator: {kind: Password, spec: {length: 20}}, keys: {password: {}, url: {template: "x:{{ .password }}"}}}
    - {name: typed, bootstrap: {prompt: Something}, keys: {a: {}, b: {}}}
    - {name: cert, secretRef: {name: made-by-another}, keys: {tls.crt: {}}}
    - {name: ldap, remote: {key: shared/ldap}, keys: {bind: {}}}
    - {name: pull, class: registry-token, generator: {kind: ECRAuthorizationToken, spec: {region: eu-central-1}}}
  services:
    - {name: web, data: {A: db/password}}
    - {name: all, dataFrom: [{secret: typed}]}
`,
	"globex.yaml": `apiVersion: esotree.openova.io/v1alpha1
kind: Tenant
metadata: {name: globex}
spec:
  secrets: [{name: shared, generator: {kind: UUID}}]
  grants: [{secret: shared, to: [acme]}]
`,
}

// field is what a field does: with old replaced by new in a file of the description, the file at, of the rendered tree, has
// the line want, which it did not have before. A want that begins with "-" is a line that is gone; without want the file is
// new, with "-" alone it is gone.
type field struct{ file, old, new, at, want string }

const (
	prodOne, prodTwo, staging = "one/tenants/acme/prod/", "two/tenants/acme/prod/", "two/tenants/acme/staging/"
	storeOne                  = "one/stores/clustersecretstore-vault-one.yaml"
)

// of puts text behind the first place in a file where anchor stands.
func of(file, anchor, text, at, want string) field {
	return field{file, anchor, anchor + text, at, want}
}

func platform(text, at, want string) field {
	return of("platform.yaml", "spec:\n", "  "+text+"\n", at, want)
}

func tenant(text, at, want string) field { return of("acme.yaml", "spec:\n", "  "+text+"\n", at, want) }

func item(name, text, at, want string) field {
	return of("acme.yaml", "{name: "+name+", ", text+", ", at, want)
}

func region(text, at, want string) field {
	return of("platform.yaml", "- name: one\n", "      "+text+"\n", at, want)
}

func inStore(text, at, want string) field {
	return of("platform.yaml", "      store: {", text+", ", at, want)
}

func environment(text, at, want string) field {
	return of("platform.yaml", "{name: staging, ", text+", ", at, want)
}

func defaults(text, at, want string) field {
	return of("platform.yaml", "defaults: {", text+", ", at, want)
}

const (
	mirror = "two/tenants/acme/prod/externalsecret-db.yaml"
	origin = prodOne + "externalsecret-db.yaml"
	pushed = prodOne + "pushsecret-push-db-one.yaml"
	reader = prodOne + "externalsecret-web-secrets.yaml"
	waits  = "rotation: {epoch: \"2\""
)

// fields has what each field does.
var fields = map[string][]field{
	"Platform.apiVersion":  {{"platform.yaml", "apiVersion: esotree.openova.io/v1alpha1", "apiVersion: \"esotree.openova.io/v1alpha1\"", "", ""}},
	"Platform.kind":        {{"platform.yaml", "kind: Platform", "kind: \"Platform\"", "", ""}},
	"Platform.metadata":    {{"platform.yaml", "{name: p}", "{name: q}", origin, "# platform: q"}},
	"Platform.spec":        {platform("home: two", "two/platform/mail/uuid-smtp-generator.yaml", "")},
	"Tenant.apiVersion":    {{"acme.yaml", "apiVersion: esotree.openova.io/v1alpha1", "apiVersion: \"esotree.openova.io/v1alpha1\"", "", ""}},
	"Tenant.kind":          {{"acme.yaml", "kind: Tenant", "kind: \"Tenant\"", "", ""}},
	"Tenant.metadata":      {{"globex.yaml", "{name: globex}", "{name: initech}", "one/tenants/initech/prod/externalsecret-shared.yaml", ""}},
	"Tenant.spec":          {tenant("environments: [prod]", staging+"externalsecret-db.yaml", "-")},
	"Metadata.name":        {{"globex.yaml", "{name: globex}", "{name: initech}", "one/tenants/globex/prod/externalsecret-shared.yaml", "-"}},
	"Metadata.labels":      {{"acme.yaml", "{name: acme}", "{name: acme, labels: {team: a}}", "", ""}},
	"Metadata.annotations": {{"acme.yaml", "{name: acme}", "{name: acme, annotations: {config.kubernetes.io/local-config: \"true\"}}", "", ""}},

	"PlatformSpec.eso":          {platform(`eso: {version: "0.16"}`, origin, "creationPolicy: Owner"), platform(`eso: {version: "2.8"}`, "", "")},
	"PlatformSpec.home":         {platform("home: two", "two/platform/mail/pushsecret-push-smtp-two.yaml", ""), platform("home: two", "one/platform/mail/pushsecret-push-smtp-one.yaml", "-")},
	"PlatformSpec.regions":      {{"platform.yaml", "- name: one", "- name: uno", "uno/stores/clustersecretstore-vault-uno.yaml", ""}},
	"PlatformSpec.environments": {{"platform.yaml", "name: staging", "name: stage", "two/tenants/acme/stage/externalsecret-db.yaml", ""}},
	"PlatformSpec.push":         {platform("push: {split: Single}", prodOne+"pushsecret-push-db.yaml", "name: vault-two"), platform("push: {mode: PerKey}", pushed, "property: url")},
	"PlatformSpec.recover":      {platform("recover: Home", origin, "-name: vault-two"), platform("recover: None", origin, "-deletionPolicy: Merge")},
	"PlatformSpec.isolation":    {platform("isolation: PerTenant", prodOne+"clustersecretstore-vault-one-acme-prod.yaml", "role: acme-prod"), platform("isolation: PerTenant", prodOne+"clustersecretstore-vault-one-acme-prod.yaml", "acme-prod"), platform("isolation: PerTenant", reader, "name: vault-one-acme-prod")},
	"PlatformSpec.apiDefaults":  {{"platform.yaml", "apiDefaults: Omit", "apiDefaults: Explicit", reader, "creationPolicy: Owner"}},
	"PlatformSpec.namespaces":   {platform("namespaces: Render", prodOne+"namespace-acme-prod.yaml", "name: acme-prod"), platform("namespaces: Render", "one/platform/mail/namespace-mail.yaml", "")},
	"PlatformSpec.defaults":     {defaults("refreshInterval: 30m", reader, "refreshInterval: 30m0s")},
	"PlatformSpec.vars":         {{"platform.yaml", "spec:\n", "spec:\n  vars: {key: k}\n", "", ""}, {"platform.yaml", "spec:\n", "spec:\n  vars: {key: k}\n  push: {mode: PerKey}\n", pushed, "property: url"}},
	"PlatformSpec.classes": {{"acme.yaml", "{name: db, generator: {kind: Password, spec: {length: 20}},", "{name: db, class: database-password,", prodOne + "password-db-generator.yaml", "length: 32"},
		platform("classes: {registry-token: {type: example.com/x}}", prodOne+"externalsecret-pull.yaml", "type: example.com/x")},
	"PlatformSpec.secrets":         {{"platform.yaml", "{name: smtp, namespace: mail, generator: {kind: UUID}}", "{name: smtp, namespace: mail, generator: {kind: UUID}}, {name: other, namespace: mail, generator: {kind: UUID}}", "two/platform/mail/externalsecret-other.yaml", ""}},
	"PlatformSpec.services":        {{"platform.yaml", "name: relay", "name: relays", "two/platform/mail/externalsecret-relays-secrets.yaml", ""}},
	"PlatformSpec.grants":          {item("web", "dataFrom: [{secret: \"platform:smtp\"}]", reader, "key: mail/smtp")},
	"PlatformSpec.renamedTenants":  {platform("renamedTenants: [{from: initech, to: acme}]", origin, "key: initech/prod/db")},
	"PlatformSpec.gitRepositories": {platform("gitRepositories: [{name: component, namespace: flux-system, spec: {url: \"https://git.example.com/c.git\", interval: 10m, secretRef: {name: git}}}]", "two/platform/flux-system/gitrepository-component.yaml", "name: git")},
	"PlatformSpec.gitops":          {{"platform.yaml", "  apiDefaults: Omit\n", "", reader, "creationPolicy: Owner"}},

	"ESO.version": {region(`eso: {version: "0.16"}`, origin, "creationPolicy: Owner")},

	"Region.name":  {{"platform.yaml", "- name: one", "- name: uno", reader, "-"}},
	"Region.eso":   {region(`eso: {version: "0.20"}`, origin, "creationPolicy: Owner")},
	"Region.vars":  {region("vars: {host: near}", "", "")},
	"Region.store": {{"platform.yaml", "https://one.example.com", "https://uno.example.com", storeOne, "server: https://uno.example.com"}},

	"Store.name":              {inStore("name: main", reader, "name: main"), inStore("name: main", "one/stores/clustersecretstore-main.yaml", "name: main")},
	"Store.provider":          {{"platform.yaml", "path: secret", "path: kv", storeOne, "path: kv"}},
	"Store.fromOtherClusters": {{"platform.yaml", "- name: two\n      store: {", "- name: two\n      store: {fromOtherClusters: {vault: {auth: {kubernetes: {mountPath: kubernetes-$(cluster)}}}}, ", "one/stores/clustersecretstore-vault-two.yaml", "mountPath: kubernetes-one"}},
	"Store.conditions":        {inStore("conditions: [{namespaces: [acme-prod, mail, flux-system]}]", storeOne, "acme-prod")},
	"Store.retrySettings":     {inStore("retrySettings: {maxRetries: 5}", storeOne, "maxRetries: 5")},
	"Store.labels":            {inStore("labels: {team: $(platform)}", storeOne, "team: p")},
	"Store.annotations":       {inStore("annotations: {note: $(region)}", storeOne, "note: one")},

	"Environment.name":    {{"platform.yaml", "name: staging", "name: stage", staging + "externalsecret-db.yaml", "-"}},
	"Environment.regions": {{"platform.yaml", "regions: [two]", "regions: [one, two]", "one/tenants/acme/staging/externalsecret-db.yaml", ""}},
	"Environment.home":    {{"platform.yaml", "{name: prod}", "{name: prod, home: two}", prodTwo + "pushsecret-push-db-two.yaml", ""}, {"platform.yaml", "{name: prod}", "{name: prod, home: two}", pushed, "-"}},
	"Environment.vars":    {environment("vars: {host: h}", "", "")},

	"Push.to":       {item("db", "push: {to: Home}", prodOne+"pushsecret-push-db-two.yaml", "-")},
	"Push.mode":     {item("db", "push: {mode: PerKey}", pushed, "property: password")},
	"Push.split":    {item("db", "push: {split: Single}", prodOne+"pushsecret-push-db.yaml", "name: vault-two"), item("db", "push: {split: Single}", pushed, "-")},
	"Push.deletion": {item("db", "push: {deletion: Delete}", pushed, "deletionPolicy: Delete")},

	"Defaults.namespace":                {defaults("namespace: ns-$(tenant)-$(environment)", origin, "namespace: ns-acme-prod")},
	"Defaults.remoteKey":                {{"platform.yaml", "$(tenant)/$(environment)/$(secret)", "$(environment)/$(tenant)/$(secret)", pushed, "remoteKey: prod/acme/db"}},
	"Defaults.formerRemoteKeys":         {defaults("formerRemoteKeys: [was/$(tenant)/$(environment)/$(secret)]", origin, "key: was/acme/prod/db")},
	"Defaults.formerPlatformRemoteKeys": {defaults("formerPlatformRemoteKeys: [was/$(secret)]", "one/platform/mail/externalsecret-smtp.yaml", "key: was/smtp")},
	"Defaults.platformRemoteKey":        {defaults("platformRemoteKey: p/$(secret)", "one/platform/mail/pushsecret-push-smtp-one.yaml", "remoteKey: p/smtp")},
	"Defaults.externalSecret":           {defaults("externalSecret: $(service)-env", prodOne+"externalsecret-web-env.yaml", "name: web-env")},
	"Defaults.refreshInterval":          {defaults("refreshInterval: 30m", reader, "refreshInterval: 30m0s")},
	"Defaults.pushInterval":             {defaults("pushInterval: 10m", pushed, "refreshInterval: 10m0s")},

	"RenamedTenant.from": {platform("renamedTenants: [{from: initech, to: acme}]", prodOne+"externalsecret-typed.yaml", "key: initech/prod/typed")},
	"RenamedTenant.to":   {platform("renamedTenants: [{from: initech, to: globex}]", "one/tenants/globex/prod/externalsecret-shared.yaml", "key: initech/prod/shared")},

	"GitRepository.name":      {platform("gitRepositories: [{name: component, namespace: flux-system, spec: {url: \"https://git.example.com/c.git\", secretRef: {name: git}}}]", "one/platform/flux-system/gitrepository-component.yaml", "name: component")},
	"GitRepository.namespace": {platform("gitRepositories: [{name: component, namespace: flux-system, spec: {url: \"https://git.example.com/c.git\"}}]", "one/platform/flux-system/gitrepository-component.yaml", "namespace: flux-system")},
	"GitRepository.regions":   {platform("gitRepositories: [{name: component, namespace: flux-system, regions: Home, spec: {url: \"https://git.example.com/c.git\"}}]", "one/platform/flux-system/gitrepository-component.yaml", ""), platform("gitRepositories: [{name: component, namespace: flux-system, regions: [two], spec: {url: \"https://git.example.com/c.git\"}}]", "two/platform/flux-system/gitrepository-component.yaml", "")},
	"GitRepository.spec":      {platform("gitRepositories: [{name: component, namespace: flux-system, spec: {url: \"https://git.$(region).example.com/c.git\"}}]", "two/platform/flux-system/gitrepository-component.yaml", "url: https://git.two.example.com/c.git")},

	"TenantSpec.environments": {tenant("environments: [prod]", staging+"externalsecret-db.yaml", "-")},
	"TenantSpec.vars":         {tenant("vars: {host: h}", "", "")},
	"TenantSpec.secrets":      {of("acme.yaml", "  secrets:\n", "    - {name: new, generator: {kind: UUID}}\n", prodOne+"externalsecret-new.yaml", "")},
	"TenantSpec.services":     {of("acme.yaml", "  services:\n", "    - {name: new, data: {A: db/url}}\n", prodTwo+"externalsecret-new-secrets.yaml", "property: url")},
	"TenantSpec.grants":       {item("web", "dataFrom: [{secret: \"globex:shared\"}]", reader, "key: globex/prod/shared")},
	"TenantSpec.overrides":    {tenant("overrides: [{environment: staging, secrets: [{name: db, rotation: {epoch: \"7\"}}]}]", staging+"externalsecret-db.yaml", `        _epoch: '7'`)},

	"Override.environment": {tenant("overrides: [{environment: prod, secrets: [{name: db, rotation: {epoch: \"7\"}}]}]", origin, `        _epoch: '7'`)},
	"Override.vars":        {tenant("overrides: [{environment: prod, vars: {host: h}}]", "", "")},
	"Override.secrets":     {tenant("overrides: [{environment: prod, secrets: [{name: extra, generator: {kind: UUID}}]}]", prodOne+"externalsecret-extra.yaml", "")},
	"Override.services":    {tenant("overrides: [{environment: staging, services: [{name: web, data: {B: db/url}}]}]", staging+"externalsecret-web-secrets.yaml", "secretKey: B"), tenant("overrides: [{environment: staging, services: [{name: extra, data: {B: db/url}}]}]", staging+"externalsecret-extra-secrets.yaml", "")},

	"Grant.secret": {{"globex.yaml", "secret: shared", "secret: shared", "", ""}},
	"Grant.to":     {{"platform.yaml", "to: [acme]", "to: [acme, globex]", "", ""}},

	"Service.name":            {{"acme.yaml", "name: web", "name: shop", prodOne + "externalsecret-shop-secrets.yaml", "name: shop-secrets"}},
	"Service.namespace":       {item("web", "namespace: shop, environments: [prod]", prodOne+"externalsecret-shop.web-secrets.yaml", "namespace: shop")},
	"Service.environments":    {item("web", "environments: [prod]", staging+"externalsecret-web-secrets.yaml", "-")},
	"Service.regions":         {item("web", "regions: Home", prodTwo+"externalsecret-web-secrets.yaml", "-"), item("web", "environments: [prod], regions: [one]", prodTwo+"externalsecret-web-secrets.yaml", "-")},
	"Service.labels":          {item("web", "labels: {region: $(region)}", reader, "region: one")},
	"Service.annotations":     {item("web", "annotations: {match: \"true\"}", reader, `          match: 'true'`)},
	"Service.refreshInterval": {item("web", "refreshInterval: 15m", reader, "refreshInterval: 15m0s")},
	"Service.pin":             {{"acme.yaml", db + "", db + "rotation: {epoch: \"2\"}, ", reader, "property: _epoch"}},
	"Service.data":            {{"acme.yaml", "{A: db/password}", "{A: db/password, U: db/url}", reader, "property: url"}},
	"Service.dataFrom":        {item("web", "dataFrom: [{secret: typed}]", reader, "key: acme/prod/typed")},
	"Service.target":          {item("web", "target: {name: web-$(cluster), template: {type: example.com/x}}", reader, "name: web-one"), item("web", "target: {template: {type: example.com/x}}", reader, "type: example.com/x")},

	"DataFrom.secret": {item("web", "dataFrom: [{secret: db}]", reader, "secretKey: url")},
	"DataFrom.prefix": {{"acme.yaml", "{secret: typed}", "{secret: typed, prefix: T_}", prodOne + "externalsecret-all-secrets.yaml", "secretKey: T_a"}},

	"Secret.name":  {{"acme.yaml", "name: ldap", "name: ldap2", "", ""}},
	"Secret.class": {{"acme.yaml", "{name: db, generator: {kind: Password, spec: {length: 20}}, ", "{name: db, class: database-password, ", prodOne + "password-db-generator.yaml", "length: 32"}},

	"Class.description": {platform("classes: {mine: {description: What it is for., generator: {kind: UUID}}}", "", "")},

	"SecretSpec.generator":        {{"acme.yaml", "kind: Password, spec: {length: 20}", "kind: Password, spec: {length: 21}", prodOne + "password-db-generator.yaml", "length: 21"}},
	"SecretSpec.bootstrap":        {{"acme.yaml", "{name: ldap, remote: {key: shared/ldap}", "{name: ldap, bootstrap: {prompt: Bind password}", prodOne + "externalsecret-ldap.yaml", "refreshPolicy: CreatedOnce"}},
	"SecretSpec.secretRef":        {{"acme.yaml", "secretRef: {name: made-by-another}", "secretRef: {name: another}", prodOne + "pushsecret-push-cert-one.yaml", "name: another"}},
	"SecretSpec.remote":           {item("ldap", "regions: All", prodTwo+"externalsecret-ldap.yaml", "key: shared/ldap")},
	"SecretSpec.registry":         {{"acme.yaml", "generator: {kind: ECRAuthorizationToken, spec: {region: eu-central-1}}", "registry: docker.example.com, generator: {kind: ECRAuthorizationToken, spec: {region: eu-central-1}}", prodOne + "externalsecret-pull.yaml", `"docker.example.com"`}},
	"SecretSpec.keys":             {{"acme.yaml", "keys: {a: {}, b: {}}", "keys: {a: {}, b: {}, c: {}}", prodOne + "externalsecret-typed.yaml", "{{ .c }}"}},
	"SecretSpec.rotation":         {item("db", waits+"}", pushed, "waiting for epoch 2")},
	"SecretSpec.environments":     {item("cert", "environments: [prod]", staging+"pushsecret-push-cert-two.yaml", "-")},
	"SecretSpec.regions":          {item("db", "regions: All", mirror, ""), item("db", "regions: [two]", mirror, "")},
	"SecretSpec.namespace":        {item("cert", "environments: [prod], namespace: certs", prodOne+"pushsecret-certs.push-cert-one.yaml", "namespace: certs")},
	"SecretSpec.type":             {item("db", "type: example.com/db", origin, "type: example.com/db")},
	"SecretSpec.labels":           {item("db", "labels: {app: $(secret)}", origin, "app: db")},
	"SecretSpec.annotations":      {item("db", "annotations: {note: $(environment)}", origin, "note: prod")},
	"SecretSpec.immutable":        {item("db", "immutable: true", origin, "immutable: true")},
	"SecretSpec.remoteKey":        {item("db", "remoteKey: x/$(environment)", pushed, "remoteKey: x/prod"), item("db", "remoteKey: x/$(environment)", reader, "key: x/prod")},
	"SecretSpec.formerRemoteKeys": {item("db", "formerRemoteKeys: [acme/db-of-$(environment)]", origin, "key: acme/db-of-prod"), item("typed", "formerRemoteKeys: [acme/typed-in-$(environment)]", prodOne+"externalsecret-typed.yaml", "target: former1_$1")},
	"SecretSpec.refreshInterval":  {item("db", "regions: All, refreshInterval: 7m", mirror, "")},
	"SecretSpec.pushInterval":     {item("db", "pushInterval: 7m", pushed, "refreshInterval: 7m0s")},
	"SecretSpec.push":             {item("db", "push: {to: Home}", prodOne+"pushsecret-push-db-two.yaml", "-")},
	"SecretSpec.recover":          {item("db", "recover: Home", origin, "-name: vault-two")},
	"SecretSpec.names":            {item("db", "names: {target: database}", origin, "name: database")},

	"Generator.kind": {{"acme.yaml", "{kind: Password, spec: {length: 20}}, keys: {password: {}, url: {template: \"x:{{ .password }}\"}}", "{kind: SSHKey}, keys: {password: {output: privateKey}}", prodOne + "sshkey-db-generator.yaml", ""}},
	"Generator.spec": {{"acme.yaml", "spec: {length: 20}", "spec: {length: 20, noUpper: true}", prodOne + "password-db-generator.yaml", "noUpper: true"}},

	"Bootstrap.prompt":  {{"acme.yaml", "prompt: Something", "prompt: $(anything)", "", ""}},
	"Bootstrap.offline": {{"acme.yaml", "- {name: ldap, remote: {key: shared/ldap}, keys: {bind: {}}}", "- {name: ldap, bootstrap: {prompt: x, offline: true}}", "", ""}},
	"SecretRef.name":    {{"acme.yaml", "{name: made-by-another}", "{}", prodOne + "pushsecret-push-cert-one.yaml", "name: cert"}},
	"Remote.key":        {{"acme.yaml", "{name: web, data: {A: db/password}}", "{name: web, data: {A: ldap/bind}}", reader, "key: shared/ldap"}},
	"Key.output":        {{"acme.yaml", "{password: {}, ", "{password: {}, pw: {output: password}, ", origin, "pw: "}},
	"Key.template":      {{"acme.yaml", "x:{{ .password }}", "y:{{ .password }}", origin, "y:{{"}},

	"Rotation.epoch":        {item("db", waits+"}", reader, `waiting for epoch 2`)},
	"Rotation.every":        {item("db", `rotation: {every: 30d, by: Clock}`, origin, "refreshInterval: 24h0m0s")},
	"Rotation.by":           {item("db", `rotation: {every: 30d, by: Clock}`, origin, "refreshPolicy: Periodic")},
	"Rotation.since":        {item("db", `rotation: {every: 30d, since: "2026-01-01"}`, "", "")},
	"Rotation.keepPrevious": {item("db", `rotation: {keepPrevious: true}`, origin, "previous_password: ")},

	"Names.generator":      {item("db", "names: {generator: g}", prodOne+"password-g.yaml", "name: g"), item("db", "names: {generator: g}", origin, "name: g")},
	"Names.externalSecret": {item("db", "names: {externalSecret: e}", prodOne+"externalsecret-e.yaml", "name: db")},
	"Names.push":           {item("db", "names: {push: p}", prodOne+"pushsecret-p-one.yaml", "name: p-one")},
	"Names.target":         {item("db", "names: {target: t}", pushed, "name: t")},
}

const db = "{name: db, "

// TestEveryField tries every field of the description by itself.
func TestEveryField(t *testing.T) {
	before := renderPlain(t, plain)
	wanted := fieldNames(reflect.TypeFor[schema.Platform](), reflect.TypeFor[schema.Tenant]())
	for name := range fields {
		if !slices.Contains(wanted, name) {
			t.Errorf("there is no field %s", name)
		}
	}
	reference, err := os.ReadFile("../docs/reference.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range wanted {
		t.Run(name, func(t *testing.T) {
			kind, field, _ := strings.Cut(name, ".")
			if kind == "SecretSpec" {
				kind = "Secret"
			}
			if section := sectionOf(string(reference), kind); !strings.Contains(section, "`"+field+"`") {
				t.Errorf("the reference page does not have it")
			}
			if len(fields[name]) == 0 {
				t.Fatal("nothing is known of what it does")
			}
			for _, c := range fields[name] {
				c.try(t, before)
			}
		})
	}
}

func (c field) try(t *testing.T, before map[string]string) {
	t.Helper()
	files := maps.Clone(plain)
	if strings.Count(files[c.file], c.old) == 0 {
		t.Fatalf("%s does not hold %q", c.file, c.old)
	}
	files[c.file] = strings.Replace(files[c.file], c.old, c.new, 1)
	after := renderPlain(t, files)
	if c.at == "" {
		return
	}
	old, was := before[c.at]
	text, is := after[c.at]
	want, gone := strings.CutPrefix(c.want, "-")
	want = strings.TrimLeft(want, "-")
	switch {
	case want == "" && (was != gone || is == gone):
		t.Errorf("%s: was there %t, is there %t", c.at, was, is)
	case want == "":
	case gone && (!strings.Contains(old, want) || strings.Contains(text, want) || !is):
		t.Errorf("%s\n%s\nhas %q still, or never had it", c.at, text, want)
	case !gone && (strings.Contains(old, want) || !strings.Contains(text, want)):
		t.Errorf("%s\n%s\ndoes not have %q, or had it before", c.at, text, want)
	}
}

func renderPlain(t *testing.T, files map[string]string) map[string]string {
	t.Helper()
	in := fstest.MapFS{}
	for name, text := range files {
		in[name] = &fstest.MapFile{Data: []byte(text)}
	}
	out := map[string]string{}
	for name, data := range renderFiles(t, in) {
		out[name] = string(data)
	}
	return out
}

func sectionOf(page, kind string) string {
	_, section, _ := strings.Cut(page, "\n## "+kind+"\n")
	section, _, _ = strings.Cut(section, "\n## ")
	return section
}

// TestVars holds which var is nearest, in a service, which sees its region, and in an origin, which does not.
func TestVars(t *testing.T) {
	layers := []struct{ file, old, new string }{
		{"platform.yaml", "spec:\n", "spec:\n  vars: {v: platform}\n"},
		{"platform.yaml", "{name: prod}", "{name: prod, vars: {v: environment}}"},
		{"platform.yaml", "- name: one\n", "- name: one\n      vars: {v: region}\n"},
		{"acme.yaml", "spec:\n", "spec:\n  vars: {v: tenant}\n"},
		{"acme.yaml", "spec:\n", "spec:\n  overrides: [{environment: prod, vars: {v: override}}]\n"},
	}
	// what a label of the service shows in three places, and one of the origin, with the layers up to each one
	want := [][4]string{
		{"platform", "platform", "platform", "platform"},
		{"environment", "environment", "platform", "environment"},
		{"region", "environment", "platform", ""},
		{"tenant", "tenant", "tenant", "tenant"},
		{"override", "override", "tenant", "override"},
	}
	files := maps.Clone(plain)
	files["acme.yaml"] = strings.Replace(files["acme.yaml"], "{name: web, ", "{name: web, labels: {v: $(vars.v)}, ", 1)
	for i, l := range layers {
		files[l.file] = strings.Replace(files[l.file], l.old, l.new, 1)
		got := renderPlain(t, files)
		for j, name := range []string{reader, prodTwo + "externalsecret-web-secrets.yaml", staging + "externalsecret-web-secrets.yaml"} {
			if !strings.Contains(got[name], " v: "+want[i][j]+"\n") {
				t.Errorf("with %q %s does not have %s:\n%s", l.new, name, want[i][j], got[name])
			}
		}
		if want[i][3] == "" { // a region's var in an origin is an error, which testdata/findings shows
			continue
		}
		labelled := maps.Clone(files)
		labelled["acme.yaml"] = strings.Replace(files["acme.yaml"], "{name: db, ", "{name: db, labels: {v: $(vars.v)}, ", 1)
		if got := renderPlain(t, labelled)[origin]; !strings.Contains(got, " v: "+want[i][3]+"\n") {
			t.Errorf("with %q the origin does not have %s:\n%s", l.new, want[i][3], got)
		}
	}
}

// fieldNames are the fields of types and of what they hold, as Type.field. GitOps is left to the tests of what it renders.
func fieldNames(types ...reflect.Type) []string {
	var names []string
	for len(types) > 0 {
		t := types[0]
		types = types[1:]
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct || t == reflect.TypeFor[schema.Regions]() || t == reflect.TypeFor[schema.GitOps]() {
			continue
		}
		for i := range t.NumField() {
			f := t.Field(i)
			if f.Anonymous {
				types = append(types, f.Type)
				continue
			}
			tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name := t.Name() + "." + tag; tag != "" && tag != "-" && !slices.Contains(names, name) {
				names = append(names, name)
				types = append(types, f.Type)
			}
		}
	}
	slices.Sort(names)
	return names
}
