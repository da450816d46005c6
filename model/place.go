package model

import (
	"slices"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/schema"
)

// layer is one place that a secret or service was written at: its item in a list of a description.
type layer struct {
	source *schema.Source
	path   string
}

// place is where something was written, the layer that wins first: override, the item itself, its class.
type place []layer

// at returns the span and the path of a field in the first layer that has it, or of the item itself.
func (p place) at(field string) (diag.Span, string) {
	for _, l := range p {
		if full := join(l.path, field); l.source.Has(full) {
			return l.source.Span(full), full
		}
	}
	if len(p) == 0 {
		return diag.Span{}, field
	}
	l := p[0]
	if name := join(l.path, "name"); l.source.Has(name) {
		return l.source.Span(name), join(l.path, field)
	}
	return l.source.Span(l.path), join(l.path, field)
}

// nameAt is at for the name of a field.
func (p place) nameAt(field string) (diag.Span, string) {
	span, path := p.at(field)
	for _, l := range p {
		if full := join(l.path, field); l.source.Has(full) {
			return l.source.KeySpan(full), full
		}
	}
	return span, path
}

// has reports whether the field is written, in whatever layer.
func (p place) has(field string) bool {
	return slices.ContainsFunc(p, func(l layer) bool { return l.source.Has(join(l.path, field)) })
}

// misread reports whether something in the item itself, or in one of the fields of it that are named, could not be read.
func (p place) misread(in ...string) bool {
	return slices.ContainsFunc(p, func(l layer) bool {
		return !l.source.Sound() && (l.source.Misread(l.path) || slices.ContainsFunc(in, func(field string) bool { return l.source.Misread(join(l.path, field)) }))
	})
}

// hides reports whether a field is not written where something else could not be read, which may be it.
func (p place) hides(field string) bool {
	return !p.has(field) && p.misread(yamlsrc.Parent(field))
}

// nameless reports whether the item's name is not written: where it is read, a name that is missing is reported.
func (p place) nameless(name string) bool { return name == "" && !p.has("name") }

// finding makes an error about a field.
func (p place) finding(code, field, message, hint string) diag.Finding {
	span, path := p.at(field)
	return diag.Finding{Code: code, Message: message, Hint: hint, Span: span, Path: path}
}

// keyFinding makes an error about the name of a field.
func (p place) keyFinding(code, field, message, hint string) diag.Finding {
	f := p.finding(code, field, message, hint)
	f.Span, f.Path = p.nameAt(field)
	return f
}

func join(path, field string) string {
	switch {
	case path == "":
		return field
	case field == "":
		return path
	case field[0] == '[':
		return path + field
	default:
		return path + "." + field
	}
}

func fieldOf(path, key string) string { return yamlsrc.Join(path, key) }
