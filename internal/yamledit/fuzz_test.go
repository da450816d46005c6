package yamledit_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/yamledit"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"sigs.k8s.io/yaml"
)

// FuzzSet asserts what an edit promises: read again, by this reader and by Kubernetes' own, the value is there and nothing
// else has changed; every comment stays; and the edit made once more changes nothing.
func FuzzSet(f *testing.F) {
	for _, text := range []string{
		"spec:\n  secrets:\n    - name: a\n      rotation:\n        epoch: \"1\" # day\n",
		"spec: {secrets: [{name: a, rotation: {every: 90d}}]} # c\n",
		"spec:\r\n  secrets:\r\n  - name: a # x\r\n    keys:\r\n      url:\r\n        template: |\r\n          y\r\n",
		"spec:\n  secrets:\n  -\n    name: a\n    rotation:\n",
		"spec:\n  secrets:\n  - ? a\n    : b\n    text: \"x\n  y\"\n",
		"spec:\n  secrets: [ # c\n    {name: a}, # d\n  ]\n",
	} {
		f.Add(text, "2026-11-24")
	}
	f.Fuzz(func(t *testing.T, text, value string) {
		docs, findings := yamlsrc.Read(diag.NewFile("a", []byte(text)), yamlsrc.DefaultLimits())
		if len(docs) != 1 || len(findings) > 0 {
			return
		}
		edit := yamledit.Edit{Path: epoch, Value: value, After: []string{"class", "name"}}
		got, err := yamledit.Set("a", []byte(text), edit)
		if err != nil {
			return
		}
		again, findings := yamlsrc.Read(diag.NewFile("a", got), yamlsrc.DefaultLimits())
		if len(again) != 1 || len(findings) > 0 {
			t.Fatalf("the edit broke the text:\n%s", got)
		}
		if v, ok := again[0].Value(epoch); !ok || v != value {
			t.Fatalf("got %q, want %q in\n%s", v, value, got)
		}
		if before, after := strings.Count(text, "#"), strings.Count(string(got), "#")-strings.Count(value, "#"); before > after+strings.Count(mustValue(docs[0]), "#") {
			t.Fatalf("a comment is gone:\n%s\n%s", text, got)
		}
		before, errBefore := plain([]byte(text))
		after, errAfter := plain(got)
		if errBefore == nil && errAfter == nil && !reflect.DeepEqual(without(before), without(after)) {
			t.Fatalf("something else has changed:\n%s\n%s", text, got)
		}
		if twice, err := yamledit.Set("a", got, edit); err != nil || !bytes.Equal(twice, got) {
			t.Fatalf("the second edit changed the text again (%v):\n%s\n%s", err, got, twice)
		}
	})
}

func mustValue(d *yamlsrc.Document) string { v, _ := d.Value(epoch); return v }

func plain(text []byte) (v any, err error) {
	data, err := yaml.YAMLToJSON(text)
	if err == nil {
		err = json.Unmarshal(data, &v)
	}
	return v, err
}

// without takes the edited value, and what became empty with it, out of plain data.
func without(v any) any {
	spec, _ := at(v, "spec").(map[string]any)
	list, _ := at(spec, "secrets").([]any)
	if len(list) > 0 {
		if first, ok := list[0].(map[string]any); ok {
			if rotation, ok := first["rotation"].(map[string]any); ok {
				delete(rotation, "epoch")
				if len(rotation) == 0 {
					delete(first, "rotation")
				}
			} else if first["rotation"] == nil {
				delete(first, "rotation")
			}
			if len(first) == 0 {
				list = list[:0]
				spec["secrets"] = nil
			}
		} else if list[0] == nil {
			spec["secrets"] = nil
		}
	}
	if spec != nil && spec["secrets"] == nil || len(list) == 0 && spec != nil {
		delete(spec, "secrets")
		if len(spec) == 0 {
			delete(v.(map[string]any), "spec")
		}
	} else if m, ok := v.(map[string]any); ok && m["spec"] == nil {
		delete(m, "spec")
	}
	if m, ok := v.(map[string]any); ok && len(m) == 0 { // the whole was null before
		return nil
	}
	return v
}

func at(v any, field string) any {
	m, _ := v.(map[string]any)
	return m[field]
}
