package main

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/openova-io/esotree/krm"
	"github.com/openova-io/esotree/kustomize-plugin/guard"
	"github.com/openova-io/esotree/kustomize-plugin/pack"
)

func (p *program) newFn() *cobra.Command {
	cmd := &cobra.Command{Use: "fn [FILE]", Short: "Run as a KRM function of kustomize or kpt",
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
	cmd.AddCommand(p.newComponents())
	return cmd
}

// components are the folders that kustomizations list under components:.
func components() map[string]fs.FS {
	return map[string]fs.FS{"guard": guard.Files(), "pack": pack.Files()}
}

func (p *program) newComponents() *cobra.Command {
	return &cobra.Command{Use: "components DIR", Short: "Write the kustomize components guard and pack",
		Long: `Write the kustomize components guard and pack into DIR. The guard fails the build of an overlay in which functions were
skipped, the pack teaches kustomize the kinds of the External Secrets Operator. A file that is there already is left alone:
remove it to get the one of this version.`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o777); err != nil {
				return err
			}
			root, err := os.OpenRoot(args[0])
			if err != nil {
				return err
			}
			defer root.Close()
			for _, folder := range slices.Sorted(maps.Keys(components())) {
				fsys := components()[folder]
				entries, err := fs.ReadDir(fsys, ".")
				if err != nil {
					return err
				}
				for _, entry := range entries {
					data, err := fs.ReadFile(fsys, entry.Name())
					if err != nil {
						return err
					}
					if err := p.create(root, path.Join(folder, entry.Name()), data); err != nil {
						return err
					}
				}
			}
			return nil
		}}
}

// processFiles opens files as the process sees them: relative to its working folder, with "..", or absolute.
type processFiles struct{}

// Open implements fs.FS.
func (processFiles) Open(name string) (fs.File, error) { return os.Open(name) }
