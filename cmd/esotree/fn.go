package main

import (
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/openova-io/esotree/krm"
)

func (p *program) newFn() *cobra.Command {
	return &cobra.Command{Use: "fn [FILE]", Short: "Run as a KRM function of kustomize or kpt",
		Long: `Read a ResourceList on standard input and write one on standard output, as kustomize, kpt and other orchestrators run a KRM
function. The functionConfig, of apiVersion esotree.openova.io/v1alpha1, says what to do: kind Render adds what the descriptions
render to, Lint checks the items, Guard makes an overlay fail where functions were not run. With FILE, the path of such a
configuration, it is a legacy kustomize plugin: standard input and output are plain YAML documents.

Exit codes: 0 done, 1 an error. Findings go to standard error, and to the results of the list; --format and --fail-on are not
for this command.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f := krm.Function{Files: processFiles{}, Now: time.Now()}
			if code := f.Run(cmd.Context(), p.stdin, p.stdout, p.stderr, args); code != 0 {
				return exitError(code)
			}
			return nil
		}}
}

// processFiles opens files as the process sees them: relative to its working folder, with "..", or absolute.
type processFiles struct{}

// Open implements fs.FS.
func (processFiles) Open(name string) (fs.File, error) { return os.Open(name) }
