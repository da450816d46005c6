//go:build unix

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// What a disk and a signal do can't be had within the test's own process.

// binary is the program where every user may run it.
func binary(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := open(t)
	name := filepath.Join(dir, "esotree")
	in, err := os.Open(self)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Close()); err != nil {
		t.Fatal(err)
	}
	return name
}

// open is a folder that every user may enter and write to.
func open(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "esotree")
	if err == nil {
		err = os.Chmod(dir, 0o777)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// tenants writes a Platform and some tenants into a folder.
func tenants(t *testing.T, dir string, n int, epoch string) {
	t.Helper()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("platform.yaml", shared)
	for i := range n {
		name := fmt.Sprintf("tenant%03d", i)
		write(name+".yaml", strings.Replace(head, "acme", name, 1)+`  secrets: [{name: a, generator: {kind: Password}, rotation: {epoch: "`+epoch+`"}}]
  services: [{name: w, data: {A: a/password}}]
`)
	}
}

// process is a run of the program as a user who is not root.
func process(dir string, args ...string) *exec.Cmd {
	c := exec.Command(args[0], args[1:]...)
	c.Dir = dir
	if os.Geteuid() == 0 {
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	return c
}

func exitCode(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	return -1
}

// TestReadOnlyOutput: a folder that can't be written to is an I/O error that names it, and what is in it stays.
func TestReadOnlyOutput(t *testing.T) {
	program, dir := binary(t), open(t)
	rendered := filepath.Join(dir, "rendered")
	refused := func(what string) {
		t.Helper()
		before := filesBelow(t, dir)
		out, err := process(dir, program, "render").CombinedOutput()
		if code := exitCode(err); code != exitUsage || !strings.Contains(string(out), "permission denied") || !strings.Contains(string(out), "rendered") {
			t.Errorf("%s: exit code %d: %s", what, code, out)
		}
		if after := filesBelow(t, dir); !same(before, after) {
			t.Errorf("%s: files changed", what)
		}
	}
	tenants(t, dir, 2, "2")
	mode(t, dir, 0o555)
	refused("a folder that can't be made")
	mode(t, dir, 0o777)
	if out, err := process(dir, program, "render").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	tenants(t, dir, 2, "3")
	folders(t, rendered, 0o555)
	refused("folders that can't be written to")
	folders(t, rendered, 0o777)
	if out, err := process(dir, program, "render").CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// folders changes the mode of all folders below one.
func folders(t *testing.T, dir string, to os.FileMode) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, entry os.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		return os.Chmod(name, to)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestFullDisk: a write that fails is an I/O error that names the file; the tree stays consistent, and the next run with
// room completes it.
func TestFullDisk(t *testing.T) {
	program, dir := binary(t), open(t)
	tenants(t, dir, 5, "2")
	if out, err := process(dir, program, "render").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	before := filesBelow(t, filepath.Join(dir, "rendered"))
	tenants(t, dir, 5, "3")
	// A limit of no bytes is what a program sees of a full disk: a file can be made, and nothing be put into it.
	out, err := process(dir, "sh", "-c", `ulimit -f 0; exec "$0" render`, program).CombinedOutput()
	if code := exitCode(err); code != exitUsage {
		t.Errorf("exit code %d: %s", code, out)
	}
	if !bytes.Contains(out, []byte("file too large")) || !bytes.Contains(out, []byte(".yaml")) {
		t.Errorf("it says %s", out)
	}
	if after := filesBelow(t, filepath.Join(dir, "rendered")); !same(before, after) {
		t.Error("files changed")
	}
	if out, err := process(dir, program, "render").CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	if out, err := process(dir, program, "render", "--check").CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// TestInterrupted: a run that is interrupted or killed leaves no kustomization that names a file which is not there, and the
// next one completes the tree.
func TestInterrupted(t *testing.T) {
	program, dir := binary(t), open(t)
	interrupted := 0
	for round := range 8 {
		tenants(t, dir, 60, fmt.Sprint("r", round))
		signal := syscall.SIGINT
		if round%2 == 1 {
			signal = syscall.SIGKILL
		}
		var out bytes.Buffer
		c := process(dir, program, "render")
		c.Stderr = &out
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		deadline := time.Now().Add(10 * time.Second)
		for before := newest(dir); newest(dir) == before && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Duration(round) * 3 * time.Millisecond)
		_ = c.Process.Signal(signal) // it may have ended
		err := c.Wait()
		switch code := exitCode(err); {
		case code == exitDone:
		case signal == syscall.SIGINT && code == exitUsage && strings.Contains(out.String(), "interrupted"), signal == syscall.SIGKILL && code == -1:
			interrupted++
		default:
			t.Errorf("%v ends with %d: %s", signal, code, &out)
		}
		consistent(t, filepath.Join(dir, "rendered"))
	}
	if interrupted == 0 {
		t.Error("every run was faster than the signal")
	}
	if out, err := process(dir, program, "render").CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	if out, err := process(dir, program, "render", "--check").CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	for name := range filesBelow(t, filepath.Join(dir, "rendered")) {
		if !strings.HasSuffix(name, ".yaml") {
			t.Errorf("%s is left behind", name)
		}
	}
}

// newest is the time of the last change below the output folder.
func newest(dir string) time.Time {
	var last time.Time
	_ = filepath.WalkDir(filepath.Join(dir, "rendered"), func(_ string, entry os.DirEntry, err error) error {
		if err != nil {
			return nil // it may be gone by now
		}
		if info, err := entry.Info(); err == nil && info.ModTime().After(last) {
			last = info.ModTime()
		}
		return nil
	})
	return last
}

// consistent demands that every kustomization names files that are there.
func consistent(t *testing.T, dir string) {
	t.Helper()
	files := filesBelow(t, dir)
	for name, text := range files {
		if filepath.Base(name) != "kustomization.yaml" {
			continue
		}
		var k struct{ Resources []string }
		if err := yaml.Unmarshal([]byte(text), &k); err != nil {
			t.Error(err)
		}
		for _, r := range k.Resources {
			if _, ok := files[filepath.Join(filepath.Dir(name), r)]; !ok {
				t.Errorf("%s names %s, which is not there", name, r)
			}
		}
	}
}

func filesBelow(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		files[name] = string(data)
		return err
	})
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return files
}

func same(a, b map[string]string) bool {
	for name, text := range a {
		if b[name] != text {
			return false
		}
	}
	return len(a) == len(b)
}

func mode(t *testing.T, name string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(name, mode); err != nil {
		t.Fatal(err)
	}
}
