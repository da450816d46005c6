package schema

import (
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"reflect"
	"strings"
	"sync"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/yamlsrc"
)

// Source is where a description was read from. A nil Source knows nothing and is safe to use.
//
// The nodes of a text take ten times the memory of the text, and are needed again only where something is wrong: they are let go of
// when the description is decoded, and read again for the first place that is asked for.
type Source struct {
	at yamlsrc.Place
	// file is nil for a source that was made lean; then fsys has the text again.
	file *diag.File
	name string
	fsys fs.FS
	sum  uint64 // of the text
	// misread are the paths of what has a field that is not known or not of its type.
	misread map[string]bool

	mu  sync.Mutex
	doc *yamlsrc.Document
}

func newSource(doc *yamlsrc.Document) *Source {
	return &Source{at: doc.Place(), file: doc.File(), name: doc.File().Name, doc: doc}
}

// File is the name of the file, "" for a description built in Go.
func (s *Source) File() string {
	if s == nil {
		return ""
	}
	return s.name
}

// Span returns the place of a field, or of its nearest parent that is written.
func (s *Source) Span(field string) diag.Span {
	if doc := s.document(); doc != nil {
		return doc.Span(field)
	}
	return diag.Span{}
}

// KeySpan returns the place of the field's own name.
func (s *Source) KeySpan(field string) diag.Span {
	if doc := s.document(); doc != nil {
		return doc.KeySpan(field)
	}
	return diag.Span{}
}

// Misread reports whether something that is written directly in a field could not be read: what else is missing there may be
// what was meant.
func (s *Source) Misread(field string) bool { return s != nil && s.misread[field] }

// Sound reports whether nothing was misread.
func (s *Source) Sound() bool { return s == nil || len(s.misread) == 0 }

// Has reports whether the field is written.
func (s *Source) Has(field string) bool {
	doc := s.document()
	return doc != nil && doc.Has(field)
}

// Lean returns the source that takes the least memory: what is to be kept of many tenants holds on to that one.
func (s *Source) Lean() *Source {
	if s == nil || s.fsys == nil {
		return s
	}
	return &Source{at: s.at, name: s.name, fsys: s.fsys, sum: s.sum}
}

// document returns the document, read again where it was let go of; nil where there is none, or none any more.
func (s *Source) document() *yamlsrc.Document {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.doc != nil {
		return s.doc
	}
	file := s.file
	if file == nil {
		var err error
		if file, err = s.reread(); err != nil {
			return nil
		}
	}
	doc := yamlsrc.ReadAgain(file, s.at)
	if s.file != nil { // else it would be kept for each of many tenants
		s.doc = doc
	}
	return doc
}

// errChanged says that a file is not what it was when it was read first.
var errChanged = errors.New("the file changed while it was read")

func (s *Source) reread() (*diag.File, error) {
	data, err := fs.ReadFile(s.fsys, s.name)
	if err == nil && maphash.Bytes(seed, data) != s.sum {
		err = &fs.PathError{Op: "read", Path: s.name, Err: errChanged}
	}
	if err != nil {
		return nil, err
	}
	return diag.NewFile(s.name, data), nil
}

// seed is that of this process: sums are not kept any longer.
var seed = maphash.MakeSeed()

// forget lets go of the nodes.
func (s *Source) forget() {
	if s != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.doc = nil
	}
}

// size is how many bytes of text are kept for this source.
func (s *Source) size() int {
	if s == nil || s.file == nil {
		return 0
	}
	return s.at.Size()
}

// lean lets go of everything but the name and the environments. It does nothing where the text is a small part of a large file, all of
// which would be read again.
func (t *Tenant) lean(fsys fs.FS) {
	s := t.Source
	if s.file == nil || 16*s.size() < len(s.file.Data) {
		return
	}
	s.fsys, s.sum = fsys, maphash.Bytes(seed, s.file.Data)
	s.file, s.misread = nil, nil
	spec := TenantSpec{}
	for _, name := range t.Spec.Environments {
		spec.Environments = append(spec.Environments, strings.Clone(name))
	}
	if t.Spec.Environments != nil && spec.Environments == nil {
		spec.Environments = []string{}
	}
	t.APIVersion, t.Kind, t.Metadata, t.Spec = APIVersion, KindTenant, Metadata{Name: strings.Clone(t.Metadata.Name)}, spec
}

// Whole returns the tenant with all that is described: itself, or read again where LoadLean has kept its name only. The error is about
// reading.
func (t *Tenant) Whole() (*Tenant, error) {
	if t.Source == nil || t.Source.fsys == nil || t.Source.file != nil {
		return t, nil
	}
	file, err := t.Source.reread()
	if err != nil {
		return nil, err
	}
	doc := yamlsrc.ReadAgain(file, t.Source.at)
	if doc == nil {
		return nil, fmt.Errorf("%s: %w", t.Source.name, errChanged)
	}
	source := newSource(doc)
	source.fsys, source.sum = t.Source.fsys, t.Source.sum
	whole := &Tenant{Source: source}
	source.decode(whole)
	source.forget()
	whole.Metadata.Name = t.Metadata.Name // which does not hold on to the text
	return whole, nil
}

// check decodes the document and returns what is wrong with it.
func (s *Source) check(into any) []diag.Finding {
	findings := s.decode(into)
	findings = append(findings, checkValues(s.doc, reflect.TypeOf(into).Elem())...)
	return append(findings, checkLiterals(s.doc)...)
}

func (s *Source) decode(into any) []diag.Finding {
	findings := yamlsrc.Decode(s.doc, into)
	var root *node
	for i, f := range findings {
		if f.Hint == "" {
			if root == nil {
				root = rootOf(s.doc.Kind())
			}
			findings[i].Hint = root.hint(f)
		}
		if f.Code != yamlsrc.CodeMissingField {
			if s.misread == nil {
				s.misread = map[string]bool{}
			}
			s.misread[yamlsrc.Parent(f.Path)] = true
		}
	}
	return findings
}
