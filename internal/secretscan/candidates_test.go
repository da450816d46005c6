package secretscan

import (
	"encoding/base64"
	"regexp"
	"regexp/syntax"
	"strings"
	"testing"
)

// FuzzCandidates holds the one pass over a text to what it stands for.
func FuzzCandidates(f *testing.F) {
	if len(known) > 63 {
		f.Fatal("the formats do not fit into the bits")
	}
	for _, k := range known {
		f.Add("a" + k.marks[0] + "b")
	}
	f.Add("a://b")
	f.Fuzz(func(t *testing.T, text string) {
		bits := candidates(text)
		for i, k := range known {
			want := false
			for _, m := range k.marks {
				want = want || strings.Contains(text, m)
			}
			if got := bits&(1<<i) != 0; got != want {
				t.Errorf("%s in %q: %v", k.kind, text, got)
			}
		}
		if got := bits&urlBit != 0; got != strings.Contains(text, "://") {
			t.Errorf("a URL in %q: %v", text, got)
		}
	})
}

func TestShortestFind(t *testing.T) {
	length := func(e *regexp.Regexp) int {
		tree, err := syntax.Parse(e.String(), syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		return shortestMatch(tree)
	}
	shortest := length(credentials)
	for _, k := range known {
		shortest = min(shortest, length(k.pattern))
	}
	if shortest != shortestFind {
		t.Errorf("the shortest find has %d bytes, shortestFind is %d", shortest, shortestFind)
	}
}

// shortestMatch is how many characters a text has at least that an expression matches.
func shortestMatch(e *syntax.Regexp) int {
	sub := make([]int, len(e.Sub))
	sum := 0
	for i := range e.Sub {
		sub[i] = shortestMatch(e.Sub[i])
		sum += sub[i]
	}
	switch e.Op {
	case syntax.OpLiteral:
		return len(e.Rune)
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1
	case syntax.OpStar, syntax.OpQuest:
		return 0
	case syntax.OpRepeat:
		return e.Min * sum
	case syntax.OpAlternate:
		least := sub[0]
		for _, n := range sub {
			least = min(least, n)
		}
		return least
	}
	return sum // of a group, of what follows one another, of what is there at least once; nothing of a place in the text
}

// FuzzHasUser holds it to the expression that it saves running.
func FuzzHasUser(f *testing.F) {
	for _, text := range []string{"http://a:b@c", "x ://a://b:c@d", "postgresql://app:{{ .password }}@host:5432/app", "a://:b@c", "a://b:c/@d", "a://b://c:d@e"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if credentials.MatchString(text) && !hasUser(text) {
			t.Errorf("%q has a user and a password", text)
		}
	})
}

// FuzzBeginsWell checks that the look at the beginning of a text loses nothing of what base64 stands for.
func FuzzBeginsWell(f *testing.F) {
	for _, text := range []string{"some text that is long enough", "Zürich, \u65e5\u672c\u8a9e und noch mehr", "\x30\x82\x04\xa4\x02\x01\x00 and more of it"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < 18 || !isText(data) && !(data[0] == 0x30 && data[1] == 0x82) {
			return
		}
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
			text := encoding.EncodeToString(data)
			for _, text := range []string{text, text[:5] + "\n" + text[5:], text[:6] + " " + text[6:]} {
				if !beginsWell(text) {
					t.Errorf("%q is passed over", text)
				}
			}
		}
	})
}
