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
		if f.Object.Kind == "" {
			f.Object = r.owner(f.Span)
		}
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
	out := mapping(field{"message", quoted(clean(message))}, field{"severity", plain(severity)})
	if o := f.Object; o.Kind != "" {
		ref := mapping(field{"apiVersion", quoted(o.APIVersion)}, field{"kind", quoted(o.Kind)}, field{"name", quoted(o.Name)})
		if o.Namespace != "" {
			ref.Content = append(ref.Content, plain("namespace"), quoted(o.Namespace))
		}
		out.Content = append(out.Content, plain("resourceRef"), ref)
		if f.Path != "" {
			out.Content = append(out.Content, plain("field"), mapping(field{"path", quoted(clean(f.Path))}))
		}
	}
	if written {
		out.Content = append(out.Content, plain("file"), mapping(field{"path", quoted(clean(file))}))
	}
	tags := mapping(field{"rule", quoted(clean(f.Code))})
	if written && line > 0 {
		tags.Content = append(tags.Content, plain("line"), quoted(strconv.Itoa(line)), plain("column"), quoted(strconv.Itoa(column)))
	}
	if f.Count > 1 {
		tags.Content = append(tags.Content, plain("count"), quoted(strconv.Itoa(f.Count)))
	}
	out.Content = append(out.Content, plain("tags"), tags)
	return out
}

type field struct {
	name  string
	value *yaml.Node
}

func mapping(fields ...field) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, f := range fields {
		n.Content = append(n.Content, plain(f.name), f.value)
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
