package yamlsrc

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
)

// dump shows all of a tree.
func dump(t tree) string {
	var b strings.Builder
	for i, n := range t.nodes {
		fmt.Fprintf(&b, "%d %d-%d next %d style %d %q\n", n.kind, n.start, t.end(int32(i)), n.next, n.style&^made, t.value(int32(i)))
	}
	fmt.Fprintf(&b, "deepest %d, %d odd\n", t.deepest, len(t.odd))
	return b.String()
}

// agree holds readCommon against the library: what it reads is what the library reads.
func agree(t *testing.T, text string) (read bool) {
	t.Helper()
	got, ok := readCommon(text)
	if !ok {
		return false
	}
	want, err := parse([]byte(text))
	if err != nil || len(want) != 1 {
		t.Fatalf("%q: the library finds %d documents: %v", text, len(want), err)
	}
	if got, want := dump(got), dump(fromLibrary(text, linesOf(text), want[0])); got != want {
		t.Fatalf("%q:\ngot\n%s\nwant\n%s", text, got, want)
	}
	return true
}

var commonTexts = []string{
	"a: 1\n", "a: 1", "# c\n\na: 1 # b: c\n# d\nb: two words  # e\n", "---\na: b\n", "# c\n---\n# d\na:\n  - b\n  -  c: d\n     e: f\n  - - g\n    - h\n",
	"a:\n- b\n- c:\n  - d\ne:\n", "a:\nb:   # c\n  c:\n", "- a\n-\n- b: \n  c:\n- # x\n  - y\n", "a: 'it''s'\nb: \"x \\\" \\\\ \\n #\"\n'c d': e\n\"f\": g\n",
	"a: {}\nb: []\nc: {d: e, f: [g, \"h\", 'i']}  # j\n", "a: |\n  x\n   y\n\n  z # no\n\nb: |-\n  x\n\n# c\nc: |+\n  x\n\n\nd: e\n", "- |\n x\n- |-\n  \n  y\n",
	"ü: ö # ä\nä: {ö: ü, x: y}\n", "a: http://x:80/y?z#w\nb: -1\nc: ~\nd: !\n", "a: yes\nb: 2020-01-01\nc: 0x1F\nd: .5\ne: 1e3\nf: null\n", "  a: 1\n  b: 2\n",
	"a: $(vars.x)-y\nb: \"{{ .x | y }}\"\n", "a: x\n # c\nb: y\n", "a:\n    b: 1\n\n\n    c: 2\n  # odd\n    d: 3\n", "a: |\n\n  x\n", "a:\n  b: |\n    x\n   # c\n  d: 1\n",
}

func TestCommon(t *testing.T) {
	for _, text := range commonTexts {
		if !agree(t, text) && !strings.Contains(text, "!") && !strings.Contains(text, "|-\n  \n") {
			t.Errorf("%q is not common", text)
		}
	}
	for _, text := range []string{
		"", "# c\n", "a", "a: b: c\n", "a: b\n  c\n", "a: &x b\n", "a: *x\n", "a: !!str b\n", "? a\n: b\n", "<<: {a: b}\n", "a: >\n  b\n", "a: |2\n  b\n", "a:\tb\n", "a: b\r\n",
		"a: {b}\n", "a: [b, ]\n", "a: [b: c]\n", "a: {b: }\n", "a: {b:c}\n", "a: [\n b]\n", "a: 'b\n  c'\n", "a: \"\\x41\"\n", "a: @b\n", "a: - b\n", "a: -\n", "a:\n- b\n c: d\n", "a: b\n- c\n", "a: b\n...\n", "%YAML 1.2\n---\na: b\n",
		"a: |\n  b", "a: |\n", "a: |\n \n  b\n", "a:\n  b\n", "a: 'b'c\n", "a: 'b'#c\n", "a: b\u2028c\n", "\ufeffa: b\n", "--- a\n", "a: 1\n---\nb: 2\n", "a: 'b\n", "{a: b}\n", "a: {? b : c}\n", "a: {- b: c}\n",
	} {
		if agree(t, text) {
			t.Errorf("%q is common", text)
		}
	}
	read, files := 0, 0
	err := fs.WalkDir(os.DirFS("../.."), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(name, ".yaml") {
			return err
		}
		data, err := fs.ReadFile(os.DirFS("../.."), name)
		for _, text := range strings.Split(string(data), "\n---\n") {
			files++
			if agree(t, text) {
				read++
			}
		}
		return err
	})
	if err != nil || read < files*3/4 {
		t.Errorf("only %d of %d documents of this repository are common: %v", read, files, err)
	}
}

// FuzzCommon holds the reader of common YAML against the library.
func FuzzCommon(f *testing.F) {
	for _, text := range commonTexts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if at, _ := badByte([]byte(text)); at >= 0 {
			return
		}
		agree(t, text)
	})
}

// BenchmarkRead reads a document that is common, and the same one as the library has to read it.
func BenchmarkRead(b *testing.B) {
	text := "apiVersion: v1\nkind: Sample\nitems:\n" + strings.Repeat("  - name: db-00\n    keys:\n      password: {}\n      url:\n        template: \"postgresql://app:{{ .password }}@host/app\"\n", 30)
	for name, text := range map[string]string{"common": text, "library": text + "last: >-\n  folded\n"} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if docs, findings := Read(fileOf([]byte(text)), DefaultLimits()); len(docs) != 1 || len(findings) > 0 {
					b.Fatal(findings)
				}
			}
		})
	}
}
