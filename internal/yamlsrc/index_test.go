package yamlsrc

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/openova-io/esotree/diag"
)

// What is found in a wide list or map is what is found in a document of that entry alone.
func TestWide(t *testing.T) {
	const n = 3000
	entry := func(i int) string { return fmt.Sprintf("{name: s%d, keys: [a, 'b%d']}", i, i) }
	var alone [n]*Document
	var list, fields strings.Builder
	for i := range n {
		alone[i] = one(t, "a: "+entry(i))
		fmt.Fprintf(&list, "  - %s\n", entry(i))
		fmt.Fprintf(&fields, "  k%d: %s\n", i, entry(i))
	}
	for _, c := range []struct {
		name, text string
		path       func(int) string
	}{
		{"list", "a:\n" + list.String(), func(i int) string { return Index("a", i) }},
		{"map", "a:\n" + fields.String(), func(i int) string { return fmt.Sprintf("a.k%d", i) }},
		{"list by an alias", "b: &b\n" + list.String() + "a: *b\n", func(i int) string { return Index("a", i) }},
		{"map with a merge key", "b: &b {x: 1, k1: 2}\na:\n  <<: *b\n" + fields.String(), func(i int) string { return fmt.Sprintf("a.k%d", i) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := one(t, c.text)
			if d.index.Load() != nil {
				t.Error("there is an index before anybody has asked for a place")
			}
			var group sync.WaitGroup
			for range 4 {
				group.Go(func() {
					for i := range n {
						for _, rest := range []string{"", ".name", ".keys[1]", ".keys[2]", ".none"} {
							want, got := text(alone[i].Span("a"+rest)), text(d.Span(c.path(i)+rest))
							if got != want || d.Has(c.path(i)+rest) != alone[i].Has("a"+rest) {
								t.Errorf("%s%s is %q, want %q", c.path(i), rest, got, want)
							}
						}
					}
				})
			}
			group.Wait()
			if d.index.Load() == nil {
				t.Error("there is no index")
			}
			for _, path := range []string{c.path(n), "a[-1]", "a.none", Index("a", n)} {
				if d.Has(path) {
					t.Errorf("there is %s", path)
				}
			}
			if c.name == "map with a merge key" && text(d.Span("a.x")) != "1" {
				t.Errorf("a.x is %q", text(d.Span("a.x")))
			}
		})
	}
}

func TestNarrowHasNoIndex(t *testing.T) {
	d := one(t, "a:\n"+strings.Repeat("  - {b: [1, 2, 3], c: {d: 4}}\n", many))
	if got := text(d.Span(Index("a", many-1) + ".c.d")); got != "4" || d.Has(Index("a", many)) || d.index.Load() != nil {
		t.Errorf("got %q, index %v", got, d.index.Load())
	}
}

func TestLeaves(t *testing.T) {
	documents, _ := Read(diag.NewFile("f.yaml", []byte("a: &x {b: [1, [2, 3], {c: 4}], {d: e}: 5}\n? [f, g]\n: h\ni: *x\nj:\n- k\n")), Limits{Aliases: true})
	d := documents[0]
	var got []string
	for n, trail := range d.Leaves() {
		got = append(got, trail.Path()+"="+n.Value())
	}
	want := `=a a=b a.b[0]=1 a.b[1][0]=2 a.b[1][1]=3 a.b[2]=c a.b[2].c=4 a=d a=e a[""]=5 =f =g [""]=h =i i=x =j j[0]=k`
	if strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
	for range d.Leaves() {
		break
	}
}
