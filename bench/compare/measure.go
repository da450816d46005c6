package main

import (
	"bytes"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"syscall"
	"time"
)

// side is one side of a comparison.
type side struct {
	Name string `json:"name"`
	// Seconds of wall time, run by run.
	Seconds []float64 `json:"seconds"`
	Median  float64   `json:"median"`
	// PeakKiB is the largest resident set of a process; 0 for what runs in this one.
	PeakKiB int64 `json:"peakKiB,omitempty"`

	before func(i int) error
	work   func(i int) (peakKiB int64, err error)
}

// alternate runs each side in turn, several times over. What prepares a run is not timed.
func (s *session) alternate(runs int, sides ...*side) error {
	for i := range runs {
		for _, x := range sides {
			if err := s.ctx.Err(); err != nil {
				return err
			}
			if x.before != nil {
				if err := x.before(i); err != nil {
					return fmt.Errorf("%s: %w", x.Name, err)
				}
			}
			start := time.Now()
			peak, err := x.work(i)
			took := time.Since(start)
			if err != nil {
				return fmt.Errorf("%s: %w", x.Name, err)
			}
			x.Seconds = append(x.Seconds, took.Seconds())
			x.PeakKiB = max(x.PeakKiB, peak)
		}
	}
	for _, x := range sides {
		x.Median = median(x.Seconds)
	}
	return nil
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n == 0 {
		return 0
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// inProcess makes a side of a function.
func inProcess(name string, before, work func(i int) error) *side {
	return &side{Name: name, before: before, work: func(i int) (int64, error) { return 0, work(i) }}
}

// command is a process to run.
type command struct {
	dir, stdin string
	args       []string
}

// process makes a side of a process; its output is read and dropped.
func (s *session) process(name string, before func(i int) error, make func(i int) command) *side {
	return &side{Name: name, before: before, work: func(i int) (int64, error) { return s.exec(make(i), io.Discard) }}
}

// exec runs a process to its end. All output goes through a pipe, as it does to a next program.
func (s *session) exec(c command, out io.Writer) (peakKiB int64, err error) {
	cmd := exec.CommandContext(s.ctx, c.args[0], c.args[1:]...)
	cmd.Dir = c.dir
	cmd.Stdin = bytes.NewReader([]byte(c.stdin))
	cmd.Stdout = struct{ io.Writer }{out}
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("%v: %w: %.2000s", c.args, err, said.String())
	}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		peakKiB = usage.Maxrss
	}
	return peakKiB, nil
}
