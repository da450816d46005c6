package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openova-io/esotree/diag"
)

// The exit codes of the program.
const (
	exitDone     = 0
	exitFindings = 1 // a finding of severity error, or warning with --fail-on warning
	exitUsage    = 2 // wrong usage, or reading or writing failed
	exitDrift    = 3 // --check found a difference, --exit-code wrote something
)

// environment is all that the program takes from outside, so that tests can run it in their own process.
type environment struct {
	args           []string
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
}

// exitError ends the program with a code; what there is to say has been said.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// program is what the commands share.
type program struct {
	environment
	format string
	failOn string
	// progress is nil but in commands that may take long.
	progress *progress
}

// run is the whole program; it returns the exit code.
func run(ctx context.Context, env environment) int {
	p := &program{environment: env}
	root := p.root()
	root.SetArgs(env.args)
	root.SetIn(env.stdin)
	root.SetOut(env.stdout)
	root.SetErr(env.stderr)
	var err error
	if len(env.args) == 0 {
		err = noCommand(root, env.stderr)
	} else {
		err = root.ExecuteContext(ctx)
	}
	var exit exitError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &exit):
		return int(exit)
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(env.stderr, "esotree: interrupted")
		return exitUsage
	default:
		fmt.Fprintln(env.stderr, "esotree: "+strings.TrimPrefix(err.Error(), "esotree: "))
		return exitUsage
	}
}

// noCommand prints the help on standard error: kustomize shows a function's standard error, and takes its standard output for YAML.
// kpt shows the first lines only.
func noCommand(root *cobra.Command, stderr io.Writer) error {
	fmt.Fprint(stderr, "esotree: a command is missing; where kustomize or kpt runs the program as a function it is fn: exec: {path: esotree, args: [fn]}\n\n")
	root.SetOut(stderr)
	if err := root.Help(); err != nil {
		return err
	}
	return exitError(exitUsage)
}

func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "esotree",
		Short: "Compile a description of secrets into External Secrets Operator manifests",
		Long: `esotree compiles a short description of a platform, its tenants and their services into External Secrets
Operator manifests, as a Git-ready tree. What it renders makes the stores remember: no rebuild, restore, label or
edit ever changes a password, only a new epoch in the description does.

Exit codes: 0 done, 1 a finding of severity error, 2 usage or I/O, 3 drift (render --check, render --exit-code).`,
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if !slices.Contains(diag.Formats(), p.format) {
				return fmt.Errorf("--format is one of %s", strings.Join(diag.Formats(), ", "))
			}
			if p.failOn != "error" && p.failOn != "warning" {
				return errors.New("--fail-on is error or warning")
			}
			return nil
		},
	}
	root.PersistentFlags().StringVar(&p.format, "format", "text", "how findings are printed: "+strings.Join(diag.Formats(), ", "))
	root.PersistentFlags().StringVar(&p.failOn, "fail-on", "error", "the severity that fails the run: error or warning")
	_ = root.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(diag.Formats(), cobra.ShellCompDirectiveNoFileComp))
	root.AddCommand(p.newDiff(), p.newExplain(), p.newFn(), p.newGraph(), p.newInit(), p.newRender(), p.newLint(), p.newRotate(), p.newSchema(), p.newVersion())
	return root
}

// report prints findings and turns them into an exit code. Commands whose results are findings print them on stdout.
func (p *program) report(w io.Writer, set *diag.Set) error {
	defer p.progress.hide()()
	if set.Len() > 0 || p.format != "text" {
		if err := diag.Write(w, p.format, set, diag.WriteOptions{Color: p.color(w), Version: version()}); err != nil {
			return err
		}
	}
	if p.fails(set) {
		return exitError(exitFindings)
	}
	return nil
}

func (p *program) fails(set *diag.Set) bool {
	on := diag.Error
	if p.failOn == "warning" {
		on = diag.Warning
	}
	return set.Fails(on)
}

// color reports whether a stream is a terminal that wants colours.
func (p *program) color(w io.Writer) bool {
	return terminal(w) && p.getenv("NO_COLOR") == "" && p.getenv("TERM") != "dumb"
}

func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func (p *program) newVersion() *cobra.Command {
	return &cobra.Command{Use: "version", Short: "Print the program's version", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(p.stdout, "esotree "+version())
			return err
		}}
}

// version is the module's version as the Go tool recorded it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}
