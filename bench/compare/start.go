package main

import "fmt"

// emptyList is the smallest call of the KRM function.
const emptyList = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\nfunctionConfig:\n  apiVersion: esotree.openova.io/v1alpha1\n  kind: Lint\n  metadata:\n    name: lint\n"

// compareStart is what starting costs beside an empty Go program.
func (s *session) compareStart() error {
	empty := s.process("an empty Go program", nil, func(int) command { return command{dir: s.work, args: []string{s.empty}} })
	version := s.process("version", nil, func(int) command { return command{dir: s.work, args: []string{s.program, "version"}} })
	fn := s.process("fn", nil, func(int) command { return command{dir: s.work, stdin: emptyList, args: []string{s.program, "fn"}} })
	if err := s.alternate(10*s.runs, empty, version, fn); err != nil {
		return err
	}
	for _, x := range []*side{version, fn} {
		more := (x.Median - empty.Median) * 1000
		s.report.add(row{Work: "start: esotree " + x.Name, Beside: empty.Name, Ours: *x, Theirs: *empty, Result: fmt.Sprintf("%.1f ms more", more), Target: "<= 30 ms more", Reached: more <= 30})
	}
	return nil
}
