package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// imageVariable names the image that make image writes. With it, and for root, TestContainer runs the program of the image as
// nobody in a folder that holds the image's files and nothing else, where else it runs the function in the test's own process.
const imageVariable = "ESOTREE_TEST_IMAGE"

// TestContainer builds overlays whose function is a container. A script stands in for docker: it notes its arguments.
func TestContainer(t *testing.T) {
	kustomize := tool(t, "kustomize")
	program := "exec '@FN@'"
	if image := os.Getenv(imageVariable); image != "" && os.Geteuid() == 0 {
		program = "exec chroot --userspec=65534:65534 '" + unpack(t, image) + "' /usr/local/bin/esotree-fn"
	}
	indent := func(text, by string) string {
		text = text[strings.Index(text, "metadata:"):]
		return by + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n"+by) + "\n"
	}
	function := func(kind, spec string) string {
		return "apiVersion: esotree.openova.io/v1alpha1\nkind: " + kind + "\nmetadata:\n  name: esotree\n  annotations:\n    config.kubernetes.io/function: |\n" +
			"      container: {image: \"esotree-fn:dev\", network: false}\n" + spec
	}
	spec := "spec:\n  region: east\n  platform:\n" + indent(platform, "    ") + "  tenants:\n    -\n" + indent(tenant, "      ")
	dir := folder(t, map[string]string{
		"bin/docker":         "#!/bin/sh\necho \"$@\" >>'" + filepath.Join(t.TempDir(), "log") + "'\n" + program + "\n",
		"kustomization.yaml": "resources: [deployment.yaml]\ngenerators: [render.yaml]\ntransformers: [lint.yaml]\n",
		"deployment.yaml":    deployment, "render.yaml": function("Render", spec), "lint.yaml": function("Lint", ""),
	})
	script, err := os.ReadFile(dir + "/bin/docker")
	if err != nil {
		t.Fatal(err)
	}
	log := strings.Split(string(script), "'")[1]
	if err := os.Chmod(dir+"/bin/docker", 0o777); err != nil {
		t.Fatal(err)
	}
	env := []string{"PATH=" + dir + "/bin:" + os.Getenv("PATH")}
	flags := []string{"build", "--enable-alpha-plugins", "."} // containers need no --enable-exec
	got := call(t, dir, env, kustomize, flags...)
	if got.code != 0 || count(got.stdout, "ExternalSecret") != 3 || count(got.stdout, "Deployment") != 1 {
		t.Fatalf("exit %d: %s\n%s", got.code, got.stderr, got.stdout)
	}
	calls, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(calls)), "\n")
	if len(lines) != 2 {
		t.Fatalf("docker was called with %q", lines)
	}
	for _, line := range lines {
		wantText(t, "the arguments", line, "run --rm -i ", "--network none", "--user nobody", "no-new-privileges", "esotree-fn:dev")
		if strings.Contains(line, "mount") {
			t.Errorf("the container is given files: %s", line)
		}
	}
	write(t, dir, "render.yaml", function("Render", strings.Replace(spec, "postgres/password", "postgress/password", 1)))
	got = call(t, dir, env, kustomize, flags...)
	if got.code != 1 || got.stdout != "" {
		t.Fatalf("exit %d: %s", got.code, got.stdout)
	}
	wantText(t, "standard error", got.stderr, "functionConfig spec.tenants[0]:", `did you mean "postgres"?`)

	// Files of the overlay are not there, and the message says so.
	write(t, dir, "render.yaml", function("Render", "spec: {region: east, paths: [description]}\n"))
	got = call(t, dir, env, kustomize, flags...)
	if got.code != 1 {
		t.Fatalf("exit %d: %s", got.code, got.stdout)
	}
	wantText(t, "standard error", got.stderr, "reading failed", "description")
}

// unpack writes the files of an image's layer and returns their folder.
func unpack(t *testing.T, image string) string {
	t.Helper()
	data, err := os.ReadFile(image)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	untar(t, data, func(h *tar.Header, data []byte) { files[h.Name] = data })
	var manifest []struct{ Layers []string }
	if err := json.Unmarshal(files["manifest.json"], &manifest); err != nil || len(manifest) != 1 {
		t.Fatalf("manifest.json: %v", err)
	}
	dir := t.TempDir()
	for at := dir; at != filepath.Dir(at); at = filepath.Dir(at) { // nobody has to get there
		if info, err := os.Stat(at); err == nil && info.Mode()&1 == 0 {
			if err := os.Chmod(at, info.Mode()|0o111); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, layer := range manifest[0].Layers {
		z, err := gzip.NewReader(bytes.NewReader(files[layer]))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		untar(t, text, func(h *tar.Header, data []byte) {
			at := filepath.Join(dir, filepath.FromSlash(h.Name))
			var err error
			if h.Typeflag == tar.TypeDir {
				err = os.MkdirAll(at, os.FileMode(h.Mode))
			} else {
				err = os.WriteFile(at, data, os.FileMode(h.Mode))
			}
			if err != nil {
				t.Fatal(err)
			}
		})
	}
	return dir
}

func untar(t *testing.T, data []byte, each func(*tar.Header, []byte)) {
	t.Helper()
	for r := tar.NewReader(bytes.NewReader(data)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		each(h, text)
	}
}
