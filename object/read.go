package object

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/yamlsrc"
)

// ReadOptions says how manifests are read. The zero value is the usual way.
type ReadOptions struct {
	// Cluster names the cluster that the objects of a file belong to; nil: all belong to "".
	Cluster func(file *diag.File) string
	// Skip says which files are left out; nil: none.
	Skip func(file *diag.File) bool
}

// Read reads the objects of manifests: YAML or JSON, many documents in a file, a List or a ResourceList in the place of its
// items. Paths are slash-separated files and folders of fsys; of a folder all *.yaml, *.yml and *.json are read, hidden
// folders left out. Documents that are no Kubernetes object are passed over, and so are files that a kustomization patches with. What a folder holds that is not YAML, such as
// Helm's templates, is skipped with one note for all; it is an error in a file that is named, or that says it holds an object.
//
// The error is one of fsys.
func Read(fsys fs.FS, paths []string, opts ReadOptions) ([]*Object, []diag.Finding, error) {
	r := &reader{opts: opts, seen: map[string]bool{}, named: map[string]bool{}, patches: map[string]bool{}}
	for _, name := range paths {
		info, err := fs.Stat(fsys, name)
		if err != nil {
			return nil, nil, err
		}
		if !info.IsDir() {
			if err := r.file(fsys, name, true); err != nil {
				return nil, nil, err
			}
			continue
		}
		err = fs.WalkDir(fsys, name, func(file string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && file != name && strings.HasPrefix(entry.Name(), "."):
				return fs.SkipDir
			case !entry.Type().IsRegular() || !isManifest(file):
				return nil
			}
			return r.file(fsys, file, false)
		})
		if err != nil {
			return nil, nil, err
		}
	}
	return r.withoutPatches(), append(r.findings, r.skippedNote()...), nil
}

// ReadFile reads the objects of one text, as Read does for a file that is named.
func ReadFile(file *diag.File, opts ReadOptions) ([]*Object, []diag.Finding) {
	r := &reader{opts: opts, seen: map[string]bool{}, named: map[string]bool{}, patches: map[string]bool{}}
	r.text(file, true)
	return r.objects, append(r.findings, r.skippedNote()...)
}

func isManifest(name string) bool {
	switch path.Ext(name) {
	case ".yaml", ".yml", ".json":
		return true
	}
	return false
}

type reader struct {
	opts     ReadOptions
	seen     map[string]bool
	named    map[string]bool // files that were named themselves
	patches  map[string]bool // files that kustomizations name as patches: what they hold is a part of an object
	objects  []*Object
	findings []diag.Finding
	skipped  []*diag.File
}

func (r *reader) file(fsys fs.FS, name string, named bool) error {
	if r.seen[name] {
		return nil
	}
	r.seen[name] = true
	if named {
		r.named[name] = true
	}
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) && !named { // a link to nowhere
			return nil
		}
		return err
	}
	r.text(diag.NewFile(name, data), named)
	return nil
}

func (r *reader) text(file *diag.File, named bool) {
	if r.opts.Skip != nil && r.opts.Skip(file) {
		return
	}
	docs, findings := yamlsrc.Read(file, yamlsrc.Limits{Aliases: true})
	cluster := ""
	if r.opts.Cluster != nil {
		cluster = r.opts.Cluster(file)
	}
	before := len(r.objects)
	for _, doc := range docs {
		if base := path.Base(file.Name); base == "kustomization.yaml" || base == "kustomization.yml" {
			r.notePatches(path.Dir(file.Name), doc)
		}
		if doc.APIVersion() == "" || doc.Kind() == "" {
			continue
		}
		text, err := doc.JSON()
		if err != nil {
			findings = append(findings, diag.Finding{Code: "wrong-type", Message: err.Error(), Span: doc.Span(""), Object: doc.Ref()})
			continue
		}
		r.add(doc.Ref(), text, doc, "", cluster, 0)
	}
	found := len(r.objects) > before
	switch {
	case isTemplate(file, findings, found) || !named && !found && isBroken(findings) && !claims(file):
		r.skipped = append(r.skipped, file)
	case named || found || isBroken(findings):
		r.findings = append(r.findings, findings...)
	}
}

func isBroken(findings []diag.Finding) bool {
	return slices.ContainsFunc(findings, func(f diag.Finding) bool { return f.Code == yamlsrc.CodeSyntax })
}

// claims reports whether a text that can't be read says that it is a Kubernetes object.
func claims(file *diag.File) bool {
	data := bytes.TrimPrefix(file.Data, []byte("\ufeff"))
	return bytes.HasPrefix(data, []byte("apiVersion:")) || bytes.Contains(data, []byte("\napiVersion:"))
}

// notePatches notes the files that a kustomization patches with.
func (r *reader) notePatches(dir string, doc *yamlsrc.Document) {
	text, err := doc.JSON()
	if err != nil {
		return
	}
	var in struct {
		Patches []struct {
			Path string `json:"path"`
		} `json:"patches"`
		Merge []string `json:"patchesStrategicMerge"`
	}
	if json.Unmarshal(text, &in) != nil {
		return
	}
	for _, p := range in.Patches {
		r.patches[path.Join(dir, p.Path)] = p.Path != ""
	}
	for _, name := range in.Merge {
		r.patches[path.Join(dir, name)] = true
	}
}

// withoutPatches are the objects that no kustomization takes for a patch.
func (r *reader) withoutPatches() []*Object {
	return slices.DeleteFunc(r.objects, func(o *Object) bool {
		s := o.Span("")
		return s.IsValid() && r.patches[s.File.Name] && !r.named[s.File.Name]
	})
}

// placeholder is a line that a tool of someone's own replaces.
var placeholder = regexp.MustCompile(`(?m)^\s*<[A-Z][A-Z0-9_]+>\s*$`)

// isTemplate reports whether a file is no YAML because it is a template that makes YAML: the syntax breaks at an action, or there
// are actions and nothing else could be read.
func isTemplate(file *diag.File, findings []diag.Finding, found bool) bool {
	action := func(text []byte) bool {
		return bytes.Contains(text, []byte("{{")) || bytes.Contains(text, []byte("{%")) || placeholder.Match(text)
	}
	if !isBroken(findings) || !action(file.Data) {
		return false
	}
	return !found || slices.ContainsFunc(findings, func(f diag.Finding) bool {
		_, line, _ := f.Span.Location()
		return f.Code == yamlsrc.CodeSyntax && action(file.Line(line))
	})
}

// deepest bounds Lists in Lists.
const deepest = 8

func (r *reader) add(ref ID, text []byte, origin Origin, at, cluster string, depth int) {
	list := ref.Kind == "ResourceList" || ref.APIVersion == "v1" && strings.HasSuffix(ref.Kind, "List")
	if !list || depth > deepest {
		if ref.APIVersion == "" || ref.Kind == "" {
			return
		}
		o := &Object{ID: ref, Cluster: cluster, Value: json.RawMessage(text), Origin: origin}
		if at != "" {
			o.Origin = part{origin, at}
		}
		r.objects = append(r.objects, o)
		return
	}
	var in struct {
		Items []json.RawMessage `json:"items"`
	}
	if json.Unmarshal(text, &in) != nil {
		return
	}
	for i, item := range in.Items {
		var head struct {
			APIVersion string `json:"apiVersion"`
			Kind       string `json:"kind"`
			Metadata   struct {
				Namespace string `json:"namespace"`
				Name      string `json:"name"`
			} `json:"metadata"`
		}
		if json.Unmarshal(item, &head) != nil {
			continue
		}
		id := ID{APIVersion: head.APIVersion, Kind: head.Kind, Namespace: head.Metadata.Namespace, Name: head.Metadata.Name}
		r.add(id, item, origin, yamlsrc.Index(yamlsrc.Join(at, "items"), i), cluster, depth+1)
	}
}

// part is the Origin of an item of a list.
type part struct {
	whole Origin
	at    string
}

// Span implements Origin.
func (p part) Span(field string) diag.Span {
	if field == "" {
		return p.whole.Span(p.at)
	}
	return p.whole.Span(p.at + "." + field)
}

// skippedNote is the one note for all that was skipped.
func (r *reader) skippedNote() []diag.Finding {
	if len(r.skipped) == 0 {
		return nil
	}
	f := diag.Finding{
		Code:     "not-yaml",
		Severity: diag.Note,
		Message:  "one file is skipped: it is a template, or not YAML",
		Hint:     "render templates first, for instance with helm template, and pass what comes out",
		File:     r.skipped[0].Name,
	}
	if n := len(r.skipped); n > 1 {
		f.Message = fmt.Sprintf("%d files are skipped: they are templates, or not YAML", n)
	}
	for _, file := range r.skipped[1:] {
		f.Related = append(f.Related, diag.Related{Span: diag.Span{File: file}, Message: "skipped too"})
	}
	return []diag.Finding{f}
}
