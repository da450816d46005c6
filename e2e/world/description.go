package world

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"
)

// Description is a copy of the example that can be edited.
type Description struct {
	dir       string
	documents map[string]map[string]any
}

// ReadDescription reads a folder of descriptions, one document a file, to be written to dir.
func ReadDescription(from, dir string) (*Description, error) {
	d := &Description{dir: dir, documents: map[string]map[string]any{}}
	return d, filepath.WalkDir(from, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".yaml") {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		document := map[string]any{}
		if err := yaml.Unmarshal(data, &document); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		rel, err := filepath.Rel(from, path)
		d.documents[rel] = document
		return err
	})
}

// Write writes it, and removes the files of what was taken out.
func (d *Description) Write() error {
	if err := os.RemoveAll(d.dir); err != nil {
		return err
	}
	for name, document := range d.documents {
		data, err := yaml.Marshal(document)
		if err != nil {
			return err
		}
		file := filepath.Join(d.dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Clone is a copy that is edited apart.
func (d *Description) Clone() *Description {
	c := &Description{dir: d.dir, documents: map[string]map[string]any{}}
	for name, document := range d.documents {
		data, _ := yaml.Marshal(document)
		copied := map[string]any{}
		_ = yaml.Unmarshal(bytes.Clone(data), &copied)
		c.documents[name] = copied
	}
	return c
}

// Platform is the Platform's spec.
func (d *Description) Platform() map[string]any {
	return d.documents["platform.yaml"]["spec"].(map[string]any)
}

// Tenant is a tenant's spec.
func (d *Description) Tenant(name string) map[string]any {
	return d.documents["tenants/"+name+".yaml"]["spec"].(map[string]any)
}

// RemoveTenant takes a tenant's file away.
func (d *Description) RemoveTenant(name string) { delete(d.documents, "tenants/"+name+".yaml") }

// AddTenant adds a tenant from a spec as YAML.
func (d *Description) AddTenant(name, spec string) error {
	parsed := map[string]any{}
	if err := yaml.Unmarshal([]byte(spec), &parsed); err != nil {
		return err
	}
	d.documents["tenants/"+name+".yaml"] = map[string]any{
		"apiVersion": "esotree.openova.io/v1alpha1", "kind": "Tenant", "metadata": map[string]any{"name": name}, "spec": parsed,
	}
	return nil
}

// Named is the element of a list with a name, to be edited in place.
func Named(list any, name string) map[string]any {
	for _, e := range list.([]any) {
		if e := e.(map[string]any); e["name"] == name {
			return e
		}
	}
	panic("the example has no " + name)
}

// Add appends elements, as YAML, to a list of a spec.
func Add(spec map[string]any, list, elements string) error {
	var parsed []any
	if err := yaml.Unmarshal([]byte(elements), &parsed); err != nil {
		return err
	}
	old, _ := spec[list].([]any)
	spec[list] = append(old, parsed...)
	return nil
}

// Without is a list without the elements of these names.
func Without(list any, names ...string) []any {
	var kept []any
	for _, e := range list.([]any) {
		drop := false
		for _, name := range names {
			drop = drop || e.(map[string]any)["name"] == name
		}
		if !drop {
			kept = append(kept, e)
		}
	}
	return kept
}
