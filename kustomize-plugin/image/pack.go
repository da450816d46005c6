package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

const (
	// program is where the function is in the image.
	program = "/usr/local/bin/esotree-fn"
	// nobody is the user and group that the image runs as. kustomize and kpt run functions as --user nobody, by name, which
	// takes an entry in /etc/passwd.
	nobody = "65534:65534"

	passwd = "root:x:0:0:root:/:/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n"
	group  = "root:x:0:\nnobody:x:65534:\n"
)

// The media types of the OCI image specification.
const (
	typeIndex    = "application/vnd.oci.image.index.v1+json"
	typeManifest = "application/vnd.oci.image.manifest.v1+json"
	typeConfig   = "application/vnd.oci.image.config.v1+json"
	typeLayer    = "application/vnd.oci.image.layer.v1.tar+gzip"
)

// epoch is the time of everything in the image, so that the same program makes the same bytes.
const epoch = "1970-01-01T00:00:00Z"

// descriptor points to a blob.
type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int               `json:"size"`
	Platform    *platform         `json:"platform,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

type platform struct {
	Architecture string `json:"architecture"`
	OS           string `json:"os"`
}

// entry is a file of a tar; a folder where its name ends in a slash.
type entry struct {
	name string
	mode int64
	data []byte
}

// pack returns the image of a statically linked program as a tar file, and the digest of its manifest.
func pack(binary []byte, tag string) (text []byte, digest string, err error) {
	name, version, ok := strings.Cut(tag, ":")
	if !ok || name == "" || version == "" {
		return nil, "", fmt.Errorf("the tag %q is not NAME:TAG", tag)
	}
	architecture, err := architectureOf(binary)
	if err != nil {
		return nil, "", err
	}
	layer, err := archive([]entry{
		{"etc/", 0o755, nil}, {"etc/group", 0o644, []byte(group)}, {"etc/passwd", 0o644, []byte(passwd)},
		{"usr/", 0o755, nil}, {"usr/local/", 0o755, nil}, {"usr/local/bin/", 0o755, nil}, {program[1:], 0o755, binary},
	})
	if err != nil {
		return nil, "", err
	}
	var compressed bytes.Buffer
	z, err := gzip.NewWriterLevel(&compressed, gzip.BestCompression)
	if err != nil {
		return nil, "", err
	}
	if _, err := z.Write(layer); err != nil {
		return nil, "", err
	}
	if err := z.Close(); err != nil {
		return nil, "", err
	}

	blobs := []entry{{"blobs/", 0o755, nil}, {"blobs/sha256/", 0o755, nil}}
	add := func(mediaType string, data []byte) descriptor {
		d := descriptor{MediaType: mediaType, Digest: digestOf(data), Size: len(data)}
		blobs = append(blobs, entry{pathOf(d), 0o644, data})
		return d
	}
	layerAt := add(typeLayer, compressed.Bytes())
	configAt := add(typeConfig, document(map[string]any{
		"created": epoch, "architecture": architecture, "os": "linux",
		"config":  map[string]any{"User": nobody, "Entrypoint": []string{program}, "WorkingDir": "/"},
		"rootfs":  map[string]any{"type": "layers", "diff_ids": []string{digestOf(layer)}},
		"history": []any{map[string]any{"created": epoch, "created_by": "esotree make image"}},
	}))
	manifestAt := add(typeManifest, document(map[string]any{"schemaVersion": 2, "mediaType": typeManifest, "config": configAt, "layers": []descriptor{layerAt}}))
	manifestAt.Platform = &platform{architecture, "linux"}
	manifestAt.Annotations = map[string]string{"org.opencontainers.image.ref.name": version, "io.containerd.image.name": tag}

	text, err = archive(append(blobs,
		entry{"index.json", 0o644, document(map[string]any{"schemaVersion": 2, "mediaType": typeIndex, "manifests": []descriptor{manifestAt}})},
		// what docker load reads
		entry{"manifest.json", 0o644, document([]any{map[string]any{"Config": pathOf(configAt), "RepoTags": []string{tag}, "Layers": []string{pathOf(layerAt)}}})},
		entry{"oci-layout", 0o644, document(map[string]any{"imageLayoutVersion": "1.0.0"})},
	))
	return text, manifestAt.Digest, err
}

// architectureOf is the architecture that a program is for. The image has no loader and no libraries.
func architectureOf(binary []byte) (string, error) {
	f, err := elf.NewFile(bytes.NewReader(binary))
	if err != nil {
		return "", errors.New("not a program for Linux: build it with GOOS=linux")
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return "", errors.New("not linked statically: build it with CGO_ENABLED=0")
		}
	}
	switch f.Machine {
	case elf.EM_X86_64:
		return "amd64", nil
	case elf.EM_AARCH64:
		return "arm64", nil
	}
	return "", fmt.Errorf("the architecture %s is neither amd64 nor arm64", f.Machine)
}

func archive(entries []entry) ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: e.name, Mode: e.mode, Size: int64(len(e.data)), ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR}
		if strings.HasSuffix(e.name, "/") {
			h.Typeflag = tar.TypeDir
		}
		if err := w.WriteHeader(h); err != nil {
			return nil, err
		}
		if _, err := w.Write(e.data); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return b.Bytes(), err
}

// document is JSON with sorted keys. Maps, lists and strings can always be written.
func document(v any) []byte {
	data, _ := json.Marshal(v)
	return data
}

func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

func pathOf(d descriptor) string { return "blobs/" + strings.Replace(d.Digest, ":", "/", 1) }
