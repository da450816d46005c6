package krm

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/openova-io/esotree/diag"
)

// results are the findings in the form of the functions specification; nil for none. Only a place in a file that a person
// wrote is a file with line and column: an item as it came in has no lines that anybody knows.
func (r *run) results() *yaml.Node {
	exact := map[string]bool{}
	for name, f := range r.texts {
		exact[name] = f != nil
	}
	list := &yaml.Node{Kind: yaml.SequenceNode}
	for _, f := range r.findings.All() {
		list.Content = append(list.Content, result(&f, exact))
	}
	if len(list.Content) == 0 {
		return nil
	}
	return list
}

func result(f *diag.Finding, exact map[string]bool) *yaml.Node {
	file, line, column := f.Span.Location()
	if file == "" {
		file = f.File
	}
	written := exact[file]
	message := f.Message
	if f.Hint != "" {
		message += " (" + f.Hint + ")"
	}
	if written && line > 0 {
		message = file + ":" + strconv.Itoa(line) + ":" + strconv.Itoa(column) + ": " + message
	}
	severity := map[diag.Severity]string{diag.Error: "error", diag.Warning: "warning", diag.Note: "info"}[f.Severity]
	out := mapping(field{"message", scalar(clean(message))}, field{"severity", scalar(severity)})
	if o := f.Object; o.Kind != "" {
		ref := mapping(field{"apiVersion", scalar(o.APIVersion)}, field{"kind", scalar(o.Kind)}, field{"name", scalar(o.Name)})
		if o.Namespace != "" {
			ref.Content = append(ref.Content, scalar("namespace"), scalar(o.Namespace))
		}
		out.Content = append(out.Content, scalar("resourceRef"), ref)
		if f.Path != "" {
			out.Content = append(out.Content, scalar("field"), mapping(field{"path", scalar(clean(f.Path))}))
		}
	}
	if written {
		out.Content = append(out.Content, scalar("file"), mapping(field{"path", scalar(clean(file))}))
	}
	tags := mapping(field{"rule", scalar(clean(f.Code))})
	if written && line > 0 {
		tags.Content = append(tags.Content, scalar("line"), scalar(strconv.Itoa(line)), scalar("column"), scalar(strconv.Itoa(column)))
	}
	if f.Count > 1 {
		tags.Content = append(tags.Content, scalar("count"), scalar(strconv.Itoa(f.Count)))
	}
	out.Content = append(out.Content, scalar("tags"), tags)
	return out
}

type field struct {
	name  string
	value *yaml.Node
}

func mapping(fields ...field) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, f := range fields {
		n.Content = append(n.Content, scalar(f.name), f.value)
	}
	return n
}

// clean takes out what has no place on a line.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
}
