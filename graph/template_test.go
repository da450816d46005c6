package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/openova-io/esotree/graph"
)

func TestTemplateUses(t *testing.T) {
	for text, want := range map[string]string{
		`plain`:                                   "",
		`{{ .a }}`:                                "a!",
		`{{ .a | b64enc }}`:                       "a!b64enc",
		`{{ index . "a-b" }}`:                     "a-b",
		`{{ $.a }}`:                               "a!",
		`{{ index $ "a" | default .b }}`:          "a:default b!",
		`{{ range .list }}{{ .a }}{{ end }}`:      "list!",
		`{{ with .a }}{{ .b }}{{ $.c }}{{ end }}`: "a! c!",
		`{{ with dict "p" (index . "a" | default .b) }}{{ .p | urlquery }}{{ .q }}{{ end }}`: "a b! a:urlquery b:urlquery",
		`{{ if eq .a "x" }}{{ .b }}{{ else }}{{ .c }}{{ end }}`:                              "a! b! c!",
		`{{ define "x" }}{{ .a }}{{ end }}{{ template "x" .b }}`:                             "b!",
		`{{ "a" | index . }}`: "",
	} {
		uses, ok := graph.TemplateUses(text)
		if !ok {
			t.Errorf("%s is no template", text)
		}
		var got []string
		for _, u := range uses {
			mark := ":"
			if u.Strict {
				mark = "!"
			}
			got = append(got, strings.TrimSuffix(fmt.Sprintf("%s%s%s", u.Key, mark, strings.Join(u.Functions, ",")), ":"))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q, want %q", text, strings.Join(got, " "), want)
		}
	}
	if _, ok := graph.TemplateUses("{{ .a"); ok {
		t.Error("half an action is a template")
	}
}

func FuzzTemplateUses(f *testing.F) {
	f.Add(`{{ with dict "p" (.a) }}{{ .p }}{{ end }}`)
	f.Add(`x{{ index . "a" }}`)
	f.Fuzz(func(t *testing.T, text string) {
		uses, _ := graph.TemplateUses(text)
		for _, u := range uses {
			if u.Offset < 0 || u.Offset > len(text) {
				t.Errorf("offset %d of %d", u.Offset, len(text))
			}
		}
	})
}
