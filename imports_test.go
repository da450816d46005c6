package esotree_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/openova-io/esotree"

// arrows are the imports between packages of this module that the architecture allows. A package that is not listed fails the
// test, so that a new one is thought about. "*" is anything.
var arrows = map[string][]string{
	"diag":                   {},
	"internal/canon":         {"internal/jsontype"},
	"internal/jsontype":      {},
	"internal/eso":           {},
	"internal/secretscan":    {},
	"templates":              {},
	"internal/yamlsrc":       {"diag"},
	"internal/gitfs":         {"diag", "internal/yamlsrc"},
	"internal/kbuild":        {"diag", "internal/yamlsrc"},
	"internal/yamledit":      {"diag", "internal/yamlsrc"},
	"object":                 {"diag", "internal/jsontype", "internal/yamlsrc"},
	"schema":                 {"diag", "internal/yamlsrc", "internal/eso", "internal/secretscan"},
	"schema/validate":        {"schema", "diag", "internal/yamlsrc"},
	"schema/gen":             {"schema"},
	"model":                  {"schema", "templates", "internal/eso", "internal/yamlsrc", "diag"},
	"render/gitops":          {"object", "diag"},
	"render":                 {"render/gitops", "model", "schema", "object", "internal/eso", "internal/yamlsrc", "diag"},
	"tree":                   {"object", "internal/canon", "diag"},
	"graph":                  {"object", "internal/eso", "internal/yamlsrc", "diag"},
	"lint":                   {"graph", "object", "internal/eso", "internal/secretscan", "internal/yamlsrc", "diag"},
	"lint/crd":               {"graph", "lint", "object", "internal/eso", "internal/yamlsrc", "diag"},
	"":                       {"diag", "internal/canon", "internal/yamlsrc", "graph", "lint", "model", "object", "render", "schema", "tree"},
	"krm":                    {"", "graph", "object", "internal/canon", "internal/yamlsrc", "lint", "schema", "diag"},
	"kustomize-plugin":       {"krm", "lint/crd"},
	"kustomize-plugin/gen":   {"internal/eso"},
	"kustomize-plugin/guard": {},
	"kustomize-plugin/image": {},
	"kustomize-plugin/pack":  {},
	"cmd/esotree":            {"*"},
	"cmd/esotree/collector":  {},
	"bench":                  {},
	"bench/compare":          {"*"},
	"bench/empty":            {},
	"golden":                 {},
}

// impure are calls that have no place where a result must depend on the input alone; disk is where they do.
var impure = map[string][]string{
	"time":          {"Now", "Since", "Until", "Tick", "After"},
	"os":            {"Getenv", "Environ", "Create", "Open", "OpenFile", "WriteFile", "ReadFile", "Getwd"},
	"text/template": {"*"},
	"path/filepath": {"*"},
	"net/http":      {"*"},
	"net":           {"*"},
}

// free are the packages that may: the program, generators, and what works on the disk for it.
func free(pkg, file string) bool {
	switch pkg {
	case "cmd/esotree", "cmd/esotree/collector", "kustomize-plugin", "kustomize-plugin/gen", "kustomize-plugin/image", "schema/gen", "internal/gitfs", "internal/kbuild", "krm", "bench/compare":
		return true
	}
	return pkg == "tree" && strings.HasPrefix(file, "disk")
}

// TestArrows lists every import of every package.
func TestArrows(t *testing.T) {
	const types = "github.com/external-secrets/external-secrets/"
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if hidden := name != "." && strings.HasPrefix(entry.Name(), "."); hidden || entry.Name() == "testdata" || name == "e2e" || name == "bin" {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		pkg := strings.TrimPrefix(path.Dir(name), ".")
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		allowed, listed := arrows[pkg]
		if !listed && !strings.HasPrefix(pkg, "examples/") {
			t.Errorf("package %q is not in the list of arrows", pkg)
		}
		for _, spec := range file.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			if strings.HasPrefix(imported, types) && pkg != "render" {
				t.Errorf("%s imports ESO's Go types, which only render may", name)
			}
			rest, ours := strings.CutPrefix(imported, module)
			if rest = strings.TrimPrefix(rest, "/"); ours && !slices.Contains(allowed, rest) && !slices.Contains(allowed, "*") {
				t.Errorf("%s imports %q, an arrow that is not drawn", name, imported)
			}
			if calls := impure[imported]; slices.Contains(calls, "*") && !free(pkg, path.Base(name)) {
				t.Errorf("%s imports %s", name, imported)
			}
		}
		if !free(pkg, path.Base(name)) {
			checkPure(t, name, file)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func checkPure(t *testing.T, name string, file *ast.File) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Name.Name == "init" && n.Recv == nil {
				t.Errorf("%s has an init", name)
			}
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && slices.Contains(impure[x.Name], n.Sel.Name) {
				t.Errorf("%s calls %s.%s", name, x.Name, n.Sel.Name)
			}
		}
		return true
	})
}
