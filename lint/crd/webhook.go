package crd

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/openova-io/esotree/internal/eso"
	"github.com/openova-io/esotree/internal/yamlsrc"
)

// webhook reviews an object as ESO's admission webhook does. It sees what the API server would store, defaults included.
//
// In all releases since 0.16: the combinations of policies, data or dataFrom, what an entry of dataFrom may name, duplicate keys
// under deletionPolicy Retain and the namespace regexes of a store. Since 2.4.1
// privileged templates; since 2.8 deletionPolicy Delete with creationPolicy CreateOrMerge, and a store's refresh interval;
// since 2.9 the targets of templateFrom. A release line counts as its newest patch.
//
// The webhook has no rules for PushSecrets, generators and cluster-wide kinds but the ClusterSecretStore. The spec in a
// ClusterExternalSecret is reviewed when the operator makes an ExternalSecret of it. What it asks of a store of each provider is in
// stores.json; none of that asks anything of a cluster or a provider.
type webhook struct {
	*subject
	release eso.Release
	// stores are the rules of the providers.
	stores []storeRules
}

func (w webhook) review() {
	if w.definition.group != eso.Group {
		return
	}
	spec := view{w.value}.at("spec")
	switch w.definition.name {
	case "ExternalSecret":
		w.externalSecret(spec, "spec", "")
	case "ClusterExternalSecret":
		w.externalSecret(spec.at("externalSecretSpec"), "spec.externalSecretSpec", "the ExternalSecrets of ")
	case "SecretStore", "ClusterSecretStore":
		w.store(spec)
	}
}

func (w webhook) refuse(code, path, detail, hint string) { w.refuseOf("", code, path, detail, hint) }

func (w webhook) refuseOf(what, code, path, detail, hint string) {
	w.add(code, path, fmt.Sprintf("the admission webhook of ESO refuses %s%s: %s", what, title(w.object), detail), hint)
}

func (w webhook) since(major, minor int) bool {
	return w.release.AtLeast(eso.Release{Major: major, Minor: minor})
}

func (w webhook) externalSecret(spec view, prefix, what string) {
	refuse := func(code, path, detail, hint string) { w.refuseOf(what, code, prefix+path, detail, hint) }
	target := spec.at("target")
	creation, deletion := target.text("creationPolicy"), target.text("deletionPolicy")
	switch {
	case deletion == "Delete" && (creation == "Merge" || creation == "None" || creation == "CreateOrMerge" && w.since(2, 8)):
		refuse(CodePolicies, ".target.deletionPolicy", fmt.Sprintf("deletionPolicy Delete with creationPolicy %s, which does not own the Secret", creation), "say creationPolicy: Owner, or another deletionPolicy")
	case deletion == "Merge" && creation == "None":
		refuse(CodePolicies, ".target.deletionPolicy", "deletionPolicy Merge with creationPolicy None, where there is no Secret to merge with", "say creationPolicy: Owner, or another deletionPolicy")
	}
	data, from := spec.list("data"), spec.list("dataFrom")
	if len(data) == 0 && len(from) == 0 {
		refuse(CodeNoData, "", "neither data nor dataFrom has an entry", "say what the Secret holds")
	}
	for i, entry := range from {
		path := yamlsrc.Index(".dataFrom", i)
		source := entry.at("sourceRef")
		generator := source.has("generatorRef")
		switch {
		case entry.has("find") && entry.has("extract") || generator && (entry.has("find") || entry.has("extract")):
			refuse(CodeDataFrom, path, "an entry of dataFrom with more than one of extract, find and a generatorRef", "make an entry of each")
		case !entry.has("find") && !entry.has("extract") && !entry.has("sourceRef"):
			refuse(CodeDataFrom, path, "an entry of dataFrom without extract, find and sourceRef", "say what it reads")
		}
		if entry.has("sourceRef") && !generator && !source.has("storeRef") {
			refuse(CodeDataFrom, path+".sourceRef", "a sourceRef in dataFrom without generatorRef and storeRef", "name the generator or the store")
		}
	}
	if deletion == "Retain" {
		seen := map[string]bool{}
		for i, entry := range data {
			key := entry.text("secretKey")
			if seen[key] {
				refuse(CodeDuplicate, yamlsrc.Index(".data", i)+".secretKey", fmt.Sprintf("secretKey %q is there twice under deletionPolicy Retain", key), "give each entry a key of its own")
			}
			seen[key] = true
		}
	}
	w.template(target, refuse)
}

// template reviews what a template may make of a Secret.
func (w webhook) template(target view, refuse func(code, path, detail, hint string)) {
	template := target.at("template")
	from := template.list("templateFrom")
	if w.since(2, 4) {
		switch kind := template.text("type"); kind {
		case "kubernetes.io/service-account-token":
			const account = "kubernetes.io/service-account.name"
			if template.at("metadata").at("annotations").has(account) {
				refuse(CodePrivileged, ".target.template.metadata.annotations."+account, fmt.Sprintf("a template of type %s with the annotation %s, which makes a token for that account", kind, account), "make the token without ESO, as the account's owner")
			}
			for i, entry := range from {
				if strings.EqualFold(entry.text("target"), "Annotations") {
					refuse(CodePrivileged, yamlsrc.Index(".target.template.templateFrom", i)+".target", fmt.Sprintf("a template of type %s whose annotations come from templateFrom", kind), "make the token without ESO, as the account's owner")
					break
				}
			}
		case "bootstrap.kubernetes.io/token":
			refuse(CodePrivileged, ".target.template.type", fmt.Sprintf("a template of type %s, which lets nodes join the cluster", kind), "make the token without ESO")
		}
	}
	manifest := target.at("manifest")
	if !w.since(2, 9) || target.has("manifest") && (manifest.text("apiVersion") != "v1" || manifest.text("kind") != "Secret") {
		return
	}
	for i, entry := range from {
		switch strings.ToLower(entry.text("target")) {
		case "", "data", "annotations", "labels":
		default:
			refuse(CodeTarget, yamlsrc.Index(".target.template.templateFrom", i)+".target", "a templateFrom whose target is another part of the Secret than Data, Annotations and Labels", "say Data, Annotations or Labels")
		}
	}
}

func (w webhook) store(spec view) {
	for i, condition := range spec.list("conditions") {
		for j, r := range condition.list("namespaceRegexes") {
			text, _ := r.value.(string)
			if _, err := regexp.Compile(text); err != nil {
				w.refuse(CodeStore, yamlsrc.Index(yamlsrc.Index("spec.conditions", i)+".namespaceRegexes", j), "a namespace regex that can't be compiled", "the syntax is that of RE2")
			}
		}
	}
	if text, ok := spec.field("refreshInterval").(string); ok && w.since(2, 8) {
		if d, err := time.ParseDuration(text); err != nil || d < 0 {
			w.refuse(CodeStore, "spec.refreshInterval", "a refreshInterval that is no duration, or below zero", "write it like 1h or 300")
		}
	}
	if seconds, ok := spec.field("refreshInterval").(int64); ok && seconds < 0 && w.since(2, 8) {
		w.refuse(CodeStore, "spec.refreshInterval", "a refreshInterval below zero", "write it like 1h or 300")
	}
	w.provider(spec)
}

// view reads a decoded value; what is not there reads as nothing.
type view struct{ value any }

func (v view) field(name string) any {
	m, _ := v.value.(map[string]any)
	return m[name]
}
func (v view) at(name string) view     { return view{v.field(name)} }
func (v view) has(name string) bool    { return v.field(name) != nil }
func (v view) text(name string) string { s, _ := v.field(name).(string); return s }

func (v view) list(name string) []view {
	list, _ := v.field(name).([]any)
	out := make([]view, len(list))
	for i := range list {
		out[i] = view{list[i]}
	}
	return out
}
