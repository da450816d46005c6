package render

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	esv1 "github.com/external-secrets/external-secrets/apis/externalsecrets/v1"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/model"
	"github.com/openova-io/esotree/object"
	"github.com/openova-io/esotree/schema"
)

// releases is a description whose regions run releases with other defaults, and whose specs hold what types would drop.
const releases = `apiVersion: esotree.openova.io/v1alpha1
kind: Platform
metadata: {name: p}
spec:
  recover: None
  regions:
    - {name: one, eso: {version: "2.9"}, store: {provider: {vault: {server: "https://one.example.com", version: v2, path: secret, auth: {userPass: {path: "", username: u}}}}}}
    - {name: two, eso: {version: "0.12"}, store: {provider: {vault: {server: "https://two.example.com", version: v2, path: secret}}}}
  environments: [{name: prod}, {name: late, regions: [two]}]
  defaults: {namespace: $(tenant)-$(environment), remoteKey: $(tenant)/$(environment)/$(secret)}
`

const releasesTenant = `apiVersion: esotree.openova.io/v1alpha1
kind: Tenant
metadata: {name: acme}
spec:
  secrets:
    - name: dynamic
      regions: All
      generator: {kind: VaultDynamicSecret, spec: {path: database/creds/app, method: "", provider: {server: "https://vault.example.com", auth: {kubernetes: {mountPath: k, role: $(tenant)}}}}}
      keys: {password: {}, user: {}}
    - name: pull
      type: kubernetes.io/dockerconfigjson
      generator: {kind: ACRAccessToken, spec: {registry: r.example.com, auth: {managedIdentity: {identityId: i}}}}
      keys: {.dockerconfigjson: {template: '{"auths":{"r.example.com":{"username":"{{ .username }}","password":"{{ .password }}"}}}'}}
`

// TestDefaultsOfEachRelease: a spec that stays plain data has in each region the defaults of that region's release, and no other's.
func TestDefaultsOfEachRelease(t *testing.T) {
	r := New(linked(t, fstest.MapFS{"platform.yaml": {Data: []byte(releases)}, "acme.yaml": {Data: []byte(releasesTenant)}}, schema.Load))
	folders, findings := r.Tenant(r.model.Tenants()[0])
	if len(findings) > 0 {
		t.Error(findings)
	}
	plain := 0
	for _, f := range folders {
		for _, o := range f.Objects {
			if o.Kind != "VaultDynamicSecret" {
				continue
			}
			value, ok := o.Value.(map[string]any)
			if !ok {
				t.Fatalf("the spec of %s is typed", f.Path)
			}
			plain++
			spec := value["spec"].(map[string]any)
			_, newer := spec["allowEmptyResponse"]
			if newer != (f.Region == "one") || spec["resultType"] != "Data" || spec["method"] != "" {
				t.Errorf("%s: %v", f.Path, spec)
			}
		}
	}
	if plain != 3 {
		t.Errorf("%d generators", plain)
	}
}

// substituted is a platform whose stores have annotations, and whose stores in other clusters a text that Flux would substitute.
const substituted = `apiVersion: esotree.openova.io/v1alpha1
kind: Platform
metadata: {name: p}
spec:
  regions:
    - {name: one, store: {provider: {vault: {server: "https://one.example.com", version: v2, path: secret}}}}
    - name: two
      store:
        annotations: {team: platform}
        provider: {vault: {server: "https://two.example.com", version: v2, path: secret, auth: {kubernetes: {mountPath: kubernetes, role: eso}}}}
        fromOtherClusters: {vault: {auth: {kubernetes: {mountPath: "kubernetes-${CLUSTER}"}}}}
  environments: [{name: prod}]
  gitops: {engine: Flux, path: rendered, sourceRef: {kind: GitRepository, name: p}}
  secrets:
    - {name: s, namespace: one, regions: All, class: database-password, keys: {password: {}}}
`

// TestAnnotationsOfEachObject: what an engine is told of one object does not get into the description, from where all others would have it.
func TestAnnotationsOfEachObject(t *testing.T) {
	r := New(linked(t, fstest.MapFS{"platform.yaml": {Data: []byte(substituted)}}, schema.Load))
	told := map[string]bool{}
	for range 2 {
		folders, _ := r.Platform()
		for _, f := range folders {
			for _, o := range f.Objects {
				if store, ok := o.Value.(*esv1.ClusterSecretStore); ok {
					_, disabled := store.Annotations["kustomize.toolkit.fluxcd.io/substitute"]
					told[f.Region+" "+o.Name] = disabled
				}
			}
		}
	}
	for store, disabled := range told {
		if disabled != (store == "one vault-two") {
			t.Errorf("%s: %v", store, disabled)
		}
	}
	if !told["one vault-two"] || len(told) < 3 {
		t.Errorf("stores: %v", told)
	}
}

// rendered is all that comes of a description's tenants and its platform, in their order.
func rendered(t *testing.T, r *Renderer) []string {
	t.Helper()
	var out []string
	add := func(folders []object.Folder, findings []diag.Finding) {
		for _, f := range folders {
			out = append(out, f.Path+" "+f.Namespace)
			for _, o := range f.Objects {
				text, err := o.JSON()
				if err != nil {
					t.Error(err)
				}
				_, line, _ := o.Span("spec.generator").Location()
				out = append(out, o.String(), string(text), itoa(line))
			}
		}
		for _, f := range findings {
			_, line, _ := f.Span.Location()
			out = append(out, f.Code+" "+f.Message+" "+f.Path+" "+itoa(line))
		}
	}
	add(r.Platform())
	for _, tenant := range r.model.Tenants() {
		add(r.Tenant(tenant))
	}
	return out
}

// TestKept: what Link has linked stays as it is, however often and by how many at a time it is rendered. It is held against the same
// description when it is too long to stay in memory, so that each rendering links its own.
func TestKept(t *testing.T) {
	for name, files := range map[string]fs.FS{
		"features": os.DirFS("../golden/testdata/features"), "openova": os.DirFS("../examples/openova"),
		"flux": os.DirFS("../examples/gitops/flux"), "argocd": os.DirFS("../examples/gitops/argocd"),
		"releases": fstest.MapFS{"platform.yaml": {Data: []byte(releases)}, "acme.yaml": {Data: []byte(releasesTenant)}},
	} {
		t.Run(name, func(t *testing.T) {
			want := rendered(t, New(linked(t, lengthened(t, files), schema.LoadLean)))
			r := New(linked(t, files, schema.Load))
			var all sync.WaitGroup
			for range 4 {
				all.Go(func() {
					for range 3 {
						if got := rendered(t, r); !slices.Equal(got, want) {
							t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
						}
					}
				})
			}
			all.Wait()
		})
	}
}

func linked(t *testing.T, files fs.FS, load func(context.Context, fs.FS, []string, ...string) (*schema.Description, *diag.Set, error)) *model.Model {
	t.Helper()
	d, findings, err := load(context.Background(), files, []string{"."})
	if err != nil || findings.HasErrors() {
		t.Fatal(err, findings.All())
	}
	m, _, err := model.Link(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// lengthened are the same files, with a long comment at the end of each that describes a tenant.
func lengthened(t *testing.T, files fs.FS) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	tenants := 0
	if err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".yaml") {
			return err
		}
		data, err := fs.ReadFile(files, name)
		out[name] = &fstest.MapFile{Data: data}
		if bytes.Contains(data, []byte("kind: Tenant\n")) {
			tenants++
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for _, file := range out {
		if bytes.Contains(file.Data, []byte("kind: Tenant\n")) {
			file.Data = append(slices.Clip(file.Data), "# "+strings.Repeat("x", 9<<20/tenants)+"\n"...)
		}
	}
	return out
}
