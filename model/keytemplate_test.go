package model

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"text/template"
)

func TestParseKeyTemplate(t *testing.T) {
	for text, want := range map[string]struct {
		reads      string
		open, root bool
		problem    string
	}{
		"":                        {},
		"plain":                   {},
		"{{ .a }}":                {reads: "a"},
		"{{ .b }}{{ .a }}":        {reads: "a b"},
		"{{ .a | urlquery }}":     {reads: "a"},
		`{{ index . "tls.crt" }}`: {reads: "tls.crt"},
		`{{ printf "%s" (index . "tls.crt" | default .x) }}`: {reads: "tls.crt x"},
		`{{ index . .a }}`:               {reads: "a", open: true},
		"{{ . }}":                        {open: true},
		"{{ . | toJson }}":               {open: true},
		"{{ range . }}{{ .x }}{{ end }}": {open: true},
		"{{ with .a }}{{ .x }}{{ . }}{{ else }}{{ .b }}{{ end }}": {reads: "a b"},
		"{{ if .a }}{{ .b }}{{ else if .c }}{{ .d }}{{ end }}":    {reads: "a b c d"},
		"{{ range .a }}{{ .x }}{{ else }}{{ .b }}{{ end }}":       {reads: "a b"},
		"{{ with .a }}{{ $.b }}{{ end }}":                         {reads: "a", root: true},
		"{{ $x := .a }}{{ $x }}":                                  {reads: "a"},
		"{{ (.a).b }}":                                            {reads: "a"},
		"{{ with (index . \"a\") }}{{ index . \"b\" }}{{ end }}":  {reads: "a"},
		`{{ define "x" }}{{ end }}`:                               {problem: "the template defines another template, which a key's template can't"},
		`{{ block "x" . }}{{ end }}`:                              {problem: "the template defines another template, which a key's template can't"},
		"{{ .a":                                                   {problem: "the template does not parse: "},
		"{{ end }}":                                               {problem: "the template does not parse: "},
	} {
		got, problem := parseKeyTemplate(text)
		if !strings.HasPrefix(problem, want.problem) || want.problem == "" && problem != "" {
			t.Errorf("%s: %q, want %q", text, problem, want.problem)
		}
		if problem == "" && (strings.Join(got.reads, " ") != want.reads || got.open != want.open || got.root != want.root) {
			t.Errorf("%s reads %q, open %t, root %t", text, got.reads, got.open, got.root)
		}
	}
}

// FuzzKeyTemplate: a template reads no key but those that are found in it, so it runs with these alone.
func FuzzKeyTemplate(f *testing.F) {
	for _, text := range []string{"{{ .a }}", `{{ index . "tls.crt" }}{{ .b }}`, "{{ with .a }}{{ .x }}{{ else }}{{ .b }}{{ end }}", "{{ range $i, $x := . }}{{ $x }}{{ end }}",
		"{{ $x := .a }}{{ $x }}", "{{ if and .a (not .b) }}{{ .c }}{{ end }}", `{{ template "key" . }}`, "{{ break }}", "{{ (index . \"a\").b }}", "{{ html .a | urlquery | printf \"%s\" }}",
		"{{ len . }}{{ slice .a 0 1 }}", "{{ .a.b.c }}", "{{/* a */}}{{ eq .a .b }}"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parsed, problem := parseKeyTemplate(text)
		if problem != "" || parsed.open || parsed.root || !slices.IsSorted(parsed.reads) {
			if problem == "" && !slices.IsSorted(parsed.reads) {
				t.Errorf("%q: %q is not sorted", text, parsed.reads)
			}
			return
		}
		real, err := template.New("key").Option("missingkey=error").Parse(text)
		if err != nil || strings.Contains(text, "template") { // a function of the operator's, or endless
			return
		}
		for _, value := range []string{"", "x"} {
			data := map[string]string{}
			for _, key := range parsed.reads {
				data[key] = value
			}
			err := real.Execute(io.Discard, data)
			var failed template.ExecError
			if errors.As(err, &failed) && strings.Contains(err.Error(), "map has no entry for key") {
				t.Errorf("%q reads more than %q: %v", text, parsed.reads, err)
			}
		}
	})
}
