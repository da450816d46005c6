package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"sigs.k8s.io/yaml"

	"github.com/openova-io/esotree/schema"
)

var modeline = regexp.MustCompile(`^# yaml-language-server: \$schema=(\S+)\n`)

// TestInitEditor holds that an editor finds the schema that each description of init names, from where the file is, that the
// description is right by it, and that the editor shows what the program would refuse.
func TestInitEditor(t *testing.T) {
	t.Chdir(t.TempDir())
	if code := run(t.Context(), environment{args: []string{"init"}, stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}, getenv: os.Getenv}); code != exitDone {
		t.Fatalf("exit code %d", code)
	}
	for name, old := range map[string]string{"platform.yaml": "regions:", "tenants/example.yaml": "class:"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		line := modeline.FindSubmatch(text)
		if line == nil {
			t.Errorf("%s does not begin with a modeline", name)
			continue
		}
		s, err := jsonschema.Compile(filepath.Join(filepath.Dir(name), string(line[1])))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(plainYAML(t, text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		wrong := bytes.Replace(text, []byte(old), []byte("x"+old), 1)
		if s.Validate(plainYAML(t, wrong)) == nil {
			t.Errorf("%s: the editor does not show x%s", name, old)
		}
	}
}

// TestSchemaCommand holds that what the program prints is what the repository has, and a schema.
func TestSchemaCommand(t *testing.T) {
	for arg, kind := range map[string]string{"": "", "description": "", "platform": schema.KindPlatform, "Tenant": schema.KindTenant} {
		var stdout, stderr bytes.Buffer
		args := append([]string{"schema"}, strings.Fields(arg)...)
		if code := run(t.Context(), environment{args: args, stdout: &stdout, stderr: &stderr, getenv: os.Getenv}); code != exitDone || stderr.Len() > 0 {
			t.Errorf("%q: exit code %d, %s", arg, code, &stderr)
		}
		if !bytes.Equal(stdout.Bytes(), schema.JSONSchema(kind)) || stdout.Len() == 0 {
			t.Errorf("%q prints another schema", arg)
		}
		c := jsonschema.NewCompiler()
		if err := c.AddResource("s.json", &stdout); err != nil {
			t.Fatal(err)
		}
		s, err := c.Compile("s.json")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range []string{"platform.yaml", "tenants/acme.yaml"} {
			text, err := os.ReadFile("../../examples/openova/" + file)
			if err != nil {
				t.Fatal(err)
			}
			right := kind == "" || kind == map[string]string{"platform.yaml": schema.KindPlatform}[file] || kind == schema.KindTenant && file != "platform.yaml"
			if err := s.Validate(plainYAML(t, text)); (err == nil) != right {
				t.Errorf("%q says of %s: %v", arg, file, err)
			}
		}
	}
}

// TestExamplesHaveModelines: the examples' files name their schemas too.
func TestExamplesHaveModelines(t *testing.T) {
	names := map[string]bool{}
	for _, pattern := range []string{"*.yaml", "tenants/*.yaml"} {
		found, err := filepath.Glob("../../examples/openova/" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range found {
			names[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		line := modeline.FindSubmatch(text)
		if line == nil {
			t.Errorf("%s does not begin with a modeline", name)
			continue
		}
		if _, err := os.Stat(filepath.Join(filepath.Dir(name), string(line[1]))); err != nil {
			t.Error(err)
		}
	}
}

func plainYAML(t *testing.T, text []byte) any {
	t.Helper()
	data, err := yaml.YAMLToJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}
