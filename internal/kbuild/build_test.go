package kbuild_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/kbuild"
)

var base = map[string]string{
	"base/kustomization.yaml": "resources: [app.yaml, two.yaml]\nconfigMapGenerator:\n- name: conf\n  literals: [a=b]\n",
	"base/app.yaml": `apiVersion: apps/v1
kind: Deployment
metadata:
  name: app
spec:
  template:
    spec:
      containers:
      - name: sidecar
      - name: app
        env:
        - name: A
          valueFrom: {secretKeyRef: {name: s, key: a}}
`,
	"base/two.yaml":              "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: one}\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: one-more}\n",
	"overlay/kustomization.yaml": "namePrefix: x-\nnamespace: prod\nresources: [../base]\npatches:\n- path: patch.yaml\n",
	"overlay/patch.yaml": `apiVersion: apps/v1
kind: Deployment
metadata: {name: app}
spec:
  template:
    spec:
      containers:
      - name: added
        image: b
      - name: app
        image: c
`,
}

func filesOf(texts ...map[string]string) fstest.MapFS {
	out := fstest.MapFS{}
	for _, m := range texts {
		for name, text := range m {
			out["repo/"+name] = &fstest.MapFile{Data: []byte(text)}
		}
	}
	return out
}

func place(s diag.Span) string {
	if !s.IsValid() {
		return ""
	}
	file, line, column := s.Location()
	return fmt.Sprintf("%s:%d:%d", file, line, column)
}

// TestBuild checks the objects of an overlay and the places of their fields in the base's files.
func TestBuild(t *testing.T) {
	objects, findings := kbuild.Build(filesOf(base), "repo/overlay", kbuild.Options{Name: func(name string) string { return strings.TrimPrefix(name, "repo/") }})
	if len(findings) > 0 {
		t.Fatal(findings[0].Message)
	}
	got := map[string]*kbuild.Object{}
	for i, o := range objects {
		if strings.Contains(string(o.JSON), "config.kubernetes.io/origin") {
			t.Errorf("%s has kustomize's annotation", o.JSON)
		}
		name, _, _ := strings.Cut(o.Ref.Name, "-conf-")
		got[o.Ref.Kind+" "+o.Ref.Namespace+"/"+name] = &objects[i]
	}
	for name, fields := range map[string]map[string]string{
		"Deployment prod/x-app": {
			"":              "base/app.yaml:1:1",
			"metadata.name": "base/app.yaml:4:9",
			"spec.template.spec.containers[1].env[0].valueFrom.secretKeyRef.key": "base/app.yaml:13:52",
			"spec.template.spec.containers[1].image":                             "base/app.yaml:10:9",
			"spec.template.spec.containers[0].image":                             "base/app.yaml:9:7",
		},
		"ServiceAccount prod/x-one":      {"metadata.name": "base/two.yaml:3:18"},
		"ServiceAccount prod/x-one-more": {"metadata.name": "base/two.yaml:7:18"},
		"ConfigMap prod/x":               {"data.a": "base/kustomization.yaml:3:1"},
	} {
		o := got[name]
		if o == nil || o.Origin == nil {
			t.Errorf("%s is not built, or has no origin", name)
			continue
		}
		for field, want := range fields {
			if at := place(o.Origin.Span(field)); at != want {
				t.Errorf("%s: %s is at %s, want %s\n%s", name, field, at, want, o.JSON)
			}
		}
	}
	if len(objects) != 4 {
		t.Errorf("%d objects", len(objects))
	}
}

// TestOriginsAsked checks that a root which asks for the annotation keeps it.
func TestOriginsAsked(t *testing.T) {
	files := filesOf(base, map[string]string{"overlay/kustomization.yaml": "resources: [../base]\nbuildMetadata: [originAnnotations]\n"})
	objects, _ := kbuild.Build(files, "repo/overlay", kbuild.Options{})
	if len(objects) == 0 || !strings.Contains(string(objects[0].JSON), "config.kubernetes.io/origin") {
		t.Error("the annotation is gone")
	}
}

// TestRefused checks that nothing remote is fetched and nothing is run, at whatever depth it is named, and that what can't be built
// is a finding.
func TestRefused(t *testing.T) {
	for text, want := range map[string]string{
		"resources: [https://example.com/a.yaml]":                                       "kustomize-remote repo/overlay/kustomization.yaml:1:13",
		"resources: ['github.com/org/repo//base?ref=v1']":                               "kustomize-remote repo/overlay/kustomization.yaml:1:13",
		"resources: ['git@example.com:org/repo']":                                       "kustomize-remote repo/overlay/kustomization.yaml:1:13",
		"components: ['ssh://example.com/org/repo']":                                    "kustomize-remote repo/overlay/kustomization.yaml:1:14",
		"patches: [{path: 'https://example.com/p.yaml'}]":                               "kustomize-remote repo/overlay/kustomization.yaml:1:18",
		"configMapGenerator: [{name: a, files: ['k=https://example.com/p.yaml']}]":      "kustomize-remote repo/overlay/kustomization.yaml:1:40",
		"openapi: {path: 'http://example.com/p.yaml'}":                                  "kustomize-remote repo/overlay/kustomization.yaml:1:17",
		"resources: [../deep]":                                                          "kustomize-remote repo/deep/kustomization.yaml:1:9",
		"transformers: [patch-transformer.yaml]":                                        "kustomize-remote repo/overlay/patch-transformer.yaml:4:7",
		"resources: [none.yaml]":                                                        "kustomize-build ",
		"helmCharts: [{name: a, repo: 'https://example.com'}]":                          "kustomize-build ",
		"transformers: [exec.yaml]":                                                     "kustomize-build ",
		"resources: [a":                                                                 "kustomize-build ",
		"resources: [../../../../etc/passwd]":                                           "kustomize-build ",
		"configMapGenerator: [{name: a, literals: ['url=https://example.com/p.yaml']}]": "",
	} {
		files := filesOf(base, map[string]string{
			"overlay/kustomization.yaml":     text + "\n",
			"deep/kustomization.yaml":        "bases: [https://example.com/base]\n",
			"overlay/patch-transformer.yaml": "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: a}\npath: https://example.com/p.yaml\n",
			"overlay/exec.yaml":              "apiVersion: example.com/v1\nkind: Run\nmetadata: {name: a, annotations: {config.kubernetes.io/function: '{exec: {path: ./run}}'}}\n",
		})
		objects, findings := kbuild.Build(files, "repo/overlay", kbuild.Options{})
		got := ""
		if len(findings) > 0 {
			got = findings[0].Code + " " + place(findings[0].Span)
			if !findings[0].Span.IsValid() && findings[0].File != "repo/overlay/kustomization.yaml" {
				t.Errorf("%s: file %q", text, findings[0].File)
			}
			if len(objects) > 0 {
				t.Errorf("%s: objects beside findings", text)
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
			for _, f := range findings {
				t.Log(f.Message)
			}
		}
	}
	if _, findings := kbuild.Build(filesOf(base), "repo/none", kbuild.Options{}); len(findings) != 1 {
		t.Error("a folder that is not there builds")
	}
}

// TestWhy checks that a finding gives the cause, not the way to it.
func TestWhy(t *testing.T) {
	files := filesOf(base, map[string]string{
		"overlay/kustomization.yaml": "resources: [../deep]\n",
		"deep/kustomization.yaml":    "helmCharts: [{name: a, repo: 'https://example.com'}]\n",
	})
	_, findings := kbuild.Build(files, "repo/overlay", kbuild.Options{})
	if len(findings) != 1 || !strings.Contains(findings[0].Message, "can't build it: trouble configuring builtin HelmChartInflationGenerator") || !strings.Contains(findings[0].Hint, "no Helm") {
		t.Errorf("%v", findings)
	}
}
