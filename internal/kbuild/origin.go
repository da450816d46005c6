package kbuild

import (
	"io/fs"
	"path"
	"reflect"
	"strconv"
	"strings"

	"sigs.k8s.io/kustomize/api/resource"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/yamlsrc"
)

// Origin is where an object was written before kustomize changed it.
type Origin struct {
	doc *yamlsrc.Document
	// whole is the place for everything where the object is generated.
	whole string
	// was and is are the object as it was written and as it was built.
	was, is any
}

// Span returns the place of a field: where the text says what was built. A field that a patch changed, or made, is at the nearest
// parent that the text has; what a generator made is at the generator's field.
func (o *Origin) Span(field string) diag.Span {
	if o.whole != "" {
		return o.doc.Span(o.whole)
	}
	steps := yamlsrc.Split(field)
	was, is := o.was, o.is
	at := ""
	for _, step := range steps {
		switch v := was.(type) {
		case map[string]any:
			next, there := v[step]
			if !there {
				return o.doc.Span(at)
			}
			was, is = next, member(is, step)
			at = yamlsrc.Join(at, step)
		case []any:
			is = member(is, step)
			i := counterpart(v, is)
			if i < 0 {
				return o.doc.Span(at)
			}
			was = v[i]
			at = yamlsrc.Index(at, i)
		default:
			return o.doc.Span(at)
		}
	}
	return o.doc.Span(at)
}

func member(v any, step string) any {
	switch v := v.(type) {
	case map[string]any:
		return v[step]
	case []any:
		if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(v) {
			return v[i]
		}
	}
	return nil
}

// counterpart is the element of a list that an element of the built list was: the same, or of the same name; -1 for none.
func counterpart(list []any, built any) int {
	for i, item := range list {
		if reflect.DeepEqual(item, built) {
			return i
		}
	}
	for _, key := range []string{"name", "secretKey", "key", "mountPath"} {
		name := member(built, key)
		if name == nil {
			continue
		}
		for i, item := range list {
			if member(item, key) == name {
				return i
			}
		}
	}
	if len(list) == 1 {
		return 0
	}
	return -1
}

// origins reads the files that objects come from, each once.
type origins struct {
	files *files
	docs  map[string][]*yamlsrc.Document
}

// of finds the document that became an object. Kustomize tells the file; names and namespaces may have changed.
func (o *origins) of(from *resource.Origin, built diag.ObjectRef, text []byte) *Origin {
	if from == nil || from.Repo != "" {
		return nil
	}
	if from.ConfiguredIn != "" {
		docs := o.read(from.ConfiguredIn)
		if len(docs) == 0 {
			return nil
		}
		whole := map[string]string{"ConfigMapGenerator": "configMapGenerator", "SecretGenerator": "secretGenerator"}[from.ConfiguredBy.Kind]
		if whole == "" || !docs[0].Has(whole) {
			whole = "kind"
		}
		return &Origin{doc: docs[0], whole: whole}
	}
	var found *yamlsrc.Document
	for _, doc := range o.read(from.Path) {
		if doc.Kind() != built.Kind || !strings.Contains(built.Name, doc.Name()) {
			continue
		}
		if found == nil || len(doc.Name()) > len(found.Name()) || doc.Name() == found.Name() && doc.Ref().Namespace == built.Namespace {
			found = doc
		}
	}
	if found == nil {
		return nil
	}
	was, err := found.JSON()
	if err != nil {
		return nil
	}
	return &Origin{doc: found, was: decoded(was), is: decoded(text)}
}

func (o *origins) read(name string) []*yamlsrc.Document {
	name = local(path.Join("/", o.files.root, name))
	docs, known := o.docs[name]
	if !known {
		if data, err := fs.ReadFile(o.files.fsys, name); err == nil {
			docs, _ = yamlsrc.Read(diag.NewFile(o.files.name(name), data), yamlsrc.Limits{Aliases: true})
		}
		o.docs[name] = docs
	}
	return docs
}
