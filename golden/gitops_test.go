package golden_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"sigs.k8s.io/yaml"
)

// gitopsExample reads one of the examples, with texts replaced in pairs.
func gitopsExample(t *testing.T, engine string, replace ...string) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	for _, name := range []string{"platform.yaml", "acme.yaml"} {
		data, err := os.ReadFile("../examples/gitops/" + engine + "/" + name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: []byte(strings.NewReplacer(replace...).Replace(string(data)))}
	}
	return files
}

// module is the folder of a released module; the test is skipped where it can't be had.
func module(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command("go", "mod", "download", "-json", name).Output()
	var found struct{ Dir string }
	if jsonErr := json.Unmarshal(out, &found); err != nil || jsonErr != nil || found.Dir == "" {
		t.Skipf("without %s: %v", name, err)
	}
	return found.Dir
}

// TestGitOpsCRDs holds that the engines' API servers take the objects, field by field.
func TestGitOpsCRDs(t *testing.T) {
	for engine, of := range map[string]struct{ module, glob string }{
		"flux":   {"github.com/fluxcd/kustomize-controller@v1.7.2", "config/crd/bases/*.yaml"},
		"argocd": {"github.com/argoproj/argo-cd/v3@v3.2.0", "manifests/crds/*-crd.yaml"},
	} {
		t.Run(engine, func(t *testing.T) {
			bundles, err := filepath.Glob(filepath.Join(module(t, of.module), of.glob))
			if err != nil || len(bundles) == 0 {
				t.Fatalf("no CRDs: %v", err)
			}
			var known []*crds
			for _, b := range bundles {
				known = append(known, schemasOf(t, b))
			}
			checked := 0
			for _, o := range objects(t, gitopsExample(t, engine), "eu") {
				name := fmt.Sprint(o["apiVersion"], " ", o["kind"])
				for _, c := range known {
					if _, ok := c.schemas[name]; ok {
						checked++
						c.validate(t, []map[string]any{o})
					}
				}
			}
			if want := map[string]int{"flux": 2, "argocd": 4}[engine]; checked != want {
				t.Errorf("%d objects were checked, want %d", checked, want)
			}
		})
	}
}

// TestGitOpsProtects holds that an engine prunes no push that would delete from the stores, and that Flux substitutes nothing
// in a template.
func TestGitOpsProtects(t *testing.T) {
	annotation := func(files map[string][]byte, name, key string) string {
		var o struct {
			Metadata struct{ Annotations map[string]string }
		}
		if err := yaml.Unmarshal(files[name], &o); err != nil || files[name] == nil {
			t.Fatalf("%s: %v", name, err)
		}
		return o.Metadata.Annotations[key]
	}
	const dir = "eu/tenants/acme/prod/"
	for engine, want := range map[string][2]string{
		"flux":   {"kustomize.toolkit.fluxcd.io/prune", "disabled"},
		"argocd": {"argocd.argoproj.io/sync-options", "Prune=false,Delete=false"},
	} {
		files := renderFiles(t, gitopsExample(t, engine, "    - name: session\n", "    - name: session\n      push: {deletion: Delete}\n"))
		if got := annotation(files, dir+"pushsecret-push-session.yaml", want[0]); got != want[1] {
			t.Errorf("%s: a push that deletes: %q", engine, got)
		}
		if got := annotation(files, dir+"pushsecret-push-postgres.yaml", want[0]); got != "" {
			t.Errorf("%s: a push that deletes nothing: %q", engine, got)
		}
		substitute := map[string]string{"flux": "disabled"}[engine]
		if got := annotation(files, dir+"externalsecret-checkout-secrets.yaml", "kustomize.toolkit.fluxcd.io/substitute"); got != substitute {
			t.Errorf("%s: a template with ${: %q", engine, got)
		}
		if got := annotation(files, dir+"externalsecret-postgres.yaml", "kustomize.toolkit.fluxcd.io/substitute"); got != "" {
			t.Errorf("%s: a template without ${: %q", engine, got)
		}
	}
}

// TestFluxHealth holds that Flux waits for what becomes ready by itself, and for nothing that a person brings or that another
// region's store holds up.
func TestFluxHealth(t *testing.T) {
	var checked []string
	for _, o := range objects(t, gitopsExample(t, "flux"), "us") {
		if o["kind"] != "Kustomization" {
			continue
		}
		spec := o["spec"].(map[string]any)
		for _, c := range spec["healthChecks"].([]any) {
			checked = append(checked, fmt.Sprint(c.(map[string]any)["kind"], " ", c.(map[string]any)["name"]))
		}
		for _, e := range spec["healthCheckExprs"].([]any) {
			if !slices.ContainsFunc(spec["healthChecks"].([]any), func(c any) bool {
				return c.(map[string]any)["kind"] == e.(map[string]any)["kind"] && c.(map[string]any)["apiVersion"] == e.(map[string]any)["apiVersion"]
			}) {
				t.Errorf("an expression for nothing: %v", e)
			}
		}
	}
	slices.Sort(checked)
	if want := []string{"ClusterSecretStore vault-us", "ExternalSecret checkout-secrets"}; !slices.Equal(checked, want) {
		t.Errorf("checked are %q, want %q", checked, want)
	}
}

// TestArgoCDProjects holds that a tenant's project allows its own namespace and kinds, and no store.
func TestArgoCDProjects(t *testing.T) {
	for _, o := range objects(t, gitopsExample(t, "argocd"), "eu") {
		if o["kind"] != "AppProject" || o["metadata"].(map[string]any)["name"] != "acme" {
			continue
		}
		text, err := json.Marshal(o["spec"])
		if err != nil {
			t.Fatal(err)
		}
		if s := string(text); strings.Contains(s, "ClusterSecretStore") || strings.Contains(s, "*") || !strings.Contains(s, `"namespace":"acme-prod"`) {
			t.Error(s)
		}
		return
	}
	t.Error("there is no project acme")
}
