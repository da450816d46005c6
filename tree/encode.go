package tree

import (
	"fmt"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/canon"
	"github.com/openova-io/esotree/object"
)

// file is a file as it is wanted.
type file struct {
	name string
	data []byte
}

// worker holds the buffers of one goroutine.
type worker struct {
	canon    canon.Encoder
	named    []named
	nameText []byte
	header   []byte // of all files of one folder
	text     []byte // the files of one folder, one behind the other
	read     []byte
	files    []file
	names    map[string]bool
	actions  []byte // those of the folder that is compared
}

// encode returns a folder's files: the objects' by name, kustomization.yaml last. They are good until the next call.
func (w *worker) encode(f *object.Folder) ([]file, []diag.Finding, error) {
	list, findings := w.nameFiles(f)
	defer clear(list) // which would keep the objects
	if len(findings) > 0 || len(list) == 0 {
		return nil, findings, nil
	}
	var sum int
	w.header, sum = appendHeader(w.header[:0], f.Source, f.Platform, f.Tenant)
	w.text, w.files = w.text[:0], w.files[:0]
	for _, n := range list {
		begin := len(w.text)
		var err error
		if w.text, err = w.canon.Append(append(w.text, w.header...), n.object.Value); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", n.object.ID, err)
		}
		w.finish(n.name, begin, sum)
	}
	begin := len(w.text)
	w.text = append(append(w.text, w.header...), "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n"...)
	for _, n := range list {
		w.text = append(append(append(w.text, "- "...), n.name...), '\n')
	}
	w.finish(kustomization, begin, sum)
	return w.files, nil, nil
}

// finish makes a file of what was written since begin. What is written later may move to a longer buffer, but not change it.
func (w *worker) finish(name string, begin, sum int) {
	data := w.text[begin:len(w.text):len(w.text)]
	seal(data, sum)
	w.files = append(w.files, file{name, data})
}
