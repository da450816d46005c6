package diag

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Rule is what is known about a code, for the formats that carry it.
type Rule struct {
	// Short is one sentence.
	Short string
	// Help is Markdown.
	Help string
	// URI is the page about the rule.
	URI string
}

// WriteOptions tunes Write; the zero value works.
type WriteOptions struct {
	// Color asks the text format for ANSI colours.
	Color bool
	// Rules tells the SARIF format about rules, by code.
	Rules map[string]Rule
	// Version is the program's version for the SARIF format, or "".
	Version string
}

// Formats returns the names that Write knows.
func Formats() []string { return []string{"text", "json", "sarif", "github"} }

// Write prints findings in one of Formats. Whatever the findings hold, no control character reaches the output but the
// newlines between lines, and the colours that were asked for. An empty set prints nothing as text and github, and an empty
// list as json and sarif. The error is that of w, or that the format is unknown.
func Write(w io.Writer, format string, findings *Set, opts WriteOptions) error {
	if !slices.Contains(Formats(), format) {
		return fmt.Errorf("unknown format %q: it must be one of %s", format, strings.Join(Formats(), ", "))
	}
	b := bufio.NewWriter(w)
	var err error
	switch list := findings.All(); format {
	case "text":
		writeText(b, list, opts.Color)
	case "json":
		err = writeJSON(b, list)
	case "sarif":
		err = writeSARIF(b, list, opts)
	case "github":
		writeGitHub(b, list)
	}
	if err != nil {
		return err
	}
	return b.Flush()
}

// more says how many findings were folded into this one; "" for a single one.
func (f *Finding) more() string {
	if f.Count <= 1 {
		return ""
	}
	return fmt.Sprintf(" (and %d more like this)", f.Count-1)
}

// String names the object as a person would: kind, namespace and name.
func (o ObjectRef) String() string {
	name := o.Name
	if o.Namespace != "" {
		name = o.Namespace + "/" + name
	}
	return strings.TrimSpace(o.Kind + " " + name)
}
