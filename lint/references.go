package lint

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/internal/eso"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/object"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// storeMissing checks that each store that is named is there, by kind, namespace and name.
func storeMissing(p *Pass) {
	var byName map[[2]string][]*graph.Store
	has := map[string]bool{}
	index := func() {
		byName = map[[2]string][]*graph.Store{}
		for _, s := range p.Graph.Stores {
			name := [2]string{s.Object.Cluster, s.Object.Name}
			byName[name] = append(byName[name], s)
			has[s.Object.Cluster] = true
		}
	}
	missing := func(o *object.Object, path string, ref graph.StoreRef, anywhere bool) {
		kind := ref.Kind
		if kind == "" {
			kind = "SecretStore"
		}
		if computed(ref.Name) {
			return
		}
		if ref.Name == "" {
			p.ReportAs(diag.Error, o, path, title(o)+" names no store for this entry", "name one under secretStoreRef or sourceRef.storeRef")
			return
		}
		if byName == nil {
			index()
		}
		near := byName[[2]string{o.Cluster, ref.Name}]
		if anywhere && !ref.Clustered() || !has[o.Cluster] && !p.Closed {
			return
		}
		for _, s := range near {
			if s.Object.Kind == kind && (s.Object.Namespace == "" || o.Namespace == "") {
				return // kustomize or kubectl says the namespace
			}
		}
		hint := ""
		if len(near) > 0 {
			hint = "there is " + title(near[0].Object)
			if near[0].Clustered() {
				hint += ": say kind: ClusterSecretStore"
			}
		} else {
			var names []string
			for name := range byName {
				if name[0] == o.Cluster {
					names = append(names, name[1])
				}
			}
			slices.Sort(names)
			if close := mistyped(ref.Name, names); close != "" {
				hint = fmt.Sprintf("did you mean %q?", close)
			}
		}
		if hint == "" && !p.Closed {
			return // another repository, or a chart, may bring it
		}
		p.Report(o, path, fmt.Sprintf("%s names %s %q, which is not there", title(o), kind, ref.Name), hint)
	}
	for _, pull := range p.Graph.Pulls {
		seen := map[string]bool{}
		for _, r := range pull.Reads {
			field, path := r.RefPath, r.RefPath
			if r.Ref.Name == "" { // one mistake, at the first entry that it hurts
				path = r.Path
			}
			if r.Store == nil && !seen[field] {
				seen[field] = true
				missing(pull.Object, path, r.Ref, pull.Anywhere)
			}
		}
	}
	for _, push := range p.Graph.Pushes {
		for _, s := range push.Stores {
			if s.Store == nil {
				missing(push.Object, s.Path, s.Ref, push.Prefix != "spec")
			}
		}
	}
}

// generatorMissing checks that each generator that is named is there.
func generatorMissing(p *Pass) {
	type identity struct{ cluster, kind, name string }
	var byName map[identity]*graph.Generator
	check := func(o *object.Object, d *graph.Draw, anywhere bool) {
		if d.Ref.APIVersion != "" && !strings.HasPrefix(d.Ref.APIVersion, eso.GeneratorGroup+"/") {
			p.ReportAs(diag.Error, o, d.Path+".apiVersion", fmt.Sprintf("%s names a generator of %q, where there are none", title(o), d.Ref.APIVersion), "generators are of "+eso.GeneratorGroup+"/v1alpha1")
			return
		}
		if d.Generator != nil {
			return
		}
		if _, ok := eso.GeneratorOf(d.Ref.Kind); !ok && d.Ref.Kind != "" {
			var kinds []string
			for _, g := range eso.Generators() {
				kinds = append(kinds, g.Kind)
			}
			hint := ""
			if near := yamlsrc.Closest(d.Ref.Kind, kinds); near != "" {
				hint = fmt.Sprintf("did you mean %q?", near)
			}
			p.ReportAs(diag.Error, o, d.Path+".kind", fmt.Sprintf("%s names a generator of kind %q, which does not exist", title(o), d.Ref.Kind), hint)
			return
		}
		if computed(d.Ref.Name) || anywhere && d.Ref.Kind != "ClusterGenerator" {
			return
		}
		if byName == nil {
			byName = map[identity]*graph.Generator{}
			for _, g := range p.Graph.Generators {
				byName[identity{g.Object.Cluster, g.Object.Kind, g.Object.Name}] = g
			}
		}
		hint := ""
		if other := byName[identity{o.Cluster, d.Ref.Kind, d.Ref.Name}]; other != nil {
			if o.Namespace == "" || other.Object.Namespace == "" {
				return
			}
			hint = fmt.Sprintf("there is one in namespace %q; only a ClusterGenerator can be used from other namespaces", other.Object.Namespace)
		}
		if hint == "" && !p.Closed {
			var names []string
			for _, g := range p.Graph.Generators {
				if g.Object.Cluster == o.Cluster && g.Object.Kind == d.Ref.Kind {
					names = append(names, g.Object.Name)
				}
			}
			near := mistyped(d.Ref.Name, names)
			if near == "" {
				return
			}
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		p.Report(o, d.Path+".name", fmt.Sprintf("%s names %s %q, which is not there", title(o), d.Ref.Kind, d.Ref.Name), hint)
	}
	for _, pull := range p.Graph.Pulls {
		for _, d := range pull.Draws {
			check(pull.Object, d, pull.Anywhere)
		}
	}
	for _, push := range p.Graph.Pushes {
		if push.Draw != nil {
			check(push.Object, push.Draw, push.Prefix != "spec")
		}
	}
}

// storeDeniesNamespace checks namespaces against the conditions of ClusterSecretStores. Label selectors are not decided.
func storeDeniesNamespace(p *Pass) {
	if !slices.ContainsFunc(p.Graph.Stores, func(s *graph.Store) bool { return s.Clustered() && len(s.Conditions) > 0 }) {
		return
	}
	variants := map[[2]string][]*graph.Store{} // a repository may have one for each environment
	for _, s := range p.Graph.Stores {
		if s.Clustered() {
			name := [2]string{s.Object.Cluster, s.Object.Name}
			variants[name] = append(variants[name], s)
		}
	}
	patched := map[string]bool{}
	if !p.Closed {
		patched = patchedStores(p.Graph)
	}
	type pair struct {
		store     *graph.Store
		namespace string
	}
	passing := map[pair]bool{}
	check := func(o *object.Object, path string, s *graph.Store, namespaces []string) {
		if s == nil || !s.Clustered() || len(s.Conditions) == 0 || patched[""] || patched[s.Object.Name] {
			return
		}
		for _, namespace := range namespaces {
			its := pair{s, namespace}
			if passing[its] {
				continue
			}
			if namespace == "" || computed(namespace) || slices.ContainsFunc(variants[[2]string{s.Object.Cluster, s.Object.Name}], func(v *graph.Store) bool {
				return len(v.Conditions) == 0 || passes(v.Conditions, namespace)
			}) {
				passing[its] = true
				continue
			}
			p.Report(o, path, fmt.Sprintf("%s denies namespace %q", title(s.Object), namespace), "add the namespace to spec.conditions of the store, or read from another one",
				at(s.Object, "spec.conditions", "its conditions"))
		}
	}
	for _, pull := range p.Graph.Pulls {
		seen := map[string]bool{}
		for _, r := range pull.Reads {
			if !seen[r.RefPath] {
				seen[r.RefPath] = true
				check(pull.Object, r.RefPath, r.Store, pull.Namespaces)
			}
		}
	}
	for _, push := range p.Graph.Pushes {
		namespaces := []string{push.Object.Namespace}
		for _, s := range push.Stores {
			check(push.Object, s.Path, s.Store, namespaces)
		}
	}
}

// patchedStores are the names of the ClusterSecretStores that a kustomization patches; "" stands for all.
func patchedStores(g *graph.Graph) map[string]bool {
	out := map[string]bool{}
	for _, o := range g.Objects {
		if o.Kind != "Kustomization" || graph.GroupOf(o) != "kustomize.config.k8s.io" {
			continue
		}
		var in struct {
			Patches []struct {
				Target struct {
					Kind string `json:"kind"`
					Name string `json:"name"`
				} `json:"target"`
			} `json:"patches"`
		}
		if o.View(&in) != nil {
			continue
		}
		for _, patch := range in.Patches {
			if patch.Target.Kind == "ClusterSecretStore" || patch.Target.Kind == "" && patch.Target.Name != "" {
				out[patch.Target.Name] = true
			}
		}
	}
	return out
}

func passes(conditions []graph.Condition, namespace string) bool {
	for _, c := range conditions {
		if c.NamespaceSelector != nil || slices.Contains(c.Namespaces, namespace) {
			return true
		}
		for _, pattern := range c.NamespaceRegexes {
			if re, err := regexp.Compile(pattern); err != nil || re.MatchString(namespace) {
				return true
			}
		}
	}
	return false
}

// apiNotServed checks apiVersions against the release.
func apiNotServed(p *Pass) {
	type api struct{ cluster, version, kind string }
	served := map[api]bool{} // what is right, once for all objects of a kind
	for _, o := range p.Graph.Objects {
		its := api{o.Cluster, o.APIVersion, o.Kind}
		if served[its] {
			continue
		}
		group, version, _ := strings.Cut(o.APIVersion, "/")
		if group != eso.Group && group != eso.GeneratorGroup {
			served[its] = true
			continue
		}
		if _, known := eso.KindOf(group, o.Kind); !known {
			if near := mistyped(o.Kind, kindsOf(group)); near != "" { // else a newer release may have it
				p.Report(o, "kind", fmt.Sprintf("ESO has no kind %s", o.Kind), fmt.Sprintf("did you mean %q?", near))
			}
			continue
		}
		profile := p.release(o.Cluster)
		versions := profile.Served(group, o.Kind)
		switch {
		case slices.Contains(versions, version):
			served[its] = true
		case len(versions) == 0:
			p.Report(o, "kind", fmt.Sprintf("ESO %s has no %s", profile.Release(), o.Kind), "")
		default:
			hint := fmt.Sprintf("write %s/%s; its fields mean the same", group, versions[0])
			if version == "v1alpha1" {
				hint = fmt.Sprintf("write %s/%s, of which some fields are others", group, versions[0])
			}
			p.Report(o, "apiVersion", fmt.Sprintf("ESO %s does not serve %s %s", profile.Release(), o.Kind, o.APIVersion), hint)
		}
	}
}

// kindsOf are the kinds of a group.
func kindsOf(group string) []string {
	var out []string
	for _, k := range eso.Kinds() {
		if k.Group == group {
			out = append(out, k.Name)
		}
	}
	return out
}

// pushSourceMissing checks that something makes what is pushed.
func pushSourceMissing(p *Pass) {
	var others *controllers
	var made map[[2]string][]string
	for _, push := range p.Graph.Pushes {
		s := push.Source
		if s == nil || computed(s.Spot.Name) {
			continue
		}
		if len(s.Makers) == 0 && len(s.Manifests) == 0 {
			if s.External.Len() > 0 || p.Graph.MayBeMade(s.Spot) {
				continue
			}
			if made == nil {
				made = madeSecrets(p.Graph)
			}
			hint := "where another controller or a person makes it, say so with the annotation esotree.openova.io/external: <keys>"
			if near := mistyped(s.Spot.Name, made[[2]string{s.Spot.Cluster, s.Spot.Namespace}]); near != "" {
				hint = fmt.Sprintf("did you mean %q?", near)
			} else if !p.Closed {
				continue
			}
			if others == nil {
				others = newControllers(p.Graph)
			}
			if !others.mayMake(s.Spot) {
				p.Report(push.Object, push.Prefix+".selector.secret.name", fmt.Sprintf("%s pushes Secret %q, which nothing here makes", title(push.Object), s.Spot.Name), hint)
			}
			continue
		}
		seen := map[string]bool{}
		for _, w := range push.Writes {
			if w.SecretKey == "" || push.Keys.May(w.SecretKey) || slices.ContainsFunc(s.Manifests, func(m *object.Object) bool { return !p.together(m, push.Object) }) || seen[w.Path] || p.Graph.MayBeMade(s.Spot) {
				continue
			}
			seen[w.Path] = true
			p.Report(push.Object, w.Path+".match.secretKey", fmt.Sprintf("%s pushes key %q, which Secret %q does not have", title(push.Object), w.SecretKey, s.Spot.Name), has(push.Keys))
		}
	}
}

// madeSecrets are the names of the Secrets that ExternalSecrets make, by cluster and namespace.
func madeSecrets(g *graph.Graph) map[[2]string][]string {
	made := map[[2]string][]string{}
	for _, s := range g.Secrets {
		if len(s.Makers) > 0 {
			at := [2]string{s.Spot.Cluster, s.Spot.Namespace}
			made[at] = append(made[at], s.Spot.Name)
		}
	}
	return made
}

func has(keys graph.KeySet) string {
	if keys.Len() == 0 {
		return ""
	}
	return "it has " + strings.Join(keys.Known(), ", ")
}

// templateKeyMissing checks that what a template takes is there.
func templateKeyMissing(p *Pass) {
	check := func(o *object.Object, prefix, field string, t *graph.TemplateView, keys *graph.KeySet) {
		if keys.Open || !isParsed(t) {
			return
		}
		missing := func(use graph.TemplateUse) bool { return use.Strict && !keys.Has(use.Key) }
		wrong := func(text string) bool {
			uses, _ := p.templateUses(text)
			return slices.ContainsFunc(uses, missing)
		}
		eachWrong(t.Data, wrong, func(name, text string) {
			uses, _ := p.templateUses(text)
			seen := map[string]bool{}
			for _, use := range uses {
				if !missing(use) || seen[use.Key] {
					continue
				}
				seen[use.Key] = true
				hint := has(*keys)
				if near := yamlsrc.Closest(use.Key, keys.Known()); near != "" {
					hint = fmt.Sprintf("did you mean %q?", near)
				}
				p.Report(o, yamlsrc.Join(prefix+field+".data", name), fmt.Sprintf("the template takes %q, which none of the entries gives", use.Key), hint)
			}
		})
	}
	for _, pull := range p.Graph.Pulls {
		check(pull.Object, pull.Prefix, ".target.template", pull.Spec.Target.Template, &pull.Sources)
	}
	for _, push := range p.Graph.Pushes {
		check(push.Object, push.Prefix, ".template", push.Spec.Template, &push.Sources)
	}
}
