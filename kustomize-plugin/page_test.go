package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPage does what docs/kustomize.md says: writes its files and runs its commands, in order, in one folder, with programs named
// esotree and kustomize on the PATH.
func TestPage(t *testing.T) {
	kustomize := tool(t, "kustomize")
	kubectl, err := exec.LookPath("kubectl")
	if err != nil {
		t.Log("kubectl is not on PATH: its part of the page is not run")
	}
	page, err := os.ReadFile("../docs/kustomize.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	bin := t.TempDir()
	for name, script := range map[string]string{
		"kustomize": "exec '" + kustomize + "' \"$@\"", "kubectl": "exec '" + kubectl + "' \"$@\"",
		// esotree fn is the function; fn components writes what is beside this test
		"esotree": "if test \"$2\" = components; then mkdir -p \"$3\" && exec cp -r '" + absolute(t, "guard") + "' '" + absolute(t, "pack") + "' \"$3\"; fi\nshift\nexec '@FN@' \"$@\"",
	} {
		write(t, bin, name, "#!/bin/sh\n"+script+"\n")
		if err := os.Chmod(filepath.Join(bin, name), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	outputs := map[string]string{}
	for i, block := range strings.Split(string(page), "```") {
		language, text, _ := strings.Cut(block, "\n")
		switch {
		case i%2 == 0:
		case language == "yaml":
			name, ok := strings.CutPrefix(strings.SplitN(text, "\n", 2)[0], "# ")
			if !ok {
				t.Fatalf("a block has no file name:\n%s", text)
			}
			write(t, dir, name, text)
		case language == "sh" && kubectl == "" && strings.Contains(text, "kubectl"):
		case language == "sh":
			path := []string{"PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH")}
			got := call(t, dir, path, "bash", "-euo", "pipefail", "-c", text)
			if got.code != 0 {
				t.Fatalf("exit %d:\n%s\n%s", got.code, text, got.stderr)
			}
			outputs[strings.TrimSpace(text)] = got.stdout + got.stderr
		default:
			t.Errorf("nobody knows what to do with a block of %q", language)
		}
	}
	for command, wanted := range map[string][]string{
		"kustomize build --enable-alpha-plugins --enable-exec overlays/east": {"kind: Deployment", "kind: ClusterSecretStore", "kind: Password", "name: web-secrets", "kind: PushSecret"},
		"! kustomize build --enable-alpha-plugins overlays/east":             {"no matches for Id ConfigMap.v1.[noGrp]/esotree-did-not-run-pass-enable-exec.[noNs]; failed to find unique target for patch"},
		"kustomize build --enable-alpha-plugins --enable-exec overlays/patc": {"secretKey: REGION_TOKEN", "secretKey: DATABASE_PASSWORD", "name: blue-vault-east\n"},
		"for kind in Render": {"kind: Deployment", "kind: PushSecret"},
	} {
		found := false
		for text, out := range outputs {
			if strings.HasPrefix(text, command) {
				found = true
				wantText(t, command, out, wanted...)
			}
		}
		if !found && (kubectl != "" || !strings.HasPrefix(command, "for kind")) {
			t.Errorf("the page does not run %q", command)
		}
	}
}

func absolute(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// TestPageMessages makes each row of the page's table of messages happen.
func TestPageMessages(t *testing.T) {
	kustomize := tool(t, "kustomize")
	page, err := os.ReadFile("../docs/kustomize.md")
	if err != nil {
		t.Fatal(err)
	}
	render := config("Render", "spec: {region: east, paths: [description]}\n")
	tests := []struct {
		message             string
		flags               []string
		kustomization, file string
	}{
		{"external plugins disabled", []string{"build", "."}, "generators: [render.yaml]\n", render},
		{`exec: "esotree": executable file not found in $PATH`, execFlags, "generators: [render.yaml]\n", strings.Replace(render, "@FN@", "esotree", 1)},
		{"expected file with Go object code at", execFlags, "generators: [render.yaml]\n", legacy("Render", "")},
		{"reading failed: ", execFlags, "generators: [render.yaml]\n", strings.Replace(render, "paths: [description]", "paths: [../description]", 1)},
		{"validator shouldn't modify the resource map", execFlags, "resources: [deployment.yaml]\nvalidators: [render.yaml]\n", config("Lint", "")},
		{`names ClusterSecretStore "vault-east", which is not there`, execFlags, "namePrefix: blue-\ngenerators: [render.yaml]\ntransformers: [lint.yaml]\n", render},
		{"exists; can not use behavior: 'unspecified'", execFlags, "generators: [render.yaml, again.yaml]\n", render},
	}
	for _, test := range tests {
		t.Run(test.message, func(t *testing.T) {
			dir := folder(t, map[string]string{"description/platform.yaml": platform, "description/acme.yaml": tenant, "deployment.yaml": deployment, "lint.yaml": config("Lint", "spec: {closed: true}\n"),
				"kustomization.yaml": test.kustomization, "render.yaml": test.file, "again.yaml": strings.Replace(test.file, "name: esotree", "name: again", 1)})
			got := call(t, dir, []string{"PATH=/bin", "KUSTOMIZE_PLUGIN_HOME=" + t.TempDir()}, kustomize, test.flags...)
			if got.code == 0 || got.stdout != "" {
				t.Fatalf("exit %d: %s", got.code, got.stdout)
			}
			wantText(t, "standard error", got.stderr, test.message)
			if !strings.Contains(string(page), "`"+strings.TrimSuffix(test.message, " ")) {
				t.Errorf("the page does not name %q", test.message)
			}
		})
	}
}

// The parts of a platform may be rendered by several functions, as long as each object is by one.
func TestBuildSplit(t *testing.T) {
	kustomize := tool(t, "kustomize")
	dir := folder(t, map[string]string{
		"description/platform.yaml": platform, "description/acme.yaml": tenant, "description/globex.yaml": strings.Replace(tenant, "name: acme", "name: globex", 1),
		"kustomization.yaml": "generators: [platform.yaml, acme.yaml, globex.yaml]\n",
		"platform.yaml":      config("Render", "spec: {region: east, paths: [description], only: Platform}\n"),
		"acme.yaml":          strings.Replace(config("Render", "spec: {region: east, paths: [description], tenant: acme}\n"), "name: esotree", "name: acme", 1),
		"globex.yaml":        strings.Replace(config("Render", "spec: {region: east, paths: [description], tenant: globex}\n"), "name: esotree", "name: globex", 1),
	})
	got := call(t, dir, nil, kustomize, execFlags...)
	if got.code != 0 || count(got.stdout, "ClusterSecretStore") != 2 || count(got.stdout, "PushSecret") != 8 {
		t.Fatalf("exit %d: %s\n%s", got.code, got.stderr, got.stdout)
	}
}

// A function that the base lists runs in the base's folder, wherever the build was started.
func TestBuildBase(t *testing.T) {
	kustomize := tool(t, "kustomize")
	dir := folder(t, map[string]string{
		"base/description/platform.yaml": platform, "base/description/acme.yaml": tenant,
		"base/kustomization.yaml":            "generators: [render.yaml]\n",
		"base/render.yaml":                   config("Render", "spec: {region: east, paths: [description]}\n"),
		"deep/er/overlay/kustomization.yaml": "resources: [../../../base]\nnamePrefix: x-\n",
	})
	got := call(t, dir, nil, kustomize, "build", "--enable-alpha-plugins", "--enable-exec", "deep/er/overlay")
	if got.code != 0 || count(got.stdout, "ExternalSecret") != 3 {
		t.Fatalf("exit %d: %s", got.code, got.stderr)
	}
}

// kubectl has no --enable-exec: it skips functions silently, and the guard answers that there, too. An overlay whose only
// function is a Lint would pass unchecked.
func TestBuildSilentSkipElsewhere(t *testing.T) {
	guard, err := os.ReadFile("guard/kustomization.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, with := range []struct {
		program string
		args    []string
	}{{"kustomize", []string{"build", "--enable-alpha-plugins", "."}}, {"kubectl", []string{"kustomize", "--enable-alpha-plugins", "."}}} {
		t.Run(with.program, func(t *testing.T) {
			program := tool(t, with.program)
			dir := folder(t, map[string]string{
				"deployment.yaml": deployment, "lint.yaml": config("Lint", "spec: {closed: true, eso: nonsense}\n"),
				"kustomization.yaml":       "resources: [deployment.yaml]\ntransformers: [lint.yaml]\n",
				"guard/kustomization.yaml": strings.ReplaceAll(string(guard), "{path: esotree, args: [fn]}", `{path: "@FN@"}`),
			})
			if got := call(t, dir, nil, program, with.args...); got.code != 0 || count(got.stdout, "Deployment") != 1 {
				t.Fatalf("%s no longer skips functions silently: exit %d, %s", with.program, got.code, got.stderr)
			}
			write(t, dir, "kustomization.yaml", "resources: [deployment.yaml]\ncomponents: [guard]\ntransformers: [lint.yaml]\n")
			got := call(t, dir, nil, program, with.args...)
			if got.code == 0 || got.stdout != "" {
				t.Fatalf("the guard let a build pass in which the function was not run: %s", got.stdout)
			}
			wantText(t, "standard error", got.stderr, "esotree-did-not-run-pass-enable-exec")
		})
	}
}

// A wrong word in the annotation is an error and not a skip.
func TestBuildAnnotationTypo(t *testing.T) {
	kustomize := tool(t, "kustomize")
	dir := folder(t, map[string]string{"kustomization.yaml": "generators: [render.yaml]\n", "render.yaml": strings.Replace(config("Render", ""), "exec:", "exce:", 1)})
	got := call(t, dir, nil, kustomize, execFlags...)
	if got.code == 0 {
		t.Fatalf("kustomize takes any annotation: %s", got.stdout)
	}
	wantText(t, "standard error", got.stderr, `unknown field "exce"`)
}

// kustomize localize copies the configuration of a function and not the function.
func TestLocalize(t *testing.T) {
	kustomize := tool(t, "kustomize")
	bin := folder(t, map[string]string{"esotree": "#!/bin/sh\nshift\nexec '@FN@' \"$@\"\n"})
	if err := os.Chmod(filepath.Join(bin, "esotree"), 0o777); err != nil {
		t.Fatal(err)
	}
	env := []string{"PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH")}
	inline := "spec:\n  region: east\n  platform:\n    " + strings.ReplaceAll(strings.TrimSpace(platform[strings.Index(platform, "metadata:"):]), "\n", "\n    ") +
		"\n  tenants:\n    -\n      " + strings.ReplaceAll(strings.TrimSpace(tenant[strings.Index(tenant, "metadata:"):]), "\n", "\n      ") + "\n"
	dir := folder(t, map[string]string{"src/kustomization.yaml": "generators: [render.yaml]\n",
		"src/render.yaml": strings.Replace(config("Render", inline), `{path: "@FN@"}`, "{path: esotree, args: [fn]}", 1)})
	call(t, dir, env, kustomize, "localize", "src", "copy") // it ends with an error: it verifies the copy by a build without flags
	got := call(t, dir, env, kustomize, "build", "--enable-alpha-plugins", "--enable-exec", "copy")
	if got.code != 0 || count(got.stdout, "ExternalSecret") != 3 {
		t.Fatalf("exit %d: %s", got.code, got.stderr)
	}
}

// The results of kustomize fn run are in a folder of their own.
func TestPackageResults(t *testing.T) {
	kustomize := tool(t, "kustomize")
	dir := folder(t, map[string]string{"package/platform.yaml": platform, "package/acme.yaml": strings.Replace(tenant, "postgres/password", "postgress/password", 1),
		"package/render.yaml": config("Render", "")})
	if err := os.Mkdir(filepath.Join(dir, "results"), 0o777); err != nil {
		t.Fatal(err)
	}
	got := call(t, dir+"/package", nil, kustomize, "fn", "run", ".", "--enable-exec", "--results-dir", "../results")
	if got.code == 0 {
		t.Fatal("a mistake passed")
	}
	wantText(t, "standard error", got.stderr, "acme.yaml:18:28: ", `did you mean "postgres"?`)
	data, err := os.ReadFile(filepath.Join(dir, "results", "results-0.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	wantText(t, "the results", string(data), "severity: error", `rule: "unknown-secret"`, "resourceRef:", `kind: "Tenant"`, `path: "acme.yaml"`, `line: "18"`)
}

func TestInstall(t *testing.T) {
	dir := t.TempDir()
	to := filepath.Join(dir, "esotree")
	for range 2 { // the second replaces the first
		if got := call(t, dir, nil, binary(t), "install", to); got.code != 0 {
			t.Fatalf("exit %d: %s", got.code, got.stderr)
		}
	}
	cmd := exec.CommandContext(t.Context(), to)
	cmd.Env = append(os.Environ(), functionVariable+"=1")
	cmd.Stdin = strings.NewReader("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig: " +
		"{apiVersion: esotree.openova.io/v1alpha1, kind: Lint, metadata: {name: x}}\nitems: []\n")
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "kind: ResourceList") {
		t.Errorf("%v: %s", err, out)
	}
	if got := call(t, dir, nil, binary(t), "install", filepath.Join(dir, "gone", "esotree")); got.code != 1 || got.stderr == "" {
		t.Errorf("exit %d, %q", got.code, got.stderr)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("%v is left behind", entries)
	}
}
