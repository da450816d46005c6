package main

import (
	"fmt"
	"path/filepath"
)

// compareMillion is 1,000,000 objects beside 100,000: the time an object takes, and the largest resident set.
func (s *session) compareMillion() error {
	sides := map[int]*side{}
	for _, tenants := range []int{2_500, 25_000} {
		dir := filepath.Join(s.work, fmt.Sprint(tenants))
		if err := describe(dir, tenants); err != nil {
			return err
		}
		sides[tenants] = s.process(fmt.Sprintf("render %d objects", tenants*services*4), nil, func(i int) command {
			return command{dir: dir, args: []string{s.program, "render", "-o", filepath.Join(dir, fmt.Sprint("rendered", i))}}
		})
	}
	few, many := sides[2_500], sides[25_000]
	if err := s.alternate(min(s.runs, 3), few, many); err != nil {
		return err
	}
	ratio := many.Median / few.Median / 10
	s.report.add(row{Work: "1,000,000 objects", Beside: "10 x 100,000", Ours: *many, Theirs: *few, Result: fmt.Sprintf("%.2f x", ratio), Target: "<= 1.15 x", Reached: ratio <= 1.15})
	mib := many.PeakKiB / 1024
	s.report.add(row{Work: "peak memory of 1,000,000", Beside: fmt.Sprintf("of 100,000: %d MiB", few.PeakKiB/1024), Result: fmt.Sprintf("%d MiB", mib), Target: "<= 512 MiB", Reached: mib <= 512})
	return nil
}
