package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const secretFile = "rendered/east/tenants/acme/prod/externalsecret-postgres.yaml"

// packages are the orchestrators whose items are files. Each runs the function over a folder of the files.
func packages(t *testing.T) map[string]func(t *testing.T, dir string) outcome {
	return map[string]func(t *testing.T, dir string) outcome{
		"kustomize fn run": func(t *testing.T, dir string) outcome {
			return call(t, dir, nil, tool(t, "kustomize"), "fn", "run", ".", "--enable-exec")
		},
		"kpt fn render": func(t *testing.T, dir string) outcome {
			program := tool(t, "kpt")
			write(t, dir, "Kptfile", "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata:\n  name: demo\npipeline:\n  mutators:\n    - exec: '@FN@'\n      configPath: render.yaml\n")
			return call(t, dir, nil, program, "fn", "render", ".", "--allow-exec")
		},
		"kpt fn eval": func(t *testing.T, dir string) outcome {
			return call(t, dir, nil, tool(t, "kpt"), "fn", "eval", ".", "--exec", binary(t), "--fn-config", "render.yaml")
		},
	}
}

func TestPackage(t *testing.T) {
	for name, run := range packages(t) {
		t.Run(name, func(t *testing.T) {
			dir := folder(t, map[string]string{
				"platform.yaml": platform, "tenants/acme.yaml": tenant,
				"tenants/globex.yaml": strings.Replace(tenant, "name: acme", "name: globex", 1), "deployment.yaml": deployment,
				"render.yaml": config("Render", ""), "README.md": "text\n",
			})
			step := func(what string, code int) (map[string]string, outcome) {
				got := run(t, dir)
				if got.code != code {
					t.Fatalf("%s: exit %d: %s%s", what, got.code, got.stdout, got.stderr)
				}
				return contents(t, dir), got
			}
			first, _ := step("the first run", 0)
			for _, file := range []string{secretFile, "rendered/east/stores/clustersecretstore-vault-east.yaml", "rendered/west/tenants/acme/prod/externalsecret-web-secrets.yaml"} {
				if _, ok := first[file]; !ok {
					t.Errorf("no file %s among %v", file, slices.Sorted(maps.Keys(first)))
				}
			}
			for file, want := range map[string]string{"tenants/acme.yaml": "# the only comment", "README.md": "text", "deployment.yaml": "image: \"web:1\"", "render.yaml": "kind: Render"} {
				wantText(t, file, first[file], want)
			}
			if strings.Contains(first[secretFile], "config.kubernetes.io") {
				t.Errorf("annotations of the orchestrator are in the file:\n%s", first[secretFile])
			}

			second, _ := step("the second run", 0)
			if !maps.Equal(first, second) {
				t.Errorf("the second run changed something: %v, %v", slices.Sorted(maps.Keys(first)), slices.Sorted(maps.Keys(second)))
			}

			// A rendered file may be moved; it stays where it is and stays one object.
			if err := os.MkdirAll(filepath.Join(dir, "elsewhere"), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(filepath.Join(dir, secretFile), filepath.Join(dir, "elsewhere/postgres.yaml")); err != nil {
				t.Fatal(err)
			}
			write(t, dir, "tenants/acme.yaml", strings.Replace(tenant, "    - name: session\n      class: api-key\n      bootstrap: {prompt: \"Session key\"}\n      keys: {main: {}}\n", "", 1))
			third, _ := step("without a secret", 0)
			if _, again := third[secretFile]; again || third["elsewhere/postgres.yaml"] != first[secretFile] {
				t.Errorf("the moved file is rendered twice or changed:\n%s", third["elsewhere/postgres.yaml"])
			}
			if _, still := third["rendered/east/tenants/acme/prod/externalsecret-session.yaml"]; still {
				t.Error("the files of a secret that left the description are still there")
			}

			write(t, dir, "tenants/acme.yaml", strings.Replace(tenant, "postgres/password", "postgress/password", 1))
			before := contents(t, dir)
			after, got := step("a mistake", 1)
			if !maps.Equal(before, after) {
				t.Error("a failed run changed files")
			}
			wantText(t, "the output", got.stdout+got.stderr, "tenants/acme.yaml:18:28", "postgress")

			if err := os.Remove(filepath.Join(dir, "tenants/acme.yaml")); err != nil {
				t.Fatal(err)
			}
			gone, got := step("a tenant without description", 0)
			if gone["elsewhere/postgres.yaml"] != first[secretFile] {
				t.Error("the files of a tenant whose description is not there were deleted")
			}
			wantText(t, "the output", got.stdout+got.stderr, "has rendered objects and no description")
		})
	}
}

func TestPackageLint(t *testing.T) {
	kpt := tool(t, "kpt")
	dir := folder(t, map[string]string{"Kptfile": "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata:\n  name: demo\n",
		"manifests/es.yaml": "# first\n---\napiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: a, namespace: app}\nspec:\n  secretStoreRef: {kind: SecretStore, name: s}\n  data:\n    - secretKey: a\n      remoteRef: {key: a, property: p}\n"})
	before := contents(t, dir)
	got := call(t, dir, nil, kpt, "fn", "eval", ".", "--exec", binary(t), "--", "mode=Lint", "closed=true")
	if got.code == 0 {
		t.Fatalf("a missing store passed: %s%s", got.stdout, got.stderr)
	}
	wantText(t, "kpt's results", got.stdout+got.stderr, "[error] external-secrets.io/v1/ExternalSecret/app/a spec.secretStoreRef", "manifests/es.yaml:7:")
	if !maps.Equal(before, contents(t, dir)) {
		t.Error("lint changed a file")
	}
	got = call(t, dir, nil, kpt, "fn", "eval", ".", "--exec", binary(t), "--", "mode=lint")
	wantText(t, "kpt's results", got.stdout+got.stderr, `did you mean "Lint"?`)
}
