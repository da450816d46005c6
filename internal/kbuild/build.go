package kbuild

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resource"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/yamlsrc"
)

// Codes of findings.
const (
	// CodeRemote is a reference to what is not in the files.
	CodeRemote = "kustomize-remote"
	// CodeBuild is any other reason why a root can't be built.
	CodeBuild = "kustomize-build"
)

// Object is one object that a root builds.
type Object struct {
	Ref diag.ObjectRef
	// JSON is the whole object.
	JSON []byte
	// Origin finds the text that made a field, in the file that the object comes from; nil where kustomize does not tell.
	Origin *Origin
}

// Options says how to build. The zero value is the usual way.
type Options struct {
	// Name gives a file the name that findings show; nil: its path in the file system.
	Name func(file string) string
}

// Build builds the root in a folder of fsys. The findings say why it can't be built; then there are no objects.
//
// It must not be called twice at once: kustomize keeps the schemas that a root names in variables of its own.
func Build(fsys fs.FS, dir string, opts Options) ([]Object, []diag.Finding) {
	if opts.Name == nil {
		opts.Name = func(file string) string { return file }
	}
	files := &files{fsys: fsys, root: path.Clean(dir), name: opts.Name}
	fail := func(err error) []diag.Finding {
		if files.remote != nil {
			return []diag.Finding{*files.remote}
		}
		file := path.Join(dir, "kustomization.yaml")
		if found := files.kustomization(dir); found != "" {
			file = found
		}
		f := diag.Finding{Code: CodeBuild, Message: "kustomize can't build it: " + brief(err), File: opts.Name(file)}
		if strings.Contains(f.Message, "--enable-helm") {
			f.Hint = "esotree runs no Helm: build it with kustomize and lint what comes out"
		}
		return []diag.Finding{f}
	}
	if info, err := fs.Stat(fsys, files.root); err != nil || !info.IsDir() {
		return nil, fail(fmt.Errorf("%s is no folder", opts.Name(dir)))
	}
	options := krusty.MakeDefaultOptions()
	options.LoadRestrictions = types.LoadRestrictionsNone // the file system is the restriction
	built, err := krusty.MakeKustomizer(options).Run(filesys.FileSystem(files), "/"+files.root)
	if err != nil || files.remote != nil {
		return nil, fail(err)
	}
	origins := &origins{files: files, docs: map[string][]*yamlsrc.Document{}}
	var out []Object
	for _, r := range built.Resources() {
		from, err := r.GetOrigin()
		if err != nil {
			return nil, fail(err)
		}
		if err := dropOrigin(r, files.asked); err != nil {
			return nil, fail(err)
		}
		text, err := r.MarshalJSON()
		if err != nil {
			return nil, fail(err)
		}
		o := Object{Ref: diag.ObjectRef{APIVersion: r.GetApiVersion(), Kind: r.GetKind(), Namespace: r.GetNamespace(), Name: r.GetName()}, JSON: text}
		o.Origin = origins.of(from, o.Ref, text)
		out = append(out, o)
	}
	return out, nil
}

// dropOrigin takes away the annotation that the root itself did not ask for.
func dropOrigin(r *resource.Resource, asked bool) error {
	if asked {
		return nil
	}
	annotations := r.GetAnnotations()
	delete(annotations, "config.kubernetes.io/origin")
	return r.SetAnnotations(annotations)
}

// brief is the last part of kustomize's message, which wraps it once for each folder on the way.
func brief(err error) string {
	const most = 300
	text := strings.Join(strings.Fields(err.Error()), " ")
	const wrap = "recursed accumulation of path '"
	if i := strings.LastIndex(text, wrap); i >= 0 {
		if _, cause, found := strings.Cut(text[i+len(wrap):], "': "); found {
			text = cause
		}
	}
	if len(text) > most {
		text = text[:most] + " …"
	}
	return text
}

func decoded(text []byte) any {
	var v any
	if json.Unmarshal(text, &v) != nil {
		return nil
	}
	return v
}
