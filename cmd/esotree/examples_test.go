package main

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"testing"
)

// TestExamplesLint checks that the examples, and what is rendered of them, have no finding but notes.
func TestExamplesLint(t *testing.T) {
	for _, example := range []string{"openova", "seed", "gitops/argocd", "gitops/flux", "kustomize-overlay/description"} {
		t.Run(example, func(t *testing.T) {
			out := t.TempDir()
			t.Chdir(filepath.Join("..", "..", "examples", example))
			call := func(args ...string) []byte {
				var stdout, stderr bytes.Buffer
				env := environment{args: args, stdin: bytes.NewReader(nil), stdout: &stdout, stderr: &stderr, getenv: func(string) string { return "" }}
				if code := run(context.Background(), env); code != 0 {
					t.Fatalf("%v: exit code %d\n%s%s", args, code, &stdout, &stderr)
				}
				return stdout.Bytes()
			}
			call("render", "-o", out)
			for _, path := range []string{".", out} {
				var report struct {
					Findings []struct{ Code, Severity, Message string }
				}
				if err := json.Unmarshal(call("lint", "--closed", "--format", "json", path), &report); err != nil {
					t.Fatal(err)
				}
				for _, f := range report.Findings {
					if f.Severity != "note" {
						t.Errorf("%s: %s: %s [%s]", path, f.Severity, f.Message, f.Code)
					}
				}
			}
		})
	}
}
