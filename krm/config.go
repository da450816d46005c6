package krm

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/lint"
	"github.com/openova-io/esotree/schema"
)

// The kinds of configuration.
const (
	kindRender = "Render"
	kindLint   = "Lint"
	kindGuard  = "Guard"
)

// config is the functionConfig as the function understands it.
type config struct {
	kind   string
	render renderSpec
	lint   lintSpec
	// doc has the places; node the inline descriptions.
	doc  *yamlsrc.Document
	node *yaml.Node
}

// renderSpec is the spec of a Render.
type renderSpec struct {
	// Paths are files and folders with descriptions, relative to the working directory: kustomize runs a function in the
	// folder of the kustomization that lists it, kpt and kustomize fn run in the folder they were started in.
	Paths []string `json:"paths,omitempty"`
	// Platform and Tenants are descriptions as they would stand in a file; apiVersion and kind may be left out.
	Platform any   `json:"platform,omitempty"`
	Tenants  []any `json:"tenants,omitempty"`
	// Region, Environment and Tenant select. A build of kustomize is for one cluster, so it needs the region where there is
	// more than one. With a tenant the platform's own part is left out.
	Region      string `json:"region,omitempty"`
	Environment string `json:"environment,omitempty"`
	Tenant      string `json:"tenant,omitempty"`
	// Only is Platform (stores and platform secrets) or Tenants. Default: both.
	Only string `json:"only,omitempty"`
	// Output is the folder of the rendered files in a package. Default: rendered.
	Output string `json:"output,omitempty"`
}

// lintSpec is the spec of a Lint.
type lintSpec struct {
	// ESO is the release line that the clusters run.
	ESO string `json:"eso,omitempty"`
	// Closed says that the items are all there is.
	Closed bool `json:"closed,omitempty"`
	// FailOn is error or warning.
	FailOn string `json:"failOn,omitempty"`
	// Rules set levels by code.
	Rules map[string]lint.Level `json:"rules,omitempty"`
}

// isConfiguration reports whether the item configures this function. Orchestrators of packages pass it as an item too.
func (it *item) isConfiguration() bool {
	return it.ref.APIVersion == schema.APIVersion && slices.Contains([]string{kindRender, kindLint, kindGuard}, it.ref.Kind)
}

// readConfig reads the functionConfig; false after an error.
func (r *run) readConfig() (*config, bool) {
	it := r.in.config
	if it == nil {
		docs, _ := yamlsrc.Read(diag.NewFile("functionConfig", []byte("kind: "+kindRender+"\n")), yamlsrc.Limits{})
		return &config{kind: kindRender, doc: docs[0]}, true
	}
	for _, name := range r.listed() {
		if it.doc == nil {
			it.doc = it.written(r.file(name))
		}
	}
	doc := it.document(r)
	r.described = append(r.described, description{doc.Span(""), it.ref})
	c := &config{kind: it.ref.Kind, doc: doc, node: it.node}
	switch {
	case it.ref.APIVersion == "v1" && it.ref.Kind == "ConfigMap":
		return c, r.readConfigMap(c)
	case it.ref.APIVersion != schema.APIVersion || !it.isConfiguration():
		field, got, want := "kind", it.ref.Kind, []string{kindRender, kindLint, kindGuard}
		if it.ref.APIVersion != schema.APIVersion {
			field, got, want = "apiVersion", it.ref.APIVersion, []string{schema.APIVersion}
		}
		f := diag.Finding{Code: "wrong-type", Span: doc.Span(field), Path: field, Object: it.ref,
			Message: "the function can't be configured by " + field + " " + strconv.Quote(got), Hint: "use " + strings.Join(want, ", ")}
		if near := yamlsrc.Closest(got, want); near != "" {
			f.Hint = "did you mean " + strconv.Quote(near) + "?"
		}
		r.findings.Add(f)
		return nil, false
	}
	type envelope[S any] struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		Metadata   any    `json:"metadata"`
		Spec       S      `json:"spec"`
	}
	var findings []diag.Finding
	switch c.kind {
	case kindLint:
		var e envelope[lintSpec]
		findings = yamlsrc.Decode(doc, &e)
		c.lint = e.Spec
	case kindGuard:
		var e envelope[struct{}]
		findings = yamlsrc.Decode(doc, &e)
	default:
		var e envelope[renderSpec]
		findings = yamlsrc.Decode(doc, &e)
		c.render = e.Spec
	}
	r.findings.Add(findings...)
	return c, len(findings) == 0 && r.checkConfig(c, "spec")
}

// listed are the files of functions that the kustomization in the working directory lists. kustomize runs a function there, and
// does not say from which file its configuration is.
func (r *run) listed() []string {
	for _, name := range []string{"kustomization.yaml", "kustomization.yml", "Kustomization"} {
		var k struct{ Generators, Transformers, Validators []string }
		if f := r.file(name); f != nil && yaml.Unmarshal(f.Data, &k) == nil {
			return slices.Concat(k.Generators, k.Transformers, k.Validators)
		}
	}
	return nil
}

// readConfigMap reads options from the data of a ConfigMap.
func (r *run) readConfigMap(c *config) bool {
	var e struct {
		Data map[string]string `json:"data"`
	}
	for _, f := range yamlsrc.Decode(c.doc, &e) {
		if strings.HasPrefix(f.Path, "data") {
			r.findings.Add(f)
			return false
		}
	}
	c.kind = kindRender
	closed := "false"
	options := map[string]*string{"mode": &c.kind, "region": &c.render.Region, "environment": &c.render.Environment,
		"tenant": &c.render.Tenant, "only": &c.render.Only, "output": &c.render.Output,
		"eso": &c.lint.ESO, "failOn": &c.lint.FailOn, "closed": &closed}
	ok := true
	for _, name := range slices.Sorted(maps.Keys(e.Data)) {
		if into := options[name]; into != nil {
			*into = e.Data[name]
			continue
		}
		ok = false
		field := yamlsrc.Join("data", name)
		f := diag.Finding{Code: "unknown-field", Span: c.doc.KeySpan(field), Path: field, Message: "there is no option " + strconv.Quote(name),
			Hint: "known options: " + strings.Join(slices.Sorted(maps.Keys(options)), ", ")}
		if near := yamlsrc.Closest(name, slices.Sorted(maps.Keys(options))); near != "" {
			f.Hint = "did you mean " + strconv.Quote(near) + "?"
		}
		r.findings.Add(f)
	}
	c.lint.Closed = closed == "true"
	return ok && r.oneOf(c, "data.mode", c.kind, kindRender, kindLint) && r.oneOf(c, "data.closed", closed, "true", "false") && r.checkConfig(c, "data")
}

// checkConfig checks what has a fixed set of values.
func (r *run) checkConfig(c *config, at string) bool {
	ok := r.oneOf(c, at+".only", c.render.Only, "", onlyPlatform, onlyTenants)
	if output := path.Clean(c.render.Output); !fs.ValidPath(output) {
		ok = false
		r.findings.Add(diag.Finding{Code: "invalid-value", Span: c.doc.Span(at + ".output"), Path: at + ".output",
			Message: strconv.Quote(c.render.Output) + " is no folder of the package", Hint: "a path from the package's own folder, without .."})
	}
	ok = r.oneOf(c, at+".failOn", c.lint.FailOn, "", "error", "warning") && ok
	codes := []string{}
	for _, rule := range slices.Concat(lint.Rules(), r.Rules) {
		codes = append(codes, rule.Code)
	}
	for _, code := range slices.Sorted(maps.Keys(c.lint.Rules)) {
		field := yamlsrc.Join(at+".rules", code)
		if !slices.Contains(codes, code) {
			f := diag.Finding{Code: "unknown-rule", Span: c.doc.KeySpan(field), Path: field, Message: "there is no rule " + strconv.Quote(code)}
			if near := yamlsrc.Closest(code, codes); near != "" {
				f.Hint = "did you mean " + strconv.Quote(near) + "?"
			}
			r.findings.Add(f)
			ok = false
		}
		ok = r.oneOf(c, field, string(c.lint.Rules[code]), string(lint.Off), string(lint.AsNote), string(lint.AsWarning), string(lint.AsError)) && ok
	}
	return ok
}

func (r *run) oneOf(c *config, field, got string, want ...string) bool {
	if slices.Contains(want, got) {
		return true
	}
	want = slices.DeleteFunc(slices.Clone(want), func(s string) bool { return s == "" })
	f := diag.Finding{Code: "one-of", Span: c.doc.Span(field), Path: field, Message: strconv.Quote(got) + " is not one of " + strings.Join(want, ", ")}
	if near := yamlsrc.Closest(got, want); near != "" {
		f.Hint = "did you mean " + strconv.Quote(near) + "?"
	}
	r.findings.Add(f)
	return false
}
