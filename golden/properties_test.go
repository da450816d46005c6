package golden_test

import (
	"bytes"
	"context"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/openova-io/esotree"
	"github.com/openova-io/esotree/tree"
)

// openova reads the example, so that a test can edit it.
func openova(t *testing.T) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(os.DirFS("../examples/openova"), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile("../examples/openova/" + name)
		files[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// edit returns the files with one text of one file replaced.
func edit(t *testing.T, files fstest.MapFS, name, old, new string) fstest.MapFS {
	t.Helper()
	out := maps.Clone(files)
	if !bytes.Contains(files[name].Data, []byte(old)) {
		t.Fatalf("%s does not hold %q", name, old)
	}
	out[name] = &fstest.MapFile{Data: bytes.Replace(files[name].Data, []byte(old), []byte(new), 1)}
	return out
}

func renderFiles(t *testing.T, files fs.FS) map[string][]byte {
	t.Helper()
	ctx := context.Background()
	c, findings, err := esotree.Compile(ctx, files, []string{"."})
	if err != nil {
		t.Fatal(err)
	}
	refuse(t, findings)
	var store tree.Memory
	plan, err := tree.Write(ctx, &store, c.Folders(ctx, func(string) bool { return true }, findings), tree.Options{Scope: tree.Scope{Platform: c.Model.Name}})
	if err != nil {
		t.Fatal(err)
	}
	refuse(t, findings)
	refuse(t, plan.Findings())
	return store.Files()
}

// changed are the files that differ, sorted.
func changed(a, b map[string][]byte) []string {
	set := map[string]bool{}
	for name := range a {
		set[name] = !bytes.Equal(a[name], b[name])
	}
	for name := range b {
		set[name] = set[name] || !bytes.Equal(a[name], b[name])
	}
	maps.DeleteFunc(set, func(_ string, differs bool) bool { return !differs })
	return slices.Sorted(maps.Keys(set))
}

// TestPure holds that the same description gives the same bytes, on one core and on many.
func TestPure(t *testing.T) {
	files := openova(t)
	want := renderFiles(t, files)
	for _, cores := range []int{1, 2, 8} {
		before := runtime.GOMAXPROCS(cores)
		got := renderFiles(t, files)
		runtime.GOMAXPROCS(before)
		if diff := changed(want, got); len(diff) > 0 {
			t.Errorf("on %d cores these differ: %v", cores, diff)
		}
	}
}

// TestLocal holds what an edit reaches.
func TestLocal(t *testing.T) {
	files := openova(t)
	before := renderFiles(t, files)
	cases := map[string]struct {
		file, old, new string
		want           []string
	}{
		"an epoch": {"tenants/acme.yaml", `epoch: "2026-11-02"`, `epoch: "2026-11-24"`, []string{
			"region1/tenants/acme/prod/externalsecret-checkout-secrets.yaml",
			"region1/tenants/acme/prod/externalsecret-postgres.yaml",
			"region1/tenants/acme/prod/pushsecret-push-postgres-region1.yaml",
			"region1/tenants/acme/prod/pushsecret-push-postgres-region2.yaml",
			"region2/tenants/acme/prod/externalsecret-checkout-secrets.yaml",
		}},
		"a derived key": {"tenants/acme.yaml", "postgres.databases:5432/app", "postgres.databases:5432/shop", []string{
			"region1/tenants/acme/prod/externalsecret-postgres.yaml",
		}},
		"an environment's default refresh interval": {"platform.yaml", "  environments:", "  defaults: {refreshInterval: 30m}\n  environments:", []string{
			"region1/tenants/acme/prod/externalsecret-acr.yaml",
			"region1/tenants/acme/prod/externalsecret-checkout-secrets.yaml",
			"region1/tenants/acme/prod/externalsecret-ecr.yaml",
			"region1/tenants/acme/prod/externalsecret-web-secrets.yaml",
			"region1/tenants/globex/prod/externalsecret-billing-secrets.yaml",
			"region2/platform/databases/externalsecret-db-credentials.yaml",
			"region2/platform/external-dns/externalsecret-cloudflare-credentials.yaml",
			"region2/platform/flux-system/externalsecret-gitea-token.yaml",
			"region2/platform/kube-system/externalsecret-hetzner-credentials.yaml",
			"region2/tenants/acme/prod/externalsecret-acr.yaml",
			"region2/tenants/acme/prod/externalsecret-checkout-secrets.yaml",
			"region2/tenants/acme/prod/externalsecret-ecr.yaml",
			"region2/tenants/acme/prod/externalsecret-web-secrets.yaml",
			"region2/tenants/globex/prod/externalsecret-billing-secrets.yaml",
		}},
		"a var that services of one region use": {"platform.yaml", "dbHost: pg.region2", "dbHost: pg2.region2", []string{
			"region2/tenants/globex/prod/externalsecret-billing-secrets.yaml",
		}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := changed(before, renderFiles(t, edit(t, files, c.file, c.old, c.new)))
			if !slices.Equal(got, c.want) {
				t.Errorf("changed\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
	t.Run("a tenant more", func(t *testing.T) {
		more := maps.Clone(files)
		more["tenants/initech.yaml"] = &fstest.MapFile{Data: bytes.ReplaceAll(files["tenants/globex.yaml"].Data, []byte("globex"), []byte("initech"))}
		for _, name := range changed(before, renderFiles(t, more)) {
			if !strings.Contains(name, "/tenants/initech/") {
				t.Errorf("%s changed", name)
			}
		}
	})
}

// TestHomeMoves holds that home moves with one line: the same objects in the other region, under the same names.
func TestHomeMoves(t *testing.T) {
	files := openova(t)
	before := renderFiles(t, files)
	after := renderFiles(t, edit(t, files, "platform.yaml", "      home: region1", "      home: region2"))
	for _, name := range []string{"externalsecret-postgres.yaml", "pushsecret-push-postgres-region1.yaml", "password-postgres-generator.yaml", "externalsecret-api-keys.yaml"} {
		from, to := "region1/tenants/acme/prod/"+name, "region2/tenants/acme/prod/"+name
		if before[from] == nil || before[to] != nil || after[from] != nil || after[to] == nil {
			t.Errorf("%s did not move", name)
		}
	}
	origin := string(after["region2/tenants/acme/prod/externalsecret-postgres.yaml"])
	if strings.Index(origin, "vault-region1") > strings.LastIndex(origin, "vault-region2") {
		t.Error("the new home's store is not the last that is asked")
	}
}

var (
	kind     = regexp.MustCompile(`(?m)^kind: (\S+)$`)
	store    = regexp.MustCompile(`name: (vault-\S+)\n +kind: ClusterSecretStore|kind: ClusterSecretStore\n +name: (vault-\S+)`)
	metadata = regexp.MustCompile(`(?m)^kind: ClusterSecretStore\nmetadata:\n  name: (\S+)$`)
)

// TestTree holds what is true of every rendered tree.
func TestTree(t *testing.T) {
	origins := map[string]string{}
	used, held := map[string]bool{}, map[string]bool{}
	for name, data := range renderFiles(t, openova(t)) {
		text := string(data)
		region, _, _ := strings.Cut(name, "/")
		if k := kind.FindStringSubmatch(text); k == nil || k[1] == "Secret" {
			t.Errorf("%s is of kind %v", name, k)
		}
		if strings.Contains(text, "kind: ExternalSecret") && !strings.Contains(text, "    template:") {
			t.Errorf("%s has no target template", name)
		}
		if base := path.Base(name); strings.HasPrefix(base, "password-") {
			value := strings.SplitN(name, "/", 2)[1]
			if other, twice := origins[value]; twice {
				t.Errorf("%s originates in %s and in %s", value, other, region)
			}
			origins[value] = region
		}
		if m := metadata.FindStringSubmatch(text); m != nil {
			held[region+" "+m[1]] = true
			continue
		}
		for _, m := range store.FindAllStringSubmatch(text, -1) {
			used[region+" "+m[1]+m[2]] = true
		}
	}
	if !maps.Equal(used, held) {
		t.Errorf("objects name the stores %v, the stores folders hold %v", slices.Sorted(maps.Keys(used)), slices.Sorted(maps.Keys(held)))
	}
}
