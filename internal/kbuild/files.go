package kbuild

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/yamlsrc"
)

// files is an fs.FS as kustomize wants it: read only, with "/" as its top.
type files struct {
	fsys fs.FS
	root string
	name func(string) string
	// asked says that the root itself asks for origin annotations.
	asked bool
	// remote is the first reference that was refused; kustomize does not hand errors on as they are.
	remote *diag.Finding
}

var (
	errReadOnly = errors.New("the files can't be written")
	errRemote   = errors.New("it names something remote")
)

func local(name string) string {
	name = strings.TrimPrefix(path.Clean("/"+filepath.ToSlash(name)), "/")
	if name == "" {
		return "."
	}
	return name
}

// ReadFile refuses kustomizations, and configurations of builtin plugins, that name something remote. Of the root it asks for
// origin annotations.
func (f *files) ReadFile(name string) ([]byte, error) {
	name = local(name)
	data, err := fs.ReadFile(f.fsys, name)
	if err != nil {
		return nil, err
	}
	isRoot := isKustomization(path.Base(name))
	if isRoot || bytes.Contains(data, []byte("apiVersion: builtin")) {
		if err := f.checkLocal(name, data); err != nil {
			return nil, err
		}
	}
	if isRoot && path.Dir(name) == f.root {
		return f.withOrigins(data), nil
	}
	return data, nil
}

func isKustomization(base string) bool {
	return base == "kustomization.yaml" || base == "kustomization.yml" || base == "Kustomization"
}

// kustomization is the kustomization file of a folder; "" where there is none.
func (f *files) kustomization(dir string) string {
	for _, base := range []string{"kustomization.yaml", "kustomization.yml", "Kustomization"} {
		if name := path.Join(dir, base); f.Exists(name) {
			return name
		}
	}
	return ""
}

// withOrigins adds originAnnotations to a kustomization's buildMetadata.
func (f *files) withOrigins(data []byte) []byte {
	const field, origin = "buildMetadata", "originAnnotations"
	var doc yaml.Node
	if yaml.Unmarshal(data, &doc) != nil || len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return data // kustomize says what is wrong
	}
	root := doc.Content[0]
	value := &yaml.Node{Kind: yaml.ScalarNode, Value: origin}
	for i := 0; i+1 < len(root.Content); i += 2 {
		list := root.Content[i+1]
		if root.Content[i].Value != field || list.Kind != yaml.SequenceNode {
			continue
		}
		f.asked = slices.ContainsFunc(list.Content, func(n *yaml.Node) bool { return n.Value == origin })
		if f.asked {
			return data
		}
		list.Content = append(list.Content, value)
		value = nil
	}
	if value != nil {
		root.Content = append(root.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: field}, &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{value}})
	}
	out, err := yaml.Marshal(&doc)
	if err != nil {
		return data
	}
	return out
}

// places are the fields whose values kustomize loads.
var places = [...]string{"resources", "bases", "components", "crds", "configurations", "generators", "transformers", "validators", "patchesStrategicMerge",
	"path", "paths", "files", "file", "envs", "env"}

// checkLocal refuses values that kustomize would fetch.
func (f *files) checkLocal(name string, data []byte) error {
	docs, _ := yamlsrc.Read(diag.NewFile(f.name(name), data), yamlsrc.Limits{Aliases: true})
	for _, doc := range docs {
		if n, at := remoteIn(doc.Root(), "", false); n.Exists() {
			if f.remote == nil {
				f.remote = &diag.Finding{Code: CodeRemote, Message: "kustomize would fetch this, and esotree fetches nothing", Span: n.Span(), Path: at,
					Hint: "build it with kustomize and lint what comes out, or keep a copy in the repository"}
			}
			return errRemote
		}
	}
	return nil
}

// remoteIn finds the first value that is remote.
func remoteIn(n yamlsrc.Node, at string, loads bool) (yamlsrc.Node, string) {
	switch n.Kind() {
	case yamlsrc.Alias:
		return remoteIn(n.Resolved(), at, loads)
	case yamlsrc.Map:
		for k, value := range n.Entries() {
			key := k.Value()
			if found, where := remoteIn(value, yamlsrc.Join(at, key), slices.Contains(places[:], key)); found.Exists() {
				return found, where
			}
		}
	case yamlsrc.List:
		for i, item := range n.Elements() {
			if found, where := remoteIn(item, yamlsrc.Index(at, i), loads); found.Exists() {
				return found, where
			}
		}
	case yamlsrc.Scalar:
		if loads && isRemote(n.Value()) {
			return n, at
		}
	}
	return yamlsrc.Node{}, ""
}

// isRemote reports whether kustomize takes a path for a URL or a Git repository. It may say so of more than kustomize does.
func isRemote(text string) bool {
	lower := strings.ToLower(text)
	if _, file, named := strings.Cut(lower, "="); named && !strings.Contains(lower, "?") { // files: [key=path]
		lower = file
	}
	for _, prefix := range []string{"github.com", "gh:", "git::", "git@"} {
		if strings.HasPrefix(lower, prefix) {
			return true
		}
	}
	first, _, _ := strings.Cut(lower, "/")
	return strings.Contains(lower, "://") || strings.Contains(first, "@") || strings.Contains(first, ":") && !strings.Contains(text, "\n")
}

// Exists implements filesys.FileSystem, as all that follows.
func (f *files) Exists(name string) bool {
	_, err := fs.Stat(f.fsys, local(name))
	return err == nil
}

func (f *files) IsDir(name string) bool {
	info, err := fs.Stat(f.fsys, local(name))
	return err == nil && info.IsDir()
}

func (f *files) ReadDir(name string) ([]string, error) {
	entries, err := fs.ReadDir(f.fsys, local(name))
	out := make([]string, 0, len(entries))
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out, err
}

func (f *files) CleanedAbs(name string) (filesys.ConfirmedDir, string, error) {
	name = local(name)
	info, err := fs.Stat(f.fsys, name)
	switch {
	case err != nil:
		return "", "", err
	case info.IsDir():
		return filesys.ConfirmedDir(path.Clean("/" + name)), "", nil
	}
	return filesys.ConfirmedDir(path.Dir("/" + name)), path.Base(name), nil
}

func (f *files) Glob(pattern string) ([]string, error) {
	found, err := fs.Glob(f.fsys, local(pattern))
	for i := range found {
		found[i] = "/" + found[i]
	}
	return found, err
}

func (f *files) Walk(name string, walk filepath.WalkFunc) error {
	return fs.WalkDir(f.fsys, local(name), func(at string, entry fs.DirEntry, err error) error {
		if err != nil {
			return walk("/"+at, nil, err)
		}
		info, err := entry.Info()
		return walk("/"+at, info, err)
	})
}

func (f *files) Open(string) (filesys.File, error)   { return nil, errReadOnly }
func (f *files) Create(string) (filesys.File, error) { return nil, errReadOnly }
func (f *files) Mkdir(string) error                  { return errReadOnly }
func (f *files) MkdirAll(string) error               { return errReadOnly }
func (f *files) RemoveAll(string) error              { return errReadOnly }
func (f *files) WriteFile(string, []byte) error      { return errReadOnly }
