package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var execFlags = []string{"build", "--enable-alpha-plugins", "--enable-exec", "."}

func TestBuildGenerator(t *testing.T) {
	kustomize := tool(t, "kustomize")
	dir := folder(t, map[string]string{
		"description/platform.yaml": platform, "description/acme.yaml": tenant,
		"overlay/kustomization.yaml": "resources: [deployment.yaml]\ngenerators: [render.yaml]\n",
		"overlay/deployment.yaml":    deployment,
		"overlay/render.yaml":        config("Render", "spec:\n  paths: [../description]\n  region: east\n"),
	})
	got := call(t, dir+"/overlay", nil, kustomize, execFlags...)
	if got.code != 0 || got.stderr != "" {
		t.Fatalf("exit %d: %s", got.code, got.stderr)
	}
	for kind, n := range map[string]int{"ClusterSecretStore": 2, "ExternalSecret": 3, "PushSecret": 4, "Password": 1, "Deployment": 1, "Render": 0, "Platform": 0} {
		if count(got.stdout, kind) != n {
			t.Errorf("%d objects of kind %s, want %d:\n%s", count(got.stdout, kind), kind, n, got.stdout)
		}
	}
	if strings.Contains(got.stdout, "esotree.openova.io/rendered") || strings.Contains(got.stdout, "config.kubernetes.io") {
		t.Errorf("marks of the function reach the cluster:\n%s", got.stdout)
	}
}

func TestBuildSelection(t *testing.T) {
	kustomize := tool(t, "kustomize")
	tests := []struct {
		name, spec string
		code       int
		want       []string
	}{
		{"the other region", "region: west", 0, []string{"name: vault-west"}},
		{"a tenant without the stores", "{region: east, tenant: acme}", 0, []string{"name: push-postgres-east"}},
		{"the platform's part alone", "{region: east, only: Platform}", 0, []string{"ClusterSecretStore"}},
		{"no region", "{tenant: acme}", 1, []string{"the platform has the regions east, west", "add region: east"}},
		{"an unknown region", "{region: eats}", 1, []string{"render.yaml:8:16: error:", `there is no region "eats"`, `did you mean "east"?`}},
		{"an unknown tenant", "{region: east, tenant: acne}", 1, []string{`did you mean "acme"?`}},
		{"an unknown environment", "{region: east, environment: prd}", 1, []string{`did you mean "prod"?`}},
		{"an unknown field", "{region: east, tennant: acme}", 1, []string{`unknown field "tennant"`, `did you mean "tenant"?`}},
		{"a wrong value", "{region: east, only: platform}", 1, []string{`did you mean "Platform"?`}},
		{"nothing", "{region: east, only: Platform, environment: prod, tenant: acme, paths: [gone]}", 1, []string{"reading failed"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := folder(t, map[string]string{
				"description/platform.yaml": platform, "description/acme.yaml": tenant,
				"overlay/kustomization.yaml": "generators: [render.yaml]\n",
				"overlay/render.yaml":        config("Render", "spec:\n  paths: [../description]\n"),
			})
			spec := strings.Trim(test.spec, "{}")
			if !strings.Contains(spec, "paths") {
				spec += ", paths: [../description]"
			}
			write(t, dir, "overlay/render.yaml", config("Render", "spec: {"+spec+"}\n"))
			got := call(t, dir+"/overlay", nil, kustomize, execFlags...)
			text := got.stdout
			if test.code != 0 {
				text = got.stderr
				if got.stdout != "" {
					t.Errorf("a failed build printed %q", got.stdout)
				}
			}
			if got.code != test.code {
				t.Fatalf("exit %d: %s", got.code, got.stderr)
			}
			wantText(t, "output", text, test.want...)
			if test.name == "a tenant without the stores" && count(text, "ClusterSecretStore") > 0 || strings.HasPrefix(test.name, "the platform") && count(text, "PushSecret") > 0 {
				t.Errorf("more than what was selected:\n%s", text)
			}
		})
	}
}

func TestBuildInline(t *testing.T) {
	kustomize := tool(t, "kustomize")
	indent := func(text, by string) string {
		return by + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n"+by) + "\n"
	}
	body := func(text string) string { return text[strings.Index(text, "metadata:"):] }
	dir := folder(t, map[string]string{
		"kustomization.yaml": "generators: [render.yaml]\n",
		"render.yaml": config("Render", "spec:\n  region: east\n  platform:\n"+indent(body(platform), "    ")+
			"  tenants:\n    -\n"+indent(body(tenant), "      ")),
	})
	got := call(t, dir, nil, kustomize, execFlags...)
	if got.code != 0 || count(got.stdout, "ExternalSecret") != 3 {
		t.Fatalf("exit %d, %s\n%s", got.code, got.stderr, got.stdout)
	}
	write(t, dir, "render.yaml", strings.Replace(config("Render", "spec:\n  region: east\n  platform:\n"+indent(body(platform), "    ")+
		"  tenants:\n    -\n"+indent(body(tenant), "      ")), "postgres/password", "postgress/password", 1))
	got = call(t, dir, nil, kustomize, execFlags...)
	if got.code != 1 {
		t.Fatalf("exit %d", got.code)
	}
	wantText(t, "standard error", got.stderr, "functionConfig spec.tenants[0]:", `did you mean "postgres"?`)
}

func TestBuildTransformer(t *testing.T) {
	kustomize := tool(t, "kustomize")
	dir := folder(t, map[string]string{
		"base/kustomization.yaml": "resources: [platform.yaml, acme.yaml, deployment.yaml]\n",
		"base/platform.yaml":      platform, "base/acme.yaml": tenant, "base/deployment.yaml": deployment,
		"overlay/kustomization.yaml": "resources: [../base]\nnamespace: forced\ntransformers: [render.yaml]\nbuildMetadata: [originAnnotations]\n",
		"overlay/render.yaml":        config("Render", "spec:\n  region: east\n"),
	})
	got := call(t, dir+"/overlay", nil, kustomize, execFlags...)
	if got.code != 0 || got.stderr != "" {
		t.Fatalf("exit %d: %s", got.code, got.stderr)
	}
	for kind, n := range map[string]int{"ExternalSecret": 3, "Deployment": 1, "Platform": 0, "Tenant": 0, "ClusterSecretStore": 2} {
		if count(got.stdout, kind) != n {
			t.Errorf("%d objects of kind %s, want %d", count(got.stdout, kind), kind, n)
		}
	}
	write(t, dir, "base/acme.yaml", strings.Replace(tenant, "postgres/password", "postgress/password", 1))
	got = call(t, dir+"/overlay", nil, kustomize, execFlags...)
	if got.code != 1 || got.stdout != "" {
		t.Fatalf("exit %d, %q", got.code, got.stdout)
	}
	wantText(t, "standard error", got.stderr, "../base/acme.yaml:18:28: error:", `did you mean "postgres"?`)
}

// An object that a person wrote and one that is rendered must not silently become one.
func TestBuildTransformerConflict(t *testing.T) {
	kustomize := tool(t, "kustomize")
	dir := folder(t, map[string]string{
		"kustomization.yaml": "resources: [platform.yaml, acme.yaml, own.yaml]\ntransformers: [render.yaml]\n",
		"platform.yaml":      platform, "acme.yaml": tenant,
		"own.yaml":    "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: postgres, namespace: acme-prod}\nspec: {target: {name: x}}\n",
		"render.yaml": config("Render", "spec:\n  region: east\n"),
	})
	got := call(t, dir, nil, kustomize, execFlags...)
	if got.code != 1 {
		t.Fatalf("exit %d:\n%s", got.code, got.stdout)
	}
	wantText(t, "standard error", got.stderr, `"ExternalSecret acme-prod/postgres" is among the resources already`)
}

// kustomize adds a path annotation to what a function puts out and then finds that a validator changed it
// (kubernetes-sigs/kustomize#5036). So the documents put a Lint behind the other transformers. This test fails when
// kustomize can do better.
func TestBuildValidatorsField(t *testing.T) {
	kustomize := tool(t, "kustomize")
	dir := folder(t, map[string]string{
		"kustomization.yaml": "resources: [deployment.yaml]\nvalidators: [lint.yaml]\n",
		"deployment.yaml":    deployment, "lint.yaml": strings.Replace(config("Lint", ""), "@FN@", "cat", 1),
	})
	if got := call(t, dir, nil, kustomize, execFlags...); got.code == 0 || !strings.Contains(got.stderr, "validator shouldn't modify the resource map") {
		t.Fatalf("kustomize can run functions as validators: exit %d\n%s", got.code, got.stderr)
	}
}

func TestBuildLint(t *testing.T) {
	kustomize := tool(t, "kustomize")
	good := "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: a, namespace: n}\nspec:\n  refreshInterval: 1h\n  secretStoreRef: {kind: SecretStore, name: s}\n  target: {creationPolicy: Orphan}\n  data:\n    - secretKey: a\n      remoteRef: {key: a, property: p}\n"
	files := map[string]string{
		"kustomization.yaml": "resources: [es.yaml, deployment.yaml]\ntransformers: [lint.yaml]\nbuildMetadata: [originAnnotations]\n",
		"es.yaml":            good, "deployment.yaml": deployment, "lint.yaml": config("Lint", ""),
	}
	dir := folder(t, files)
	plain := folder(t, files)
	write(t, plain, "kustomization.yaml", "resources: [es.yaml, deployment.yaml]\nbuildMetadata: [originAnnotations]\n")
	got, want := call(t, dir, nil, kustomize, execFlags...), call(t, plain, nil, kustomize, "build", ".")
	if got.code != 0 || got.stdout != want.stdout {
		t.Fatalf("exit %d: %s\ngot\n%s\nwant\n%s", got.code, got.stderr, got.stdout, want.stdout)
	}
	wantText(t, "standard error", got.stderr, "es.yaml:7:", "warning:", "[target-copies-labels]")

	write(t, dir, "lint.yaml", config("Lint", "spec: {closed: true}\n"))
	got = call(t, dir, nil, kustomize, execFlags...)
	if got.code != 1 || got.stdout != "" {
		t.Fatalf("exit %d: %s", got.code, got.stdout)
	}
	wantText(t, "standard error", got.stderr, "es.yaml:", "error:", "[store-missing]")

	write(t, dir, "lint.yaml", config("Lint", "spec: {failOn: warning}\n"))
	if got = call(t, dir, nil, kustomize, execFlags...); got.code != 1 {
		t.Fatalf("exit %d with failOn: warning", got.code)
	}
	write(t, dir, "lint.yaml", config("Lint", "spec: {closed: true, rules: {store-missing: off, target-copies-labels: off}}\n"))
	if got = call(t, dir, nil, kustomize, execFlags...); got.code != 0 || got.stderr != "" {
		t.Fatalf("exit %d with the rule off: %s", got.code, got.stderr)
	}
	write(t, dir, "lint.yaml", config("Lint", "spec: {rules: {store-mising: off}}\n"))
	got = call(t, dir, nil, kustomize, execFlags...)
	wantText(t, "standard error", got.stderr, `there is no rule "store-mising"`, `did you mean "store-missing"?`)
}

// Without --enable-exec kustomize skips the function and says nothing. This test fails when it no longer does so, and
// proves that the guard answers it.
func TestBuildSilentSkip(t *testing.T) {
	kustomize := tool(t, "kustomize")
	guard, err := os.ReadFile("guard/kustomization.yaml")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{
		"platform.yaml": platform, "acme.yaml": tenant,
		"kustomization.yaml":       "generators: [render.yaml]\n",
		"render.yaml":              config("Render", "spec:\n  region: east\n  paths: [platform.yaml, acme.yaml]\n"),
		"guard/kustomization.yaml": strings.ReplaceAll(string(guard), "{path: esotree, args: [fn]}", `{path: "@FN@"}`),
	}
	dir := folder(t, files)
	skipping := []string{"build", "--enable-alpha-plugins", "."}
	if got := call(t, dir, nil, kustomize, skipping...); got.code != 0 || got.stdout != "" {
		t.Fatalf("kustomize no longer skips functions silently: exit %d, %q", got.code, got.stdout)
	}
	write(t, dir, "kustomization.yaml", "generators: [render.yaml]\ncomponents: [guard]\n")
	got := call(t, dir, nil, kustomize, skipping...)
	if got.code == 0 {
		t.Fatal("the guard let a build pass in which the function was not run")
	}
	wantText(t, "standard error", got.stderr, "esotree-did-not-run-pass-enable-exec")
	got = call(t, dir, nil, kustomize, execFlags...)
	if got.code != 0 || strings.Contains(got.stdout, "esotree-did-not-run") || count(got.stdout, "ExternalSecret") != 3 {
		t.Fatalf("exit %d: %s\n%s", got.code, got.stderr, got.stdout)
	}
	got = call(t, dir, nil, kustomize, "build", ".")
	if got.code == 0 {
		t.Fatal("a build without any flag passed")
	}
}

func TestBuildLegacyPlugin(t *testing.T) {
	home := t.TempDir()
	for _, kind := range []string{"Render", "Lint"} {
		path := filepath.Join(home, "esotree.openova.io", "v1alpha1", strings.ToLower(kind), kind)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(binary(t), path); err != nil {
			t.Fatal(err)
		}
	}
	env := []string{"KUSTOMIZE_PLUGIN_HOME=" + home}
	for _, with := range []struct {
		program string
		args    []string
	}{{"kustomize", []string{"build", "--enable-alpha-plugins", "."}}, {"kubectl", []string{"kustomize", "--enable-alpha-plugins", "."}}} {
		t.Run(with.program, func(t *testing.T) {
			program := tool(t, with.program)
			dir := folder(t, map[string]string{
				"platform.yaml": platform, "acme.yaml": tenant, "deployment.yaml": deployment,
				"kustomization.yaml": "resources: [deployment.yaml]\ngenerators: [render.yaml]\ntransformers: [lint.yaml]\n",
				"render.yaml":        legacy("Render", "spec:\n  region: east\n  paths: [platform.yaml, acme.yaml]\n"),
				"lint.yaml":          legacy("Lint", ""),
			})
			got := call(t, dir, env, program, with.args...)
			if got.code != 0 || count(got.stdout, "ExternalSecret") != 3 || count(got.stdout, "Deployment") != 1 {
				t.Fatalf("generator: exit %d: %s\n%s", got.code, got.stderr, got.stdout)
			}
			write(t, dir, "kustomization.yaml", "resources: [platform.yaml, acme.yaml, deployment.yaml]\ntransformers: [render.yaml]\n")
			write(t, dir, "render.yaml", legacy("Render", "spec:\n  region: east\n"))
			again := call(t, dir, env, program, with.args...)
			if again.code != 0 || count(again.stdout, "ExternalSecret") != 3 || count(again.stdout, "Deployment") != 1 || count(again.stdout, "Platform") != 0 {
				t.Fatalf("transformer: exit %d: %s\n%s", again.code, again.stderr, again.stdout)
			}
			write(t, dir, "render.yaml", legacy("Render", "spec:\n  region: wets\n"))
			got = call(t, dir, env, program, with.args...)
			if got.code == 0 || got.stdout != "" {
				t.Fatalf("exit %d: %s", got.code, got.stdout)
			}
			wantText(t, "standard error", got.stderr, `did you mean "west"?`)
		})
	}
}
