package krm_test

import (
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/openova-io/esotree/krm"
)

// FuzzRun: whatever comes in, the function ends with 0 or 1; standard output is a ResourceList or nothing; what failed, and what
// was only checked, has the items that came in; findings are lines; and a second run over the same says the same.
func FuzzRun(f *testing.F) {
	for _, seed := range []string{
		"", "kind: List\n", "\x00", "a: [\n", "a: &a [*a]\n",
		list(""), list(linting("{}"), other, secret), list(linting("{closed: true, failOn: warning}"), secret),
		list(render("{region: east}"), platform, acme), list(render("{}"), at(platform, "a.yaml", "0"), at(acme, "a.yaml", "1"), other),
		list(render("{platform: " + flow(f, platform) + ", tenants: [" + flow(f, acme) + "], region: west}")),
		list(strings.Replace(render("{}"), "Render", "Guard", 1), other),
		list("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {mode: Lint, closed: 'true'}\n", secret),
		list(render("{paths: [description], region: east}")),
		list(linting("{}"), "kind: ConfigMap\napiVersion: v1\nmetadata: &m {name: a}\n", "kind: ConfigMap\napiVersion: v1\nmetadata: *m\n"),
		list(linting("{}"), "kind: [a]\nmetadata: 1\n", "apiVersion: ~\nkind: ~\n", "? {a: b}\n: c\n", "x: .inf\n", "x: !!binary aGk=\n"),
	} {
		f.Add(seed)
	}
	fsys := files()
	f.Fuzz(func(t *testing.T, input string) {
		function := krm.Function{Files: fsys}
		a := call(t, function, input)
		if a.code != 0 && a.code != 1 {
			t.Fatalf("exit %d", a.code)
		}
		if a.code == 1 && a.stderr == "" || a.stderr != "" && !strings.HasSuffix(a.stderr, "\n") {
			t.Fatalf("exit %d with %q on standard error", a.code, a.stderr)
		}
		if again := call(t, function, input); again.code != a.code || again.stdout != a.stdout || again.stderr != a.stderr {
			t.Fatalf("a second run: exit %d and %d\n%s\n%s", a.code, again.code, a.stdout, again.stdout)
		}
		if a.stdout == "" {
			return
		}
		var in struct {
			FunctionConfig struct{ Kind string }
			Items          []any
		}
		if yaml.Unmarshal([]byte(input), &in) != nil {
			return // this reader of YAML takes less than ours
		}
		if a.code == 1 || in.FunctionConfig.Kind == "Lint" {
			if got := itemsOf(t, input); !same(got, a.raw) {
				t.Fatalf("exit %d, and the items are not as they came in:\n%s\n%s", a.code, got, a.raw)
			}
		}
	})
}
