package lint

import "fmt"

// wrongType finds objects that the API server can't read.
func wrongType(p *Pass) {
	for _, m := range p.Graph.Misfits {
		hint := ""
		if m.Want == "text" && (m.Got == "boolean" || m.Got == "number") {
			hint = "put it in quotes"
		}
		p.Report(m.Object, m.Path, fmt.Sprintf("%s has %s where the API wants %s: the API server refuses it, and no other rule looks at it", title(m.Object), article(m.Got), article(m.Want)), hint)
	}
}

func article(kind string) string {
	switch kind {
	case "text":
		return kind
	case "object":
		return "an object"
	}
	return "a " + kind
}
