package yamledit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/yamlsrc"
)

// Edit sets one string.
type Edit struct {
	// Document is the index of the document in its file, empty ones not counted; DocumentAt finds it.
	Document int
	// Path of the string, such as spec.secrets[0].rotation.epoch. What is absent of it is added: maps, and elements of a list
	// whose index is the list's length.
	Path string
	// Value is what the string is to be.
	Value string
	// After are names of fields that a new one is placed behind, the first that is there; otherwise it becomes the last of
	// its map.
	After []string
}

// Set makes edits, one after the other, and returns the new text. The text must be free of findings; aliases and anchors are
// not edited. The error names the path that can't be edited.
func Set(name string, data []byte, edits ...Edit) ([]byte, error) {
	for _, e := range edits {
		next, err := set(name, data, e)
		if err != nil {
			return nil, fmt.Errorf("%s: can't set %s: %w", name, e.Path, err)
		}
		data = next
	}
	return data, nil
}

// DocumentAt returns the index, as Edit.Document has it, of the document that holds an offset; 0 before the first.
func DocumentAt(f *diag.File, offset int32) int {
	docs, _ := yamlsrc.Read(f, yamlsrc.DefaultLimits())
	for i := len(docs) - 1; i > 0; i-- {
		if docs[i].Span("").Start <= offset {
			return i
		}
	}
	return 0
}

var (
	errUnreadable = errors.New("the text is not free of faults")
	errForm       = errors.New("the place is not written in a form that can be edited; change it by hand")
)

func set(name string, data []byte, e Edit) ([]byte, error) {
	docs, findings := yamlsrc.Read(diag.NewFile(name, data), yamlsrc.DefaultLimits())
	if len(findings) > 0 {
		return nil, errUnreadable
	}
	if e.Document < 0 || e.Document >= len(docs) {
		return nil, fmt.Errorf("there is no document %d", e.Document+1)
	}
	want, err := values(docs)
	if err != nil {
		return nil, err
	}
	if want[e.Document], err = put(want[e.Document], yamlsrc.Split(e.Path), e.Value); err != nil {
		return nil, err
	}
	for _, c := range candidates(docs[e.Document], e) {
		edited := splice(data, c)
		again, findings := yamlsrc.Read(diag.NewFile(name, edited), yamlsrc.DefaultLimits())
		if len(findings) > 0 {
			continue
		}
		if got, err := values(again); err == nil && reflect.DeepEqual(got, want) {
			return edited, nil
		}
	}
	return nil, errForm
}

// values are the documents as plain data, numbers as they were written.
func values(docs []*yamlsrc.Document) ([]any, error) {
	out := make([]any, len(docs))
	for i, d := range docs {
		text, err := d.JSON()
		if err != nil {
			return nil, err
		}
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		if err := decoder.Decode(&out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// put sets a string in plain data and returns the data.
func put(v any, path []string, value string) (any, error) {
	if len(path) == 0 {
		switch v.(type) {
		case map[string]any, []any:
			return nil, errors.New("a map or list stands there")
		}
		return value, nil
	}
	var err error
	switch v := v.(type) {
	case map[string]any:
		v[path[0]], err = put(v[path[0]], path[1:], value)
		return v, err
	case []any:
		i, parseErr := strconv.Atoi(path[0])
		if parseErr != nil || i < 0 || i > len(v) {
			return nil, fmt.Errorf("the list has no element %s", path[0])
		}
		if i == len(v) {
			v = append(v, nil)
		}
		v[i], err = put(v[i], path[1:], value)
		return v, err
	case nil:
		if i, parseErr := strconv.Atoi(path[0]); parseErr == nil && i == 0 {
			element, err := put(nil, path[1:], value)
			return []any{element}, err
		}
		field, err := put(nil, path[1:], value)
		return map[string]any{path[0]: field}, err
	}
	return nil, errors.New("something else stands on its way")
}

// change replaces a range of bytes.
type change struct {
	start, end int
	text       string
}

func splice(data []byte, c change) []byte {
	out := make([]byte, 0, len(data)+len(c.text))
	out = append(out, data[:c.start]...)
	out = append(out, c.text...)
	return append(out, data[c.end:]...)
}

// candidates are the changes that may make an edit, the one that reads best first.
func candidates(d *yamlsrc.Document, e Edit) []change {
	at, rest := d.Root(), yamlsrc.Split(e.Path)
	var key yamlsrc.Node
	for len(rest) > 0 {
		k, next := child(at, rest[0])
		if !next.Exists() {
			break
		}
		key, at, rest = k, next, rest[1:]
	}
	p := placer{doc: d, data: d.File().Data}
	switch {
	case len(rest) == 0:
		return p.replace(key, at, quoteLike(at, e.Value))
	case at.Kind() == yamlsrc.Scalar:
		return p.replace(key, at, flow(rest, e.Value))
	case at.InBrackets():
		return p.intoFlow(at, rest, e.Value)
	case at.Kind() == yamlsrc.List:
		return p.intoList(key, at, rest, e.Value)
	default:
		return p.intoMap(at, rest, e)
	}
}

// child returns an entry of a map or an element of a list.
func child(n yamlsrc.Node, element string) (key, value yamlsrc.Node) {
	for key, value := range n.Entries() {
		if key.Value() == element {
			return key, value
		}
	}
	index, err := strconv.Atoi(element)
	for i, value := range n.Elements() {
		if err == nil && i == index {
			return yamlsrc.Node{}, value
		}
	}
	return yamlsrc.Node{}, yamlsrc.Node{}
}
