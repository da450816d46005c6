package tree

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unicode"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/object"
)

const (
	kustomization = "kustomization.yaml"
	// maxName is the longest file name, in bytes, that common file systems take.
	maxName = 255
)

// place is where a folder stands in the layout.
type place struct {
	region string
	tenant string // "" for the platform's own
	gitops bool
	// leaf says that the folder holds files; else it holds folders.
	leaf bool
}

// locate finds a path's place; false for a path that is outside the layout. The folders on the way are inside.
func locate(path string) (place, bool) {
	parts := strings.Split(path, "/")
	p := place{region: parts[0]}
	if !fs.ValidPath(path) || path == "." || strings.HasPrefix(p.region, ".") {
		return place{}, false
	}
	if len(parts) == 1 {
		return p, true
	}
	depth := len(parts) - 2
	switch parts[1] {
	case "stores", "gitops":
		p.gitops, p.leaf = parts[1] == "gitops", true
		return p, depth == 0
	case "platform":
		p.leaf = depth == 1
		return p, depth <= 1
	case "tenants":
		if depth >= 1 {
			p.tenant = parts[2]
		}
		p.leaf = depth == 2
		return p, depth <= 2
	}
	return place{}, false
}

// named is an object with the name of its file.
type named struct {
	name   string
	object *object.Object
}

// nameFiles names the files of a folder's objects, sorted. The findings are about objects that cannot have a file of their own: two that a
// case-insensitive file system would put into one file, and names that are no file names. The list is good until the next call.
func (w *worker) nameFiles(f *object.Folder) ([]named, []diag.Finding) {
	var findings []diag.Finding
	w.named, w.nameText = w.named[:0], w.nameText[:0]
	for _, o := range f.Objects {
		text, problem := appendName(w.nameText, o, f.Namespace)
		if problem != "" {
			findings = append(findings, diag.Finding{Code: "invalid-name", Message: problem, Span: o.Span("metadata.name"),
				File: f.Path, Path: "metadata.name", Object: o.ID})
			continue
		}
		w.nameText = append(text, '\n')
		w.named = append(w.named, named{object: o})
	}
	list, text := w.named, string(w.nameText) // one piece of memory for all of them
	fold := strings.Compare
	mixed := strings.ContainsFunc(text, unicode.IsUpper)
	if mixed {
		fold = compareFold
	}
	for i := range list {
		list[i].name, text, _ = strings.Cut(text, "\n")
	}
	slices.SortStableFunc(list, func(a, b named) int {
		if c := fold(a.name, b.name); c != 0 {
			return c
		}
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.object.APIVersion, b.object.APIVersion))
	})
	for i := 1; i < len(list); i++ {
		if a, b := list[i-1], list[i]; fold(a.name, b.name) == 0 {
			findings = append(findings, diag.Finding{Code: "name-collision",
				Message: fmt.Sprintf("two objects would be in the file %q", f.Path+"/"+b.name), Hint: "rename one of them",
				Span: b.object.Span("metadata.name"), File: f.Path + "/" + b.name, Path: "metadata.name", Object: b.object.ID,
				Related: []diag.Related{{Span: a.object.Span("metadata.name"), Message: fmt.Sprintf("the other is %q", a.object.ID.String())}}})
		}
	}
	if mixed {
		slices.SortFunc(list, func(a, b named) int { return strings.Compare(a.name, b.name) })
	}
	return list, findings
}

func compareFold(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) }

// appendName appends the name of an object's file; the problem is why it cannot have one.
func appendName(dst []byte, o *object.Object, namespace string) (out []byte, problem string) {
	for _, part := range []struct{ what, text string }{{"kind", o.Kind}, {"name", o.Name}, {"namespace", o.Namespace}} {
		if part.text == "" && part.what != "namespace" {
			return dst, fmt.Sprintf("an object without a %s cannot have a file", part.what)
		}
		if !isPlain(part.text) {
			return dst, fmt.Sprintf("the %s %q cannot be part of a file's name", part.what, part.text)
		}
	}
	begin := len(dst)
	for _, c := range []byte(o.Kind) {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	dst = append(dst, '-')
	if o.Namespace != "" && o.Namespace != namespace {
		dst = append(append(dst, o.Namespace...), '.')
	}
	dst = append(append(dst, o.Name...), ".yaml"...)
	if n := len(dst) - begin; n > maxName {
		return dst[:begin], fmt.Sprintf("the file's name would have %d bytes, and at most %d are possible", n, maxName)
	}
	return dst, ""
}

// isPlain reports whether a text can be part of a file's name everywhere.
func isPlain(text string) bool {
	for i := range len(text) {
		switch c := text[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '-', c == '_':
		default:
			return false
		}
	}
	return true
}
