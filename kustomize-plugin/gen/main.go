// Command gen writes the two generated files of the kustomize pack: openapi.json, the merge keys and scopes of Kubernetes' and
// ESO's kinds, and references.yaml, the fields that hold names of other objects. Run it with go generate; its only argument is
// the folder to write to.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: gen DIR")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "gen: "+err.Error())
		os.Exit(1)
	}
}

func write(dir string) error {
	for _, f := range files() {
		text, err := f.make()
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, f.name), text, 0o666); err != nil {
			return err
		}
	}
	return nil
}

type file struct {
	name string
	make func() ([]byte, error)
}

func files() []file {
	return []file{{"openapi.json", schema}, {"references.yaml", references}}
}
