package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPages runs the sessions of the pages on diff, explain and rotate, the lines with a dollar sign of their console blocks, each in a
// repository of examples/openova, and demands what the page shows. A line of three dots stands for the rest of an output.
func TestPages(t *testing.T) {
	for _, name := range []string{"git", "bash", "sed"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("%s is not on PATH", name)
		}
	}
	for _, page := range []string{"diff", "explain", "rotate"} {
		t.Run(page, func(t *testing.T) {
			text, err := os.ReadFile("../../docs/" + page + ".md")
			if err != nil {
				t.Fatal(err)
			}
			r := &runner{dir: t.TempDir()}
			err = fs.WalkDir(os.DirFS("../../examples/openova"), ".", func(name string, entry fs.DirEntry, err error) error {
				if err != nil || entry.IsDir() {
					return err
				}
				data, err := os.ReadFile("../../examples/openova/" + name)
				r.put(t, filepath.Join(r.dir, name), string(data), 0o666)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			r.must(t, "git init -q -b main && esotree render && git add . && git commit -qm first")
			runs := 0
			for _, block := range strings.Split(string(text), "```console\n")[1:] {
				block, _, _ = strings.Cut(block, "```")
				for _, run := range strings.Split("\n"+block, "\n$ ")[1:] {
					command, want, _ := strings.Cut(strings.TrimSuffix(run, "\n")+"\n", "\n")
					runs++
					got, _ := r.shell(t, map[string]string{"NO_COLOR": "1"}, "-c", command)
					if start, open := strings.CutSuffix(want, "...\n"); open {
						want, got = start, got[:min(len(start), len(got))]
					}
					if got != want {
						t.Errorf("%s:\n%swant\n%s", command, got, want)
					}
				}
			}
			if runs == 0 {
				t.Error("the page shows no session")
			}
		})
	}
}
