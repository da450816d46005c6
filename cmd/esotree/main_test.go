package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes the test binary the program when a script runs it, so that scripts see what a user sees.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"esotree": main})
}

// TestScript runs testdata/script/*.txtar: each is a session with the program, with its files, output and exit codes.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script", Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "replace": replace},
		Setup: func(env *testscript.Env) error {
			cache, err := os.UserCacheDir() // where .ci/run puts kustomize
			if err == nil {
				env.Setenv("PATH", env.Getenv("PATH")+string(os.PathListSeparator)+filepath.Join(cache, "esotree-tools"))
			}
			return nil
		}})
}

// exits runs the program and demands an exit code: exits CODE esotree ARGS….
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGS…")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if coded, ok := err.(interface{ ExitCode() int }); ok {
		got = strconv.Itoa(coded.ExitCode())
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != args[0] {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}

// replace changes every occurrence of a text in a file: replace OLD NEW FILE.
func replace(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: replace OLD NEW FILE")
	}
	text := ts.ReadFile(args[2])
	if !strings.Contains(text, args[0]) {
		ts.Fatalf("%s does not hold %q", args[2], args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(strings.ReplaceAll(text, args[0], args[1])), 0o666))
}
