package tree

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/object"
)

// secret is an object with a value that can be told apart.
func secret(namespace, name, value string) *object.Object {
	return &object.Object{ID: object.ID{APIVersion: "v1", Kind: "ExternalSecret", Namespace: namespace, Name: name}, Value: map[string]any{
		"apiVersion": "v1", "kind": "ExternalSecret", "metadata": map[string]any{"name": name, "namespace": namespace}, "spec": map[string]any{"value": value}}}
}

// world is the folders of some tenants in two regions. Each object's value names the version.
func world(version string, tenants ...string) []object.Folder {
	var folders []object.Folder
	for _, region := range []string{"region1", "region2"} {
		stores := object.Folder{Path: region + "/stores", Platform: "p", Region: region, Source: "platform.yaml", Objects: []*object.Object{secret("", "vault", version)}}
		gitops := object.Folder{Path: region + "/gitops", Platform: "p", Region: region, Source: "platform.yaml"}
		folders = append(folders, stores)
		for _, t := range tenants {
			gitops.Objects = append(gitops.Objects, secret("flux-system", t, version))
		}
		if len(tenants) > 0 {
			folders = append(folders, gitops)
		}
	}
	for _, t := range tenants {
		for _, region := range []string{"region1", "region2"} {
			f := object.Folder{Path: path.Join(region, "tenants", t, "prod"), Platform: "p", Tenant: t, Region: region, Namespace: t + "-prod", Source: "tenants/" + t + ".yaml"}
			for _, name := range []string{"b", "a", "only-" + version} {
				f.Objects = append(f.Objects, secret(t+"-prod", name, version))
			}
			f.Objects = append(f.Objects, secret("other", "a", "same"))
			folders = append(folders, f)
		}
	}
	return folders
}

func all(folders []object.Folder) iter.Seq[object.Folder] { return slices.Values(folders) }

var scope = Options{Scope: Scope{Platform: "p"}}

// loaded is a scope that knows tenants.
func loaded(tenants ...string) Options {
	o := scope
	o.Loaded = func(t string) bool { return slices.Contains(tenants, t) }
	return o
}

// bench is one kind of store to run the suite on.
type bench struct {
	store Store
	files func() map[string]string
	put   func(name, data string)
	// link plants a symbolic link; nil where there are none.
	link func(name, target string)
}

func stores(t *testing.T, test func(t *testing.T, b bench)) {
	t.Run("memory", func(t *testing.T) {
		m := &Memory{}
		test(t, bench{store: m, files: func() map[string]string {
			files := map[string]string{}
			for name, data := range m.Files() {
				files[name] = string(data)
			}
			return files
		}, put: func(name, data string) {
			d, err := m.Make(path.Dir(name))
			if err == nil {
				err = d.Write(path.Base(name), []byte(data))
			}
			if err != nil {
				t.Fatal(err)
			}
		}})
	})
	t.Run("disk", func(t *testing.T) {
		b, _ := onDisk(t)
		test(t, b)
	})
}

func onDisk(t *testing.T) (bench, *Disk) {
	dir := filepath.Join(t.TempDir(), "out")
	d := NewDisk(dir)
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	full := func(name string) string {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		return name
	}
	return bench{store: d, files: func() map[string]string { return diskFiles(t, dir) },
		put: func(name, data string) {
			if err := os.WriteFile(full(name), []byte(data), 0o666); err != nil {
				t.Fatal(err)
			}
		},
		link: func(name, target string) {
			if err := os.Symlink(target, full(name)); err != nil {
				t.Fatal(err)
			}
		}}, d
}

func diskFiles(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && name == "." {
			return nil
		}
		if err != nil || e.IsDir() {
			return err
		}
		if e.Type()&fs.ModeSymlink != 0 {
			files[name], err = os.Readlink(filepath.Join(dir, filepath.FromSlash(name)))
			return err
		}
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		files[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// write writes and fails the test on errors and findings.
func write(t *testing.T, s Store, folders []object.Folder, o Options) *Plan {
	t.Helper()
	p, err := Write(t.Context(), s, all(folders), o)
	if err != nil {
		t.Fatal(err)
	}
	if p.findings.Len() > 0 {
		t.Fatalf("findings: %v", told(p))
	}
	return p
}

// told is the findings as CODE FILE.
func told(p *Plan) []string {
	var list []string
	for _, f := range p.Findings().All() {
		list = append(list, f.Code+" "+f.File)
	}
	return list
}

// wanted is what a fresh tree of the folders holds.
func wanted(t *testing.T, folders []object.Folder) map[string]string {
	t.Helper()
	m := &Memory{}
	write(t, m, folders, scope)
	files := map[string]string{}
	for name, data := range m.Files() {
		files[name] = string(data)
	}
	return files
}

func same(t *testing.T, got, want map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if text, ok := got[name]; !ok {
			t.Errorf("%s is missing", name)
		} else if text != want[name] {
			t.Errorf("%s is\n%s\nand not\n%s", name, text, want[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[name]; !ok {
			t.Errorf("%s is too much", name)
		}
	}
}

// consistent fails the test when a kustomization names a missing file or a file of ours is broken.
func consistent(t *testing.T, files map[string]string) {
	t.Helper()
	for name, text := range files {
		if _, unfinished := finishedName(path.Base(path.Dir(name))); unfinished || path.Base(name) == temporary {
			continue
		}
		if _, _, ok := ParseHeader([]byte(text)); !ok || Edited([]byte(text)) {
			t.Errorf("%s is half written: %q", name, text)
		}
		if path.Base(name) != kustomization {
			continue
		}
		var k struct{ Resources []string }
		if err := yaml.Unmarshal([]byte(text), &k); err != nil || len(k.Resources) == 0 {
			t.Errorf("%s: %v, %v", name, k, err)
		}
		for _, r := range k.Resources {
			if _, ok := files[path.Join(path.Dir(name), r)]; !ok {
				t.Errorf("%s names %s, which is missing", name, r)
			}
		}
	}
}

func TestLayout(t *testing.T) {
	stores(t, func(t *testing.T, b bench) {
		p := write(t, b.store, world("v1", "acme"), scope)
		files := b.files()
		consistent(t, files)
		var names []string
		for name := range files {
			if strings.HasPrefix(name, "region1") {
				names = append(names, strings.TrimPrefix(name, "region1/"))
			}
		}
		slices.Sort(names)
		want := []string{"gitops/externalsecret-flux-system.acme.yaml", "gitops/kustomization.yaml", "stores/externalsecret-vault.yaml", "stores/kustomization.yaml",
			"tenants/acme/prod/externalsecret-a.yaml", "tenants/acme/prod/externalsecret-b.yaml", "tenants/acme/prod/externalsecret-only-v1.yaml",
			"tenants/acme/prod/externalsecret-other.a.yaml", "tenants/acme/prod/kustomization.yaml"}
		if !slices.Equal(names, want) {
			t.Errorf("got  %q\nwant %q", names, want)
		}
		if got, want := files["region1/tenants/acme/prod/kustomization.yaml"], `# Code generated by esotree from tenants/acme.yaml; DO NOT EDIT.
# platform: p
# tenant: acme
# body: sha256:a99aecc8c9dc
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
- externalsecret-a.yaml
- externalsecret-b.yaml
- externalsecret-only-v1.yaml
- externalsecret-other.a.yaml
`; got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		if got, want := files["region1/stores/externalsecret-vault.yaml"], `# Code generated by esotree from platform.yaml; DO NOT EDIT.
# platform: p
# tenant: -
# body: sha256:bc8b64470976
apiVersion: v1
kind: ExternalSecret
metadata:
  name: vault
  namespace: ''
spec:
  value: v1
`; got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		if c := p.Counts(); c != (Counts{Created: 18}) || p.Clean() {
			t.Errorf("counts %+v, clean %v", c, p.Clean())
		}
	})
}

func TestNames(t *testing.T) {
	folder := func(objects ...*object.Object) []object.Folder {
		return []object.Folder{{Path: "r/platform/ns", Platform: "p", Region: "r", Namespace: "ns", Objects: objects}}
	}
	kind := func(o *object.Object, kind string) *object.Object { o.Kind = kind; return o }
	for name, c := range map[string]struct {
		folders []object.Folder
		want    []string
	}{
		"different":               {folder(secret("ns", "a", ""), secret("ns", "b", ""), secret("", "c", "")), nil},
		"equal":                   {folder(secret("ns", "a", ""), secret("ns", "a", "")), []string{"name-collision r/platform/ns/externalsecret-a.yaml"}},
		"equal in lower case":     {folder(secret("ns", "a", ""), secret("ns", "A", "")), []string{"name-collision r/platform/ns/externalsecret-a.yaml"}},
		"kinds in lower case":     {folder(kind(secret("ns", "a", ""), "Secret"), kind(secret("ns", "a", ""), "SecreT")), []string{"name-collision r/platform/ns/secret-a.yaml"}},
		"namespace and full stop": {folder(secret("other", "a", ""), secret("ns", "other.a", "")), []string{"name-collision r/platform/ns/externalsecret-other.a.yaml"}},
		"no name":                 {folder(secret("ns", "", "")), []string{"invalid-name r/platform/ns"}},
		"no kind":                 {folder(kind(secret("ns", "x", ""), "")), []string{"invalid-name r/platform/ns"}},
		"leaves the folder":       {folder(secret("ns", "../../x", "")), []string{"invalid-name r/platform/ns"}},
		"by its namespace":        {folder(secret("../x", "x", "")), []string{"invalid-name r/platform/ns"}},
		"by its kind":             {folder(kind(secret("ns", "x", ""), "../X")), []string{"invalid-name r/platform/ns"}},
		"a line":                  {folder(secret("ns", "x\ny", "")), []string{"invalid-name r/platform/ns"}},
		"as long as it gets":      {folder(secret("ns", strings.Repeat("n", 255-len("externalsecret-.yaml")), "")), nil},
		"too long":                {folder(secret("ns", strings.Repeat("n", 256-len("externalsecret-.yaml")), "")), []string{"invalid-name r/platform/ns"}},
		"one folder twice":        {append(folder(secret("ns", "a", "")), folder(secret("ns", "b", ""))...), []string{"name-collision r/platform/ns"}},
		"nothing":                 {nil, []string{"nothing-rendered "}},
		"nothing in a folder":     {folder(), []string{"nothing-rendered "}},
	} {
		t.Run(name, func(t *testing.T) {
			m := &Memory{}
			p, err := Write(t.Context(), m, all(c.folders), scope)
			if err != nil {
				t.Fatal(err)
			}
			if got := told(p); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if wrote := len(m.Files()) > 0; wrote != (c.want == nil) {
				t.Errorf("wrote: %v", wrote)
			}
			if err := p.Apply(t.Context()); errors.Is(err, ErrRefused) != (c.want != nil) {
				t.Errorf("Apply: %v", err)
			}
		})
	}
}

func TestWrongFolders(t *testing.T) {
	good := object.Folder{Path: "r/tenants/t/e", Platform: "p", Region: "r", Tenant: "t", Objects: []*object.Object{secret("", "a", "")}}
	for name, change := range map[string]func(f *object.Folder){
		"another platform":  func(f *object.Folder) { f.Platform = "q" },
		"another region":    func(f *object.Folder) { f.Region = "q" },
		"another tenant":    func(f *object.Folder) { f.Tenant = "q" },
		"outside":           func(f *object.Folder) { f.Path = "../r/tenants/t/e" },
		"absolute":          func(f *object.Folder) { f.Path = "/r/tenants/t/e" },
		"not in the layout": func(f *object.Folder) { f.Path = "r/x/t/e" },
		"too deep":          func(f *object.Folder) { f.Path = "r/tenants/t/e/x" },
		"too high":          func(f *object.Folder) { f.Path = "r/tenants/t" },
		"the top":           func(f *object.Folder) { f.Path = "." },
		"hidden":            func(f *object.Folder) { f.Path, f.Region = ".git/tenants/t/e", ".git" },
		"no object":         func(f *object.Folder) { f.Objects = []*object.Object{{ID: f.Objects[0].ID, Value: []int{}}} },
	} {
		t.Run(name, func(t *testing.T) {
			f := good
			change(&f)
			m := &Memory{}
			if _, err := Write(t.Context(), m, all([]object.Folder{good, f}), scope); err == nil {
				t.Error("no error")
			}
			if len(m.Files()) > 0 {
				t.Error("something was written")
			}
		})
	}
}

func TestAgain(t *testing.T) {
	stores(t, func(t *testing.T, b bench) {
		write(t, b.store, world("v1", "acme", "globex"), scope)
		if p := write(t, b.store, world("v1", "acme", "globex"), scope); !p.Clean() || p.Counts() != (Counts{Unchanged: 30}) {
			t.Errorf("a second run: %+v", p.Counts())
		}
		b.put("region1/tenants/acme/prod/README.md", "mine")
		b.put("region1/tenants/acme/prod/mine.yaml", "mine: 1\n")
		b.put("region1/tenants/acme/notes/mine.yaml", "mine: 1\n")
		b.put("docs/x/y.yaml", "mine: 1\n")
		p := write(t, b.store, world("v2", "acme"), loaded("acme", "globex"))
		if got := p.Counts(); got != (Counts{Created: 2, Updated: 12, Deleted: 14, Unchanged: 4}) {
			t.Errorf("a change: %+v", got)
		}
		want := wanted(t, world("v2", "acme"))
		want["region1/tenants/acme/prod/README.md"], want["region1/tenants/acme/prod/mine.yaml"], want["region1/tenants/acme/notes/mine.yaml"], want["docs/x/y.yaml"] = "mine", "mine: 1\n", "mine: 1\n", "mine: 1\n"
		same(t, b.files(), want)
		if _, err := b.store.Open("region1/tenants/globex"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("an empty folder stays: %v", err)
		}
		if _, err := b.store.Open("region1/tenants/acme/prod"); err != nil {
			t.Error(err)
		}
	})
}

// TestPasses: what a plan has not kept is rendered once more, and not for each kind of folder.
func TestPasses(t *testing.T) {
	passes := 0
	var folders []object.Folder
	for _, f := range world("v1", "acme", "globex") {
		if at, _ := locate(f.Path); !at.gitops {
			folders = append(folders, f)
		}
	}
	opts := scope
	opts.Budget = -1
	disk := NewDisk(t.TempDir())
	defer disk.Close()
	plan, err := Compute(context.Background(), disk, func(yield func(object.Folder) bool) {
		passes++
		slices.Values(folders)(yield)
	}, opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := plan.Apply(context.Background()); err != nil || passes != 2 {
		t.Errorf("ranged over %d times: %v", passes, err)
	}
}

// TestBudget: a plan that keeps nothing does the same, and notices when the second rendering is another one.
func TestBudget(t *testing.T) {
	changes := map[string]bool{}
	for _, workers := range []int{1, 4} {
		for _, budget := range []int64{-1, 1000, 1 << 20} {
			o := loaded("acme", "globex", "initech")
			o.Budget, o.Workers = budget, workers
			m := &Memory{}
			write(t, m, world("v1", "acme", "globex", "initech"), o)
			p, err := Compute(t.Context(), m, all(world("v2", "acme", "globex", "umbrella")), o)
			if err != nil {
				t.Fatal(err)
			}
			changes[fmt.Sprint(slices.Collect(p.Changes()), p.Counts())] = true
			write(t, m, world("v2", "acme", "globex"), o)
			got := map[string]string{}
			for name, data := range m.Files() {
				got[name] = string(data)
			}
			same(t, got, wanted(t, world("v2", "acme", "globex")))
		}
	}
	if len(changes) != 1 {
		t.Errorf("the plans differ: %v", slices.Collect(maps.Keys(changes)))
	}
	for _, second := range [][]object.Folder{world("v2", "acme"), world("v1")} {
		passes := 0
		o := scope
		o.Budget = -1
		_, err := Write(t.Context(), &Memory{}, func(yield func(object.Folder) bool) {
			if passes++; passes > 1 {
				all(second)(yield)
			} else {
				all(world("v1", "acme"))(yield)
			}
		}, o)
		if second[0].Objects[0].Value.(map[string]any)["spec"].(map[string]any)["value"] == "v2" && (err == nil || !strings.Contains(err.Error(), "differently")) {
			t.Errorf("another rendering: %v", err)
		}
	}
}

func TestForeignAndEdited(t *testing.T) {
	const a, k = "region1/tenants/acme/prod/externalsecret-a.yaml", "region1/tenants/acme/prod/kustomization.yaml"
	v1, v2 := wanted(t, world("v1", "acme")), wanted(t, world("v2", "acme"))
	other := strings.Replace(v1[a], "# platform: p\n", "# platform: q\n", 1)
	only := "region1/tenants/acme/prod/externalsecret-only-v1.yaml"
	for name, c := range map[string]struct {
		name, data string
		want       []string
		forced     bool // what --force does about it
	}{
		"as it was":                    {a, v1[a], nil, false},
		"with CRLF":                    {a, strings.ReplaceAll(v1[a], "\n", "\r\n"), nil, false},
		"with a BOM":                   {a, "\ufeff" + v1[a], nil, false},
		"edited":                       {a, v1[a] + "# mine\n", []string{"file-edited " + a}, true},
		"edited with CRLF":             {a, strings.ReplaceAll(v1[a]+"# mine\n", "\n", "\r\n"), []string{"file-edited " + a}, true},
		"edited to what is wanted":     {a, v2[a], nil, false},
		"wanted with CRLF":             {a, strings.ReplaceAll(v2[a], "\n", "\r\n"), nil, false},
		"kustomization edited":         {k, v1[k] + "- mine.yaml\n", []string{"file-edited " + k}, true},
		"edited, to be deleted":        {only, v1[only] + "# mine\n", []string{"file-edited " + only}, true},
		"foreign":                      {a, "kind: Mine\n", []string{"file-foreign " + a}, false},
		"empty":                        {a, "", []string{"file-foreign " + a}, false},
		"conflict markers":             {a, "<<<<<<< HEAD\n" + v1[a], []string{"file-foreign " + a}, false},
		"of another platform":          {a, other, []string{"file-foreign " + a}, false},
		"a folder instead":             {a + "/x", "", []string{"file-foreign " + a}, false},
		"a file instead of a folder":   {"region1/tenants/globex", "", []string{"file-foreign region1/tenants/globex"}, false},
		"foreign and not wanted":       {"region1/tenants/acme/prod/externalsecret-z.yaml", "kind: Mine\n", nil, false},
		"of another platform, surplus": {"region1/tenants/acme/prod/externalsecret-z.yaml", other, nil, false},
		"large":                        {a, strings.Repeat("x", MaxFile+1), []string{"file-foreign " + a}, false},
		"large and not wanted":         {"region1/tenants/acme/prod/z.yaml", strings.Repeat("x", MaxFile+1), nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			stores(t, func(t *testing.T, b bench) {
				tenants := []string{"acme"}
				if strings.Contains(name, "instead of a folder") {
					tenants = append(tenants, "globex")
				}
				for name, data := range v1 {
					if name != c.name && !strings.HasPrefix(c.name, name+"/") {
						b.put(name, data)
					}
				}
				b.put(c.name, c.data)
				before := b.files()
				p, err := Write(t.Context(), b.store, all(world("v2", tenants...)), scope)
				if err != nil {
					t.Fatal(err)
				}
				if got := told(p); !slices.Equal(got, c.want) {
					t.Errorf("got %q, want %q", got, c.want)
				}
				if c.want != nil {
					same(t, b.files(), before)
				} else if got := b.files(); strings.HasSuffix(c.name, "z.yaml") && got[c.name] != c.data {
					t.Error("a foreign file was touched")
				}
				force := scope
				force.Force = true
				if p, err = Write(t.Context(), b.store, all(world("v2", tenants...)), force); err != nil || p.Findings().HasErrors() != (c.want != nil && !c.forced) {
					t.Errorf("forced: %v, %v", told(p), err)
				}
				if c.forced {
					same(t, b.files(), v2)
				}
			})
		})
	}
}

func TestScope(t *testing.T) {
	three := world("v1", "acme", "globex", "initech")
	with := func(change func(o *Options)) Options {
		o := loaded("acme", "globex")
		change(&o)
		return o
	}
	// now is what each case renders: version 2, and initech is gone.
	now := world("v2", "acme", "globex")
	for name, c := range map[string]struct {
		opts Options
		want []string
		// touched are the folders whose files may have changed, by a part of their path.
		touched []string
	}{
		"gone":                        {with(func(o *Options) {}), []string{"tenant-gone region1/tenants/initech/prod/kustomization.yaml"}, nil},
		"gone, pruned":                {with(func(o *Options) { o.PruneTenants = []string{"initech"} }), nil, []string{"region"}},
		"gone, another pruned":        {with(func(o *Options) { o.PruneTenants = []string{"hooli"} }), []string{"tenant-gone region1/tenants/initech/prod/kustomization.yaml"}, nil},
		"gone, all pruned":            {with(func(o *Options) { o.PruneGone = true }), nil, []string{"region"}},
		"one tenant":                  {with(func(o *Options) { o.Filter.Tenants = []string{"acme"} }), nil, []string{"acme/prod"}},
		"one tenant and a gone one":   {with(func(o *Options) { o.Filter.Tenants, o.PruneTenants = []string{"acme"}, []string{"initech"} }), nil, []string{"acme/prod", "tenants/initech"}},
		"one tenant and all gone":     {with(func(o *Options) { o.Filter.Tenants, o.PruneGone = []string{"acme"}, true }), nil, []string{"acme/prod"}},
		"the platform":                {with(func(o *Options) { o.Filter.Tenants = []string{""} }), nil, []string{"stores", "gitops"}},
		"one region":                  {with(func(o *Options) { o.Filter.Regions, o.PruneGone = []string{"region2"}, true }), nil, []string{"region2"}},
		"a tenant in a region":        {with(func(o *Options) { o.Filter.Regions, o.Filter.Tenants = []string{"region2"}, []string{"acme"} }), nil, []string{"region2/tenants/acme"}},
		"nobody":                      {with(func(o *Options) { o.Filter.Tenants = []string{} }), []string{"nothing-rendered "}, nil},
		"an empty shard":              {with(func(o *Options) { o.Filter.Shard = Shard{Index: 999, Count: 1000} }), nil, []string{"nothing"}},
		"loaded tenants are the ones": {scope, []string{"tenant-gone region1/tenants/initech/prod/kustomization.yaml"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			stores(t, func(t *testing.T, b bench) {
				write(t, b.store, three, scope)
				b.put("region1/tenants/initech/prod/mine.yaml", "mine")
				before := b.files()
				p, err := Write(t.Context(), b.store, all(now), c.opts)
				if err != nil {
					t.Fatal(err)
				}
				if got := told(p); !slices.Equal(got, c.want) {
					t.Errorf("got %q, want %q", got, c.want)
				}
				// What may be touched is as wanted, the rest as before.
				want := wanted(t, now)
				in := func(name string) bool {
					return slices.ContainsFunc(c.touched, func(part string) bool { return strings.Contains(name, part) })
				}
				maps.DeleteFunc(want, func(name, _ string) bool { return !in(name) })
				for name, data := range before {
					if !in(name) || data == "mine" {
						want[name] = data
					}
				}
				same(t, b.files(), want)
			})
		})
	}
}

func TestShards(t *testing.T) {
	var tenants []string
	for i := range 20 {
		tenants = append(tenants, fmt.Sprint("tenant", i))
	}
	m := &Memory{}
	write(t, m, world("v1", append(tenants, "dropped")...), scope)
	for i := range 3 {
		o := loaded(append(tenants, "dropped")...)
		o.Filter.Shard = Shard{Index: i + 1, Count: 3}
		write(t, m, world("v2", tenants...), o)
	}
	got := map[string]string{}
	for name, data := range m.Files() {
		got[name] = string(data)
	}
	same(t, got, wanted(t, world("v2", tenants...)))
	for _, tenant := range append(tenants, "") {
		n := 0
		for i := range 3 {
			if (Shard{i + 1, 3}).Has(tenant) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%q is in %d shards", tenant, n)
		}
	}
}

// TestWorkers: plans and findings do not depend on the number of goroutines.
func TestWorkers(t *testing.T) {
	m := &Memory{}
	write(t, m, world("v1", "a", "b", "c", "d", "e"), scope)
	folders := world("v2", "a", "b", "c", "d")
	folders = append(folders, folders[4])
	var first string
	for _, workers := range []int{1, 2, 8} {
		o := scope
		o.Workers = workers
		p, err := Compute(t.Context(), m, all(folders), o)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := Diff(t.Context(), &b, p, ""); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&b, slices.Collect(p.Changes()), told(p))
		if first == "" {
			first = b.String()
		}
		if b.String() != first {
			t.Errorf("%d workers give\n%s\nand one\n%s", workers, b.String(), first)
		}
	}
}

func TestCancelled(t *testing.T) {
	for _, workers := range []int{1, 4} {
		o := scope
		o.Workers = workers
		ctx, cancel := context.WithCancel(t.Context())
		folders := world("v1", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k")
		n := 0
		m := &Memory{}
		_, err := Write(ctx, m, func(yield func(object.Folder) bool) {
			for _, f := range folders {
				if n++; n == 3 {
					cancel()
				}
				if !yield(f) {
					return
				}
			}
		}, o)
		if !errors.Is(err, context.Canceled) || len(m.Files()) > 0 || n == len(folders) {
			t.Errorf("%d workers: %v after %d folders, %d files", workers, err, n, len(m.Files()))
		}
		p, err := Compute(t.Context(), m, all(folders), o)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Apply(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("Apply: %v", err)
		}
		if err := Diff(ctx, &bytes.Buffer{}, p, ""); !errors.Is(err, context.Canceled) {
			t.Errorf("Diff: %v", err)
		}
	}
}

func TestNameCollisionShowsBoth(t *testing.T) {
	file := diag.NewFile("t.yaml", []byte("one\ntwo\n"))
	a, b := secret("ns", "a", "1"), secret("ns", "A", "2")
	a.Origin, b.Origin = object.At(diag.Span{File: file, Start: 0, End: 3}), object.At(diag.Span{File: file, Start: 4, End: 7})
	p, err := Compute(t.Context(), &Memory{}, all([]object.Folder{{Path: "r/platform/ns", Platform: "p", Region: "r", Namespace: "ns", Objects: []*object.Object{a, b}}}), scope)
	if err != nil {
		t.Fatal(err)
	}
	list := p.Findings().All()
	if len(list) != 1 || list[0].Span.Start+list[0].Related[0].Span.Start != 4 || list[0].Severity != diag.Error {
		t.Errorf("got %+v", list)
	}
}
