package golden_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/openova-io/esotree"
	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/internal/eso"
	"github.com/openova-io/esotree/lint"
	"github.com/openova-io/esotree/lint/crd"
	"github.com/openova-io/esotree/object"
)

// releaseBundle finds the CRDs of a release line: those of 0.20 are in ESO's module, those of 2.9 where bundle looks.
func releaseBundle(t *testing.T, release string) string {
	t.Helper()
	if release == "0.20" {
		text, err := exec.Command("go", "mod", "download", "-json", "github.com/external-secrets/external-secrets@v0.20.4").Output()
		var module struct{ Dir string }
		if err != nil || json.Unmarshal(text, &module) != nil || module.Dir == "" {
			t.Skipf("without ESO's module: %v", err)
		}
		return filepath.Join(module.Dir, "deploy/crds/bundle.yaml")
	}
	folder := os.Getenv("ESOTREE_CRDS")
	if folder == "" {
		folder = "../../shared/crds"
	}
	name := filepath.Join(folder, "external-secrets-v2.9.0.yaml")
	if _, err := os.Stat(name); err != nil {
		t.Skipf("without ESO's CRD bundle: %v", err)
	}
	return name
}

// esoVersion is a release in a description, of the platform or of a region.
var esoVersion = regexp.MustCompile(`version: "[0-9.]+"`)

// maker makes valid descriptions.
type maker struct {
	*rand.Rand
	release eso.Release
	schemas *crds
}

type obj = map[string]any

func (m maker) one(of ...any) any { return of[m.IntN(len(of))] }
func (m maker) chance(n int) bool { return m.IntN(n) == 0 }
func (m maker) maybe(f obj, n int, name string, value func() any) {
	if m.chance(n) {
		f[name] = value()
	}
}

func (m maker) provider() obj {
	if m.IntN(16) > 0 {
		return obj{"vault": obj{"server": "https://vault.example.com", "path": m.one("secret", "kv/team"), "version": "v2",
			"auth": obj{"kubernetes": obj{"mountPath": "kubernetes", "role": m.one("eso", "$(cluster)")}}}}
	}
	// the CRD of secretserver has a CEL rule that its smallest spec breaks
	var all []eso.Provider
	for _, p := range eso.Providers() {
		if p.In(m.release) && !p.WriteOnly && p.Name != "secretserver" && m.spec("external-secrets.io/v1 ClusterSecretStore", "spec", "provider", p.Name) != nil {
			all = append(all, p)
		}
	}
	p := all[m.IntN(len(all))]
	config, _ := example(m.spec("external-secrets.io/v1 ClusterSecretStore", "spec", "provider", p.Name)).(obj)
	return obj{p.Name: merged(config, asked()[p.Name])}
}

// asked is what ESO's webhook asks of a ClusterSecretStore of each provider beyond what its CRD does.
func asked() map[string]obj {
	ref := obj{"name": "credentials", "key": "part", "namespace": "external-secrets"}
	return map[string]obj{
		"akeyless":                {"authSecretRef": obj{"secretRef": obj{"accessID": ref, "accessType": ref, "accessTypeParam": ref}}},
		"barbican":                {"authURL": "https://keystone.example.com", "auth": obj{"username": obj{"secretRef": ref}, "password": obj{"secretRef": ref}}},
		"bitwardensecretsmanager": {"bitwardenServerSDKURL": "https://bitwarden.example.com"},
		"chef":                    {"auth": obj{"secretRef": obj{"privateKeySecretRef": ref}}},
		"cloudrusm":               {"projectID": "00000000-0000-0000-0000-000000000000", "auth": obj{"secretRef": obj{"accessKeyIDSecretRef": ref, "accessKeySecretSecretRef": ref}}},
		"conjur":                  {"url": "https://conjur.example.com", "auth": obj{"apikey": obj{"account": "a", "userRef": ref, "apiKeyRef": ref}}},
		"doppler":                 {"auth": obj{"secretRef": obj{"dopplerToken": ref}}},
		"dvls":                    {"auth": obj{"secretRef": obj{"appId": ref, "appSecret": ref}}},
		"fortanix":                {"apiKey": obj{"secretRef": ref}},
		"gitlab":                  {"projectID": "1", "auth": obj{"SecretRef": obj{"accessToken": ref}}},
		"ibm":                     {"serviceUrl": "https://ibm.example.com", "auth": obj{"secretRef": obj{"secretApiKeySecretRef": ref}}},
		"keepersecurity":          {"authRef": ref},
		"kubernetes":              {"server": obj{"caProvider": obj{"type": "ConfigMap", "name": "ca", "key": "ca.crt", "namespace": "external-secrets"}}},
		"onboardbase":             {"auth": obj{"apiKeyRef": ref, "passcodeRef": ref}},
		"onepassword":             {"vaults": obj{"main": 1}, "auth": obj{"secretRef": obj{"connectTokenSecretRef": ref}}},
		"onepasswordSDK":          {"vault": "main", "auth": obj{"serviceAccountSecretRef": ref}},
		"passbolt":                {"host": "https://passbolt.example.com", "auth": obj{"passwordSecretRef": ref, "privateKeySecretRef": ref}},
		"previder":                {"auth": obj{"secretRef": obj{"accessToken": ref}}},
		"scaleway":                {"accessKey": obj{"secretRef": ref}, "secretKey": obj{"secretRef": ref}},
		"senhasegura":             {"url": "https://senhasegura.example.com"},
	}
}

// merged is one object with the fields of another one in it.
func merged(into, from obj) obj {
	if into == nil {
		into = obj{}
	}
	for name, value := range from {
		if fields, is := value.(obj); is {
			below, _ := into[name].(obj)
			value = merged(below, fields)
		}
		into[name] = value
	}
	return into
}

func (m maker) spec(kind string, path ...string) map[string]any {
	return below(m.schemas.schemas[kind], path...)
}

// generators are kinds of the release, the three that can be pushed more often.
func (m maker) generator(secret obj) {
	var all []eso.Generator
	for _, g := range eso.Generators() {
		if m.spec("generators.external-secrets.io/v1alpha1 "+g.Kind, "spec") != nil && (g.Rotatable || m.chance(3)) {
			all = append(all, g)
		}
	}
	g := all[m.IntN(len(all))]
	spec := example(m.spec("generators.external-secrets.io/v1alpha1 "+g.Kind, "spec"))
	if g.Kind == "Password" {
		spec = obj{"length": 8 + m.IntN(60), "digits": m.IntN(4), "symbols": m.IntN(4), "noUpper": m.chance(2), "allowRepeat": m.chance(2)}
	}
	if g.Kind == "GitlabDeployToken" { // a CEL rule of its CRD wants one of two
		spec.(obj)["projectID"] = "1"
	}
	secret["generator"] = obj{"kind": g.Kind, "spec": spec}
	if g.OpenOutputs {
		secret["keys"] = obj{"a": obj{}}
		if s, ok := spec.(obj); ok && g.OutputsField != "" {
			s["data"] = obj{"a": "x"}
		}
		return
	}
	if !g.Rotatable {
		return
	}
	keys := obj{}
	for _, output := range g.Outputs {
		keys[output] = obj{}
	}
	if len(g.Outputs) == 1 && m.chance(2) {
		keys["url"] = obj{"template": "postgresql://app:{{ ." + g.Outputs[0] + " | urlquery }}@$(vars.db):5432/app"}
	}
	secret["keys"] = keys
	switch m.IntN(5) {
	case 0:
		secret["rotation"] = obj{"epoch": fmt.Sprint(1 + m.IntN(9))}
	case 1:
		secret["rotation"] = obj{"every": m.one("30d", "720h"), "by": "Clock", "keepPrevious": m.chance(2)}
	case 2:
		secret["rotation"] = obj{"every": "90d", "epoch": "2026-11-23"}
	}
}

func (m maker) secret(name string) obj {
	s := obj{"name": name}
	switch m.IntN(8) {
	case 0:
		s["bootstrap"], s["keys"] = obj{"prompt": "the key of " + name}, obj{"main": obj{}, "other": obj{}}
	case 1:
		s["secretRef"], s["keys"] = obj{"name": name + "-made"}, obj{"tls.crt": obj{}, "tls.key": obj{}}
	case 2:
		s["remote"], s["keys"] = obj{"key": "elsewhere-" + name}, obj{"token": obj{}}
	case 3:
		s["class"] = m.one("database-password", "api-key", "jwt-signing-key")
		if s["class"] == "api-key" {
			s["bootstrap"], s["keys"] = obj{"prompt": "a key"}, obj{"main": obj{}}
		}
	default:
		m.generator(s)
	}
	m.maybe(s, 6, "labels", func() any { return obj{"example.com/team": "a", "tier": "1"} })
	m.maybe(s, 6, "annotations", func() any { return obj{"example.com/note": "yes: \"no\""} })
	m.maybe(s, 6, "refreshInterval", func() any { return m.one("1h", "2d", "30m") })
	m.maybe(s, 6, "pushInterval", func() any { return m.one("1h", "90m") })
	m.maybe(s, 8, "names", func() any { return obj{"target": name + "-secret", "push": "p-" + name} })
	m.maybe(s, 8, "regions", func() any { return m.one("Home", "All") })
	m.maybe(s, 8, "recover", func() any { return m.one("All", "Home", "None") })
	m.maybe(s, 8, "push", func() any { return m.push() })
	return s
}

func (m maker) push() obj {
	return obj{"to": m.one("All", "Home"), "mode": m.one("Whole", "PerKey"), "split": m.one("Single", "PerRegion"), "deletion": m.one("None", "Delete")}
}

// files is a description of one platform with some tenants.
func (m maker) files(t *testing.T) fstest.MapFS {
	var regions []any
	names := []any{"region1", "region2", "region3"}[:1+m.IntN(3)]
	for i, name := range names {
		r := obj{"name": name, "vars": obj{"host": fmt.Sprintf("pg.%v.example.com", name)}, "store": obj{"provider": m.provider()}}
		if i > 0 && m.chance(2) {
			r["store"] = regions[0].(obj)["store"]
		}
		regions = append(regions, r)
	}
	spec := obj{"eso": obj{"version": m.release.String()}, "regions": regions, "vars": obj{"db": "pg.example.com"},
		"environments": []any{obj{"name": "prod", "regions": names}}, "apiDefaults": m.one("Explicit", "Omit"),
		"isolation": m.one("Shared", "PerTenant"), "namespaces": m.one("None", "Render"), "recover": m.one("All", "Home", "None"),
		"defaults": obj{"remoteKey": "$(tenant)-$(environment)-$(secret)", "platformRemoteKey": "$(namespace)-$(secret)"}}
	m.maybe(spec, 2, "push", func() any { return m.push() })
	m.maybe(spec, 2, "gitops", func() any {
		return m.one(obj{"engine": "Flux", "path": "./rendered", "sourceRef": obj{"kind": "GitRepository", "name": "fleet"}},
			obj{"engine": "ArgoCD", "repoURL": "https://git.example.com/fleet.git", "targetRevision": "main", "project": "default"})
	})
	platformSecret := m.secret("shared")
	platformSecret["namespace"] = "databases"
	spec["secrets"] = []any{platformSecret}
	docs := []obj{{"apiVersion": "esotree.openova.io/v1alpha1", "kind": "Platform", "metadata": obj{"name": "p"}, "spec": spec}}
	for i := range 1 + m.IntN(3) {
		var secrets, services []any
		for j := range 1 + m.IntN(5) {
			s := m.secret(fmt.Sprintf("s%d", j))
			secrets = append(secrets, s)
			keys, _ := s["keys"].(obj)
			data := obj{}
			for _, key := range slices.Sorted(maps.Keys(keys)) {
				data["K_"+fmt.Sprint(len(data))] = fmt.Sprintf("s%d/%s", j, key)
			}
			service := obj{"name": fmt.Sprintf("app%d", j), "dataFrom": []any{obj{"secret": fmt.Sprintf("s%d", j), "prefix": "P_"}}}
			if len(data) > 0 && m.chance(2) {
				service["data"] = data
				delete(service, "dataFrom")
			}
			m.maybe(service, 3, "target", func() any {
				return obj{"template": obj{"type": "Opaque", "metadata": obj{"labels": obj{"a": "b"}}}}
			})
			if g, ok := s["generator"].(obj); ok {
				if known, _ := eso.GeneratorOf(g["kind"].(string)); !known.Rotatable {
					continue // generated where it is used
				}
			}
			services = append(services, service)
		}
		docs = append(docs, obj{"apiVersion": "esotree.openova.io/v1alpha1", "kind": "Tenant", "metadata": obj{"name": fmt.Sprintf("t%d", i)},
			"spec": obj{"environments": []any{"prod"}, "secrets": secrets, "services": services}})
	}
	out := fstest.MapFS{}
	for i, doc := range docs {
		data, err := yaml.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		out[fmt.Sprintf("%d.yaml", i)] = &fstest.MapFile{Data: data}
	}
	return out
}

// renderedObjects are the objects of a description; the codes of what refuses it otherwise.
func renderedObjects(t *testing.T, files fstest.MapFS) (objects []*object.Object, refused []string) {
	t.Helper()
	c, findings, err := esotree.Compile(context.Background(), files, []string{"."})
	if err != nil {
		t.Fatal(err)
	}
	if c != nil {
		for folder := range c.Folders(context.Background(), func(string) bool { return true }, findings) {
			objects = append(objects, folder.Objects...)
		}
	}
	for _, f := range findings.All() {
		if f.Severity == diag.Error {
			refused = append(refused, f.Code+": "+f.Message)
		}
	}
	return objects, refused
}

// judge holds that the API server takes objects as they are. It returns how long it took.
func judge(t *testing.T, rules []lint.Rule, objects []*object.Object) time.Duration {
	t.Helper()
	g := graph.New(objects)
	start := time.Now()
	set, err := lint.Run(context.Background(), g, lint.Options{Rules: rules})
	took := time.Since(start)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range set.All() {
		t.Errorf("%s (%s) [%s]", f.Message, f.Path, f.Code)
	}
	return took
}

// TestAPIServer holds that the API server and the admission webhook of a release take all that is rendered for it, and drop no
// field: the examples, the fixtures, and the objects of thousands that are rendered from descriptions made at random.
func TestAPIServer(t *testing.T) {
	count := 400
	if testing.Short() {
		count = 100
	}
	for _, release := range []string{"0.20", "2.9"} {
		t.Run(release, func(t *testing.T) {
			name := releaseBundle(t, release)
			b, err := crd.Load(os.DirFS(filepath.Dir(name)), filepath.Base(name))
			if err != nil {
				t.Fatal(err)
			}
			rules, err := b.Rules(release)
			if err != nil {
				t.Fatal(err)
			}
			features := fstest.MapFS{}
			for _, file := range []string{"platform.yaml", "acme.yaml", "globex.yaml"} {
				data, err := os.ReadFile("testdata/features/" + file)
				if err != nil {
					t.Fatal(err)
				}
				features[file] = &fstest.MapFile{Data: esoVersion.ReplaceAll(data, []byte(`version: "`+release+`"`))}
			}
			for name, files := range map[string]fstest.MapFS{
				"openova": edit(t, openova(t), "platform.yaml", `version: "2.9"`, `version: "`+release+`"`), "seed": description(t, release), "features": features,
			} {
				t.Run(name, func(t *testing.T) {
					objects, refused := renderedObjects(t, files)
					if len(refused) > 0 || len(objects) == 0 {
						t.Fatal(refused)
					}
					judge(t, rules, objects)
				})
			}
			t.Run("random", func(t *testing.T) {
				line, err := eso.ParseRelease(release)
				if err != nil {
					t.Fatal(err)
				}
				schemas := schemasOf(t, name)
				kinds, why := map[string]int{}, map[string]int{}
				var objects, descriptions int
				var took time.Duration
				for seed := range uint64(count) {
					files := maker{rand.New(rand.NewPCG(seed, 1)), line, schemas}.files(t)
					made, refused := renderedObjects(t, files)
					if len(refused) > 0 {
						why[refused[0]]++
						continue
					}
					descriptions++
					objects += len(made)
					for _, o := range made {
						kinds[o.Kind]++
					}
					if took += judge(t, rules, made); t.Failed() {
						for _, file := range slices.Sorted(maps.Keys(files)) {
							t.Logf("seed %d, %s:\n%s", seed, file, files[file].Data)
						}
						return
					}
				}
				t.Logf("%d objects of %d descriptions, %v each: %v", objects, descriptions, took/time.Duration(max(objects, 1)), kinds)
				if descriptions < count/3 || objects < count*5 {
					for _, code := range slices.Sorted(maps.Keys(why)) {
						t.Logf("%d refused: %s", why[code], code)
					}
					t.Errorf("only %d of %d descriptions are valid", descriptions, count)
				}
			})
		})
	}
}
