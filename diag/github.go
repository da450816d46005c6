package diag

import (
	"bufio"
	"fmt"
	"strings"
)

// writeGitHub writes one workflow command per finding, which GitHub Actions shows at the line in a pull request.
func writeGitHub(w *bufio.Writer, list []Finding) {
	for i := range list {
		f := &list[i]
		command := f.Severity.String()
		if f.Severity == Note {
			command = "notice"
		}
		var properties []string
		property := func(name, value string) {
			properties = append(properties, name+"="+githubProperty(value))
		}
		if name := f.fileName(); name != "" {
			property("file", name)
		}
		if f.Span.IsValid() {
			_, line, column := f.Span.Location()
			endLine, endColumn := f.Span.File.LineColumn(int(f.Span.End))
			property("line", fmt.Sprint(line))
			property("col", fmt.Sprint(column))
			if endLine == line && endColumn > column { // GitHub refuses columns over several lines
				property("endColumn", fmt.Sprint(endColumn))
			}
		}
		property("title", f.Code)
		message := f.Message + f.more()
		if f.fileName() == "" && f.locator() != "" {
			message = f.locator() + ": " + message
		}
		lines := []string{githubData(message)}
		if f.Hint != "" {
			lines = append(lines, githubData(f.Hint))
		}
		for _, r := range f.Related {
			at := ""
			if r.Span.IsValid() {
				at = place(r.Span) + ": "
			}
			lines = append(lines, githubData("related: "+at+r.Message))
		}
		fmt.Fprintf(w, "::%s %s::%s\n", command, strings.Join(properties, ","), strings.Join(lines, "%0A"))
	}
}

// githubData escapes a message; control characters become visible before, so no newline is left.
func githubData(s string) string { return strings.ReplaceAll(escape(s), "%", "%25") }

func githubProperty(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(githubData(s))
}
