package object

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/yamlsrc"
)

// ReadOptions says how manifests are read. The zero value is the usual way. Its functions are called one at a time, in no order.
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
	files, err := list(fsys, paths)
	if err != nil {
		return nil, nil, err
	}
	parts := make([]part, len(files))
	var callbacks sync.Mutex
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(files)) {
		workers.Go(func() {
			for i := next.Add(1) - 1; int(i) < len(files); i = next.Add(1) - 1 {
				parts[i].read(fsys, files[i], opts, &callbacks)
			}
		})
	}
	workers.Wait()
	patches := map[string]bool{} // what they hold is a part of an object
	for i := range parts {
		if parts[i].err != nil {
			return nil, nil, parts[i].err
		}
		for _, name := range parts[i].patches {
			patches[name] = true
		}
	}
	var r reader
	for i := range parts {
		if patches[files[i].name] && !files[i].named {
			parts[i].objects = nil
		}
		r.take(&parts[i])
	}
	return r.objects, append(r.findings, r.skippedNote()...), nil
}

// entry is a file that is read.
type entry struct {
	name string
	// named says that it was named itself.
	named bool
}

// list lists the files to read, each once, in the order of the paths.
func list(fsys fs.FS, paths []string) ([]entry, error) {
	var files []entry
	at := map[string]int{}
	add := func(e entry) {
		if i, seen := at[e.name]; seen {
			files[i].named = files[i].named || e.named
			return
		}
		at[e.name] = len(files)
		files = append(files, e)
	}
	for _, name := range paths {
		info, err := fs.Stat(fsys, name)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			add(entry{name, true})
			continue
		}
		err = fs.WalkDir(fsys, name, func(file string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && file != name && strings.HasPrefix(d.Name(), "."):
				return fs.SkipDir
			case d.Type().IsRegular() && isManifest(file):
				add(entry{file, false})
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

// ReadFile reads the objects of one text, as Read does for a file that is named.
func ReadFile(file *diag.File, opts ReadOptions) ([]*Object, []diag.Finding) {
	var p part
	p.text(file, true, opts, &sync.Mutex{})
	var r reader
	r.take(&p)
	return r.objects, append(r.findings, r.skippedNote()...)
}

func isManifest(name string) bool {
	switch path.Ext(name) {
	case ".yaml", ".yml", ".json":
		return true
	}
	return false
}

// part is what one file holds.
type part struct {
	err      error
	objects  []*Object
	findings []diag.Finding
	patches  []string // files that a kustomization names as patches
	skipped  *diag.File
}

// reader puts the parts together.
type reader struct {
	objects  []*Object
	findings []diag.Finding
	skipped  []*diag.File
}

func (r *reader) take(p *part) {
	r.objects, r.findings = append(r.objects, p.objects...), append(r.findings, p.findings...)
	if p.skipped != nil {
		r.skipped = append(r.skipped, p.skipped)
	}
}

func (p *part) read(fsys fs.FS, e entry, opts ReadOptions, callbacks sync.Locker) {
	data, err := fs.ReadFile(fsys, e.name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !e.named: // a link to nowhere
	case err != nil:
		p.err = err
	default:
		p.text(diag.NewFile(e.name, data), e.named, opts, callbacks)
	}
}

var anyManifest = yamlsrc.Limits{Aliases: true}

func (p *part) text(file *diag.File, named bool, opts ReadOptions, callbacks sync.Locker) {
	callbacks.Lock()
	skip, cluster := opts.Skip != nil && opts.Skip(file), ""
	if !skip && opts.Cluster != nil {
		cluster = opts.Cluster(file)
	}
	callbacks.Unlock()
	if skip {
		return
	}
	docs, findings := yamlsrc.Read(file, anyManifest)
	again := &source{file: file}
	for i, doc := range docs {
		if base := path.Base(file.Name); base == "kustomization.yaml" || base == "kustomization.yml" {
			p.notePatches(path.Dir(file.Name), doc)
		}
		if doc.APIVersion() == "" || doc.Kind() == "" {
			continue
		}
		text, err := doc.JSON()
		if err != nil {
			findings = append(findings, diag.Finding{Code: "wrong-type", Message: err.Error(), Span: doc.Span(""), Object: doc.Ref()})
			continue
		}
		p.add(doc.Ref(), text, place{again, i}, "", cluster, 0)
	}
	found := len(p.objects) > 0
	switch {
	case bytes.Contains(file.Data, []byte("{{")) && slices.ContainsFunc(docs, (*yamlsrc.Document).HasMapAsKey): // a template that reads as YAML
		*p = part{skipped: file}
	case isTemplate(file, findings, found) || !named && !found && isBroken(findings) && !claims(file):
		p.skipped = file
	case named || found || isBroken(findings):
		p.findings = append(p.findings, findings...)
	}
}

// source reads a text again where a place in it is asked for. The trees of all files together are many times their text and keep
// the garbage collector busy, and few places are ever asked for.
type source struct {
	file *diag.File
	once sync.Once
	docs []*yamlsrc.Document
}

// place is the Origin of a document of a text.
type place struct {
	source *source
	index  int
}

// Span implements Origin.
func (p place) Span(field string) diag.Span {
	s := p.source
	s.once.Do(func() { s.docs, _ = yamlsrc.Read(s.file, anyManifest) })
	return s.docs[p.index].Span(field)
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
func (p *part) notePatches(dir string, doc *yamlsrc.Document) {
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
	for _, patch := range in.Patches {
		if patch.Path != "" {
			p.patches = append(p.patches, path.Join(dir, patch.Path))
		}
	}
	for _, name := range in.Merge {
		p.patches = append(p.patches, path.Join(dir, name))
	}
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

func (p *part) add(ref ID, text []byte, origin Origin, at, cluster string, depth int) {
	list := ref.Kind == "ResourceList" || ref.APIVersion == "v1" && strings.HasSuffix(ref.Kind, "List")
	if !list || depth > deepest {
		if ref.APIVersion == "" || ref.Kind == "" {
			return
		}
		o := &Object{ID: ref, Cluster: cluster, Value: json.RawMessage(text), Origin: origin}
		if at != "" {
			o.Origin = item{origin, at}
		}
		p.objects = append(p.objects, o)
		return
	}
	var in struct {
		Items []json.RawMessage `json:"items"`
	}
	if json.Unmarshal(text, &in) != nil {
		return
	}
	for i, raw := range in.Items {
		var head struct {
			APIVersion string `json:"apiVersion"`
			Kind       string `json:"kind"`
			Metadata   struct {
				Namespace string `json:"namespace"`
				Name      string `json:"name"`
			} `json:"metadata"`
		}
		if json.Unmarshal(raw, &head) != nil {
			continue
		}
		id := ID{APIVersion: head.APIVersion, Kind: head.Kind, Namespace: head.Metadata.Namespace, Name: head.Metadata.Name}
		p.add(id, raw, origin, yamlsrc.Index(yamlsrc.Join(at, "items"), i), cluster, depth+1)
	}
}

// item is the Origin of an item of a list.
type item struct {
	whole Origin
	at    string
}

// Span implements Origin.
func (p item) Span(field string) diag.Span {
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
