package graph

import (
	"slices"
	"testing"
)

func TestLiteralKeys(t *testing.T) {
	for text, want := range map[string][]string{
		`a: {{ .x | toJson }}`: {"a"},
		"a: 1\n\"b.c\": two\n": {"a", "b.c"},
		`{{ $m := .x }}{{ if not .y }}{{ $m = .z }}{{ end }}{{ with $m }}_generated: {{ toJson . }}{{ end }}`: {"_generated"},
		"{{ if .x }}a: 1\n{{ else }}b: 2\n{{ end }}":                                                          {"a", "b"},
		``:                                  {},
		`a: {{ .x }}`:                       nil, // may hold a line break
		`{{ .x }}: 1`:                       nil,
		`{{ range .x }}{{ . }}: 1{{ end }}`: nil,
		`{{ .x | toJson }}: 1`:              {"null"},
		`{a: 1}`:                            nil,
		`{{ if`:                             nil,
	} {
		got := literalKeys(text)
		if got.Open != (want == nil) || !got.Open && !slices.Equal(got.Known(), want) {
			t.Errorf("%s: %v, open %v, want %v", text, got.Known(), got.Open, want)
		}
	}
}

func TestDocumentKeys(t *testing.T) {
	for text, want := range map[string][]string{
		`{{ dict "a" .a "b.c" (index . "b.c") | toJson }}`:                                       {"a", "b.c"},
		`{{ if not (index . "b.c") }}{{ fail "no b.c yet" }}{{ end }}{{ dict "a" .a | toJson }}`: {"a"},
		`{{ dict .name .a | toJson }}`:                                                           nil,
		`{{ dict "a" .a }}`:                                                                      nil,
		`x{{ dict "a" .a | toJson }}`:                                                            nil,
		`{{ if .b }}b{{ end }}{{ dict "a" .a | toJson }}`:                                        nil,
		`{{ dict "a" .a | toJson }}{{ dict "b" .b | toJson }}`:                                   nil,
		`{{ .a }}`: nil,
		`plain`:    nil,
	} {
		got, ok := documentKeys(text)
		if ok != (want != nil) || ok && !slices.Equal(got.Known(), want) {
			t.Errorf("%s: %v, %v, want %v", text, got.Known(), ok, want)
		}
	}
}
