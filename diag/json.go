package diag

import (
	"bufio"
	"bytes"
	"encoding/json"
)

type jsonFinding struct {
	Code     string        `json:"code"`
	Severity string        `json:"severity"`
	Message  string        `json:"message"`
	Hint     string        `json:"hint,omitempty"`
	File     string        `json:"file,omitempty"`
	Line     int           `json:"line,omitempty"`
	Column   int           `json:"column,omitempty"`
	Path     string        `json:"path,omitempty"`
	Object   *ObjectRef    `json:"object,omitempty"`
	Related  []jsonRelated `json:"related,omitempty"`
	Count    int           `json:"count,omitempty"`
}

type jsonRelated struct {
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Message string `json:"message"`
}

// writeJSON writes one object with the list "findings". A locator that is not known is left out; count is there only for a
// finding that stands for several.
func writeJSON(w *bufio.Writer, list []Finding) error {
	out := struct {
		Findings []jsonFinding `json:"findings"`
	}{make([]jsonFinding, len(list))}
	for i, f := range list {
		j := jsonFinding{Code: f.Code, Severity: f.Severity.String(), Message: f.Message, Hint: f.Hint, File: f.File, Path: f.Path}
		if f.Span.IsValid() {
			j.File, j.Line, j.Column = f.Span.Location()
		}
		if f.Object != (ObjectRef{}) {
			j.Object = &f.Object
		}
		if f.Count > 1 {
			j.Count = f.Count
		}
		for _, r := range f.Related {
			related := jsonRelated{Message: r.Message}
			related.File, related.Line, related.Column = r.Span.Location()
			j.Related = append(j.Related, related)
		}
		out.Findings[i] = j
	}
	return encode(w, out)
}

func encode(w *bufio.Writer, v any) error {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(escapeJSON(buf.Bytes()))
	return err
}
