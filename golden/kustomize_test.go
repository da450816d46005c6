package golden_test

import (
	"path"
	"strings"
	"testing"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// TestKustomize holds that kustomize builds every folder that has a kustomization, to as many objects as the folder has
// files.
func TestKustomize(t *testing.T) {
	files := renderFiles(t, openova(t))
	disk := filesys.MakeFsInMemory()
	objects := map[string]int{}
	for name, data := range files {
		if err := disk.WriteFile("/"+name, data); err != nil {
			t.Fatal(err)
		}
		if path.Base(name) != "kustomization.yaml" {
			objects[path.Dir(name)]++
		}
	}
	for folder, want := range objects {
		built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(disk, "/"+folder)
		if err != nil {
			t.Errorf("%s: %v", folder, err)
			continue
		}
		if got := built.Size(); got != want {
			t.Errorf("%s: kustomize builds %d objects of %d files", folder, got, want)
		}
		if text, err := built.AsYaml(); err != nil || strings.Contains(string(text), "kind: Secret\n") {
			t.Errorf("%s: %v, or a Secret in it", folder, err)
		}
	}
}
