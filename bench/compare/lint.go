package main

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"go.yaml.in/yaml/v3"
)

// compareLint is lint over 10,000 files beside decoding them, on the same cores.
func (s *session) compareLint() error {
	dir := filepath.Join(s.work, "lint")
	if err := describe(dir, 250); err != nil {
		return err
	}
	if _, err := s.exec(command{dir: dir, args: []string{s.program, "render"}}, io.Discard); err != nil {
		return err
	}
	decode := inProcess("decode them with yaml.v3", nil, func(int) error { return decodeAll(filepath.Join(dir, "rendered")) })
	lint := s.process("lint", nil, func(int) command { return command{dir: dir, args: []string{s.program, "lint", "--closed", "rendered"}} })
	if err := s.alternate(s.runs, decode, lint); err != nil {
		return err
	}
	s.report.atMost("lint 10,000 files", *lint, *decode, 1.5)
	return nil
}

// decodeAll decodes all YAML files below a folder, on all cores.
func decodeAll(dir string) error {
	var names []string
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(name, ".yaml") {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		return err
	}
	errs := make([]error, runtime.GOMAXPROCS(0))
	var next atomic.Int64
	var workers sync.WaitGroup
	for w := range errs {
		workers.Go(func() {
			for i := next.Add(1) - 1; int(i) < len(names) && errs[w] == nil; i = next.Add(1) - 1 {
				errs[w] = decodeFile(names[i])
			}
		})
	}
	workers.Wait()
	return errors.Join(errs...)
}

func decodeFile(name string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var v any
		if err := d.Decode(&v); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}
