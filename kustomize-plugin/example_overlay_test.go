package main

import (
	"io/fs"
	"os"
	"strings"
	"testing"
)

// TestOverlayExample builds the committed example with the function's test binary in the place of esotree.
func TestOverlayExample(t *testing.T) {
	kustomize := tool(t, "kustomize")
	dir := t.TempDir()
	for at, from := range map[string]string{"examples/kustomize-overlay": "../examples/kustomize-overlay", "kustomize-plugin/pack": "pack", "kustomize-plugin/guard": "guard"} {
		err := fs.WalkDir(os.DirFS(from), ".", func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			data, err := os.ReadFile(from + "/" + name)
			write(t, dir, at+"/"+name, strings.ReplaceAll(string(data), "{path: esotree, args: [fn]}", `{path: "@FN@"}`))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for region, want := range map[string]map[string]int{
		"east": {"ExternalSecret": 3, "PushSecret": 4, "ClusterSecretStore": 2, "Deployment": 1, "ConfigMap": 0},
		"west": {"ExternalSecret": 1, "PushSecret": 0, "ClusterSecretStore": 1, "Deployment": 1, "ConfigMap": 0},
	} {
		at := dir + "/examples/kustomize-overlay/overlays/" + region
		got := call(t, at, nil, kustomize, execFlags...)
		if got.code != 0 {
			t.Fatalf("%s: exit %d: %s", region, got.code, got.stderr)
		}
		for kind, n := range want {
			if count(got.stdout, kind) != n {
				t.Errorf("%s: %d objects of kind %s, want %d", region, count(got.stdout, kind), kind, n)
			}
		}
		if region == "west" {
			wantText(t, "west", got.stdout, "secretKey: REGION_TOKEN", "secretKey: DATABASE_PASSWORD")
		}
		if got := call(t, at, nil, kustomize, "build", "--enable-alpha-plugins", "."); got.code == 0 {
			t.Errorf("%s: a build in which no function was run passed", region)
		}
	}
}
