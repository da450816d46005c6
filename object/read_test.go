package object_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/object"
)

func TestRead(t *testing.T) {
	fsys := fstest.MapFS{
		"one/a.yaml":               {Data: []byte("apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: ns}\n---\nkind: no object\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\n")},
		"one/list.json":            {Data: []byte(`{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"},"data":{"k":"v"}}]}`)},
		"two/resources.yml":        {Data: []byte("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata:\n    name: in-list\n")},
		"two/chart/t.yaml":         {Data: []byte("{{- if .Values.x }}\napiVersion: v1\n{{ end }}\n")},
		"two/chart/u.yaml":         {Data: []byte("a: {{ .x }}: b: c\n")},
		"two/chart/reads.yaml":     {Data: []byte("apiVersion: v1\nkind: Secret\nmetadata:\n  name: templated\n  namespace: {{ .Values.namespace }}\n")},
		"two/text.yaml":            {Data: []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: holds-a-template}\ndata:\n  a: |\n    name: {{ .x }}\n")},
		"two/jinja.yaml":           {Data: []byte("{% raw %}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: in-jinja}\n---\n{% endraw %}\n")},
		"two/broken.yaml":          {Data: []byte("a: [\n")},
		"two/claims.yaml":          {Data: []byte("# half written\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a\n")},
		"two/k/kustomization.yaml": {Data: []byte("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\npatches: [{path: patch.yaml}]\npatchesStrategicMerge: [../merge.yaml]\n")},
		"two/k/patch.yaml":         {Data: []byte("apiVersion: v1\nkind: Secret\nmetadata: {name: a-patch}\n")},
		"two/merge.yaml":           {Data: []byte("apiVersion: v1\nkind: Secret\nmetadata: {name: merged}\n")},
		"two/own.yaml":             {Data: []byte("apiVersion: v1\nkind: A\nmetadata:\n  <ANNOTATIONS>\n  name: a\n")},
		"two/.hidden/a.yaml":       {Data: []byte("apiVersion: v1\nkind: Secret\nmetadata: {name: hidden}\n")},
		"two/README.md":            {Data: []byte("apiVersion: v1\nkind: Secret\n")},
		"two/duplicate.yaml":       {Data: []byte("apiVersion: v1\nkind: Secret\nmetadata: {name: dup}\nmetadata: {name: dup}\n")},
		"two/not-objects.yaml":     {Data: []byte("a: 1\na: 2\n")},
	}
	objects, findings, err := object.Read(fsys, []string{".", "one/a.yaml"}, object.ReadOptions{Cluster: func(f *diag.File) string {
		first, _, _ := strings.Cut(f.Name, "/")
		return first
	}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range objects {
		file, line, column := o.Span("metadata.name").Location()
		got = append(got, fmt.Sprintf("%s %s/%s %s:%d:%d", o.Cluster, o.Kind, o.Name, file, line, column))
	}
	want := []string{
		"one Secret/a one/a.yaml:3:18",
		"one Deployment/d one/a.yaml:9:18",
		"one ConfigMap/c one/list.json:1:100",
		"two Secret/dup two/duplicate.yaml:3:18",
		"two ConfigMap/in-jinja two/jinja.yaml:5:18",
		"two Kustomization/ two/k/kustomization.yaml:1:1",
		"two Secret/in-list two/resources.yml:7:11",
		"two ConfigMap/holds-a-template two/text.yaml:3:18",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	var codes []string
	for _, f := range findings {
		codes = append(codes, fmt.Sprintf("%s %s %d", f.Code, f.Severity, len(f.Related)))
	}
	if text := strings.Join(codes, ", "); text != "yaml-syntax error 0, yaml-syntax error 1, not-yaml note 6" {
		t.Errorf("findings %s", text)
	}
	if _, _, err := object.Read(fsys, []string{"none"}, object.ReadOptions{}); err == nil {
		t.Error("a path that is not there is no error")
	}
	_, findings, err = object.Read(fsys, []string{"two/broken.yaml"}, object.ReadOptions{})
	if err != nil || len(findings) == 0 || findings[0].Severity != diag.Error {
		t.Errorf("a broken file that is named: %v, %v", findings, err)
	}
}

func TestReadValue(t *testing.T) {
	objects, _ := object.ReadFile(diag.NewFile("a.yaml", []byte("apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {k: 0x10}}\n")), object.ReadOptions{})
	if len(objects) != 1 {
		t.Fatalf("%d objects", len(objects))
	}
	text, err := objects[0].JSON()
	if err != nil || string(text) != `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"},"data":{"k":16}}` {
		t.Errorf("%s, %v", text, err)
	}
}
