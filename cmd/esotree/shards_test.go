package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// shardsJob is what the test needs of examples/shards/job.yaml.
type shardsJob struct {
	Spec struct {
		CompletionMode string `json:"completionMode"`
		Completions    int    `json:"completions"`
		Template       struct {
			Spec struct {
				Containers []struct {
					Command, Args []string
					Env           []struct{ Name, Value string }
				} `json:"containers"`
			} `json:"spec"`
		} `json:"template"`
	} `json:"spec"`
}

type shardsWorkflow struct {
	Jobs map[string]struct {
		Strategy struct {
			Matrix struct{ Shard []int }
		}
		Steps []struct{ Run string }
	}
}

// TestShardsExample runs what the examples of slices run: the indexes of the job one after the other, and then the matrix, which
// finds nothing to do. The slices together are the tree that one run renders.
func TestShardsExample(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	work := t.TempDir()
	origin, seed := filepath.Join(work, "origin.git"), filepath.Join(work, "seed")
	if err := os.CopyFS(seed, os.DirFS("../../examples/openova")); err != nil {
		t.Fatal(err)
	}
	runShell(t, seed, nil, "sh", "-euc", `git init --quiet -b main . && git add . && git -c user.name=a -c user.email=a@example.com commit --quiet -m one && git clone --quiet --bare . `+origin)

	var job shardsJob
	decodeExample(t, "job.yaml", &job)
	c := job.Spec.Template.Spec.Containers[0]
	if job.Spec.CompletionMode != "Indexed" {
		t.Errorf("the job's completion mode is %q", job.Spec.CompletionMode)
	}
	for i := range job.Spec.Completions {
		env := []string{fmt.Sprint("JOB_COMPLETION_INDEX=", i)}
		for _, e := range c.Env {
			if e.Name == "REPOSITORY" {
				e.Value = origin
			}
			if e.Name == "SHARDS" && e.Value != fmt.Sprint(job.Spec.Completions) {
				t.Errorf("SHARDS is %s with %d completions", e.Value, job.Spec.Completions)
			}
			env = append(env, e.Name+"="+e.Value)
		}
		runShell(t, t.TempDir(), env, c.Command[0], append(c.Command[1:], c.Args...)...)
	}

	all := filepath.Join(work, "all")
	runShell(t, work, nil, "git", "clone", "--quiet", origin, all)
	runShell(t, all, nil, "esotree", "render", "--output", "rendered", "--exit-code")

	var flow shardsWorkflow
	decodeExample(t, "workflow.yaml", &flow)
	check := flow.Jobs["check"]
	run := check.Steps[len(check.Steps)-1].Run
	for i, shard := range check.Strategy.Matrix.Shard {
		if shard != i+1 || !strings.Contains(run, fmt.Sprintf("/%d", len(check.Strategy.Matrix.Shard))) {
			t.Errorf("the matrix is %v for %q", check.Strategy.Matrix.Shard, run)
		}
		runShell(t, all, nil, "sh", "-euc", strings.ReplaceAll(run, "${{ matrix.shard }}", fmt.Sprint(shard)))
	}
}

func decodeExample(t *testing.T, name string, into any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../examples/shards", name))
	if err == nil {
		err = yaml.Unmarshal(data, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func runShell(t *testing.T, dir string, env []string, name string, args ...string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), name, args...)
	c.Dir, c.Env = dir, append(os.Environ(), env...)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, bytes.TrimSpace(out))
	}
}
