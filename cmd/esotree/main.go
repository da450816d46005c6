// Command esotree compiles descriptions of secrets into External Secrets Operator manifests. It has no logic of its own:
// flags in, findings out.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

func main() {
	collectSeldom()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, environment{args: os.Args[1:], stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv})
	stop()
	os.Exit(code)
}

// collectSeldom lets memory grow to five times of what is in use before it is collected, up to a limit from where it is collected as
// usual: a run is short, and a fifth of its time would go into collecting. Who sets GOGC or GOMEMLIMIT knows better.
func collectSeldom() {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(400)
		debug.SetMemoryLimit(440 << 20)
	}
}
