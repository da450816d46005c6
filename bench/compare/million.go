package main

import (
	"fmt"
	"os"
	"path/filepath"
)

const (
	fewTenants  = 2_500
	manyTenants = 25_000
)

// compareMillion is 1,000,000 objects beside 100,000: the time an object takes to be rendered into an empty folder and to be checked, the
// largest resident set, and that of a run that renders a tenth of the tenants.
func (s *session) compareMillion() error {
	few, err := s.fleet(fewTenants)
	if err != nil {
		return err
	}
	many, err := s.fleet(manyTenants)
	if err != nil {
		return err
	}
	if err := s.alternate(min(s.runs, 3), few.render, few.check, many.render, many.check, many.slice); err != nil {
		return err
	}
	s.linear("1,000,000 objects", many.render, few.render)
	s.linear("check of 1,000,000", many.check, few.check)
	for _, x := range []struct {
		work       string
		ours, than *side
	}{{"peak memory of 1,000,000", many.render, few.render}, {"of their check", many.check, few.check}, {"of a check of a tenth", many.slice, many.check}} {
		mib := x.ours.PeakKiB / 1024
		s.report.add(row{Work: x.work, Beside: fmt.Sprintf("%s: %d MiB", x.than.Name, x.than.PeakKiB/1024), Ours: *x.ours, Theirs: *x.than,
			Result: fmt.Sprintf("%d MiB", mib), Target: "<= 512 MiB", Reached: mib <= 512})
	}
	return nil
}

// linear adds the rows that say whether ten times as much takes ten times as long: by the clock, and in processor time.
func (s *session) linear(work string, many, few *side) {
	add := func(work string, ours, theirs float64) {
		each := func(seconds float64, tenants int) float64 { return 1e6 * seconds / float64(tenants*services*4) }
		ratio := each(ours, manyTenants) / each(theirs, fewTenants)
		s.report.add(row{Work: work, Beside: "10 x " + few.Name, Ours: *many, Theirs: *few,
			Result: fmt.Sprintf("%.2f x (%.0f µs an object, %.0f µs)", ratio, each(ours, manyTenants), each(theirs, fewTenants)), Target: "<= 1.15 x", Reached: ratio <= 1.15})
	}
	add(work, many.Median, few.Median)
	add("their processor time", many.MedianProcessor, few.MedianProcessor)
}

// fleet is a platform of some size, whose tree each run renders anew.
type fleet struct{ render, check, slice *side }

func (s *session) fleet(tenants int) (f fleet, err error) {
	dir := filepath.Join(s.work, fmt.Sprint(tenants))
	if err := describe(dir, tenants); err != nil {
		return f, err
	}
	out := filepath.Join(dir, "rendered")
	name := func(work string) string { return fmt.Sprintf("%s of %d objects", work, tenants*services*4) }
	run := func(args ...string) func(int) command {
		return func(int) command {
			return command{dir: dir, args: append([]string{s.program, "render", "-o", out}, args...)}
		}
	}
	f.render = s.process(name("render"), func(int) error { return os.RemoveAll(out) }, run())
	f.check = s.process(name("check"), nil, run("--check"))
	f.slice = s.process(name("check of a tenth"), nil, run("--check", "--shard", "1/10"))
	return f, nil
}
