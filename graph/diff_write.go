package graph

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/openova-io/esotree/diag"
)

// The formats of a Difference.
const (
	FormatText     = "text"
	FormatJSON     = "json"
	FormatMarkdown = "markdown"
)

// Write prints the difference as text for a terminal, as JSON, or as Markdown for a pull request.
func (d *Difference) Write(w io.Writer, format string) error {
	b := bufio.NewWriter(w)
	switch format {
	case FormatText:
		d.text(b)
	case FormatMarkdown:
		d.markdown(b)
	case FormatJSON:
		if err := d.json(b); err != nil {
			return err
		}
	default:
		return fmt.Errorf("there is no format %q", format)
	}
	return b.Flush()
}

// Summary is the difference in a sentence, such as: 1 rotates, 2 interval; 12 manifests change.
func (d *Difference) Summary() string {
	var parts []string
	for _, kind := range ChangeKinds() {
		if n := len(d.Of(kind)); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, kind))
		}
	}
	manifests := fmt.Sprintf("%d manifests change", d.Objects)
	if d.Objects == 1 {
		manifests = "1 manifest changes"
	}
	if len(parts) == 0 {
		return "no secret is affected; " + manifests
	}
	return strings.Join(parts, ", ") + "; " + manifests
}

// folded is a change that several secrets have in common.
type folded struct {
	Change
	secrets []string
	// places are where the changes are written, each once.
	places []string
}

// fold joins the same change of many secrets of one tenant.
func fold(list []Change) []folded {
	var out []folded
	for _, c := range list {
		i := slices.IndexFunc(out, func(f folded) bool {
			return f.Kind == c.Kind && f.Tenant == c.Tenant && f.Why == c.Why && f.Hint == c.Hint && slices.Equal(f.Reaches, c.Reaches)
		})
		if i < 0 {
			out = append(out, folded{Change: c})
			i = len(out) - 1
		}
		f := &out[i]
		if !slices.Contains(f.secrets, c.Secret) {
			f.secrets = append(f.secrets, c.Secret)
		}
		if place := c.place(); place != "" && !slices.Contains(f.places, place) {
			f.places = append(f.places, place)
		}
	}
	return out
}

func (d *Difference) text(w *bufio.Writer) {
	width := 0
	for _, c := range d.Changes {
		width = max(width, len(c.Kind))
	}
	for _, c := range fold(d.Changes) {
		fmt.Fprintf(w, "%-*s  %s", width, c.Kind, strings.Join(c.secrets, ", "))
		if c.Why != "" {
			w.WriteString(": " + c.Why)
		}
		w.WriteByte('\n')
		indent := strings.Repeat(" ", width+2)
		if c.Hint != "" {
			fmt.Fprintf(w, "%s%s\n", indent, c.Hint)
		}
		if len(c.Reaches) > 0 {
			fmt.Fprintf(w, "%sreaches %s\n", indent, strings.Join(c.Reaches, ", "))
		}
		if len(c.places) > 0 {
			fmt.Fprintf(w, "%s%s\n", indent, c.where())
		}
	}
	if facts := d.facts(); len(facts) > 0 {
		w.WriteString("\nwhat the operator does:\n")
		for _, f := range facts {
			fmt.Fprintf(w, "  %s\n", f.Line())
		}
	}
	if len(d.Changes) > 0 {
		w.WriteByte('\n')
	}
	w.WriteString(d.Summary() + "\n")
}

// because says why, and how to avoid it.
func (c Change) because() string {
	if c.Hint == "" {
		return c.Why
	}
	return c.Why + "; " + c.Hint
}

// where joins the places.
func (c folded) where() string {
	list := slices.Clone(c.places)
	for i, place := range list {
		if i > 0 {
			list[i] = strings.TrimPrefix(strings.TrimPrefix(place, "was "), "at ")
		}
	}
	return some(list, shownPlaces)
}

// some joins names, and counts those that are too many.
func some(list []string, most int) string {
	if more := len(list) - most; more > 0 {
		return strings.Join(list[:most], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(list, ", ")
}

// place says where the change is written, or was, where the new side has nothing of it; "" where nobody knows.
func (c Change) place() string {
	span, when := c.New, "at "
	if !span.IsValid() {
		span, when = c.Old, "was at "
	}
	if !span.IsValid() {
		return ""
	}
	file, line, column := span.Location()
	return fmt.Sprintf("%s%s:%d:%d", when, file, line, column)
}

// facts are those of all changes, each once.
func (d *Difference) facts() []Fact {
	all := said{}
	for _, c := range d.Changes {
		for id, clusters := range c.said {
			all.add(id, slices.Collect(maps.Keys(clusters))...)
		}
	}
	return all.facts(d.release)
}

// dangerous are the kinds that a reviewer sees without unfolding anything.
func dangerous(k ChangeKind) bool { return danger(k) <= danger(ReadFrom) }

// The bounds of a page: a comment on a pull request has at most 65536 characters.
const (
	pageBytes = 60000
	cellNames = 20
)

// shownPlaces is how many places are named where the same happens to many secrets.
const shownPlaces = 3

// page writes Markdown and leaves out rows when it is full.
type page struct {
	strings.Builder
	left int
}

// table writes changes, or as many of them as the page has room for.
func (p *page) table(list []Change) {
	p.WriteString("\n| | secret | why | reaches | where |\n|---|---|---|---|---|\n")
	for _, c := range fold(list) {
		kind := string(c.Kind)
		if dangerous(c.Kind) {
			kind = "**" + kind + "**"
		}
		row := fmt.Sprintf("| %s | %s | %s | %s | %s |\n", kind, cells(c.secrets), cell(c.because()), cells(c.Reaches), cell(strings.TrimPrefix(c.where(), "at ")))
		if p.Len()+len(row) > pageBytes {
			p.left += len(c.secrets)
			continue
		}
		p.WriteString(row)
	}
}

// markdown is one table with the dangerous changes first, then what else there is, folded per tenant.
func (d *Difference) markdown(w *bufio.Writer) {
	p := &page{}
	p.WriteString("### What this does to secrets\n\n" + d.Summary() + "\n")
	var first []Change
	rest := map[string][]Change{}
	var tenants []string
	for _, c := range d.Changes {
		if dangerous(c.Kind) {
			first = append(first, c)
			continue
		}
		if rest[c.Tenant] == nil {
			tenants = append(tenants, c.Tenant)
		}
		rest[c.Tenant] = append(rest[c.Tenant], c)
	}
	if len(first) > 0 {
		p.table(first)
	}
	slices.Sort(tenants)
	for _, tenant := range tenants {
		if p.Len() > pageBytes {
			p.left += len(rest[tenant])
			continue
		}
		name := tenant
		if name == "" {
			name = "platform"
		}
		fmt.Fprintf(p, "\n<details><summary>%s: %s</summary>\n", cell(name), count(rest[tenant]))
		p.table(rest[tenant])
		p.WriteString("\n</details>\n")
	}
	if p.left > 0 {
		fmt.Fprintf(p, "\nand %d more changes, which `esotree diff` shows\n", p.left)
	}
	if facts := d.facts(); len(facts) > 0 {
		p.WriteString("\n<details><summary>What the operator does</summary>\n\n")
		for _, f := range facts {
			fmt.Fprintf(p, "- %s\n", cell(f.Sentence()))
		}
		p.WriteString("\n</details>\n")
	}
	w.WriteString(p.String())
}

func count(list []Change) string {
	var parts []string
	for _, kind := range ChangeKinds() {
		n := 0
		for _, c := range list {
			if c.Kind == kind {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, kind))
		}
	}
	return strings.Join(parts, ", ")
}

func cells(list []string) string { return cell(some(list, cellNames)) }

// cell makes a text safe inside a table: names come from manifests that anyone may have written.
func cell(text string) string {
	return strings.NewReplacer("\\", "\\\\", "|", "\\|", "\n", " ", "\r", " ", "<", "&lt;", ">", "&gt;", "`", "\\`", "*", "\\*", "_", "\\_", "[", "\\[", "]", "\\]", "@", "&#64;").Replace(text)
}

type jsonPlace struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

func placeOf(s diag.Span) *jsonPlace {
	if !s.IsValid() {
		return nil
	}
	p := &jsonPlace{}
	p.File, p.Line, p.Column = s.Location()
	return p
}

type jsonChange struct {
	Kind    ChangeKind `json:"kind"`
	Tenant  string     `json:"tenant,omitempty"`
	Secret  string     `json:"secret"`
	Key     string     `json:"key,omitempty"`
	Why     string     `json:"why,omitempty"`
	Hint    string     `json:"hint,omitempty"`
	Reaches []string   `json:"reaches,omitempty"`
	Facts   []string   `json:"facts,omitempty"`
	Old     *jsonPlace `json:"old,omitempty"`
	New     *jsonPlace `json:"new,omitempty"`
}

func (d *Difference) json(w io.Writer) error {
	out := struct {
		Changes []jsonChange `json:"changes"`
		Facts   []Fact       `json:"facts"`
		Secrets int          `json:"secrets"`
		Objects int          `json:"objects"`
	}{[]jsonChange{}, append([]Fact{}, d.facts()...), d.Secrets(), d.Objects}
	for _, c := range d.Changes {
		j := jsonChange{c.Kind, c.Tenant, c.Secret, c.Key, c.Why, c.Hint, c.Reaches, nil, placeOf(c.Old), placeOf(c.New)}
		for _, f := range c.Facts {
			j.Facts = append(j.Facts, f.ID)
		}
		out.Changes = append(out.Changes, j)
	}
	return writeIndented(w, out)
}

func writeIndented(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
