package tree

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/openova-io/esotree/object"
)

type typed struct {
	Kind       string `json:"kind"`
	APIVersion string `json:"apiVersion"`
	Metadata   struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace,omitempty"`
	} `json:"metadata"`
	Spec struct {
		Data            []datum `json:"data"`
		RefreshInterval string  `json:"refreshInterval"`
	} `json:"spec"`
}

type datum struct {
	SecretKey string    `json:"secretKey"`
	RemoteRef remoteRef `json:"remoteRef"`
}

type remoteRef struct {
	Key                string `json:"key"`
	Property           string `json:"property"`
	ConversionStrategy string `json:"conversionStrategy"`
}

// fleet is 250 tenants of 40 objects of the size of an ExternalSecret.
func fleet() []object.Folder {
	var folders []object.Folder
	for i := range 250 {
		t := fmt.Sprintf("tenant-%03d", i)
		f := object.Folder{Path: "r/tenants/" + t + "/prod", Platform: "p", Region: "r", Tenant: t, Namespace: t, Source: t + ".yaml"}
		for j := range 40 {
			v := &typed{APIVersion: "external-secrets.io/v1", Kind: "ExternalSecret"}
			v.Metadata.Name, v.Metadata.Namespace = fmt.Sprintf("service-%02d-secrets", j), t
			v.Spec.RefreshInterval = "1h0m0s"
			for k := range 6 {
				v.Spec.Data = append(v.Spec.Data, datum{fmt.Sprint("KEY_", k), remoteRef{t + "/postgres", "password", "Default"}})
			}
			o := &object.Object{ID: object.ID{APIVersion: v.APIVersion, Kind: v.Kind, Namespace: t, Name: v.Metadata.Name}, Value: v}
			f.Objects = append(f.Objects, o)
		}
		folders = append(folders, f)
	}
	return folders
}

func BenchmarkTree(b *testing.B) {
	folders := fleet()
	m := &Memory{}
	if _, err := Write(b.Context(), m, all(folders), scope); err != nil {
		b.Fatal(err)
	}
	files := m.Files()
	dirs := map[string]bool{}
	names := slices.Sorted(maps.Keys(files))
	for _, name := range names {
		dirs[filepath.Dir(name)] = true
	}
	plain := func(dir string) error {
		for d := range dirs {
			if err := os.MkdirAll(filepath.Join(dir, d), 0o777); err != nil {
				return err
			}
		}
		for _, name := range names {
			if err := os.WriteFile(filepath.Join(dir, name), files[name], 0o666); err != nil {
				return err
			}
		}
		return nil
	}
	fresh := func(b *testing.B) string {
		b.StopTimer()
		defer b.StartTimer()
		dir := b.TempDir()
		return filepath.Join(dir, "out")
	}
	b.Run("first write/plain loop", func(b *testing.B) {
		for range b.N {
			if err := plain(fresh(b)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("first write/tree", func(b *testing.B) {
		for range b.N {
			d := NewDisk(fresh(b))
			if p, err := Write(b.Context(), d, all(folders), scope); err != nil || p.Counts().Created != len(files) {
				b.Fatal(err)
			}
			d.Close()
		}
	})
	dir := b.TempDir()
	if err := plain(dir); err != nil {
		b.Fatal(err)
	}
	b.Run("unchanged/plain loop", func(b *testing.B) {
		for range b.N {
			err := fs.WalkDir(os.DirFS(dir), ".", func(name string, e fs.DirEntry, err error) error {
				if err != nil || e.IsDir() {
					return err
				}
				data, err := os.ReadFile(filepath.Join(dir, name))
				if !bytes.Equal(data, files[name]) {
					b.Error(name)
				}
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("unchanged/tree", func(b *testing.B) {
		for range b.N {
			d := NewDisk(dir)
			if p, err := Write(b.Context(), d, all(folders), scope); err != nil || !p.Clean() {
				b.Fatal(err)
			}
			d.Close()
		}
	})
	b.Run("encoding alone", func(b *testing.B) {
		var w worker
		for range b.N {
			for i := range folders {
				if _, _, err := w.encode(&folders[i]); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}
