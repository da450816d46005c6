// Command compare is `make bench`: it runs esotree, plain loops over the same bytes, and other tools where they are on PATH,
// side by side in one run, and prints a table of medians and ratios against the targets. Sides of a comparison alternate (A B A
// B), so that whatever else the machine does hits both. It exits with 1 when a target is missed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	missed, err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
	if missed {
		os.Exit(1)
	}
}

// session is one run of the comparison.
type session struct {
	ctx     context.Context
	runs    int
	work    string // scratch folder
	program string // the esotree that is measured
	empty   string // the empty Go program
	report  report
}

func run(ctx context.Context) (missed bool, err error) {
	flags := flag.NewFlagSet("compare", flag.ContinueOnError) // libraries add flags of their own to the global set
	runs := flags.Int("runs", 7, "how often each side runs")
	raw := flags.String("o", "bin/bench.json", "the file for the raw numbers")
	million := flags.Bool("million", false, "1,000,000 objects beside 100,000, and nothing else")
	only := flags.String("only", "", "a regular expression: the comparisons to run")
	work := flags.String("work", "", "the scratch folder (default: one in the system's; needs 5 GB for -million)")
	if err := flags.Parse(os.Args[1:]); errors.Is(err, flag.ErrHelp) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	wanted, err := regexp.Compile(*only)
	if err != nil {
		return false, err
	}
	s := &session{ctx: ctx, runs: *runs, report: newReport()}
	if s.work, err = os.MkdirTemp(*work, "esotree-bench-"); err != nil {
		return false, err
	}
	defer os.RemoveAll(s.work)
	for name, folder := range map[string]string{"esotree": "./cmd/esotree", "empty": "./bench/empty"} {
		build := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(s.work, name), folder)
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			return false, fmt.Errorf("build %s: %w", folder, err)
		}
	}
	s.program, s.empty = filepath.Join(s.work, "esotree"), filepath.Join(s.work, "empty")
	comparisons := []comparison{{"render", s.compareRender}, {"stdout", s.comparePeers}, {"tenant", s.compareOneTenant},
		{"canon", s.compareEncoding}, {"lint", s.compareLint}, {"start", s.compareStart}}
	if *million {
		comparisons = []comparison{{"million", s.compareMillion}}
	}
	comparisons = slices.DeleteFunc(comparisons, func(c comparison) bool { return !wanted.MatchString(c.name) })
	for _, c := range comparisons {
		fmt.Fprintln(os.Stderr, "bench:", c.name)
		if err := c.run(); err != nil {
			return false, fmt.Errorf("%s: %w", c.name, err)
		}
	}
	s.report.print(os.Stdout)
	return s.report.missed(), s.report.save(*raw)
}

// comparison is one part of the run.
type comparison struct {
	name string
	run  func() error
}
