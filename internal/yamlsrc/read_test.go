package yamlsrc

import (
	"fmt"
	"strings"
	"testing"

	"github.com/openova-io/esotree/diag"
)

// show renders a finding as line:column: code: message (hint).
func show(f diag.Finding) string {
	_, line, column := f.Span.Location()
	s := fmt.Sprintf("%d:%d: %s: %s", line, column, f.Code, f.Message)
	if f.Hint != "" {
		s += " (" + f.Hint + ")"
	}
	return s
}

func showAll(findings []diag.Finding) string {
	var lines []string
	for _, f := range findings {
		lines = append(lines, show(f))
	}
	return strings.Join(lines, "\n")
}

func TestReadRefuses(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"tab in the indentation": {"a:\n\tb: 1\n", `2:1: yaml-syntax: a tab is used for indentation (indent with spaces)`},
		"tab after spaces":       {"x: 1\na:\n  \tb: 1\n", `3:3: yaml-syntax: a tab is used for indentation (indent with spaces)`},
		"colon in a value":       {"a: 1\nb: c: d\n", `2:5: yaml-syntax: ": " is not allowed here (check the indentation, or quote a text that holds ": ")`},
		"indented too far":       {"a: 1\n  b: 2\n", `2:4: yaml-syntax: ": " is not allowed here (check the indentation, or quote a text that holds ": ")`},
		"a line without a colon": {"a: 1\nb\nc: 2\n", `2:1: yaml-syntax: this line is neither "key: value" nor "- element" (add the colon, or indent what belongs to the text above)`},
		"an open quote":          {"a: 1\nb: \"x\nc: 2\n", `2:4: yaml-syntax: this quote is never closed (close it)`},
		"an open bracket":        {"a: 1\nb: [1, 2\nc: 2\n", `2:4: yaml-syntax: this list or map in brackets is not closed, or its commas are wrong (close it, or put a comma between the elements)`},
		"an open first bracket":  {"[1, 2", `1:1: yaml-syntax: this list or map in brackets is not closed, or its commas are wrong (close it, or put a comma between the elements)`},
		"a dash in a map":        {"a:\n  b: 1\n  - c\n", `3:3: yaml-syntax: a key is expected here (check the indentation)`},
		"an at sign":             {"a: 1\nb: @x\n", `2:4: yaml-syntax: a value cannot begin with this character (quote the value)`},
		"unknown anchor":         {"a: 1\nb: *x\n", `2:5: yaml-syntax: unknown anchor "x" (write the value out)`},
		"not UTF-8":              {"a: 1\nb: \xff\n", `2:4: yaml-syntax: the text is not UTF-8: byte 0xFF (save it as UTF-8 text)`},
		"binary":                 {"a: 1\nb: \x00\n", `2:4: yaml-syntax: the text holds the control character U+0000: is it a binary file? (save it as UTF-8 text)`},
		"C1 control":             {"a: \u0090\n", `1:4: yaml-syntax: the text holds U+0090, which YAML does not allow (save it as UTF-8 text)`},
		"duplicate key":          {"a: 1\nb: 2\n\"a\": 3\n", `3:1: yaml-syntax: the key "a" stands twice in the same map (keep one of them)`},
		"duplicate by meaning":   {"1: a\n0x1: b\n", `2:1: yaml-syntax: the key "1" stands twice in the same map (keep one of them)`},
		"a map as a key":         {"? {a: 1}\n: 2\n", `1:3: yaml-syntax: the key of a map must be a string (quote it)`},
		"null as a key":          {"a: 1\n~: 2\n", `2:1: yaml-syntax: the key of a map must be a string (quote it)`},
		"wrong tag":              {"a: !!int x\n", `1:10: yaml-syntax: the value does not fit its tag "!!int" (drop the tag)`},
		"anchor and alias":       {"a: &x 1\nb: *x\n", "1:4: yaml-alias: anchors are not allowed here, found \"&x\" (write the value out)\n2:4: yaml-alias: aliases are not allowed here, found \"*x\" (write the value out)"},
		"merge key":              {"a:\n  <<: {b: 1}\n", `2:3: yaml-alias: merge keys are not allowed here, found "<<" (write the fields out)`},
		"an alias in itself":     {"a: &x [*x]\n", `1:8: yaml-syntax: an alias stands inside its own anchor (write the value out)`},
		"two roots":              {"a: 1\n...\nb: 1\n", `3:1: yaml-syntax: the document has ended before this (begin a further one with "---")`},
		"bad second document":    {"a: 1\n---\nb: [\n---\nc: c: c\n", "3:4: yaml-syntax: this list or map in brackets is not closed, or its commas are wrong (close it, or put a comma between the elements)\n5:5: yaml-syntax: \": \" is not allowed here (check the indentation, or quote a text that holds \": \")"},
		"after a BOM":            {bom + "b: @x\n", `1:4: yaml-syntax: a value cannot begin with this character (quote the value)`},
		"CRLF":                   {"a: 1\r\nb: @x\r\n", `2:4: yaml-syntax: a value cannot begin with this character (quote the value)`},
		"multibyte before":       {"a: 1\nüü: @x\n", `2:7: yaml-syntax: a value cannot begin with this character (quote the value)`},
	} {
		t.Run(name, func(t *testing.T) {
			_, findings := Read(diag.NewFile("f.yaml", []byte(c.in)), DefaultLimits())
			if got := showAll(findings); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestReadHasLimits(t *testing.T) {
	bomb := "a0: &a0 x\n"
	for i := 1; i < 60; i++ {
		bomb += fmt.Sprintf("a%d: &a%d [*a%d, *a%d]\n", i, i, i-1, i-1)
	}
	nested := "a0: &a0 x\n"
	for i := 1; i < 200; i++ {
		nested += fmt.Sprintf("a%d: &a%d [*a%d]\n", i, i, i-1)
	}
	for name, c := range map[string]struct {
		in     string
		limits Limits
		want   string
	}{
		"bytes":         {"a: 1234567890", Limits{Bytes: 10}, "the file has 13 bytes, more than the 10 that are read"},
		"nodes":         {"[1, 2, 3]", Limits{Nodes: 3}, "the file has more than 3 values"},
		"nodes by far":  {strings.Repeat("- a\n", 100), Limits{Nodes: 10}, "the file has more than 10 values"},
		"nodes in all":  {strings.Repeat("--- a\n", 11), Limits{Nodes: 10}, "the file has more than 10 values"},
		"depth":         {"[[[1]]]", Limits{Depth: 3}, "lists and maps are nested deeper than 3 levels"},
		"10 MB of [":    {strings.Repeat("[", 10<<20), Limits{Nodes: 100 << 20}, "lists and maps are nested deeper than 100 levels"},
		"10 MB of [, 2": {strings.Repeat("[", 10<<20), Limits{}, "the file has more than 2000000 values"},
		"10 MB of -":    {strings.Repeat("- ", 5<<20), Limits{}, "lists and maps are nested deeper than 100 levels"},
		"10 MB of {":    {strings.Repeat(`{"a":`, 2<<20), Limits{Nodes: 100 << 20}, "lists and maps are nested deeper than 100 levels"},
		"9,000 levels":  {strings.Repeat("[", 9000) + strings.Repeat("]", 9000), Limits{}, "lists and maps are nested deeper than 100 levels"},
		"alias bomb":    {bomb, Limits{Aliases: true}, "the file has more than 2000000 values"},
		"alias depth":   {nested, Limits{Aliases: true}, "lists and maps are nested deeper than 100 levels"},
	} {
		t.Run(name, func(t *testing.T) {
			documents, findings := Read(diag.NewFile("f.yaml", []byte(c.in)), c.limits)
			if len(findings) == 0 || findings[0].Code != CodeLimit || findings[0].Message != c.want {
				t.Errorf("got %q, want %q", showAll(findings), c.want)
			}
			if name != "nodes in all" && len(documents) != 0 {
				t.Errorf("got %d documents beside it", len(documents))
			}
		})
	}
}

func TestReadSplitsDocuments(t *testing.T) {
	const text = bom + "# first\n%YAML 1.1\n---\r\na: 1\r\n--- {b: 2}\n---\n# nothing\n---\n...\n---\nc: |\n  ---\n  x\n...\n--- \nd: 4\n--- # comment\n\"e\": x---y\n"
	documents, findings := Read(diag.NewFile("f.yaml", []byte(text)), DefaultLimits())
	if len(findings) > 0 {
		t.Fatal(showAll(findings))
	}
	var got []string
	for _, d := range documents {
		b, err := d.JSON()
		if err != nil {
			t.Fatal(err)
		}
		_, line, column := d.Span("").Location()
		got = append(got, fmt.Sprintf("%d:%d %s", line, column, b))
	}
	want := []string{`4:1 {"a":1}`, `5:6 {"b":2}`, `11:1 {"c":"---\nx\n"}`, `16:1 {"d":4}`, `18:1 {"e":"x---y"}`}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// A reader that is quadratic in one of these runs into the timeout of the test run.
func TestReadHostileFiles(t *testing.T) {
	for name, text := range map[string]string{
		"duplicate keys":         strings.Repeat("a: 1\n", 400_000),
		"on one line":            "{" + strings.Repeat("a: 1,", 400_000) + "}",
		"on one line of umlauts": "{" + strings.Repeat("ü: 1,", 400_000) + "}",
		"unknown fields":         "{" + strings.Repeat(`"ü\u0001`+`": 1,`, 1) + manyKeys(300_000) + "}",
		"broken documents":       strings.Repeat("a: b: c\n---\n", 100_000),
		"broken long ones":       strings.Repeat(strings.Repeat("a: [1]\n", 10_000)+"a: b: c\n---\n", 20),
		"merges":                 "a: &a {x: 1}\nb:\n" + strings.Repeat("- <<: *a\n", 100_000),
	} {
		t.Run(name, func(t *testing.T) {
			documents, findings := Read(fileOf([]byte(text)), Limits{Aliases: true})
			for _, d := range documents {
				var into sampleStruct
				findings = append(findings, Decode(d, &into)...)
			}
			if len(findings) == 0 || len(findings) > 2*maxFindings {
				t.Errorf("%d findings", len(findings))
			}
		})
	}
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "k%d: 1,", i)
	}
	return b.String()
}

func TestSpansInLongLines(t *testing.T) {
	for _, letter := range []string{"a", "ü", "漢", "😀"} {
		for _, n := range []int{100, 1000, 1023, 1024, 1025, 5000} {
			d := one(t, "# "+letter+"\n{x: "+strings.Repeat(letter, n)+", z: [here]}\n")
			if got := text(d.Span("z[0]")); got != "here" {
				t.Errorf("after %d of %s: %q", n, letter, got)
			}
		}
	}
}
