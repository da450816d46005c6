package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/openova-io/esotree"
	"github.com/openova-io/esotree/internal/canon"
	"github.com/openova-io/esotree/object"
)

// objects renders the objects of one tenant with one service.
func (s *session) objects() ([]*object.Object, error) {
	dir := filepath.Join(s.work, "objects")
	if err := describe(dir, 1); err != nil {
		return nil, err
	}
	c, findings, err := esotree.Compile(s.ctx, os.DirFS(dir), []string{"."})
	if err != nil || c == nil || findings.HasErrors() {
		return nil, fmt.Errorf("the workload does not compile: %w", err)
	}
	var out []*object.Object
	for folder := range c.Folders(s.ctx, func(tenant string) bool { return tenant != "" }, findings) {
		for _, o := range folder.Objects {
			if number.MatchString(o.Name) {
				out = append(out, o)
			}
		}
	}
	return out, nil
}

// compareEncoding is the canonical YAML of one ExternalSecret.
func (s *session) compareEncoding() error {
	objects, err := s.objects()
	if err != nil {
		return err
	}
	var value any
	for _, o := range objects {
		if o.Kind == "ExternalSecret" && o.Name == "db-00" {
			value = o.Value
		}
	}
	const repeat = 2000
	var e canon.Encoder
	var buffer []byte
	ours := inProcess("canon", nil, func(int) (err error) {
		for range repeat {
			if buffer, err = e.Append(buffer[:0], value); err != nil {
				return err
			}
		}
		return nil
	})
	theirs := inProcess("sigs.k8s.io/yaml.Marshal", nil, func(int) error {
		for range repeat {
			if _, err := yaml.Marshal(value); err != nil {
				return err
			}
		}
		return nil
	})
	if err := s.alternate(2*s.runs, ours, theirs); err != nil {
		return err
	}
	for _, x := range []*side{ours, theirs} {
		for i := range x.Seconds {
			x.Seconds[i] /= repeat
		}
		x.Median /= repeat
		x.MedianProcessor /= repeat
	}
	s.report.faster("YAML of an ExternalSecret", *ours, *theirs, 25)
	mine := testing.AllocsPerRun(1000, func() { buffer, _ = e.Append(buffer[:0], value) })
	sigs := testing.AllocsPerRun(100, func() { _, _ = yaml.Marshal(value) })
	s.report.add(row{Work: "allocations of it", Beside: fmt.Sprintf("sigs.k8s.io/yaml.Marshal: %.0f", sigs), Result: fmt.Sprintf("%.0f", mine), Target: "<= 30", Reached: mine <= 30})
	return nil
}
