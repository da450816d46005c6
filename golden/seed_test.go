package golden_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"sort"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/openova-io/esotree"
	"github.com/openova-io/esotree/diag"
)

// added is what the rendered objects have beyond the page: API defaults that are written out so that Argo CD stays in sync,
// and the target template that keeps labels of GitOps engines off the Secret.
var added = map[string][]string{
	"ClusterSecretStore vault-region1": {"spec.provider.vault.tls={}"},
	"ExternalSecret service-secrets": {
		"metadata.annotations.esotree.openova.io/external=tenant/api-keys,tenant/postgres",
		"spec.target.creationPolicy=Owner", "spec.target.deletionPolicy=Retain",
		"spec.target.template.engineVersion=v2", "spec.target.template.mergePolicy=Replace", "spec.target.template.metadata={}",
	},
	"PushSecret push-db-credentials": {
		"spec.data[0].conversionStrategy=None", "spec.deletionPolicy=None", "spec.refreshInterval=1h0m0s", "spec.updatePolicy=Replace",
	},
	"Password db-password-generator": {"spec.encoding=raw"},
	"ExternalSecret db-password": {
		"spec.secretStoreRef={}",
		"spec.target.deletionPolicy=Retain",
		"spec.target.template.engineVersion=v2", "spec.target.template.mergePolicy=Replace", "spec.target.template.metadata={}",
	},
	"GitRepository component": nil,
}

// TestSeed holds that examples/seed renders to the page's own manifests: every field of the page is there with an equal
// value, and what is added is listed above.
func TestSeed(t *testing.T) {
	page, err := os.ReadFile("testdata/seed-page/page.yaml")
	if err != nil {
		t.Fatal(err)
	}
	rendered := map[string]map[string]any{}
	for _, o := range objects(t, description(t, ""), "region1") {
		rendered[label(o)] = o
	}
	for doc := range strings.SplitSeq(string(page), "\n---\n") {
		var want map[string]any
		if err := yaml.Unmarshal([]byte(doc), &want); err != nil {
			t.Fatal(err)
		}
		got, ok := rendered[label(want)]
		if !ok {
			t.Errorf("%s is not rendered", label(want))
			continue
		}
		if version := want["apiVersion"]; version == "external-secrets.io/v1beta1" {
			want["apiVersion"] = "external-secrets.io/v1"
		}
		a, b := leaves(want), leaves(got)
		for field, value := range a {
			if !equal(b[field], value) {
				t.Errorf("%s: %s is %q, the page has %q", label(want), field, b[field], value)
			}
			delete(b, field)
		}
		var extra []string
		for field, value := range b {
			extra = append(extra, field+"="+value)
		}
		sort.Strings(extra)
		if !slices.Equal(extra, added[label(want)]) {
			t.Errorf("%s: added %q, want %q", label(want), extra, added[label(want)])
		}
	}
}

// TestSeedRelease holds that the apiVersion follows the release.
func TestSeedRelease(t *testing.T) {
	for release, want := range map[string]string{"": "external-secrets.io/v1", "2.9": "external-secrets.io/v1", "0.17": "external-secrets.io/v1", "0.15": "external-secrets.io/v1beta1"} {
		for _, o := range objects(t, description(t, release), "region1") {
			version := o["apiVersion"].(string)
			if kind := o["kind"]; (kind == "ExternalSecret" || kind == "ClusterSecretStore") && version != want {
				t.Errorf("release %q: %s has apiVersion %s, want %s", release, label(o), version, want)
			}
		}
	}
}

// description is the example for a release, as written with "".
func description(t *testing.T, release string) fstest.MapFS {
	t.Helper()
	data, err := os.ReadFile("../examples/seed/seed.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if release != "" {
		data = bytes.Replace(data, []byte("spec:\n"), []byte("spec:\n  eso: {version: \""+release+"\"}\n"), 1)
	}
	return fstest.MapFS{"seed.yaml": {Data: data}}
}

func objects(t *testing.T, files fstest.MapFS, region string) []map[string]any {
	t.Helper()
	all, findings := compiled(t, files)
	set := &diag.Set{}
	set.Add(findings...)
	refuse(t, set)
	return all[region]
}

// compiled is all that a description renders to, as plain data by region, and what is found on the way.
func compiled(t *testing.T, files fstest.MapFS) (map[string][]map[string]any, []diag.Finding) {
	t.Helper()
	ctx := context.Background()
	c, set, err := esotree.Compile(ctx, files, []string{"."})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]map[string]any{}
	if c == nil {
		return nil, set.All()
	}
	for part := range c.Parts(ctx) {
		set.Add(part.Findings...)
		for _, folder := range part.Folders {
			for _, o := range folder.Objects {
				data, err := o.JSON()
				if err != nil {
					t.Fatal(err)
				}
				var plain map[string]any
				if err := json.Unmarshal(data, &plain); err != nil {
					t.Fatal(err)
				}
				delete(plain, "status")
				out[folder.Region] = append(out[folder.Region], plain)
			}
		}
	}
	return out, set.All()
}

func label(o map[string]any) string {
	return fmt.Sprint(o["kind"], " ", o["metadata"].(map[string]any)["name"])
}

// leaves flattens an object to field=value. Lists of named things are compared by position after sorting data by its key.
func leaves(v any) map[string]string {
	out := map[string]string{}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			if len(v) == 0 {
				out[path] = "{}"
			}
			for key, inner := range v {
				walk(strings.TrimPrefix(path+"."+key, "."), inner)
			}
		case []any:
			slices.SortStableFunc(v, func(a, b any) int { return strings.Compare(secretKey(a), secretKey(b)) })
			for i, inner := range v {
				walk(fmt.Sprintf("%s[%d]", path, i), inner)
			}
		case nil:
		default:
			out[path] = fmt.Sprint(v)
		}
	}
	walk("", v)
	return out
}

func secretKey(v any) string {
	m, _ := v.(map[string]any)
	key, _ := m["secretKey"].(string)
	return key
}

// equal compares durations by value.
func equal(a, b string) bool {
	if a == b {
		return true
	}
	da, errA := time.ParseDuration(a)
	db, errB := time.ParseDuration(b)
	return errA == nil && errB == nil && da == db
}
