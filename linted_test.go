package esotree_test

import (
	"cmp"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"

	"github.com/openova-io/esotree"
	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/lint"
)

// said are findings without their hints, which name what is near: of a part's own surroundings, or of everything.
func said(set *diag.Set) []string {
	var out []string
	for _, f := range set.All() {
		file, line, column := f.Span.Location()
		if f.Code == "store-auth-foreign-cluster" {
			continue // it is told of the first store of a cluster, or of all of them
		}
		if f.Code == "argo-default-drift" {
			continue // the description's own line is told of, once
		}
		out = append(out, fmt.Sprintf("%s %s %s:%d:%d %s %v %s", f.Severity, f.Code, cmp.Or(file, f.File), line, column, f.Path, f.Object, f.Message))
	}
	return out
}

// partByPart holds the law of Linted: of what links without errors, the rules say part by part what they say of the whole platform
// in one graph.
func partByPart(t *testing.T, fsys fs.FS) (findings int) {
	t.Helper()
	c, linking, err := esotree.Compile(t.Context(), fsys, []string{"."})
	if err != nil {
		t.Fatal(err)
	}
	if c == nil {
		return -1
	}
	parts, err := c.Lint(t.Context(), lint.Options{})
	if err != nil && linking.HasErrors() {
		return -1 // the release of the operator is one of the errors
	} else if err != nil {
		t.Fatal(err)
	}
	for part := range c.Parts(t.Context()) {
		linking.Add(part.Findings...)
	}
	if linking.HasErrors() {
		return -1
	}
	whole, err := c.Lint(t.Context(), lint.Options{Rules: lint.Rules()})
	if err != nil {
		t.Fatal(err)
	}
	got, want := said(parts), said(whole)
	if !slices.Equal(got, want) {
		for _, s := range got {
			if !slices.Contains(want, s) {
				t.Errorf("only part by part: %s", s)
			}
		}
		for _, s := range want {
			if !slices.Contains(got, s) {
				t.Errorf("only as a whole: %s", s)
			}
		}
	}
	return len(want)
}

// TestLintedExamples: the golden descriptions and the examples are judged alike part by part and as a whole.
func TestLintedExamples(t *testing.T) {
	for _, folder := range []string{"golden/testdata/trees", "golden/testdata/findings"} {
		names, _ := fs.Glob(os.DirFS(folder), "*.txtar")
		if len(names) == 0 {
			t.Errorf("%s holds nothing", folder)
		}
		for _, name := range names {
			t.Run(path.Base(name), func(t *testing.T) {
				archive, err := txtar.ParseFile(path.Join(folder, name))
				if err != nil {
					t.Fatal(err)
				}
				fsys, err := txtar.FS(archive)
				if err != nil {
					t.Fatal(err)
				}
				partByPart(t, fsys)
			})
		}
	}
	for _, example := range []string{"openova", "gitops/flux", "gitops/argocd"} {
		partByPart(t, os.DirFS("examples/"+example))
	}
}

// TestLintedRandom is the same for platforms at random, whose tenants read each other's secrets and the platform's, granted or
// not, push what they have read, and share namespaces and keys.
func TestLintedRandom(t *testing.T) {
	findings, linked := 0, 0
	for seed := range uint64(80) {
		fsys := randomPlatform(rand.New(rand.NewPCG(seed, 1)))
		n := partByPart(t, fsys)
		findings += max(n, 0)
		if n >= 0 {
			linked++
		}
		if t.Failed() {
			for name, f := range fsys {
				t.Logf("%s:\n%s", name, f.Data)
			}
			t.Fatalf("seed %d", seed)
		}
	}
	if findings < 100 || linked < 30 {
		t.Errorf("only %d findings in %d platforms that link", findings, linked)
	}
}

// TestLintedBesideErrors: what is wrong in one tenant takes nothing from those that do not read from it, and makes nothing up.
func TestLintedBesideErrors(t *testing.T) {
	breaks := map[string]func(string) string{
		"a text that breaks off":  func(s string) string { return s + "  vars: [\n" },
		"another kind":            func(s string) string { return strings.Replace(s, "kind: Tenant", "kind: Tenent", 1) },
		"a misspelt list":         func(s string) string { return strings.Replace(s, "secrets:", "secret:", 1) },
		"a misspelt grant":        func(s string) string { return strings.Replace(s, "grants:", "grant:", 1) },
		"a secret without a name": func(s string) string { return strings.Replace(s, "- name: db", "- nam: db", 1) },
		"no such class":           func(s string) string { return strings.Replace(s, "- name: smtp", "- name: smtp\n      class: none", 1) },
		"no such key":             func(s string) string { return strings.Replace(s, "K0: ", "K0: db/none\n        Z: ", 1) },
		"a field the API has not": func(s string) string { return strings.ReplaceAll(s, "length: 32", "lenght: 32") },
	}
	kept, lost := 0, 0
	for seed := range uint64(40) {
		files := randomPlatform(rand.New(rand.NewPCG(seed, 1)))
		lintAll := func() ([]string, *diag.Set) {
			c, linking, err := esotree.Compile(t.Context(), files, []string{"."})
			if err != nil || c == nil {
				return nil, linking
			}
			found, err := c.Lint(t.Context(), lint.Options{})
			if err != nil {
				t.Fatal(err)
			}
			rules := &diag.Set{}
			for _, f := range found.All() {
				if lint.Doc(f.Code) != "" {
					rules.Add(f)
				}
			}
			linking.Add(found.All()...)
			return said(rules), linking
		}
		clean, linking := lintAll()
		if linking.HasErrors() && slices.ContainsFunc(linking.All(), func(f diag.Finding) bool { return f.Severity == diag.Error && lint.Doc(f.Code) == "" }) {
			continue
		}
		name := []string{"acme", "globex", "hooli", "initech"}[seed%4]
		file := "tenants/" + name + ".yaml"
		text := string(files[file].Data)
		for what, wrong := range breaks {
			broken := wrong(text)
			if broken == text {
				continue
			}
			files[file] = &fstest.MapFile{Data: []byte(broken)}
			got, linking := lintAll()
			if !linking.HasErrors() {
				t.Errorf("seed %d, %s: no error", seed, what)
			}
			for _, s := range got {
				if !slices.Contains(clean, s) {
					t.Errorf("seed %d, %s in %s: made up: %s", seed, what, name, s)
				}
			}
			for _, s := range clean {
				of := strings.Fields(s)[2]
				reads := strings.HasPrefix(of, file) || readsFrom(files, of, name)
				switch {
				case slices.Contains(got, s):
					kept++
				case reads:
					lost++
				default:
					t.Errorf("seed %d, %s in %s: not said: %s", seed, what, name, s)
				}
			}
		}
		files[file] = &fstest.MapFile{Data: []byte(text)}
	}
	if kept < 100 || lost == 0 {
		t.Errorf("%d findings were kept, %d were not", kept, lost)
	}
}

// TestLintedBesideManyErrors: what many tenants have wrong in the same way is folded where it is printed, and none of them is judged.
func TestLintedBesideManyErrors(t *testing.T) {
	files := fstest.MapFS{"platform.yaml": {Data: []byte(`apiVersion: esotree.openova.io/v1alpha1
kind: Platform
metadata: {name: p}
spec:
  regions: [{name: one, store: {provider: {vault: {server: "https://one.example.com", path: secret, version: v2, auth: {kubernetes: {mountPath: kubernetes, role: eso}}}}}}]
  environments: [{name: prod}]
`)}}
	for i := range 8 {
		wrong := ", clas: x"
		if i == 7 {
			wrong = ""
		}
		files[fmt.Sprintf("t%d.yaml", i)] = &fstest.MapFile{Data: fmt.Appendf(nil, "apiVersion: esotree.openova.io/v1alpha1\nkind: Tenant\nmetadata: {name: t%d}\nspec: {secrets: [{name: db, generator: {kind: UUID}, push: {deletion: Delete}%s}]}\n", i, wrong)}
	}
	c, _, err := esotree.Compile(t.Context(), files, []string{"."})
	if err != nil {
		t.Fatal(err)
	}
	found, err := c.Lint(t.Context(), lint.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for f := range found.Every() {
		if f.Code == "delete-policy-loses-data" {
			got = append(got, f.Span.File.Name)
		}
	}
	if !slices.Equal(got, []string{"t7.yaml"}) {
		t.Errorf("judged are %v", got)
	}
}

// TestLintedBesideBrokenSecret: who reads a secret that could not be linked is not judged, since what it reads is passed over.
func TestLintedBesideBrokenSecret(t *testing.T) {
	const head = "apiVersion: esotree.openova.io/v1alpha1\nkind: Tenant\n"
	text := func(wrong string) fstest.MapFS {
		return fstest.MapFS{
			"platform.yaml": {Data: []byte(`apiVersion: esotree.openova.io/v1alpha1
kind: Platform
metadata: {name: p}
spec:
  regions: [{name: one, store: {provider: {vault: {server: "https://one.example.com", path: secret, version: v2, auth: {kubernetes: {mountPath: kubernetes, role: eso}}}}}}]
  environments: [{name: prod}]
`)},
			"acme.yaml":   {Data: []byte(head + "metadata: {name: acme}\nspec: {secrets: [{name: db, generator: {kind: " + wrong + "}], grants: [{secret: db, to: [globex]}]}\n")},
			"globex.yaml": {Data: []byte(head + "metadata: {name: globex}\nspec:\n  secrets: [{name: own, generator: {kind: UUID}, push: {deletion: Delete}}]\n  services: [{name: web, data: {P: \"acme:db/uuid\", Q: own/uuid}, target: {template: {data: {X: \"{{ .P }}\"}}}}]\n")},
		}
	}
	for wrong, want := range map[string]int{"UUID}": 1, "UIUD}": 0, "UUID}, class: none": 0, "UUID}, clas: x": 0} {
		c, _, err := esotree.Compile(t.Context(), text(wrong), []string{"."})
		if err != nil {
			t.Fatal(err)
		}
		found, err := c.Lint(t.Context(), lint.Options{})
		if err != nil {
			t.Fatal(err)
		}
		judged := 0
		for f := range found.Every() {
			if f.Span.File.Name == "globex.yaml" {
				judged++
			}
		}
		if judged != want {
			t.Errorf("%q: %v", wrong, said(found))
		}
	}
}

// readsFrom reports whether the tenant of a finding's place reads from one of a name, itself or through others.
func readsFrom(files fstest.MapFS, at, name string) bool {
	seen := map[string]bool{}
	var reads func(file string) bool
	reads = func(file string) bool {
		if seen[file] || files[file] == nil || !strings.HasPrefix(file, "tenants/") {
			return false
		}
		seen[file] = true
		for _, other := range []string{"acme", "globex", "hooli", "initech"} {
			if strings.Contains(string(files[file].Data), " "+other+":") && (other == name || reads("tenants/"+other+".yaml")) {
				return true
			}
		}
		return false
	}
	file, _, _ := strings.Cut(at, ":")
	return reads(file)
}

// TestLintedLeadingSlash: a grant holds for a key that is written with a leading slash, which Vault does without.
func TestLintedLeadingSlash(t *testing.T) {
	c, set, err := esotree.Compile(t.Context(), fstest.MapFS{"all.yaml": {Data: []byte(`apiVersion: esotree.openova.io/v1alpha1
kind: Platform
metadata: {name: p}
spec:
  regions: [{name: one, store: {provider: {vault: {server: "https://one.example.com", path: secret, version: v2, auth: {kubernetes: {mountPath: kubernetes, role: eso}}}}}}]
  environments: [{name: prod}]
---
apiVersion: esotree.openova.io/v1alpha1
kind: Tenant
metadata: {name: acme}
spec: {secrets: [{name: db, generator: {kind: UUID}, remoteKey: /acme/db}], grants: [{secret: db, to: [globex]}]}
---
apiVersion: esotree.openova.io/v1alpha1
kind: Tenant
metadata: {name: globex}
spec: {services: [{name: web, data: {A: "acme:db/uuid"}}]}
`)}}, []string{"."})
	if err != nil || set.HasErrors() {
		t.Fatal(err, set.All())
	}
	found, err := c.Lint(t.Context(), lint.Options{})
	if err != nil || found.HasErrors() {
		t.Error(err, said(found))
	}
}

func randomPlatform(r *rand.Rand) fstest.MapFS {
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	sometimes := func(n int, text string) string {
		if r.IntN(n) > 0 {
			return ""
		}
		return text
	}
	tenants, secrets := []string{"acme", "globex", "hooli", "initech"}, []string{"cache", "db", "smtp"}
	secret := func(name, owner string) string {
		text := "    - name: " + name + "\n      keys: {password: {}, url: {template: \"x://{{ .password | urlquery }}@y\"}}\n"
		switch r.IntN(6) {
		case 0:
			text = "    - name: " + name + "\n      secretRef: {name: " + pick("web-secrets", "api-secrets", "other") + "}\n      keys: {password: {}, url: {}}\n"
		case 1:
			text += "      bootstrap: {prompt: Type it in}\n"
		case 2:
			text += sometimes(2, "      push: {mode: PerKey}\n") + "      generator: {kind: Password, spec: {length: 32, symbols: 4}}\n"
		default:
			text += "      generator: {kind: Password, spec: {length: 32}}\n" + sometimes(6, "      push: {deletion: Delete}\n") + sometimes(6, "      recover: None\n")
		}
		text += sometimes(8, "      refreshInterval: 10s\n")
		if owner == "" {
			text += "      namespace: " + pick("acme-prod", "globex-prod", "monitoring") + "\n      names: {target: platform-" + name + ", externalSecret: platform-" + name + ", push: platform-" + name + "}\n"
		} else {
			text += sometimes(12, "      namespace: "+owner+"-more\n") + sometimes(12, "      remoteKey: /"+owner+"/"+name+"\n")
		}
		return text
	}
	platform := "apiVersion: esotree.openova.io/v1alpha1\nkind: Platform\nmetadata:\n  name: random\nspec:\n" +
		sometimes(3, "  isolation: PerTenant\n") + "  regions:\n"
	for _, region := range []string{"region1", "region2"} {
		server := pick("one", region, region)
		platform += "    - name: " + region + "\n      store:\n        provider:\n          vault:\n            server: https://" + server + ".example.com\n            path: secret\n            version: v2\n" +
			"            auth: {kubernetes: {mountPath: kubernetes, role: eso, serviceAccountRef: {name: eso, namespace: eso}}}\n"
	}
	platform += "  environments:\n    - name: prod\n  secrets:\n" + secret("cache", "") + secret("smtp", "")
	platform += "  grants:\n    - {secret: smtp, to: [acme, globex, hooli]}\n"
	fsys := fstest.MapFS{"platform.yaml": {Data: []byte(platform)}}
	for _, tenant := range tenants {
		text := "apiVersion: esotree.openova.io/v1alpha1\nkind: Tenant\nmetadata:\n  name: " + tenant + "\nspec:\n  secrets:\n"
		for _, name := range secrets {
			text += secret(name, tenant)
		}
		text += "  services:\n"
		for _, name := range []string{"web", "api"} {
			text += "    - name: " + name + "\n" + sometimes(3, "      regions: Home\n") + "      data:\n"
			for i, key := range []string{"password", "url", "password"} {
				from := pick(secrets...)
				switch r.IntN(5) {
				case 0, 1:
					from = pick(tenants...) + ":" + from
				case 2:
					if tenant != "initech" {
						from = "platform:smtp"
					}
				}
				text += fmt.Sprintf("        K%d: %s/%s\n", i, from, key)
			}
		}
		text += "  grants:\n"
		for _, name := range secrets {
			text += "    - {secret: " + name + ", to: [" + strings.Join(tenants, ", ") + "]}\n"
		}
		fsys["tenants/"+tenant+".yaml"] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}
