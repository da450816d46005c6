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
	canon canon.Encoder
	text  []byte // the files of one folder, one behind the other
	read  []byte
	files []file
	names map[string]bool
	// actions are those of the folder that is compared.
	actions []byte
}

// encode returns a folder's files: the objects' by name, kustomization.yaml last. They are good until the next call.
func (w *worker) encode(f *object.Folder) ([]file, []diag.Finding, error) {
	list, findings := names(f)
	if len(findings) > 0 || len(list) == 0 {
		return nil, findings, nil
	}
	ends := make([]int, 0, len(list)+1)
	w.text = w.text[:0]
	for _, n := range list {
		begin, sum := len(w.text), 0
		w.text, sum = appendHeader(w.text, f.Source, f.Platform, f.Tenant)
		var err error
		if w.text, err = w.canon.Append(w.text, n.object.Value); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", n.object.ID, err)
		}
		seal(w.text[begin:], sum-begin)
		ends = append(ends, len(w.text))
	}
	begin, sum := len(w.text), 0
	w.text, sum = appendHeader(w.text, f.Source, f.Platform, f.Tenant)
	w.text = append(w.text, "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n"...)
	for _, n := range list {
		w.text = append(append(append(w.text, "- "...), n.name...), '\n')
	}
	seal(w.text[begin:], sum-begin)
	w.files, begin = w.files[:0], 0
	for i, end := range append(ends, len(w.text)) {
		name := kustomization
		if i < len(list) {
			name = list[i].name
		}
		w.files = append(w.files, file{name, w.text[begin:end:end]})
		begin = end
	}
	return w.files, nil, nil
}
