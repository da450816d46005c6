// Command esotree compiles descriptions of secrets into External Secrets Operator manifests. It has no logic of its own:
// flags in, findings out.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	_ "github.com/openova-io/esotree/cmd/esotree/collector" // first of all that there is to initialise
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, environment{args: os.Args[1:], stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv})
	stop()
	os.Exit(code)
}
