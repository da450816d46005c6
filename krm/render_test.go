package krm_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/openova-io/esotree/krm"
)

func TestSelection(t *testing.T) {
	tests := []struct {
		spec      string
		code      int
		has, lack []string
		stderr    string
	}{
		{spec: "region: east", has: []string{"ClusterSecretStore /vault-east", "PushSecret acme-prod/push-postgres-east", "PushSecret acme-staging/push-postgres-east", "PushSecret globex-prod/push-postgres-east"}},
		{spec: "region: west", has: []string{"ExternalSecret acme-prod/web-secrets"}, lack: []string{"PushSecret acme-prod/push-postgres-east", "ExternalSecret acme-staging/web-secrets"}},
		{spec: "region: east, environment: staging", has: []string{"ClusterSecretStore /vault-east", "PushSecret acme-staging/push-postgres-east"}, lack: []string{"PushSecret acme-prod/push-postgres-east"}},
		{spec: "region: east, tenant: globex", has: []string{"PushSecret globex-prod/push-postgres-east"}, lack: []string{"ClusterSecretStore /vault-east", "PushSecret acme-prod/push-postgres-east"}},
		{spec: "region: east, only: Platform", has: []string{"ClusterSecretStore /vault-east"}, lack: []string{"PushSecret acme-prod/push-postgres-east"}},
		{spec: "region: east, only: Tenants", has: []string{"PushSecret acme-prod/push-postgres-east"}, lack: []string{"ClusterSecretStore /vault-east"}},
		{spec: "region: east, only: Tenants, tenant: acme, environment: staging", has: []string{"PushSecret acme-staging/push-postgres-east"}, lack: []string{"PushSecret globex-staging/push-postgres-east"}},
		{spec: "only: Platform", code: 1, stderr: "add region: east"},
		{spec: "region: west, environment: staging, only: Tenants", code: 1, stderr: "nothing is rendered for this selection"},
		{spec: "region: wets", code: 1, stderr: `did you mean "west"?`},
		{spec: "region: east, environment: stagin", code: 1, stderr: `did you mean "staging"?`},
		{spec: "region: east, tenant: initech", code: 1, stderr: `known: acme, globex`},
		{spec: "region: east, output: ../elsewhere", code: 1, stderr: `"../elsewhere" is no folder of the package`},
		{spec: "region: east, output: /elsewhere", code: 1, stderr: `"/elsewhere" is no folder of the package`},
		{spec: "region: east, only: tenants", code: 1, stderr: `did you mean "Tenants"?`},
		{spec: "regions: east", code: 1, stderr: `did you mean "region"?`},
		{spec: "region: [east]", code: 1, stderr: "[wrong-type]"},
	}
	for _, test := range tests {
		t.Run(test.spec, func(t *testing.T) {
			a := call(t, krm.Function{Files: files()}, list(render("{paths: [description], "+test.spec+"}")))
			if a.code != test.code {
				t.Fatalf("exit %d, want %d: %s", a.code, test.code, a.stderr)
			}
			want(t, "standard error", a.stderr, test.stderr)
			for _, name := range test.has {
				if !slices.Contains(a.names(), name) {
					t.Errorf("%s is not among %v", name, a.names())
				}
			}
			for _, name := range test.lack {
				if slices.Contains(a.names(), name) {
					t.Errorf("%s is among %v", name, a.names())
				}
			}
			if test.code != 0 && len(a.items) > 0 {
				t.Errorf("a failed run made %v", a.names())
			}
		})
	}
}

// What kpt makes of NAME=VALUE arguments.
func TestConfigMap(t *testing.T) {
	items := []string{at(platform, "platform.yaml", "0"), at(acme, "acme.yaml", "0")}
	tests := []struct {
		data   string
		code   int
		stderr string
		has    string
	}{
		{data: "{}", has: "PushSecret acme-prod/push-postgres-east"},
		{data: "{region: west}", has: "ExternalSecret acme-prod/web-secrets"},
		{data: "{mode: Render, only: Platform, output: elsewhere}", has: "ClusterSecretStore /vault-east"},
		{data: "{mode: Lint, closed: 'true', eso: '2.9', failOn: error}", has: "Platform /demo"},
		{data: "{mode: render}", code: 1, stderr: `did you mean "Render"?`},
		{data: "{mode: Lint, closed: 'yes'}", code: 1, stderr: `"yes" is not one of true, false`},
		{data: "{regoin: west}", code: 1, stderr: `there is no option "regoin" [unknown-field]`},
		{data: "{regoin: west}", code: 1, stderr: `did you mean "region"?`},
		{data: "{mode: Lint, eso: newest}", code: 1, stderr: "newest"},
		{data: "{mode: Lint, failOn: note}", code: 1, stderr: `"note" is not one of error, warning`},
		{data: "[a]", code: 1, stderr: "[wrong-type]"},
	}
	for _, test := range tests {
		t.Run(test.data, func(t *testing.T) {
			a := call(t, krm.Function{}, list("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: config}\ndata: "+test.data+"\n", items...))
			if a.code != test.code {
				t.Fatalf("exit %d, want %d: %s", a.code, test.code, a.stderr)
			}
			want(t, "standard error", a.stderr, test.stderr)
			if test.has != "" && !slices.Contains(a.names(), test.has) {
				t.Errorf("%s is not among %v", test.has, a.names())
			}
		})
	}
}

// A configuration of another kind is refused with what is meant.
func TestConfigKind(t *testing.T) {
	for config, hint := range map[string]string{
		strings.Replace(render("{}"), "Render", "Rendr", 1):      `did you mean "Render"?`,
		strings.Replace(render("{}"), "v1alpha1", "v1alpha2", 1): `did you mean "esotree.openova.io/v1alpha1"?`,
		"apiVersion: v1\nkind: Secret\nmetadata: {name: x}\n":    "use esotree.openova.io/v1alpha1",
		"metadata: {name: x}\n":                                  "use esotree.openova.io/v1alpha1",
	} {
		a := call(t, krm.Function{}, list(config, acme))
		if a.code != 1 || len(a.items) != 1 {
			t.Errorf("exit %d with %q: %v", a.code, config, a.items)
		}
		want(t, "standard error", a.stderr, hint)
	}
}

const other = `apiVersion: apps/v1 # the apps
kind: Deployment
metadata:
  name: web
spec: {replicas: 0o17, on: yes, paused: ~, note: "a: b"} # odd on purpose
`

// As a transformer of kustomize: the descriptions are replaced, everything else passes with its comments.
func TestTransformer(t *testing.T) {
	id := func(text string) string {
		return strings.Replace(text, "metadata:", "metadata:\n  annotations: {kustomize.config.k8s.io/id: '1'}", 1)
	}
	stamped := strings.Replace(id(acme), "name: acme", "name: acme\n  namespace: forced", 1)
	a := call(t, krm.Function{}, list(render("{region: east}"), id(platform), id(other), stamped))
	if a.code != 0 {
		t.Fatalf("exit %d: %s", a.code, a.stderr)
	}
	want(t, "standard output", a.stdout, "# the apps", "replicas: 0o17", "# odd on purpose")
	got := a.names()
	for _, gone := range []string{"Platform /demo", "Tenant /acme", "Tenant forced/acme"} {
		if slices.Contains(got, gone) {
			t.Errorf("%s is still among %v", gone, got)
		}
	}
	for _, name := range []string{"Deployment /web", "PushSecret acme-prod/push-postgres-east"} {
		if !slices.Contains(got, name) {
			t.Errorf("%s is not among %v", name, got)
		}
	}
	if strings.Contains(a.stdout, krm.RenderedAnnotation) || strings.Contains(a.stdout, "internal.config.kubernetes.io") {
		t.Error("what goes to a cluster carries marks of the function")
	}
}

// As a function of a package: every file stays, ours get places, and a second run finds them.
func TestPackage(t *testing.T) {
	f := krm.Function{}
	config := render("{}")
	in := list(config, at(config, "render.yaml", "0"), at(platform, "platform.yaml", "0"), at(acme, "all.yaml", "1"), at(other, "all.yaml", "0"))
	first := call(t, f, in)
	if first.code != 0 || len(first.raw) < 5 || !same(itemsOf(t, in), first.raw[:4]) {
		t.Fatalf("exit %d, or what came in is not put out as it was: %s\n%s", first.code, first.stderr, first.stdout)
	}
	seen := map[string]bool{}
	for _, o := range first.items[4:] {
		marks := o.Metadata.Annotations
		path := o.path()
		if !strings.HasPrefix(path, "rendered/") || seen[path] || marks["config.kubernetes.io/path"] != path ||
			marks["internal.config.kubernetes.io/index"] != "0" || marks["config.kubernetes.io/index"] != "0" || !strings.HasPrefix(marks[krm.RenderedAnnotation], "demo:") {
			t.Errorf("%s: %v", o, marks)
		}
		seen[path] = true
	}
	for _, path := range []string{"rendered/east/stores/clustersecretstore-vault-east.yaml", "rendered/east/tenants/acme/prod/pushsecret-push-postgres-east.yaml",
		"rendered/west/tenants/acme/prod/externalsecret-web-secrets.yaml"} {
		if !seen[path] {
			t.Errorf("nothing is at %s", path)
		}
	}

	second := call(t, f, first.stdout)
	if second.code != 0 || second.stdout != first.stdout {
		t.Fatalf("exit %d, or the second run puts out something else:\n%s", second.code, second.stdout)
	}

	// A moved file stays where it is, in whatever place of it; an edited one is as rendered again.
	const was = "rendered/east/tenants/acme/prod/pushsecret-push-postgres-east.yaml"
	moved := strings.ReplaceAll(first.stdout, was, "moved.yaml")
	moved = strings.ReplaceAll(moved, "deletionPolicy: None", "deletionPolicy: Delete")
	third := call(t, f, moved)
	if third.code != 0 || third.stdout != strings.ReplaceAll(first.stdout, was, "moved.yaml") {
		t.Errorf("exit %d: a moved file is not found again:\n%s", third.code, third.stdout)
	}

	// What the description no longer makes is taken out, and nothing else.
	less := call(t, f, strings.ReplaceAll(first.stdout, "- name: web\n", "- name: shop\n"))
	got := less.names()
	if less.code != 0 || len(less.items) != len(first.items) || slices.Contains(got, "ExternalSecret acme-prod/web-secrets") || !slices.Contains(got, "ExternalSecret acme-prod/shop-secrets") {
		t.Errorf("exit %d: %v", less.code, got)
	}

	// A selection replaces what it selects.
	part := call(t, f, strings.Replace(first.stdout, "spec: {}", "spec: {tenant: acme, region: west}", 1))
	if part.code != 0 || len(part.items) != len(first.items) {
		t.Errorf("exit %d: %v of %d", part.code, part.names(), len(first.items))
	}

	// A tenant without a description keeps what it has.
	var kept []string
	for i, raw := range first.raw {
		if first.items[i].String() != "Tenant /acme" {
			kept = append(kept, string(raw))
		}
	}
	gone := call(t, f, list(render("{}"), append(kept, at(strings.Replace(acme, "name: acme", "name: globex", 1), "globex.yaml", "0"))...))
	if gone.code != 0 || !slices.Contains(gone.names(), "PushSecret acme-prod/push-postgres-east") || !slices.Contains(gone.names(), "PushSecret globex-prod/push-postgres-east") {
		t.Errorf("exit %d: %s%v", gone.code, gone.stderr, gone.names())
	}
	want(t, "standard error", gone.stderr, `warning: tenant "acme" has rendered objects and no description`)
}

// Another folder for the output, and a file that is there already.
func TestPackagePlaces(t *testing.T) {
	a := call(t, krm.Function{}, list(render("{output: out/tree, region: east}"), at(platform, "platform.yaml", "0"), at(acme, "acme.yaml", "0")))
	if a.code != 0 || !strings.HasPrefix(a.items[len(a.items)-1].path(), "out/tree/east/") {
		t.Errorf("exit %d: %v", a.code, a.items)
	}
	theirs := at("apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata:\n  name: postgres\n  namespace: acme-prod\nspec: {}\n",
		"rendered/east/tenants/acme/prod/externalsecret-postgres.yaml", "0")
	a = call(t, krm.Function{}, list(render("{region: east}"), at(platform, "platform.yaml", "0"), at(acme, "acme.yaml", "0"), theirs))
	if a.code != 1 || len(a.items) != 3 {
		t.Errorf("exit %d: %v", a.code, a.names())
	}
	want(t, "standard error", a.stderr, "is among the resources already, and esotree did not render it [file-foreign]")
}

// A guard adds one object that kustomize drops, and is the same in each run.
func TestGuard(t *testing.T) {
	in := list(strings.Replace(render("{}"), "Render", "Guard", 1), other)
	a := call(t, krm.Function{}, in)
	if a.code != 0 || len(a.items) != 2 || !same(a.raw[:1], itemsOf(t, in)) {
		t.Fatalf("exit %d: %s%v", a.code, a.stderr, a.items)
	}
	if o := a.items[1]; o.Metadata.Name != krm.GuardName || o.Metadata.Annotations["config.kubernetes.io/local-config"] != "true" {
		t.Errorf("the guard is %+v", o)
	}
}

// A legacy plugin: plain documents in and out.
func TestPlain(t *testing.T) {
	fsys := files()
	fsys["render.yaml"] = &fstest.MapFile{Data: []byte(render("{paths: [description], region: east}"))}
	fsys["transform.yaml"] = &fstest.MapFile{Data: []byte(render("{region: east}"))}
	fsys["lint.yaml"] = &fstest.MapFile{Data: []byte(linting("{}"))}
	fsys["two.yaml"] = &fstest.MapFile{Data: []byte("a: 1\n---\nb: 1\n")}
	fsys["broken.yaml"] = &fstest.MapFile{Data: []byte("a: [\n")}
	f := krm.Function{Files: fsys}
	tests := []struct {
		name, stdin, file string
		code              int
		stdout            []string
		stderr            string
	}{
		{"a generator", "", "render.yaml", 0, []string{"---\napiVersion: external-secrets.io/v1\nkind: ClusterSecretStore\n", "name: push-postgres-east"}, ""},
		{"a transformer", platform + "---\n" + acme + "---\n" + other, "transform.yaml", 0, []string{"# the apps", "name: push-postgres-east"}, ""},
		{"a validator", other, "lint.yaml", 0, []string{"replicas: 0o17"}, ""},
		{"a mistake", strings.Replace(platform, "kind: Platform", "kind: Platfrom", 1), "transform.yaml", 1, nil, "no Platform"},
		{"no file", "", "gone.yaml", 1, nil, "the configuration can't be read"},
		{"two documents", "", "two.yaml", 1, nil, "one document is wanted as configuration"},
		{"broken", "", "broken.yaml", 1, nil, "broken.yaml:"},
		{"broken documents", "a: [\n", "lint.yaml", 1, nil, "standard input:"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := call(t, f, test.stdin, test.file)
			if a.code != test.code || test.code != 0 && a.stdout != "" {
				t.Fatalf("exit %d: %s\n%s", a.code, a.stderr, a.stdout)
			}
			want(t, "standard output", a.stdout, test.stdout...)
			want(t, "standard error", a.stderr, test.stderr)
			if strings.Contains(a.stdout, "ResourceList") || strings.Contains(a.stdout, "kind: Tenant") {
				t.Errorf("standard output is not what kustomize wants:\n%s", a.stdout)
			}
		})
	}
	if a := call(t, f, "", "render.yaml", "more"); a.code != 1 || a.stdout != "" {
		t.Errorf("exit %d with two arguments", a.code)
	}
}

// Where no Platform is found the configuration is pointed at: that is where one is missing.
func TestNoPlatform(t *testing.T) {
	a := call(t, krm.Function{}, list(render("{region: east}"), acme))
	if a.code != 1 || len(a.items) != 1 || len(a.results) != 1 || a.results[0].ResourceRef == nil || a.results[0].ResourceRef.Kind != "Render" {
		t.Errorf("exit %d: %+v", a.code, a.results)
	}
	want(t, "standard error", a.stderr, "Render secrets:5:7: error: there is no Platform among the descriptions [no-platform]", "name its file in paths")
	a = call(t, krm.Function{}, list("", acme))
	if a.code != 1 {
		t.Errorf("exit %d without a configuration", a.code)
	}
	want(t, "standard error", a.stderr, "there is no Platform among the descriptions [no-platform]", "name its file in paths")
}

// The objects by which an engine finds the tree are for a package, which is files in Git, and not for a build.
func TestGitOps(t *testing.T) {
	flux := platform + "  gitops: {engine: Flux, sourceRef: {kind: GitRepository, name: platform}}\n"
	const object = "Kustomization flux-system/demo.stores"
	a := call(t, krm.Function{}, list("", at(flux, "platform.yaml", "0"), at(acme, "acme.yaml", "0")))
	if a.code != 0 || !slices.Contains(a.names(), object) || !strings.Contains(a.stdout, "rendered/east/gitops/kustomization-demo.stores.yaml") {
		t.Errorf("a package: exit %d: %s%v", a.code, a.stderr, a.names())
	}
	a = call(t, krm.Function{}, list(render("{region: east, platform: "+flow(t, flux)+", tenants: ["+flow(t, acme)+"]}")))
	if a.code != 0 || slices.Contains(a.names(), object) || !slices.Contains(a.names(), "PushSecret acme-prod/push-postgres-east") {
		t.Errorf("a build: exit %d: %s%v", a.code, a.stderr, a.names())
	}
}
