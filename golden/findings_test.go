package golden_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"

	"github.com/openova-io/esotree"
	"github.com/openova-io/esotree/diag"
)

// TestFindings compiles and renders each archive of testdata/findings, beside the platform that they share unless they
// bring their own, and compares what is found with the archive's want: place, severity, message, hint, code and path.
func TestFindings(t *testing.T) {
	shared, err := os.ReadFile("testdata/findings/platform.yaml")
	if err != nil {
		t.Fatal(err)
	}
	archives, err := filepath.Glob("testdata/findings/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal(err, "no archives")
	}
	seen := map[string]bool{}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files := fstest.MapFS{"platform.yaml": {Data: shared}}
			want := -1
			for i, f := range archive.Files {
				if f.Name == "want" {
					want = i
					continue
				}
				files[f.Name] = &fstest.MapFile{Data: f.Data}
			}
			if want < 0 {
				archive.Files = append(archive.Files, txtar.File{Name: "want"})
				want = len(archive.Files) - 1
			}
			got := findings(t, files)
			for _, f := range got {
				seen[f.Code] = true
			}
			if text := lines(got); string(archive.Files[want].Data) != text {
				if update := flag.Lookup("update"); update != nil && update.Value.String() == "true" {
					archive.Files[want].Data = []byte(text)
					if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
						t.Fatal(err)
					}
					return
				}
				t.Error(differences(string(archive.Files[want].Data), text))
			}
		})
	}
	for _, code := range emitted(t) {
		if !seen[code] {
			t.Errorf("no archive has a finding with the code %s", code)
		}
	}
}

// differences are the lines that only one of two texts has.
func differences(want, got string) string {
	a, b := strings.SplitAfter(want, "\n"), strings.SplitAfter(got, "\n")
	var out strings.Builder
	for _, line := range a {
		if !slices.Contains(b, line) {
			out.WriteString("\n- " + strings.TrimSpace(line))
		}
	}
	for _, line := range b {
		if !slices.Contains(a, line) {
			out.WriteString("\n+ " + strings.TrimSpace(line))
		}
	}
	return "the findings differ" + out.String()
}

func findings(t *testing.T, files fstest.MapFS) []diag.Finding {
	t.Helper()
	ctx := context.Background()
	c, set, err := esotree.Compile(ctx, files, []string{"."})
	if err != nil {
		t.Fatal(err)
	}
	if c != nil {
		for part := range c.Parts(ctx) {
			set.Add(part.Findings...)
		}
	}
	return set.All()
}

func lines(findings []diag.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		file, line, column := f.Span.Location()
		fmt.Fprintf(&b, "%s:%d:%d: %s: %s [%s] %s\n", file, line, column, f.Severity, f.Message, f.Code, f.Path)
		if f.Hint != "" {
			fmt.Fprintf(&b, "  %s\n", f.Hint)
		}
		for _, r := range f.Related {
			file, line, column := r.Span.Location()
			fmt.Fprintf(&b, "  %s:%d:%d: %s\n", file, line, column, r.Message)
		}
	}
	return b.String()
}

var code = regexp.MustCompile(`(?:Code: |fail\(|inding\(|report\(|squats\()"([a-z]+(?:-[a-z]+)+)"`)

// emitted are the codes that stand in the sources of the packages that read, link and render descriptions.
func emitted(t *testing.T) []string {
	t.Helper()
	var codes []string
	for _, pattern := range []string{"../schema/*.go", "../model/*.go", "../render/*.go", "../internal/yamlsrc/*.go"} {
		sources, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range sources {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range code.FindAllStringSubmatch(string(text), -1) {
				if !strings.HasSuffix(name, "_test.go") && !slices.Contains(codes, m[1]) {
					codes = append(codes, m[1])
				}
			}
		}
	}
	return codes
}
