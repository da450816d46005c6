// Command e2e runs what esotree renders on the real operator: two regions on loopback, each an etcd, a Kubernetes API server, the
// External Secrets Operator and a Vault.
//
//	go run . [-v] [SCENARIO...]
//
// Without numbers it runs all scenarios but the fifth, which takes long; 5/sealed is one part of it. The operator is a module's, 0.20.4, unless the
// environment names another: ESO_CONTROLLER is its program, ESO_CRDS its bundle of CRDs and ESO_RELEASE its release, such as 2.9.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/openova-io/esotree/e2e/scenario"
	"github.com/openova-io/esotree/e2e/stack"
	"github.com/openova-io/esotree/e2e/world"
)

func main() {
	keep := flag.Bool("keep", false, "keep the folder with logs and manifests also when everything held")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, flag.Args(), *keep); err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, keep bool) (err error) {
	chosen, err := choose(args)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "esotree-e2e-")
	if err != nil {
		return err
	}
	defer func() {
		if err == nil && !keep {
			_ = os.RemoveAll(dir)
			return
		}
		fmt.Println("logs and manifests are in", dir)
	}()
	options, err := options(ctx, dir)
	if err != nil {
		return err
	}
	// The kernel ends what a thread has started when that thread ends.
	runtime.LockOSThread()
	w, err := world.New(ctx, options)
	if w != nil {
		defer w.Stop()
	}
	if err != nil {
		return err
	}
	w.Say("two regions are up, with operator %s", options.Release)
	for _, s := range chosen {
		w.Say("")
		w.Say("%s. %s", s.ID(), s.Name)
		if err := s.Run(ctx, w); err != nil {
			return fmt.Errorf("scenario %s: %w", s.ID(), err)
		}
	}
	printTimes(w.Times)
	fmt.Printf("\n%d scenarios held on operator %s\n", len(chosen), options.Release)
	return nil
}

// choose reads numbers and IDs; the first scenario sets the platform up and always runs.
func choose(args []string) ([]scenario.Scenario, error) {
	named := func(s scenario.Scenario, arg string) bool { return arg == s.ID() || arg == strconv.Itoa(s.Number) }
	for _, arg := range args {
		if !slices.ContainsFunc(scenario.All(), func(s scenario.Scenario) bool { return named(s, arg) }) {
			return nil, fmt.Errorf("there is no scenario %q", arg)
		}
	}
	return slices.DeleteFunc(scenario.All(), func(s scenario.Scenario) bool {
		if len(args) == 0 {
			return s.Number == 5
		}
		return s.Number != 1 && !slices.ContainsFunc(args, func(arg string) bool { return named(s, arg) })
	}), nil
}

func options(ctx context.Context, dir string) (world.Options, error) {
	o := world.Options{
		Dir: dir, Program: filepath.Join(dir, "esotree"), Example: filepath.Join("..", "examples", "openova"), Log: os.Stdout,
		Concurrent: 5, Release: os.Getenv("ESO_RELEASE"), CRDs: os.Getenv("ESO_CRDS"),
	}
	controller := os.Getenv("ESO_CONTROLLER")
	if controller == "" {
		o.Release = "0.20"
		module, err := output(ctx, filepath.Join("stack", "eso"), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/external-secrets/external-secrets")
		if err != nil {
			return o, err
		}
		o.CRDs = filepath.Join(module, "deploy", "crds", "bundle.yaml")
	} else if o.Release == "" || o.CRDs == "" {
		return o, fmt.Errorf("ESO_CONTROLLER needs ESO_RELEASE and ESO_CRDS beside it")
	}
	var err error
	if o.Binaries, err = stack.Build(ctx, "stack", controller, os.Stdout); err != nil {
		return o, err
	}
	_, err = output(ctx, "..", "go", "build", "-buildvcs=false", "-o", o.Program, "./cmd/esotree")
	return o, err
}

func output(ctx context.Context, dir, program string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	out, err := cmd.Output()
	return strings.TrimSpace(string(out)), err
}

func printTimes(times []world.Time) {
	fmt.Println()
	table(os.Stdout, times)
}

func table(out io.Writer, times []world.Time) {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "what\ttook\tbound")
	for _, x := range times {
		fmt.Fprintf(t, "%s\t%.1fs\t%s\n", x.What, x.Took.Seconds(), x.Bound.Round(time.Second))
	}
	_ = t.Flush()
}
