package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/openova-io/esotree"
	"github.com/openova-io/esotree/bench"
	"github.com/openova-io/esotree/tree"
)

// services of a tenant; each makes four objects.
const services = 10

// describe writes the descriptions of a platform with some tenants.
func describe(dir string, tenants int) error {
	if err := os.MkdirAll(filepath.Join(dir, "tenants"), 0o777); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "platform.yaml"), []byte(bench.Platform()), 0o666); err != nil {
		return err
	}
	for i := range tenants {
		if err := os.WriteFile(tenantFile(dir, i), []byte(bench.Tenant(i, services)), 0o666); err != nil {
			return err
		}
	}
	return nil
}

func tenantFile(dir string, i int) string {
	return filepath.Join(dir, "tenants", fmt.Sprintf("tenant-%06d.yaml", i))
}

// files is a tree as it is written.
type files struct {
	names []string
	data  map[string][]byte
}

// rendered is the tree of the descriptions in a folder.
func rendered(ctx context.Context, dir string) (files, error) {
	c, findings, err := esotree.Compile(ctx, os.DirFS(dir), []string{"."})
	if err != nil {
		return files{}, err
	}
	if c == nil || findings.HasErrors() {
		return files{}, fmt.Errorf("the workload has findings: %v", findings.All())
	}
	var memory tree.Memory
	plan, err := tree.Write(ctx, &memory, c.Folders(ctx, func(string) bool { return true }, findings), tree.Options{Scope: tree.Scope{Platform: c.Model.Name}})
	if err != nil || plan.Findings().HasErrors() {
		return files{}, fmt.Errorf("the workload does not render: %w, %v", err, plan.Findings().All())
	}
	f := files{data: memory.Files()}
	f.names = slices.Sorted(maps.Keys(f.data))
	return f, nil
}

// write is the plain loop that everything is held against.
func (f files) write(dir string) error {
	made := map[string]bool{}
	for _, name := range f.names {
		full := filepath.Join(dir, name)
		if folder := filepath.Dir(full); !made[folder] {
			made[folder] = true
			if err := os.MkdirAll(folder, 0o777); err != nil {
				return err
			}
		}
		if err := os.WriteFile(full, f.data[name], 0o666); err != nil {
			return err
		}
	}
	return nil
}

// compare is the plain loop that reads the files and compares them.
func (f files) compare(dir string) error {
	for _, name := range f.names {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		if !bytes.Equal(data, f.data[name]) {
			return fmt.Errorf("%s differs", name)
		}
	}
	return nil
}

// compareRender is 10,000 objects to an empty folder, again, and with --check.
func (s *session) compareRender() error {
	dir := filepath.Join(s.work, "render")
	if err := describe(dir, 250); err != nil {
		return err
	}
	f, err := rendered(s.ctx, dir)
	if err != nil {
		return err
	}
	// Each run has a folder of its own: ext4 does not give the place of a deleted file to another for five seconds, and looks for one
	// that is older, which would be most of what is measured.
	plain := func(i int) string { return filepath.Join(s.work, fmt.Sprint("plain", i)) }
	out := func(i int) string { return filepath.Join(s.work, fmt.Sprint("rendered", i)) }
	loop := inProcess("plain loop, same files", nil, func(i int) error { return f.write(plain(i)) })
	fresh := s.process("render", nil, func(i int) command { return command{dir: dir, args: []string{s.program, "render", "-o", out(i)}} })
	if err := s.alternate(s.runs, loop, fresh); err != nil {
		return err
	}
	if err := f.compare(out(0)); err != nil {
		return fmt.Errorf("the program renders other bytes: %w", err)
	}
	s.report.atMost("render 10,000 objects", *fresh, *loop, 1.5)
	read := inProcess("read and compare them", nil, func(int) error { return f.compare(plain(0)) })
	again := s.process("render again", nil, func(int) command {
		return command{dir: dir, args: []string{s.program, "render", "--exit-code", "-o", out(0)}}
	})
	check := s.process("check", nil, func(int) command {
		return command{dir: dir, args: []string{s.program, "render", "--check", "-o", out(0)}}
	})
	if err := s.alternate(2*s.runs, read, again, check); err != nil {
		return err
	}
	s.report.atMost("render again, unchanged", *again, *read, 1.5)
	s.report.atMost("render --check", *check, *read, 1.5)
	return nil
}

// compareOneTenant changes one tenant of 1,000 before each run.
func (s *session) compareOneTenant() error {
	dir := filepath.Join(s.work, "tenant")
	if err := describe(dir, 1000); err != nil {
		return err
	}
	out := filepath.Join(dir, "rendered")
	if _, err := s.exec(command{dir: dir, args: []string{s.program, "render"}}, os.Stderr); err != nil {
		return err
	}
	f, err := rendered(s.ctx, dir)
	if err != nil {
		return err
	}
	var changed files
	for _, name := range f.names {
		if strings.Contains(name, "/tenant-000500/") {
			changed.names = append(changed.names, name)
		}
	}
	changed.data = f.data
	plain := filepath.Join(s.work, "plain-tenant")
	if err := f.write(plain); err != nil {
		return err
	}
	loop := inProcess("read and compare 40,000, write 41", nil, func(int) error {
		if err := f.compare(plain); err != nil {
			return err
		}
		return changed.write(plain)
	})
	ours := s.process("one tenant changed", func(i int) error {
		text := strings.ReplaceAll(bench.Tenant(500, services), `since: "2026-01-01"`, fmt.Sprintf(`epoch: "2026-01-%02d"`, i+2))
		return os.WriteFile(tenantFile(dir, 500), []byte(text), 0o666)
	}, func(int) command { return command{dir: dir, args: []string{s.program, "render"}} })
	if err := s.alternate(s.runs, loop, ours); err != nil {
		return err
	}
	if err := f.compare(out); err == nil {
		return fmt.Errorf("the changed tenant was not written")
	}
	s.report.atMost("one tenant of 1,000 changed", *ours, *loop, 1.5)
	return nil
}
