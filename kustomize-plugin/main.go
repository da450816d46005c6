// Command kustomize-plugin is the KRM function by itself: what `esotree fn` is, for a container image or a plugin folder.
// Without an argument it is a KRM function; with the path of a configuration, a legacy kustomize plugin; and
// `install FILE` copies it to where it is wanted, which an image without a shell needs.
//
//go:generate go run ./gen pack
package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/openova-io/esotree/krm"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if len(args) == 2 && args[0] == "install" {
		if err := install(args[1]); err != nil {
			fmt.Fprintln(stderr, "error: "+err.Error())
			return 1
		}
		return 0
	}
	return krm.Function{Files: disk{}, Now: time.Now()}.Run(ctx, stdin, stdout, stderr, args)
}

// disk opens files as the process sees them: relative to its working directory, "..", or absolute.
type disk struct{}

// Open implements fs.FS.
func (disk) Open(name string) (fs.File, error) { return os.Open(name) }

// install copies the running program.
func install(to string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	from, err := os.Open(self)
	if err != nil {
		return err
	}
	defer from.Close()
	temporary := to + ".new"
	out, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, from)
	if e := out.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(temporary, to)
	}
	if err != nil {
		os.Remove(temporary)
	}
	return err
}
