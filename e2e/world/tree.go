package world

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// Render runs the program on the description, as a person does, and reads each region's objects back from the files.
func (w *World) Render(ctx context.Context, d *Description, flags ...string) (map[string][]*unstructured.Unstructured, error) {
	if err := d.Write(); err != nil {
		return nil, err
	}
	args := append([]string{"render", "-o", w.file("tree"), d.dir}, flags...)
	if out, err := exec.CommandContext(ctx, w.program, args...).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("esotree render: %w\n%s", err, out)
	}
	trees := map[string][]*unstructured.Unstructured{}
	for _, r := range w.Regions {
		objects, err := readTree(filepath.Join(w.file("tree"), r.Name))
		if err != nil {
			return nil, err
		}
		trees[r.Name] = objects
	}
	return trees, nil
}

// readTree reads what every kustomization.yaml of a region names, the stores first. A manifest that none names is an error, and a
// region that is not rendered has none.
func readTree(dir string) ([]*unstructured.Unstructured, error) {
	var objects []*unstructured.Unstructured
	if _, err := os.Stat(dir); os.IsNotExist(err) {
		return nil, nil
	}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		found, err := readRoot(path)
		objects = append(objects, found...)
		return err
	})
	slices.SortStableFunc(objects, func(a, b *unstructured.Unstructured) int { return order(a) - order(b) })
	return objects, err
}

// order puts what others refer to first, so that nothing has to be tried twice.
func order(o *unstructured.Unstructured) int {
	switch o.GetKind() {
	case "Namespace":
		return 0
	case "ClusterSecretStore":
		return 1
	case "ExternalSecret":
		return 3
	case "PushSecret":
		return 4
	}
	return 2
}

func readRoot(dir string) ([]*unstructured.Unstructured, error) {
	var root struct{ Resources []string }
	data, err := os.ReadFile(filepath.Join(dir, "kustomization.yaml"))
	if os.IsNotExist(err) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	if err := yaml.Unmarshal(data, &root); err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return nil, err
	}
	if len(files)-1 != len(root.Resources) {
		return nil, fmt.Errorf("%s has %d manifests and names %d", dir, len(files)-1, len(root.Resources))
	}
	var objects []*unstructured.Unstructured
	for _, name := range root.Resources {
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			return nil, err
		}
		o := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(data, &o.Object); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		objects = append(objects, o)
	}
	return objects, nil
}

// ID names an object within its cluster.
func ID(o *unstructured.Unstructured) string {
	return strings.Join([]string{o.GetKind(), o.GetNamespace(), o.GetName()}, "/")
}
