package golden_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"text/template"

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
			for _, o := range append(objects(t, gitopsExample(t, engine), "eu"), onPage(t, engine)...) {
				name := fmt.Sprint(o["apiVersion"], " ", o["kind"])
				for _, c := range known {
					if _, ok := c.schemas[name]; ok {
						checked++
						c.validate(t, []map[string]any{o})
					}
				}
			}
			if want := map[string]int{"flux": 3, "argocd": 5}[engine]; checked != want {
				t.Errorf("%d objects were checked, want %d", checked, want)
			}
		})
	}
}

// onPage are the objects that an engine's page tells its readers to write.
func onPage(t *testing.T, engine string) (out []map[string]any) {
	t.Helper()
	page, err := os.ReadFile("../docs/" + engine + ".md")
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range strings.Split(string(page), "```yaml\n")[1:] {
		text, _, _ := strings.Cut(block, "```")
		var o map[string]any
		read(t, []byte(text), &o)
		if o["kind"] != nil {
			out = append(out, o)
		}
	}
	return out
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
		if got := annotation(files, dir+"pushsecret-push-session-eu.yaml", want[0]); got != want[1] {
			t.Errorf("%s: a push that deletes: %q", engine, got)
		}
		if got := annotation(files, dir+"pushsecret-push-postgres-eu.yaml", want[0]); got != "" {
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

// TestArgoCDPermits holds that what is rendered is what its project permits, by the rules of Argo CD: an Application's destination and
// each object's namespace are among the project's destinations, in which no namespace allows none; kinds are among those that it lists.
func TestArgoCDPermits(t *testing.T) {
	for name, replace := range map[string][]string{
		"the example":       nil,
		"stores of tenants": {"  gitops:\n", "  isolation: PerTenant\n  gitops:\n"},
		"namespaces":        {"  gitops:\n", "  namespaces: Render\n  gitops:\n"},
		"platform secrets":  {"  gitops:\n", "  secrets: [{name: smtp, namespace: mail, class: database-password}]\n  gitops:\n"},
		"elsewhere":         {"    - name: session\n", "    - name: session\n      namespace: acme-sessions\n"},
	} {
		t.Run(name, func(t *testing.T) {
			files := renderFiles(t, gitopsExample(t, "argocd", replace...))
			projects := map[string]argoProject{}
			var applications []argoApplication
			for file, text := range files {
				if path.Dir(file) != "eu/gitops" || path.Base(file) == "kustomization.yaml" {
					continue
				}
				var o struct {
					Kind     string
					Metadata struct{ Name string }
					Spec     json.RawMessage
				}
				read(t, text, &o)
				switch o.Kind {
				case "AppProject":
					var p argoProject
					read(t, o.Spec, &p)
					projects[o.Metadata.Name] = p
				case "Application":
					var a argoApplication
					read(t, o.Spec, &a)
					applications = append(applications, a)
				case "ApplicationSet":
					applications = append(applications, expand(t, o.Spec)...)
				}
			}
			seen := 0
			for _, a := range applications {
				p, ok := projects[a.Project]
				if !ok {
					t.Fatalf("there is no project %q", a.Project)
				}
				if !slices.Contains(p.Destinations, a.Destination) {
					t.Errorf("project %s refuses the Application of %s: %+v is not among %+v", a.Project, a.Source.Path, a.Destination, p.Destinations)
				}
				folder := strings.TrimPrefix(a.Source.Path, "clusters/rendered/")
				for file, text := range files {
					if path.Dir(file) != folder || path.Base(file) == "kustomization.yaml" {
						continue
					}
					seen++
					var o struct {
						APIVersion, Kind string
						Metadata         struct{ Namespace string }
					}
					read(t, text, &o)
					group, _, found := strings.Cut(o.APIVersion, "/")
					kind := argoKind{group, o.Kind}
					if !found {
						kind.Group = ""
					}
					if o.Metadata.Namespace == "" {
						if !slices.Contains(p.ClusterResourceWhitelist, kind) {
							t.Errorf("project %s refuses %s", a.Project, file)
						}
					} else if !slices.Contains(p.NamespaceResourceWhitelist, kind) || !slices.Contains(p.Destinations, argoDestination{a.Destination.Server, o.Metadata.Namespace}) {
						t.Errorf("project %s refuses %s", a.Project, file)
					}
				}
			}
			all := 0
			for file := range files {
				if strings.HasPrefix(file, "eu/") && path.Dir(file) != "eu/gitops" && path.Base(file) != "kustomization.yaml" {
					all++
				}
			}
			if seen != all || all == 0 {
				t.Errorf("Applications apply %d of %d objects", seen, all)
			}
		})
	}
}

type argoDestination struct{ Server, Namespace string }

type argoKind struct{ Group, Kind string }

type argoProject struct {
	Destinations                                         []argoDestination
	NamespaceResourceWhitelist, ClusterResourceWhitelist []argoKind
}

type argoApplication struct {
	Project     string
	Source      struct{ Path string }
	Destination argoDestination
}

// expand is what Argo CD makes of an ApplicationSet with a list and a Go template.
func expand(t *testing.T, spec json.RawMessage) (out []argoApplication) {
	t.Helper()
	var set struct {
		Generators []struct {
			List struct{ Elements []map[string]any }
		}
		Template struct{ Spec json.RawMessage }
	}
	read(t, spec, &set)
	tmpl, err := template.New("").Option("missingkey=error").Parse(string(set.Template.Spec))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range set.Generators[0].List.Elements {
		var text strings.Builder
		if err := tmpl.Execute(&text, e); err != nil {
			t.Fatal(err)
		}
		var a argoApplication
		read(t, []byte(text.String()), &a)
		out = append(out, a)
	}
	return out
}

func read(t *testing.T, text []byte, into any) {
	t.Helper()
	if err := yaml.Unmarshal(text, into); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
}
