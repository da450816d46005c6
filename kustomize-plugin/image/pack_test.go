package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"debug/elf"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// executable is the smallest file that is a program for Linux: a header, and one segment of a type.
func executable(t *testing.T, machine elf.Machine, segment elf.ProgType) []byte {
	t.Helper()
	header := elf.Header64{Type: uint16(elf.ET_EXEC), Machine: uint16(machine), Version: 1, Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 1}
	copy(header.Ident[:], "\x7fELF\x02\x01\x01")
	var b bytes.Buffer
	for _, part := range []any{header, elf.Prog64{Type: uint32(segment)}} {
		if err := binary.Write(&b, binary.LittleEndian, part); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// untar reads an archive and demands that each entry is root's, of no time, and there once.
func untar(t *testing.T, data []byte) (map[string]*tar.Header, map[string][]byte) {
	t.Helper()
	headers, files := map[string]*tar.Header{}, map[string][]byte{}
	for r := tar.NewReader(bytes.NewReader(data)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return headers, files
		}
		if err != nil {
			t.Fatal(err)
		}
		if headers[h.Name] != nil || h.ModTime.Unix() != 0 || h.Uid != 0 || h.Gid != 0 || strings.HasPrefix(h.Name, "/") || strings.Contains(h.Name, "..") {
			t.Errorf("an odd entry: %+v", h)
		}
		headers[h.Name] = h
		if h.Typeflag == tar.TypeReg {
			if files[h.Name], err = io.ReadAll(r); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// image is what the tests look into.
type image struct {
	files, layer map[string][]byte
	modes        map[string]*tar.Header
	config       struct {
		Created, Architecture, OS string
		Config                    struct {
			User, WorkingDir string
			Entrypoint, Env  []string
		}
		RootFS struct {
			Type    string
			DiffIDs []string `json:"diff_ids"`
		}
	}
	manifest struct {
		SchemaVersion int
		MediaType     string
		Config        descriptor
		Layers        []descriptor
	}
	index struct {
		SchemaVersion int
		Manifests     []descriptor
	}
}

// open follows the layout from its index to the files of its layer and checks every digest and size.
func open(t *testing.T, data []byte) *image {
	t.Helper()
	i := &image{}
	_, i.files = untar(t, data)
	if string(i.files["oci-layout"]) != `{"imageLayoutVersion":"1.0.0"}` {
		t.Errorf("oci-layout is %s", i.files["oci-layout"])
	}
	used := map[string]bool{"oci-layout": true, "index.json": true, "manifest.json": true}
	blob := func(d descriptor, mediaType string) []byte {
		blob := i.files[pathOf(d)]
		used[pathOf(d)] = true
		if d.MediaType != mediaType || d.Size != len(blob) || digestOf(blob) != d.Digest {
			t.Fatalf("a descriptor is wrong: %+v", d)
		}
		return blob
	}
	decode(t, i.files["index.json"], &i.index)
	if i.index.SchemaVersion != 2 || len(i.index.Manifests) != 1 {
		t.Fatalf("the index is %+v", i.index)
	}
	decode(t, blob(i.index.Manifests[0], typeManifest), &i.manifest)
	if i.manifest.SchemaVersion != 2 || i.manifest.MediaType != typeManifest || len(i.manifest.Layers) != 1 {
		t.Fatalf("the manifest is %+v", i.manifest)
	}
	decode(t, blob(i.manifest.Config, typeConfig), &i.config)
	z, err := gzip.NewReader(bytes.NewReader(blob(i.manifest.Layers[0], typeLayer)))
	if err != nil {
		t.Fatal(err)
	}
	layer, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(i.config.RootFS.DiffIDs, []string{digestOf(layer)}) || i.config.RootFS.Type != "layers" {
		t.Errorf("the layers are not those of the configuration: %+v", i.config.RootFS)
	}
	i.modes, i.layer = untar(t, layer)
	var docker []struct {
		Config           string
		RepoTags, Layers []string
	}
	decode(t, i.files["manifest.json"], &docker)
	if len(docker) != 1 || docker[0].Config != pathOf(i.manifest.Config) || !slices.Equal(docker[0].Layers, []string{pathOf(i.manifest.Layers[0])}) ||
		!slices.Equal(docker[0].RepoTags, []string{i.index.Manifests[0].Annotations["io.containerd.image.name"]}) {
		t.Errorf("docker load would read %+v", docker)
	}
	for name := range i.files {
		if !used[name] {
			t.Errorf("nothing points to %s", name)
		}
	}
	return i
}

func decode(t *testing.T, data []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("%v: %s", err, data)
	}
}

func TestPack(t *testing.T) {
	binary := executable(t, elf.EM_X86_64, elf.PT_LOAD)
	data, digest, err := pack(binary, "esotree-fn:v1")
	if err != nil {
		t.Fatal(err)
	}
	i := open(t, data)
	if m := i.index.Manifests[0]; m.Digest != digest || *m.Platform != (platform{"amd64", "linux"}) || m.Annotations["org.opencontainers.image.ref.name"] != "v1" {
		t.Errorf("the index says %+v", m)
	}
	if c := i.config; c.OS != "linux" || c.Architecture != "amd64" || c.Created != epoch || c.Config.User != "65534:65534" || c.Config.WorkingDir != "/" ||
		len(c.Config.Env) != 0 || !slices.Equal(c.Config.Entrypoint, []string{"/usr/local/bin/esotree-fn"}) {
		t.Errorf("the configuration is %+v", c)
	}
	want := map[string]int64{"etc/": 0o755, "etc/group": 0o644, "etc/passwd": 0o644, "usr/": 0o755, "usr/local/": 0o755, "usr/local/bin/": 0o755, "usr/local/bin/esotree-fn": 0o755}
	if len(i.modes) != len(want) {
		t.Errorf("%d entries", len(i.modes))
	}
	for name, mode := range want {
		if h := i.modes[name]; h == nil || h.Mode != mode || (h.Typeflag == tar.TypeDir) != strings.HasSuffix(name, "/") {
			t.Errorf("%s is %+v", name, h)
		}
	}
	if !bytes.Equal(i.layer["usr/local/bin/esotree-fn"], binary) {
		t.Error("the program is another one")
	}
	if user := "nobody:x:65534:65534:"; !strings.Contains(string(i.layer["etc/passwd"]), "\n"+user) {
		t.Error("docker run --user nobody finds no such user")
	}

	again, _, err := pack(binary, "esotree-fn:v1")
	if err != nil || !bytes.Equal(data, again) {
		t.Errorf("the same program makes other bytes: %v", err)
	}
	arm, _, err := pack(executable(t, elf.EM_AARCH64, elf.PT_LOAD), "esotree-fn:v1")
	if err != nil || open(t, arm).config.Architecture != "arm64" {
		t.Errorf("arm64: %v", err)
	}
}

func TestPackRefuses(t *testing.T) {
	good := executable(t, elf.EM_X86_64, elf.PT_LOAD)
	for _, test := range []struct {
		binary    []byte
		tag, want string
	}{
		{[]byte("#!/bin/sh\n"), "a:b", "GOOS=linux"},
		{nil, "a:b", "GOOS=linux"},
		{executable(t, elf.EM_X86_64, elf.PT_INTERP), "a:b", "CGO_ENABLED=0"},
		{executable(t, elf.EM_PPC64, elf.PT_LOAD), "a:b", "neither amd64 nor arm64"},
		{good, "a", "NAME:TAG"}, {good, "a:", "NAME:TAG"}, {good, ":b", "NAME:TAG"},
	} {
		if _, _, err := pack(test.binary, test.tag); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("tag %q: error %v, want %q", test.tag, err, test.want)
		}
	}
}

func TestRun(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "fn"), filepath.Join(dir, "fn.tar")
	if err := os.WriteFile(in, executable(t, elf.EM_X86_64, elf.PT_LOAD), 0o777); err != nil {
		t.Fatal(err)
	}
	digest, err := run(in, out, "esotree-fn:v1")
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if got := open(t, data).index.Manifests[0].Digest; got != digest {
		t.Errorf("digest %s, want %s", got, digest)
	}
	if _, err := run(filepath.Join(dir, "gone"), out, "a:b"); err == nil {
		t.Error("a program that is not there was packed")
	}
}

// TestSkopeo: a tool of the container world reads both layouts of the file, and finds the same image.
func TestSkopeo(t *testing.T) {
	if _, err := exec.LookPath("skopeo"); err != nil {
		t.Skip("skopeo is not on PATH")
	}
	data, digest, err := pack(executable(t, elf.EM_X86_64, elf.PT_LOAD), "esotree-fn:v1")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "fn.tar"), data, 0o666); err != nil {
		t.Fatal(err)
	}
	skopeo := func(args ...string) string {
		cmd := exec.CommandContext(t.Context(), "skopeo", args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("skopeo %v: %v: %s", args, err, out)
		}
		return string(out)
	}
	for _, of := range []string{"oci-archive:fn.tar", "docker-archive:fn.tar:esotree-fn:v1"} {
		for _, want := range []string{`"User": "65534:65534"`, `"/usr/local/bin/esotree-fn"`, `"architecture": "amd64"`} {
			if config := indented(t, skopeo("inspect", "--config", "--raw", of)); !strings.Contains(config, want) {
				t.Errorf("%s: the configuration lacks %s:\n%s", of, want, config)
			}
		}
		skopeo("--insecure-policy", "copy", of, "dir:"+strings.SplitN(of, ":", 2)[0]) // reads every blob
	}
	if out := skopeo("inspect", "--format", "{{.Digest}}", "oci-archive:fn.tar"); strings.TrimSpace(out) != digest {
		t.Errorf("digest %s, want %s", out, digest)
	}
}

func indented(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(text), "", "  "); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return b.String()
}
