package diag

import (
	"bufio"
	"net/url"
	"slices"
	"unicode/utf8"
)

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool       sarifTool     `json:"tool"`
	ColumnKind string        `json:"columnKind"`
	Results    []sarifResult `json:"results"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name           string      `json:"name"`
	Version        string      `json:"version,omitempty"`
	InformationURI string      `json:"informationUri"`
	Rules          []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID      string        `json:"id"`
	Short   *sarifMessage `json:"shortDescription,omitempty"`
	Help    *sarifMessage `json:"help,omitempty"`
	HelpURI string        `json:"helpUri,omitempty"`
}

type sarifMessage struct {
	Text     string `json:"text"`
	Markdown string `json:"markdown,omitempty"`
}

type sarifResult struct {
	RuleID          string          `json:"ruleId"`
	RuleIndex       int             `json:"ruleIndex"`
	Level           string          `json:"level"`
	Message         sarifMessage    `json:"message"`
	Locations       []sarifLocation `json:"locations,omitempty"`
	Related         []sarifLocation `json:"relatedLocations,omitempty"`
	OccurrenceCount int             `json:"occurrenceCount,omitempty"`
}

type sarifLocation struct {
	ID       int            `json:"id,omitempty"`
	Physical *sarifPhysical `json:"physicalLocation,omitempty"`
	Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	Message  *sarifMessage  `json:"message,omitempty"`
}

type sarifPhysical struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   *sarifRegion  `json:"region,omitempty"`
}

type sarifArtifact struct {
	URI string `json:"uri"`
}

type sarifRegion struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn"`
	EndLine     int `json:"endLine"`
	EndColumn   int `json:"endColumn"`
}

type sarifLogical struct {
	Name string `json:"fullyQualifiedName"`
	Kind string `json:"kind,omitempty"`
}

// writeSARIF writes a SARIF 2.1.0 log of one run. Columns count code points, which the log declares; the end column is
// exclusive.
func writeSARIF(w *bufio.Writer, list []Finding, opts WriteOptions) error {
	codes := make([]string, 0, len(opts.Rules)+len(list))
	for code := range opts.Rules {
		codes = append(codes, code)
	}
	for i := range list {
		codes = append(codes, list[i].Code)
	}
	slices.Sort(codes)
	codes = slices.Compact(codes)

	rules := make([]sarifRule, len(codes))
	for i, code := range codes {
		rules[i] = sarifRule{ID: code, HelpURI: opts.Rules[code].URI}
		if short := opts.Rules[code].Short; short != "" {
			rules[i].Short = &sarifMessage{Text: short}
		}
		if help := opts.Rules[code].Help; help != "" {
			rules[i].Help = &sarifMessage{Text: help, Markdown: help}
		}
	}
	results := make([]sarifResult, len(list))
	for i := range list {
		f := &list[i]
		index, _ := slices.BinarySearch(codes, f.Code)
		results[i] = f.sarif(index)
	}
	return encode(w, sarifLog{
		Schema:  "https://json.schemastore.org/sarif-2.1.0.json",
		Version: "2.1.0",
		Runs: []sarifRun{{
			Tool: sarifTool{sarifDriver{
				Name: "esotree", Version: opts.Version, InformationURI: "https://github.com/openova-io/esotree", Rules: rules,
			}},
			ColumnKind: "unicodeCodePoints",
			Results:    results,
		}},
	})
}

func (f *Finding) sarif(ruleIndex int) sarifResult {
	text := f.Message
	if f.Hint != "" {
		text += " (" + f.Hint + ")"
	}
	r := sarifResult{RuleID: f.Code, RuleIndex: ruleIndex, Level: f.Severity.String(), Message: sarifMessage{Text: text}}
	if f.Count > 1 {
		r.OccurrenceCount = f.Count
	}
	var at sarifLocation
	switch {
	case f.Span.IsValid():
		at.Physical = physical(f.Span)
	case f.File != "":
		at.Physical = &sarifPhysical{Artifact: sarifArtifact{uri(f.File)}}
	}
	if f.Object != (ObjectRef{}) {
		at.Logical = append(at.Logical, sarifLogical{Name: f.Object.String(), Kind: "resource"})
	}
	if f.Path != "" {
		at.Logical = append(at.Logical, sarifLogical{Name: f.Path, Kind: "member"})
	}
	if at.Physical != nil || at.Logical != nil {
		r.Locations = []sarifLocation{at}
	}
	for i, related := range f.Related {
		location := sarifLocation{ID: i + 1, Message: &sarifMessage{Text: related.Message}}
		if related.Span.IsValid() {
			location.Physical = physical(related.Span)
		}
		r.Related = append(r.Related, location)
	}
	return r
}

func physical(s Span) *sarifPhysical {
	region := &sarifRegion{}
	region.StartLine, region.StartColumn = codePoints(s.File, int(s.Start))
	region.EndLine, region.EndColumn = codePoints(s.File, int(s.End))
	return &sarifPhysical{Artifact: sarifArtifact{uri(s.File.Name)}, Region: region}
}

// codePoints turns an offset into a 1-based line and a 1-based column counted in code points.
func codePoints(f *File, offset int) (line, column int) {
	line, column = f.LineColumn(offset)
	text := f.Line(line)
	return line, utf8.RuneCount(text[:min(column-1, len(text))]) + 1
}

// uri makes a relative URI reference of a slash-separated file name.
func uri(name string) string { return (&url.URL{Path: name}).String() }
