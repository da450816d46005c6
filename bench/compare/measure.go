package main

import (
	"bytes"
	"fmt"
	"io"
	"os/exec"
	"runtime"
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
	// Processor is the seconds of processor time, user's and system's, run by run: what else the machine does hardly changes it.
	Processor       []float64 `json:"processor"`
	MedianProcessor float64   `json:"medianProcessor"`
	// PeakKiB is the largest resident set of a process; 0 for what runs in this one.
	PeakKiB int64 `json:"peakKiB,omitempty"`

	before func(i int) error
	work   func(i int) (used usage, err error)
}

// usage is what a run took.
type usage struct {
	processor float64
	peakKiB   int64
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
			runtime.GC() // what was there before is not to be collected within the run
			start := time.Now()
			used, err := x.work(i)
			took := time.Since(start)
			if err != nil {
				return fmt.Errorf("%s: %w", x.Name, err)
			}
			x.Seconds = append(x.Seconds, took.Seconds())
			x.Processor = append(x.Processor, used.processor)
			x.PeakKiB = max(x.PeakKiB, used.peakKiB)
		}
	}
	for _, x := range sides {
		x.Median, x.MedianProcessor = median(x.Seconds), median(x.Processor)
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
	return &side{Name: name, before: before, work: func(i int) (usage, error) {
		start := processor()
		err := work(i)
		return usage{processor: processor() - start}, err
	}}
}

// processor is the processor time of this process so far.
func processor() float64 {
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano()).Seconds()
}

// command is a process to run.
type command struct {
	dir, stdin string
	args       []string
}

// process makes a side of a process; its output is read and dropped.
func (s *session) process(name string, before func(i int) error, make func(i int) command) *side {
	return &side{Name: name, before: before, work: func(i int) (usage, error) { return s.exec(make(i), io.Discard) }}
}

// exec runs a process to its end. All output goes through a pipe, as it does to a next program.
func (s *session) exec(c command, out io.Writer) (used usage, err error) {
	cmd := exec.CommandContext(s.ctx, c.args[0], c.args[1:]...)
	cmd.Dir = c.dir
	cmd.Stdin = bytes.NewReader([]byte(c.stdin))
	cmd.Stdout = struct{ io.Writer }{out}
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil {
		return used, fmt.Errorf("%v: %w: %.2000s", c.args, err, said.String())
	}
	used.processor = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	if of, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		used.peakKiB = of.Maxrss
	}
	return used, nil
}
