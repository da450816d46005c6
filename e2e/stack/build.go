// Package stack builds and runs the parts of a region on loopback: etcd, the Kubernetes API server, the External Secrets
// Operator and Vault, each a program of its own that is built from ordinary modules.
package stack

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// Binaries are the programs a region runs.
type Binaries struct {
	Etcd, APIServer, Vault, Operator string
}

// Build builds the programs whose modules are folders of dir, and says so on progress: cold, all four take some fifteen
// minutes on two cores. What was built from the same sources before is taken from the user's cache folder. An operator that is
// given is used as it is.
func Build(ctx context.Context, dir, operator string, progress io.Writer) (Binaries, error) {
	b := Binaries{Operator: operator}
	parts := []struct {
		module string
		binary *string
	}{{"etcd", &b.Etcd}, {"apiserver", &b.APIServer}, {"vault", &b.Vault}, {"eso", &b.Operator}}
	for _, part := range parts {
		if *part.binary != "" {
			continue
		}
		var err error
		if *part.binary, err = build(ctx, filepath.Join(dir, part.module), progress); err != nil {
			return b, fmt.Errorf("building %s: %w", part.module, err)
		}
	}
	return b, nil
}

func build(ctx context.Context, module string, progress io.Writer) (string, error) {
	name, err := cached(module)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(name); err == nil {
		return name, nil
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return "", err
	}
	start := time.Now()
	fmt.Fprintf(progress, "building %s, which takes minutes the first time …\n", filepath.Base(module))
	part := name + ".part"
	cmd := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-ldflags=-s -w", "-o", part, ".")
	cmd.Dir, cmd.Stdout, cmd.Stderr = module, progress, progress
	if err := cmd.Run(); err != nil {
		return "", err
	}
	fmt.Fprintf(progress, "built %s in %s\n", filepath.Base(module), time.Since(start).Round(time.Second))
	return name, os.Rename(part, name)
}

// cached names the program that a module's sources make.
func cached(module string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	for _, file := range []string{"go.mod", "go.sum", "main.go"} {
		data, err := os.ReadFile(filepath.Join(module, file))
		if err != nil {
			return "", err
		}
		sum.Write(data)
	}
	return filepath.Join(cache, "esotree-e2e", filepath.Base(module)+"-"+hex.EncodeToString(sum.Sum(nil))[:12]), nil
}
