package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// builtHooks makes TestPreCommit use the hooks that pre-commit builds from this repository's last commit, which takes minutes.
const builtHooks = "ESOTREE_TEST_BUILT_HOOKS"

// TestPreCommit runs the real pre-commit in repositories of its own. $HOOKS is a repository with our manifest, $REV its commit,
// and $SUFFIX what the ids of the hooks end in.
func TestPreCommit(t *testing.T) {
	if _, err := exec.LookPath("pre-commit"); err != nil {
		t.Skip("pre-commit is not on PATH")
	}
	built := os.Getenv(builtHooks) != ""
	testscript.Run(t, testscript.Params{Dir: "testdata/precommit",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "replace": replace},
		Setup: func(env *testscript.Env) error {
			env.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
			env.Setenv("GIT_CONFIG_NOSYSTEM", "1")
			for _, who := range []string{"AUTHOR", "COMMITTER"} {
				env.Setenv("GIT_"+who+"_NAME", "a")
				env.Setenv("GIT_"+who+"_EMAIL", "a@example.com")
			}
			hooks, suffix := env.WorkDir+"/hooks", "-system"
			env.Setenv("PRE_COMMIT_HOME", env.WorkDir+"/.pre-commit")
			if built {
				for _, name := range []string{"HOME", "GOPATH", "GOCACHE", "GOFLAGS", "GOPROXY"} {
					env.Setenv(name, os.Getenv(name))
				}
				env.Setenv("PRE_COMMIT_HOME", os.TempDir()+"/esotree-pre-commit")
				hooks, suffix = "../..", ""
			} else if err := hooksRepository(env, hooks); err != nil {
				return err
			}
			root, err := exec.Command("git", "-C", hooks, "rev-parse", "--show-toplevel", "HEAD").Output()
			if err != nil {
				return err
			}
			lines := strings.Fields(string(root))
			env.Setenv("HOOKS", lines[0])
			env.Setenv("REV", lines[1])
			env.Setenv("SUFFIX", suffix)
			return nil
		}})
}

// hooksRepository commits the manifest alone: hooks of the language system need no more.
func hooksRepository(env *testscript.Env, dir string) error {
	manifest, err := os.ReadFile("../../.pre-commit-hooks.yaml")
	if err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o777); err != nil {
		return err
	}
	if err := os.WriteFile(dir+"/.pre-commit-hooks.yaml", manifest, 0o666); err != nil {
		return err
	}
	for _, args := range [][]string{{"init", "-q"}, {"add", "."}, {"commit", "-qm", "hooks"}} {
		cmd := exec.Command("git", args...)
		cmd.Dir, cmd.Env = dir, env.Vars
		if out, err := cmd.CombinedOutput(); err != nil {
			env.T().Log(string(out))
			return err
		}
	}
	return nil
}
