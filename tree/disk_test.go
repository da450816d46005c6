package tree

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// TestLinks: a link is an error where something is to be written, and ignored elsewhere; what it points to is left alone,
// within the tree and outside.
func TestLinks(t *testing.T) {
	const dir, a = "region1/tenants/acme/prod", "region1/tenants/acme/prod/externalsecret-a.yaml"
	outside := func(t *testing.T) string {
		o := t.TempDir()
		for name, data := range wanted(t, world("v1", "acme")) {
			full := filepath.Join(o, filepath.FromSlash(name))
			if err := errors.Join(os.MkdirAll(filepath.Dir(full), 0o777), os.WriteFile(full, []byte(data), 0o666)); err != nil {
				t.Fatal(err)
			}
		}
		return o
	}
	for name, c := range map[string]struct {
		link, target string // the target is within outside
		want         []string
	}{
		"file":                 {a, a, []string{"file-foreign " + a}},
		"broken file":          {a, "none", []string{"file-foreign " + a}},
		"kustomization":        {dir + "/kustomization.yaml", dir + "/kustomization.yaml", []string{"file-foreign " + dir + "/kustomization.yaml"}},
		"folder":               {dir, dir, []string{"file-foreign " + dir}},
		"broken folder":        {dir, "none", []string{"file-foreign " + dir}},
		"parent":               {"region1/tenants", "region1/tenants", []string{"file-foreign region1/tenants"}},
		"region":               {"region1", "region1", []string{"file-foreign region1"}},
		"temporary file":       {dir + "/" + temporary, a, nil},
		"unwanted file":        {dir + "/externalsecret-z.yaml", a, nil},
		"unwanted folder":      {"region1/tenants/globex", "region1/tenants/acme", nil},
		"unwanted region":      {"region9", "region1", nil},
		"unwanted environment": {"region1/tenants/acme/staging", dir, nil},
	} {
		t.Run(name, func(t *testing.T) {
			for _, inside := range []bool{false, true} {
				b, d := onDisk(t)
				o := outside(t)
				before := diskFiles(t, o)
				target := filepath.Join(o, filepath.FromSlash(c.target))
				if inside {
					// The same link within the tree, to a folder that is in no one's way.
					o = filepath.Join(d.dir, "elsewhere")
					if err := os.MkdirAll(d.dir, 0o777); err != nil {
						t.Fatal(err)
					}
					if err := os.CopyFS(o, os.DirFS(filepath.Dir(target))); err != nil && c.target != "none" {
						t.Fatal(err)
					}
					rel, err := filepath.Rel(filepath.Dir(filepath.Join(d.dir, filepath.FromSlash(c.link))), filepath.Join(o, filepath.Base(c.target)))
					if err != nil {
						t.Fatal(err)
					}
					before, target = diskFiles(t, o), rel
				}
				b.link(c.link, target)
				p, err := Write(t.Context(), d, all(world("v2", "acme")), loaded("acme", "globex"))
				if err != nil {
					t.Fatal(err)
				}
				got := slices.Compact(told(p))
				if strings.HasPrefix(name, "region") || name == "parent" {
					got = slices.DeleteFunc(got, func(s string) bool { return s != c.want[0] })
				}
				if !slices.Equal(got, c.want) {
					t.Errorf("got %q, want %q", got, c.want)
				}
				same(t, diskFiles(t, o), before)
				if _, err := os.Readlink(filepath.Join(d.dir, filepath.FromSlash(c.link))); err != nil && name != "temporary file" {
					t.Errorf("the link is gone: %v", err)
				}
				if c.want == nil {
					files := b.files()
					if name == "temporary file" && files[dir+"/"+temporary] != "" {
						t.Error("the temporary file stays")
					}
					if files[a] != wanted(t, world("v2", "acme"))[a] {
						t.Error("what is wanted was not written")
					}
				}
			}
		})
	}
}

// TestSwappedLink: a link that is put in place of a folder or file after the plan was made is not followed either.
func TestSwappedLink(t *testing.T) {
	for _, name := range []string{"region1/tenants/acme/prod", "region1/tenants/acme", "region1", "region1/tenants/acme/prod/externalsecret-a.yaml"} {
		b, d := onDisk(t)
		write(t, d, world("v1", "acme"), scope)
		p, err := Compute(t.Context(), d, all(world("v2", "acme")), scope)
		if err != nil {
			t.Fatal(err)
		}
		o := t.TempDir()
		if err := os.Rename(filepath.Join(d.dir, name), filepath.Join(o, "x")); err != nil {
			t.Fatal(err)
		}
		b.link(name, filepath.Join(o, "x"))
		before := map[string]string{}
		if strings.HasSuffix(name, ".yaml") {
			data, err := os.ReadFile(filepath.Join(o, "x"))
			if err != nil {
				t.Fatal(err)
			}
			before["x"] = string(data)
		} else {
			before = diskFiles(t, filepath.Join(o, "x"))
		}
		err = p.Apply(t.Context())
		if strings.HasSuffix(name, ".yaml") {
			if err != nil {
				t.Error(err) // the link itself was replaced
			}
			same(t, diskFiles(t, o), before)
			continue
		}
		if !errors.Is(err, ErrNotFolder) {
			t.Errorf("%s: %v", name, err)
		}
		same(t, diskFiles(t, filepath.Join(o, "x")), before)
	}
}

func TestReadsNoLink(t *testing.T) {
	b, d := onDisk(t)
	b.put("target", "text")
	b.link("link", "target")
	dir, err := d.Open(".")
	if err != nil {
		t.Fatal(err)
	}
	if data, err := dir.Read("link", nil); err == nil {
		t.Errorf("read %q through a link", data)
	}
	if _, err := dir.Read("none", nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	for _, name := range []string{"../x", "a/../../x", "/etc"} {
		if _, err := d.Make(name); err == nil {
			t.Errorf("made %s", name)
		}
	}
	if err := dir.Write("../x", nil); err == nil {
		t.Error("wrote outside")
	}
}

// TestHolds: a file holds its own bytes, and no others.
func TestHolds(t *testing.T) {
	dir := t.TempDir()
	const text = "a file\n"
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "a"), []byte(text), 0o666), os.Symlink("a", filepath.Join(dir, "link")), os.Mkdir(filepath.Join(dir, "folder"), 0o777)); err != nil {
		t.Fatal(err)
	}
	d := NewDisk(dir)
	defer d.Close()
	opened, err := d.look(".")
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	var buffer []byte
	for _, c := range []struct {
		name, data string
		want       bool
	}{{"a", text, true}, {"a", text[:3], false}, {"a", text + "b", false}, {"a", "", false}, {"a", "b file\n", false}, {"a", text, true},
		{"link", text, false}, {"folder", "", false}, {"none", "", false}, {"./a", text, false}} {
		var got bool
		if buffer, got = opened.(*diskDir).holds(c.name, []byte(c.data), buffer); got != c.want {
			t.Errorf("%s holds %q: %v", c.name, c.data, got)
		}
	}
}

// TestLook: a folder is looked at as it is opened, with the same errors.
func TestLook(t *testing.T) {
	dir := t.TempDir()
	if err := errors.Join(os.MkdirAll(filepath.Join(dir, "a", "b", "c"), 0o777), os.WriteFile(filepath.Join(dir, "a", "file"), nil, 0o666),
		os.Symlink("b", filepath.Join(dir, "a", "link")), os.Symlink("/", filepath.Join(dir, "out"))); err != nil {
		t.Fatal(err)
	}
	d := NewDisk(dir)
	defer d.Close()
	for _, name := range []string{".", "a", "a/b", "a/b/c", "a/file", "a/file/x", "a/link", "a/link/c", "out", "out/etc", "none", "a/none/x", "../x", "a/../a", "/a", "", "a//b"} {
		var list, want []Entry
		opened, wantErr := d.Open(name)
		if wantErr == nil {
			want, wantErr = opened.List()
			opened.Close()
		}
		looked, err := d.look(name)
		if err == nil {
			list, err = looked.List()
			looked.Close()
		}
		if !slices.Equal(list, want) || (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() ||
			errors.Is(err, ErrNotFolder) != errors.Is(wantErr, ErrNotFolder) || errors.Is(err, fs.ErrNotExist) != errors.Is(wantErr, fs.ErrNotExist) {
			t.Errorf("%q: %v, %v, want %v, %v", name, list, err, want, wantErr)
		}
	}
}

func TestUntouched(t *testing.T) {
	b, d := onDisk(t)
	write(t, d, world("v1", "acme", "globex"), scope)
	stat := func(name string) os.FileInfo {
		info, err := os.Stat(filepath.Join(d.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return info
	}
	before := map[string]os.FileInfo{}
	for name := range b.files() {
		before[name] = stat(name)
	}
	folder := stat("region1/tenants/acme/prod")
	write(t, d, world("v1", "acme", "globex"), scope)
	if !stat("region1/tenants/acme/prod").ModTime().Equal(folder.ModTime()) {
		t.Error("a folder was touched")
	}
	for name, info := range before {
		if now := stat(name); !os.SameFile(info, now) || !now.ModTime().Equal(info.ModTime()) {
			t.Errorf("%s was written again", name)
		}
	}
	write(t, d, world("v2", "acme", "globex"), scope)
	const other = "region1/tenants/acme/prod/externalsecret-other.a.yaml"
	if !os.SameFile(before[other], stat(other)) {
		t.Error("an unchanged file of a changed folder was written again")
	}
}

// TestNothingToWrite: a run that is refused leaves no folder behind, and neither does one that only looks.
func TestNothingToWrite(t *testing.T) {
	_, d := onDisk(t)
	if p, err := Write(t.Context(), d, all(nil), scope); err != nil || told(p)[0] != "nothing-rendered " {
		t.Fatal(err)
	}
	if p, err := Compute(t.Context(), d, all(world("v1", "acme")), scope); err != nil || p.Counts().Created == 0 {
		t.Fatal(err)
	}
	if _, err := os.Stat(d.dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder is there: %v", err)
	}
	write(t, d, world("v1", "acme"), scope)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadDir(d.dir)
	if err != nil || len(list) != 2 {
		t.Errorf("the folder holds %v, %v", list, err)
	}
}

func TestOutputIsAFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Write(t.Context(), NewDisk(name), all(world("v1", "acme")), scope); err == nil || !strings.Contains(err.Error(), name) {
		t.Errorf("got %v", err)
	}
}

func TestMemoryFS(t *testing.T) {
	m := &Memory{}
	write(t, m, world("v1", "acme"), scope)
	var names []string
	for name := range m.Files() {
		names = append(names, name)
	}
	if err := fstest.TestFS(m.FS(), names...); err != nil {
		t.Error(err)
	}
	copied, err := NewMemory(m.FS())
	if err != nil {
		t.Fatal(err)
	}
	p, err := Compute(t.Context(), copied, all(world("v1", "acme")), scope)
	if err != nil || !p.Clean() {
		t.Errorf("a copy is not clean: %v", err)
	}
	if err := fstest.TestFS((&Memory{}).FS()); err != nil {
		t.Error(err)
	}
}
