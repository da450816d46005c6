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
// in one graph. What does not link has its own findings, and of those of the rules part by part has some.
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
			if !linking.HasErrors() && !slices.Contains(got, s) {
				t.Errorf("only as a whole: %s", s)
			}
		}
	}
	if linking.HasErrors() {
		for _, f := range linking.All() {
			t.Log(f.Code, f.Message)
		}
		return -1
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
	if findings < 100 || linked < 60 {
		t.Errorf("only %d findings in %d platforms that link", findings, linked)
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
