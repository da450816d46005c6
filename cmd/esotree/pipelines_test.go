package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// workflow is a file of examples/pipelines.
type workflow struct {
	Name        string
	On          map[string]any
	Permissions map[string]string
	Env         map[string]string
	Jobs        map[string]struct {
		RunsOn string `yaml:"runs-on"`
		Steps  []step
	}
}

// step is one of a job: it uses an action, or runs a script.
type step struct {
	Name, ID, If, Uses, Run, Shell string
	With, Env                      map[string]string
}

// actions are the ones that the examples use, which do not run here.
var actions = []string{"actions/checkout@v4", "actions/setup-go@v5", "actions/cache@v4"}

func readWorkflow(t *testing.T, name string) workflow {
	t.Helper()
	data, err := os.ReadFile("../../examples/pipelines/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var w workflow
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(&w); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return w
}

// runner runs workflows as GitHub's does, in a clone of a repository. The programs gh and go are scripts that note their arguments.
type runner struct {
	dir, bin string
	// values are those of the expressions ${{ … }}, before outputs of steps.
	values map[string]string
}

// newRunner makes a repository of files, its clone, and the scripts.
func newRunner(t *testing.T, files map[string]string) *runner {
	t.Helper()
	for _, name := range []string{"git", "bash"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("%s is not on PATH", name)
		}
	}
	top := t.TempDir()
	r := &runner{dir: filepath.Join(top, "clone"), bin: filepath.Join(top, "bin"), values: map[string]string{
		"github.event.number": "7", "github.base_ref": "main", "secrets.GITHUB_TOKEN": "none", "env.ESOTREE": "latest", "runner.os": "Linux", "runner.arch": "X64",
		"steps.program.outputs.cache-hit != 'true'":                      "true",
		"!contains(github.event.pull_request.labels.*.name, 'rotation')": "true",
	}}
	for name, script := range map[string]string{
		"gh": "#!/bin/sh\necho \"gh $*\" >>'" + top + "/log'\ntest \"$2\" != edit\n", // there is no pull request yet
		"go": "#!/bin/sh\necho \"go $*\" >>'" + top + "/log'\n",
	} {
		r.put(t, filepath.Join(r.bin, name), script, 0o777)
	}
	for name, text := range files {
		r.put(t, filepath.Join(r.dir, name), text, 0o666)
	}
	r.must(t, "git init -q -b main && esotree render && git add -A && git commit -qm first && git clone -q --bare . ../origin.git && git remote add origin ../origin.git && git fetch -q")
	return r
}

func (r *runner) put(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// shell runs a script and returns what it printed and its exit code.
func (r *runner) shell(t *testing.T, env map[string]string, args ...string) (string, int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", args...)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "PATH="+r.bin+string(os.PathListSeparator)+os.Getenv("PATH"), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com", "GITHUB_OUTPUT="+r.bin+"/output")
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

func (r *runner) must(t *testing.T, script string) string {
	t.Helper()
	out, code := r.shell(t, nil, "-euo", "pipefail", "-c", script)
	if code != 0 {
		t.Fatalf("%s: exit %d: %s", script, code, out)
	}
	return out
}

var expression = regexp.MustCompile(`\$\{\{ (.*?) \}\}`)

// expand puts values in the place of expressions.
func (r *runner) expand(t *testing.T, text string) string {
	t.Helper()
	return expression.ReplaceAllStringFunc(text, func(e string) string {
		name := expression.FindStringSubmatch(e)[1]
		value, ok := r.values[name]
		if !ok {
			t.Errorf("the expression %s has no value here", e)
		}
		return value
	})
}

// run runs the steps of a workflow until one fails, and returns that step's name with all that was printed, and its exit code.
func (r *runner) run(t *testing.T, w workflow) (failed, out string, code int) {
	t.Helper()
	for _, job := range w.Jobs {
		for _, s := range job.Steps {
			if s.Uses != "" {
				if !slices.Contains(actions, s.Uses) {
					t.Errorf("the action %s is not one of %v", s.Uses, actions)
				}
				continue
			}
			condition := s.If
			if condition != "" && !strings.Contains(condition, "${{") {
				condition = "${{ " + condition + " }}"
			}
			if condition != "" && r.expand(t, condition) != "true" {
				continue
			}
			env := map[string]string{}
			for _, values := range []map[string]string{w.Env, s.Env} {
				for name, value := range values {
					env[name] = r.expand(t, value)
				}
			}
			script := filepath.Join(r.bin, "script")
			r.put(t, script, r.expand(t, s.Run), 0o666)
			args := []string{"-e", script} // what the runner does where a step names no shell
			if s.Shell == "bash" {
				args = []string{"--noprofile", "--norc", "-eo", "pipefail", script}
			}
			text, code := r.shell(t, env, args...)
			out += text
			if code != 0 {
				return s.Name, out, code
			}
			r.outputs(t, s.ID)
		}
	}
	return "", out, 0
}

// outputs makes what a step wrote to $GITHUB_OUTPUT known to the steps after it.
func (r *runner) outputs(t *testing.T, id string) {
	t.Helper()
	data, err := os.ReadFile(r.bin + "/output")
	if errors.Is(err, os.ErrNotExist) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Fields(string(data)) {
		if name, value, ok := strings.Cut(line, "="); ok && id != "" {
			result := "false"
			if value == "true" {
				result = "true"
			}
			r.values["steps."+id+".outputs."+name+" == 'true'"] = result
		}
	}
}

func (r *runner) log(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(filepath.Dir(r.dir), "log"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(data)
}

// described is a repository's descriptions; the secret was last rotated long ago.
func described() map[string]string {
	return map[string]string{
		"platform.yaml": `apiVersion: esotree.openova.io/v1alpha1
kind: Platform
metadata: {name: demo}
spec:
  regions:
    - name: region1
      store: {provider: {vault: {server: "https://vault.region1.example.com", path: secret, version: v2, auth: {kubernetes: {mountPath: kubernetes, role: eso}}}}}
  environments: [{name: prod}]
`,
		"tenants/acme.yaml": `apiVersion: esotree.openova.io/v1alpha1
kind: Tenant
metadata: {name: acme}
spec:
  secrets:
    - name: postgres
      class: database-password
      rotation: {epoch: "2024-02-07"}
  services:
    - {name: web, data: {PASSWORD: postgres/password}}
`,
	}
}

func contains(t *testing.T, what, text string, wanted ...string) {
	t.Helper()
	for _, w := range wanted {
		if !strings.Contains(text, w) {
			t.Errorf("%s lacks %q:\n%s", what, w, text)
		}
	}
}

func TestPipelineCheck(t *testing.T) {
	w := readWorkflow(t, "check.yaml")
	r := newRunner(t, described())
	if step, out, code := r.run(t, w); code != 0 {
		t.Fatalf("%s: exit %d: %s", step, code, out)
	}
	contains(t, "the log", r.log(t), "go install github.com/openova-io/esotree/cmd/esotree@latest")
	r.values["steps.program.outputs.cache-hit != 'true'"] = "false"

	r.must(t, `sed -i 's/2024-02-07/2026-11-24/' tenants/acme.yaml`)
	step, out, code := r.run(t, w)
	if step != "The tree is what the descriptions say" || code != 3 {
		t.Errorf("a stale tree: step %q, exit %d", step, code)
	}
	contains(t, "the output", out, "diff --git a/rendered/region1/tenants/acme/prod/externalsecret-postgres.yaml", "-        _epoch: '", "+        _epoch: '2026-11-24'")
	r.must(t, `esotree render --check | git apply || true; esotree render --check`) // the diff is the change
	r.must(t, `git checkout -q rendered`)
	if strings.Count(r.log(t), "go install") != 1 {
		t.Errorf("the program was installed again: %s", r.log(t))
	}

	// A warning passes, and stands at its line in the pull request.
	r.must(t, `sed -i 's/{name: web, /{name: web, refreshInterval: 1s, /' tenants/acme.yaml; esotree render`)
	if step, out, code = r.run(t, w); code != 0 {
		t.Errorf("a warning: step %q, exit %d", step, code)
	}
	contains(t, "the output", out, "::warning file=tenants/acme.yaml,line=10,")
	// The repository may say that it is an error.
	r.must(t, `mkdir .esotree; echo 'rules: {refresh-too-fast: error}' >.esotree/lint.yaml`)
	if step, out, code = r.run(t, w); code != 1 {
		t.Errorf("an error: step %q, exit %d", step, code)
	}
	contains(t, "the output", out, "tenants/acme.yaml:10:36: error: ")
}

func TestPipelineReview(t *testing.T) {
	w := readWorkflow(t, "review.yaml")
	r := newRunner(t, described())
	r.must(t, `git switch -qc change; esotree rotate acme:postgres --now 2026-11-24; esotree render; git commit -qam rotate`)
	step, out, code := r.run(t, w)
	if step != "The gate" || code != 1 {
		t.Errorf("a rotation without a label: step %q, exit %d: %s", step, code, out)
	}
	contains(t, "the log", r.log(t), "gh pr comment 7 --edit-last --create-if-none --body-file diff.md")
	contains(t, "the comment", r.must(t, "cat diff.md"), "postgres", "2026-11-24")
	r.values["!contains(github.event.pull_request.labels.*.name, 'rotation')"] = "false"
	if step, out, code = r.run(t, w); code != 0 {
		t.Errorf("with the label: step %q, exit %d: %s", step, code, out)
	}
	r.must(t, `sed -i 's/name: web/name: shop/' tenants/acme.yaml`)
	if step, out, code = r.run(t, w); step != "The tree is what the descriptions say" || code != 3 {
		t.Errorf("a stale tree: step %q, exit %d: %s", step, code, out)
	}
}

func TestPipelineRotate(t *testing.T) {
	w := readWorkflow(t, "rotate.yaml")
	r := newRunner(t, described())
	if step, out, code := r.run(t, w); code != 0 {
		t.Fatalf("step %q, exit %d: %s", step, code, out)
	}
	contains(t, "the log", r.log(t), "gh pr edit rotate-due --body-file diff.md", "gh pr create --head rotate-due --title Rotate what is due --body-file diff.md")
	changed := r.must(t, "git show --stat --format=%s rotate-due && git ls-remote origin")
	contains(t, "the branch", changed, "Rotate what is due", "tenants/acme.yaml", "rendered/region1/tenants/acme/prod/externalsecret-postgres.yaml", "refs/heads/rotate-due")
	if strings.Contains(changed, "diff.md") || strings.Contains(changed, "rotate.txt") {
		t.Errorf("the commit holds files of the pipeline:\n%s", changed)
	}
	contains(t, "the text", r.must(t, "cat diff.md"), "acme-prod/postgres")
	// Merged, nothing is due.
	r.must(t, "rm "+r.bin+"/output ../log rotate.txt diff.md")
	if step, out, code := r.run(t, w); code != 0 || r.log(t) != "" {
		t.Errorf("nothing is due: step %q, exit %d: %s%s", step, code, out, r.log(t))
	}
}

// Every workflow is read strictly and has a test; permissions are the least.
func TestPipelines(t *testing.T) {
	entries, err := os.ReadDir("../../examples/pipelines")
	if err != nil {
		t.Fatal(err)
	}
	tested := []string{"check.yaml", "review.yaml", "rotate.yaml"}
	for _, e := range entries {
		if !slices.Contains(tested, e.Name()) {
			t.Errorf("no test runs %s", e.Name())
		}
		if w := readWorkflow(t, e.Name()); w.Name == "" || len(w.On) == 0 || len(w.Permissions) == 0 || len(w.Jobs) != 1 {
			t.Errorf("%s: %+v", e.Name(), w)
		}
	}
}
