package graph

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"
)

// WriteExplanations prints explanations as text or JSON. The text is a drawing of each secret's way.
func WriteExplanations(w io.Writer, list []Explanation, format string) error {
	switch format {
	case FormatJSON:
		return writeIndented(w, struct {
			Secrets []Explanation `json:"secrets"`
		}{list})
	case FormatText:
		b := bufio.NewWriter(w)
		for i, e := range list {
			if i > 0 {
				b.WriteByte('\n')
			}
			e.text(b)
		}
		return b.Flush()
	}
	return fmt.Errorf("there is no format %q", format)
}

func (e Explanation) text(w *bufio.Writer) {
	w.WriteString(e.Secret)
	if e.Home != "" && e.Key == "" {
		w.WriteString(" in " + e.Home)
	}
	if e.Tenant != "" {
		w.WriteString(", tenant " + e.Tenant)
	}
	if e.Key != "" && e.Key != e.Secret {
		w.WriteString(", key " + e.Key)
	}
	fmt.Fprintf(w, "\n  %s\n", e.Made)
	if n := e.Next; n != nil {
		fmt.Fprintf(w, "  %s\n", n.sentence())
	}
	if len(e.Hops) == 0 {
		return
	}
	w.WriteByte('\n')
	for i, h := range e.Hops {
		fmt.Fprintf(w, "  %s%-8s %s", e.branch(i), h.Step, h.Object)
		if h.Cluster != "" {
			w.WriteString(" in " + h.Cluster)
		}
		w.WriteByte('\n')
		under := "  " + e.trunk(i) + strings.Repeat(" ", 9)
		if h.Does != "" {
			fmt.Fprintf(w, "%s%s\n", under, h.Does)
		}
		if h.WorstSeconds > 0 && h.Step == StepPull {
			fmt.Fprintf(w, "%sa new value at the latest after %s\n", under, brief(time.Duration(h.WorstSeconds)*time.Second))
		}
		if h.File != "" {
			fmt.Fprintf(w, "%s%s:%d:%d\n", under, h.File, h.Line, h.Column)
		}
	}
	if len(e.Access) > 0 {
		w.WriteString("\n  who can write and read it through the operator:\n")
		var others []string
		for _, a := range e.Access {
			if !a.Named {
				others = append(others, a.Store)
				continue
			}
			fmt.Fprintf(w, "    %s, by %s", a.Who, a.Store)
			if len(a.Clusters) > 0 {
				w.WriteString(" in " + strings.Join(a.Clusters, ", "))
			}
			w.WriteByte('\n')
		}
		if others = distinct(others); len(others) > 0 {
			fmt.Fprintf(w, "    and whoever has a store of the same address, as far as its credentials go: %s\n", some(others, shownPlaces))
		}
	}
	for _, topic := range Topics() {
		first := true
		for _, f := range e.Facts {
			if f.About != topic {
				continue
			}
			if first {
				fmt.Fprintf(w, "\n  %s:\n", topic.Title())
				first = false
			}
			fmt.Fprintf(w, "    %s\n", f.Line())
		}
	}
}

// sentence says when it is.
func (n *NextRotation) sentence() string {
	day := n.At.Format(time.DateOnly)
	switch {
	case n.By == "clock":
		return "rotates next at " + n.At.Format(time.RFC3339) + ", looked at every " + brief(time.Duration(n.Within)*time.Second)
	case n.By == "person" && n.Overdue:
		return "was due on " + day + " and is overdue: a person must replace it"
	case n.By == "person":
		return "due on " + day + ": a person must replace it"
	case n.Overdue:
		return "was due for rotation on " + day + " and is overdue: a commit must set its epoch"
	}
	return "due for rotation on " + day + ", by a commit"
}

// branch draws what leads to a hop: its ancestors' trunks and its own branch.
func (e Explanation) branch(i int) string {
	depth := e.Hops[i].Depth
	if depth == 0 {
		return ""
	}
	out := e.trunks(i, depth-1)
	if e.last(i, depth) {
		return out + "`- "
	}
	return out + "|- "
}

// trunk draws the lines beside the text of a hop.
func (e Explanation) trunk(i int) string {
	depth := e.Hops[i].Depth
	out := ""
	if depth > 0 {
		out = e.trunks(i, depth-1)
		if e.last(i, depth) {
			out += "   "
		} else {
			out += "|  "
		}
	}
	if i+1 < len(e.Hops) && e.Hops[i+1].Depth > depth {
		return out + "|  "
	}
	return out + "   "
}

func (e Explanation) trunks(i, levels int) string {
	var out strings.Builder
	for level := 1; level <= levels; level++ {
		if e.last(i, level) {
			out.WriteString("   ")
		} else {
			out.WriteString("|  ")
		}
	}
	return out.String()
}

// last reports whether nothing follows a hop at a level before the level above goes on.
func (e Explanation) last(i, level int) bool {
	for _, h := range e.Hops[i+1:] {
		switch {
		case h.Depth == level:
			return false
		case h.Depth < level:
			return true
		}
	}
	return true
}
