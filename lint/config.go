package lint

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/yamlsrc"
)

// Level is what a configuration sets for a rule.
type Level string

// The levels.
const (
	Off       Level = "off"
	AsNote    Level = "note"
	AsWarning Level = "warning"
	AsError   Level = "error"
)

func (l Level) severity() diag.Severity {
	switch l {
	case AsNote:
		return diag.Note
	case AsWarning:
		return diag.Warning
	}
	return diag.Error
}

// Config is what .esotree/lint.yaml holds.
type Config struct {
	// Rules sets levels by code, for all files.
	Rules map[string]Level `json:"rules,omitempty"`
	// Paths set levels for some files; the last entry that matches a file and has the code wins.
	Paths []PathConfig `json:"paths,omitempty"`
}

// PathConfig sets levels for the files that match one of its patterns.
type PathConfig struct {
	// Match are patterns as of path.Match, segment by segment; ** stands for any number of segments.
	Match []string         `json:"match"`
	Rules map[string]Level `json:"rules"`
}

// ReadConfig reads a configuration. Unknown fields, codes and levels are findings.
func ReadConfig(file *diag.File, rules []Rule) (*Config, []diag.Finding) {
	docs, findings := yamlsrc.Read(file, yamlsrc.Limits{})
	c := &Config{}
	if len(docs) == 0 {
		return c, findings
	}
	doc := docs[0]
	findings = append(findings, yamlsrc.Decode(doc, c)...)
	codes := make([]string, 0, len(rules))
	for _, r := range rules {
		codes = append(codes, r.Code)
	}
	check := func(at string, levels map[string]Level) {
		for _, code := range sortedKeys(levels) {
			field := yamlsrc.Join(at, code)
			if !slices.Contains(codes, code) {
				f := diag.Finding{Code: "unknown-rule", Message: fmt.Sprintf("there is no rule %q", code), Span: doc.KeySpan(field), Path: field}
				if near := yamlsrc.Closest(code, codes); near != "" {
					f.Hint = fmt.Sprintf("did you mean %q?", near)
				}
				findings = append(findings, f)
			}
			if !slices.Contains([]Level{Off, AsNote, AsWarning, AsError}, levels[code]) {
				findings = append(findings, diag.Finding{Code: "one-of", Message: fmt.Sprintf("level %q is not one of off, note, warning and error", string(levels[code])), Span: doc.Span(field), Path: field})
			}
		}
	}
	check("rules", c.Rules)
	for i, p := range c.Paths {
		at := yamlsrc.Index("paths", i)
		check(at+".rules", p.Rules)
		for j, pattern := range p.Match {
			if _, err := path.Match(pattern, ""); err != nil {
				field := yamlsrc.Index(at+".match", j)
				findings = append(findings, diag.Finding{Code: "wrong-type", Message: fmt.Sprintf("pattern %q is malformed", pattern), Span: doc.Span(field), Path: field})
			}
		}
	}
	return c, findings
}

func (c *Config) level(code, file string) (Level, bool) {
	if c == nil {
		return "", false
	}
	for _, p := range slices.Backward(c.Paths) {
		if level, ok := p.Rules[code]; ok && slices.ContainsFunc(p.Match, func(pattern string) bool { return matches(strings.Split(pattern, "/"), strings.Split(file, "/")) }) {
			return level, true
		}
	}
	level, ok := c.Rules[code]
	return level, ok
}

func matches(pattern, name []string) bool {
	for len(pattern) > 0 {
		if pattern[0] == "**" {
			for i := 0; i <= len(name); i++ {
				if matches(pattern[1:], name[i:]) {
					return true
				}
			}
			return false
		}
		if len(name) == 0 {
			return false
		}
		if ok, err := path.Match(pattern[0], name[0]); err != nil || !ok {
			return false
		}
		pattern, name = pattern[1:], name[1:]
	}
	return len(name) == 0
}
