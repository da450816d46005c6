package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/openova-io/esotree/schema"
	"github.com/santhosh-tekuri/jsonschema/v5"
)

const folder = ".." // of package schema

func TestFilesAreInStep(t *testing.T) {
	files, err := generate(folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 4 {
		t.Errorf("%d files", len(files))
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(name)))
		if err != nil {
			t.Error(err)
			continue
		}
		if !bytes.Equal(bytes.ReplaceAll(got, []byte("\r\n"), []byte("\n")), want) {
			t.Errorf("%s differs from what go generate ./schema writes", name)
		}
	}
}

func described(t *testing.T) []structType {
	t.Helper()
	c, err := readComments(folder)
	if err != nil {
		t.Fatal(err)
	}
	return structTypes(c, reflect.TypeFor[schema.Platform](), reflect.TypeFor[schema.Tenant]())
}

func TestEverythingIsDocumented(t *testing.T) {
	types := described(t)
	if len(types) < 20 {
		t.Fatalf("only %d types", len(types))
	}
	for _, s := range types {
		if s.text == "" {
			t.Errorf("%s has no doc comment", s.name)
		}
		for _, f := range s.fields {
			at := s.name + "." + f.name
			switch {
			case f.text == "":
				t.Errorf("%s has no doc comment", at)
			case strings.Contains(f.text, "Default:"), strings.Contains(f.text, "Example:"), strings.Contains(f.fallback, "Example:"):
				t.Errorf("the doc comment of %s has Default or Example before its end", at)
			case f.required && f.fallback != "":
				t.Errorf("%s is required and has a default", at)
			case f.example == "" && f.t.Kind() == reflect.String && values(f.t) == nil && f.name != "apiVersion" && f.name != "kind":
				t.Errorf("%s has no example", at)
			}
		}
	}
}

func TestLiteralDefaults(t *testing.T) {
	want := map[string]any{
		"PlatformSpec.recover": "All", "PlatformSpec.isolation": "Shared", "PlatformSpec.namespaces": "None", "ESO.version": "2.9",
		"Push.to": "All", "Push.mode": "Whole", "Push.split": "PerRegion", "Push.deletion": "None",
		"Defaults.namespace": "$(tenant)-$(environment)", "Defaults.remoteKey": "$(tenant)/$(secret)",
		"Defaults.platformRemoteKey": "$(namespace)/$(secret)", "Defaults.externalSecret": "$(service)-secrets",
		"Defaults.refreshInterval": "1h", "Defaults.pushInterval": "1h",
		"Secret.type": "Opaque", "Class.type": "Opaque", "Rotation.by": "Commit", "Service.pin": true,
		"GitOps.path": "rendered", "GitOps.interval": "10m", "GitOps.targetRevision": "HEAD",
	}
	got := map[string]any{}
	for _, s := range described(t) {
		for _, f := range s.fields {
			if value, ok := f.literal(); ok {
				got[s.name+"."+f.name] = value
			}
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// What the doc comments name as a default or an example must itself be legal.
func TestDefaultsAndExamplesFit(t *testing.T) {
	compiler := jsonschema.NewCompiler()
	address := schema.SchemaBase + "description.schema.json"
	if err := compiler.AddResource(address, bytes.NewReader(schema.JSONSchema(""))); err != nil {
		t.Fatal(err)
	}
	var document struct {
		Defs map[string]struct {
			Properties map[string]struct {
				Default     any    `json:"default"`
				Examples    []any  `json:"examples"`
				Description string `json:"description"`
			} `json:"properties"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(schema.JSONSchema(""), &document); err != nil {
		t.Fatal(err)
	}
	checked := 0
	for name, definition := range document.Defs {
		for property, p := range definition.Properties {
			s, err := compiler.Compile(address + "#/$defs/" + name + "/properties/" + property)
			if err != nil {
				t.Fatal(err)
			}
			values := p.Examples
			if p.Default != nil {
				values = append(values, p.Default)
			}
			for _, value := range values {
				if err := s.Validate(value); err != nil {
					t.Errorf("%s.%s: %v: %v", name, property, value, err)
				}
				checked++
			}
			if strings.Contains(p.Description, "Example:") {
				t.Errorf("%s.%s: %s", name, property, p.Description)
			}
		}
	}
	if checked < 100 {
		t.Errorf("only %d values were checked", checked)
	}
}

// Objects are closed, but for the open parts and maps of a person's own names.
func TestObjectsAreClosed(t *testing.T) {
	for _, kind := range []string{"", schema.KindPlatform, schema.KindTenant} {
		var document map[string]any
		if err := json.Unmarshal(schema.JSONSchema(kind), &document); err != nil {
			t.Fatal(err)
		}
		if want := schema.SchemaBase + map[string]string{"": "description", "Platform": "platform", "Tenant": "tenant"}[kind] + ".schema.json"; document["$id"] != want {
			t.Errorf("$id is %v, not %s", document["$id"], want)
		}
		var walk func(at string, s map[string]any)
		walk = func(at string, s map[string]any) {
			_, closed := s["additionalProperties"]
			if s["type"] == "object" && !closed && s["if"] == nil {
				t.Errorf("%q: %s is open", kind, at)
			}
			for key, value := range s {
				if inner, ok := value.(map[string]any); ok && key != "default" {
					walk(at+"/"+key, inner)
				}
			}
		}
		walk("#", document)
	}
	if schema.JSONSchema("Render") != nil {
		t.Error("there is a schema of a kind that is none")
	}
	schema.JSONSchema("")[0] = 'x'
	if schema.JSONSchema("")[0] != '{' {
		t.Error("a caller can change the schema")
	}
}

func TestCommentSentences(t *testing.T) {
	of := reflect.TypeFor[schema.Push]()
	key := of.PkgPath() + ".Push.To"
	for name, c := range map[string][4]string{
		"all three":        {"To is a\nplace. Default: All. Example: Home.", "To is a place.", "All", "Home"},
		"no default":       {"To is a place. Example: {a: b.c}.", "To is a place.", "", "{a: b.c}"},
		"no example":       {"To is a place. Default: the first; a rule.", "To is a place.", "the first; a rule", ""},
		"nothing but text": {"To is a place.", "To is a place.", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			text, fallback, example := comments{key: c[0]}.of(of, "To")
			if got := [4]string{c[0], text, fallback, example}; got != c {
				t.Errorf("got %q", got[1:])
			}
		})
	}
}
