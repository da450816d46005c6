package crd

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"reflect"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/yamlsrc"
)

// Bundle is a set of CustomResourceDefinitions. It is immutable and safe for concurrent use.
type Bundle struct {
	kinds  map[kind]*definition
	groups map[string]bool
}

const (
	apiGroup = "apiextensions.k8s.io/"
	kindCRD  = "CustomResourceDefinition"
)

// Load reads the CustomResourceDefinitions in files and folders of fsys: YAML or JSON, many to a file, lists of them too.
// Of a folder the files named .yaml, .yml and .json are read, those below it included; other objects are passed over.
//
// It is an error, which names the place, when a file can't be read, when there is no definition in a path at all, when one is
// broken, and when two are of one kind and differ.
func Load(fsys fs.FS, paths ...string) (*Bundle, error) {
	b := &Bundle{kinds: map[kind]*definition{}, groups: map[string]bool{}}
	r := reader{bundle: b, specs: map[kind]apiextensionsv1.CustomResourceDefinitionSpec{}}
	for _, root := range paths {
		before := r.count
		err := fs.WalkDir(fsys, root, func(name string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir():
				if name != root && strings.HasPrefix(entry.Name(), ".") {
					return fs.SkipDir
				}
				return nil
			case name != root && !isManifest(name):
				return nil
			}
			data, err := fs.ReadFile(fsys, name)
			if err != nil {
				return err
			}
			return r.file(diag.NewFile(name, data))
		})
		if err != nil {
			return nil, err
		}
		if r.count == before {
			return nil, fmt.Errorf("%s holds no %s", root, kindCRD)
		}
	}
	return b, nil
}

func isManifest(name string) bool {
	switch path.Ext(name) {
	case ".yaml", ".yml", ".json":
		return true
	}
	return false
}

// reader fills a bundle.
type reader struct {
	bundle *Bundle
	// specs are those that were read, to know whether a second one differs.
	specs map[kind]apiextensionsv1.CustomResourceDefinitionSpec
	count int
}

func (r *reader) file(f *diag.File) error {
	docs, findings := yamlsrc.Read(f, yamlsrc.Limits{Aliases: true})
	if len(findings) > 0 {
		return fmt.Errorf("%s: %s", place(findings[0].Span), findings[0].Message)
	}
	for _, doc := range docs {
		text, err := doc.JSON()
		if err != nil {
			return fmt.Errorf("%s: %w", place(doc.Span("")), err)
		}
		if err := r.object(text, place(doc.Span(""))); err != nil {
			return err
		}
	}
	return nil
}

// object takes a definition, or the items of a list.
func (r *reader) object(text []byte, at string) error {
	var head struct {
		APIVersion string            `json:"apiVersion"`
		Kind       string            `json:"kind"`
		Items      []json.RawMessage `json:"items"`
	}
	if json.Unmarshal(text, &head) != nil {
		return nil // no Kubernetes object
	}
	switch {
	case head.Kind == "List" || head.Kind == kindCRD+"List":
		for _, item := range head.Items {
			if err := r.object(item, at); err != nil {
				return err
			}
		}
		return nil
	case head.Kind != kindCRD || !strings.HasPrefix(head.APIVersion, apiGroup):
		return nil
	case head.APIVersion != apiGroup+"v1":
		return fmt.Errorf("%s: a %s of %s, which Kubernetes does not serve since 1.22; %sv1 is read", at, kindCRD, head.APIVersion, apiGroup)
	}
	var c apiextensionsv1.CustomResourceDefinition
	if err := json.Unmarshal(text, &c); err != nil {
		return fmt.Errorf("%s: the %s can't be read: %s", at, kindCRD, fault(err))
	}
	if c.Spec.Group == "" || c.Spec.Names.Kind == "" || len(c.Spec.Versions) == 0 {
		return fmt.Errorf("%s: a %s without spec.group, spec.names.kind or spec.versions", at, kindCRD)
	}
	d, err := define(&c, at)
	if err != nil {
		return fmt.Errorf("%s: %w", at, err)
	}
	if other := r.bundle.kinds[d.kind]; other != nil && !reflect.DeepEqual(c.Spec, r.specs[d.kind]) {
		return fmt.Errorf("%s: %s of %s is defined otherwise in %s: name one bundle only", at, d.name, d.group, other.origin)
	}
	r.bundle.kinds[d.kind], r.specs[d.kind] = d, c.Spec
	r.bundle.groups[d.group] = true
	r.count++
	return nil
}

// fault says what is wrong with a JSON text without the names of Go types.
func fault(err error) string {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fmt.Sprintf("%s is a %s", wrong.Field, wrong.Value)
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}

func place(s diag.Span) string {
	file, line, column := s.Location()
	return fmt.Sprintf("%s:%d:%d", file, line, column)
}
