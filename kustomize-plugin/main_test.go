package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// functionVariable makes the test binary the function itself, so that real tools can run it.
const functionVariable = "ESOTREE_TEST_FUNCTION"

func TestMain(m *testing.M) {
	if os.Getenv(functionVariable) != "" {
		main()
	}
	os.Exit(m.Run())
}

// tool finds a program on PATH or in the cache of this project's tools; the test is skipped where it is in neither.
func tool(t *testing.T, name string) string {
	t.Helper()
	if cache, err := os.UserCacheDir(); err == nil {
		if path := filepath.Join(cache, "esotree-tools", name); isFile(path) {
			return path
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is neither on PATH nor in the folder esotree-tools of the user's cache", name)
	}
	return path
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// outcome is what a program did.
type outcome struct {
	stdout, stderr string
	code           int
}

// call runs a program in a folder, with the function's binary at $FN. For the arguments of run it is a tool of the tests.
func call(t *testing.T, dir string, env []string, program string, args ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), functionVariable+"=1"), env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return outcome{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// folder writes files into a new folder; @FN@ in them stands for the function's binary.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		write(t, dir, name, text)
	}
	return dir
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, "@FN@", binary(t))), 0o666); err != nil {
		t.Fatal(err)
	}
}

func binary(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// contents are a folder's files by name.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(dir, name))
		out[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// count counts the objects of a kind in a stream.
func count(stream, kind string) int {
	return strings.Count("\n"+stream, "\nkind: "+kind+"\n")
}

func wantText(t *testing.T, what, text string, wanted ...string) {
	t.Helper()
	for _, w := range wanted {
		if !strings.Contains(text, w) {
			t.Errorf("%s lacks %q:\n%s", what, w, text)
		}
	}
}

const platform = `apiVersion: esotree.openova.io/v1alpha1
kind: Platform
metadata:
  name: demo
spec:
  regions:
    - name: east
      store:
        provider:
          vault: {server: "https://vault.east.example.com", path: secret, version: v2, auth: {kubernetes: {mountPath: kubernetes, role: eso}}}
    - name: west
      store:
        provider:
          vault: {server: "https://vault.west.example.com", path: secret, version: v2, auth: {kubernetes: {mountPath: kubernetes, role: eso}}}
        fromOtherClusters:
          vault: {auth: {kubernetes: {mountPath: kubernetes-$(cluster)}}}
  environments:
    - {name: prod, regions: [east, west]}
`

const tenant = `apiVersion: esotree.openova.io/v1alpha1
kind: Tenant
metadata:
  name: acme
spec:
  # the only comment
  secrets:
    - name: postgres
      class: database-password
      rotation: {since: "2026-02-07"}
    - name: session
      class: api-key
      bootstrap: {prompt: "Session key"}
      keys: {main: {}}
  services:
    - name: web
      data:
        DATABASE_PASSWORD: postgres/password
`

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - {name: web, image: "web:1"}
`

// config is a function's configuration for exec.
func config(kind, spec string) string {
	return "apiVersion: esotree.openova.io/v1alpha1\nkind: " + kind + "\nmetadata:\n  name: esotree\n  annotations:\n    config.kubernetes.io/function: |\n      exec: {path: \"@FN@\"}\n" + spec
}

// legacy is a configuration without a function: kustomize looks for a plugin.
func legacy(kind, spec string) string {
	return "apiVersion: esotree.openova.io/v1alpha1\nkind: " + kind + "\nmetadata:\n  name: esotree\n" + spec
}
