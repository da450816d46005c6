package lint

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/internal/eso"
	"github.com/openova-io/esotree/internal/secretscan"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/object"
)

// inSops reports whether a manifest is encrypted by SOPS. The types of no API have a field for that.
func inSops(o *object.Object) bool {
	switch o.Value.(type) {
	case json.RawMessage, map[string]any:
	default:
		return false
	}
	text, err := o.JSON()
	if err != nil || !bytes.Contains(text, []byte(`"sops"`)) {
		return false
	}
	var in struct {
		Sops struct {
			Mac          string `json:"mac"`
			LastModified string `json:"lastmodified"`
		} `json:"sops"`
	}
	return json.Unmarshal(text, &in) == nil && (in.Sops.Mac != "" || in.Sops.LastModified != "")
}

// isReference reports whether a value only says where the secret is, for a tool that puts it in later, or is a placeholder.
func isReference(value string) bool {
	value = strings.TrimSpace(value)
	if strings.Contains(value, "<path:") { // Argo CD's Vault plugin
		return true
	}
	if strings.Contains(value, "\n") {
		return false
	}
	lower := strings.ToLower(value)
	for _, scheme := range []string{"op://", "secret://", "ref+", "vault:", "awssm:", "gcpsm:", "azurekv:", "keeper://", "doppler://", "pass://", "bws://", "infisical://"} {
		if strings.HasPrefix(lower, scheme) {
			return true
		}
	}
	for _, word := range []string{"replace", "placeholder", "change-me", "changeme", "change_me", "update_", "your-", "your_", "my-", "xxxx", "todo", "example", "redacted", "dummy"} {
		if strings.Contains(lower, word) {
			return true
		}
	}
	return computed(value) && (strings.HasPrefix(value, "${") && strings.HasSuffix(value, "}") || strings.HasPrefix(value, "<") || strings.Contains(value, "{{"))
}

// isSetting reports whether a value is nobody's secret: a switch, a small number, an address without credentials.
func isSetting(value string) bool {
	value = strings.TrimSpace(value)
	if _, err := strconv.ParseBool(value); err == nil {
		return true
	}
	if n, err := strconv.Atoi(value); err == nil && n >= 0 && n < 1000 {
		return true
	}
	address, isURL := strings.CutPrefix(strings.Replace(value, "https://", "http://", 1), "http://")
	return isURL && !strings.ContainsAny(address, "@?#\n ") && len(address) < 80 && strings.Count(address, "/") <= 2
}

// secretManifest finds Secrets with values.
func secretManifest(p *Pass) {
	for _, o := range p.Graph.Objects {
		if o.Kind != "Secret" || o.APIVersion != "v1" || inSops(o) {
			continue
		}
		var in struct {
			Metadata struct {
				Labels map[string]string `json:"labels"`
			} `json:"metadata"`
			Data       map[string]any `json:"data"`
			StringData map[string]any `json:"stringData"`
		}
		if o.View(&in) != nil {
			continue
		}
		_, isArgo := in.Metadata.Labels["argocd.argoproj.io/secret-type"]
		at := ""
		for field, data := range map[string]map[string]any{"data": in.Data, "stringData": in.StringData} {
			for _, key := range sortedKeys(data) {
				value, _ := data[key].(string)
				if field == "data" {
					if plain, err := base64.StdEncoding.DecodeString(value); err == nil {
						value = string(plain)
					}
				}
				if value == "" || isReference(value) || isSetting(value) || isArgo && isArgoSetting(key) {
					continue
				}
				path := yamlsrc.Join(field, key)
				hide(o, path)
				if at == "" || path < at {
					at = path
				}
			}
		}
		if at != "" {
			p.Report(o, at, title(o)+" holds values, and Git keeps them for ever", "put the value into the store and read it with an ExternalSecret; then change the value")
		}
	}
}

// isArgoSetting reports whether a key of Argo CD's own Secrets holds no secret.
func isArgoSetting(key string) bool {
	switch key {
	case "url", "type", "name", "server", "project", "enableOCI", "insecure", "namespaces", "clusterResources", "enableLfs", "proxy", "noProxy":
		return true
	}
	return false
}

// hide keeps a value out of excerpts.
func hide(o *object.Object, path string) {
	if s := o.Span(path); s.IsValid() {
		s.File.Hide(s)
	}
}

// secretLiteral finds what looks like a secret in objects that should hold none.
func secretLiteral(p *Pass) {
	for _, o := range p.Graph.Objects {
		group := graph.GroupOf(o)
		switch {
		case group == eso.Group || group == eso.GeneratorGroup:
		case group == "" && (o.Kind == "ConfigMap" || o.Kind == "Pod"):
		case group == "apps" || group == "batch":
		default:
			continue
		}
		if !p.wants(o) {
			continue
		}
		found := false
		for value := range o.Strings() {
			if _, found = secretscan.Scan(value); found {
				break
			}
		}
		if !found || inSops(o) { // most hold nothing, and nothing is built of them
			continue
		}
		text, err := o.JSON() // in which each string has its place
		var in map[string]any
		if err != nil || json.Unmarshal(text, &in) != nil {
			continue
		}
		eachString(in, "", func(path, value string) {
			if kind, found := secretscan.Scan(value); found {
				hide(o, path)
				p.Report(o, path, fmt.Sprintf("%s holds what looks like %s", title(o), kind), "put it into the store, read it with an ExternalSecret, and change it")
			}
		})
	}
}

// eachString calls f for each string in a value, in the order of its sorted keys.
func eachString(v any, path string, f func(path, value string)) {
	switch v := v.(type) {
	case string:
		f(path, v)
	case []any:
		for i, item := range v {
			eachString(item, yamlsrc.Index(path, i), f)
		}
	case map[string]any:
		for _, key := range sortedKeys(v) {
			eachString(v[key], yamlsrc.Join(path, key), f)
		}
	}
}

// sopsFile finds manifests that SOPS encrypts.
func sopsFile(p *Pass) {
	for _, o := range p.Graph.Objects {
		if inSops(o) {
			p.Report(o, "sops", title(o)+" is encrypted by SOPS: Git holds the value, and who had the key has it for ever", "put the value into the store and read it with an ExternalSecret")
		}
	}
}

// argoDefaultDrift finds fields that the API server fills in and Argo CD then calls out of sync.
func argoDefaultDrift(p *Pass) {
	argo := false
	for _, o := range p.Graph.Objects {
		if o.Kind != "Application" && o.Kind != "ApplicationSet" || graph.GroupOf(o) != "argoproj.io" {
			continue
		}
		text, err := o.JSON()
		if err == nil && (strings.Contains(string(text), "ignoreDifferences") || strings.Contains(string(text), "ServerSideDiff=true")) {
			return
		}
		argo = true
	}
	if !argo {
		return
	}
	for _, o := range p.Graph.Objects {
		if graph.GroupOf(o) != eso.Group {
			continue
		}
		text, err := o.JSON()
		var in map[string]any
		if err != nil || json.Unmarshal(text, &in) != nil {
			continue
		}
		var missing []string
		first := ""
		for _, d := range p.release(o.Cluster).Defaults(o.Kind) {
			if !strings.Contains(d.Path, "[]") { // outside of lists Argo CD leaves what it does not know
				continue
			}
			path := lacks(in, "", strings.Split(d.Path, "."))
			if path == "" {
				continue
			}
			missing = append(missing, strings.ReplaceAll(d.Path, "[]", ""))
			if first == "" {
				first = path
			}
		}
		if len(missing) > 0 {
			p.Report(o, first, fmt.Sprintf("%s leaves out %s, which the API server fills in: Argo CD shows it as out of sync", title(o), strings.Join(missing, ", ")),
				"write the defaults, or let Argo CD compare on the server's side (ServerSideDiff=true)")
		}
	}
}

// lacks returns the path of the first parent that is there and has no field at the end of a path; "" where there is none. An
// element of the path that ends in [] is a list.
func lacks(v any, at string, path []string) string {
	name, isList := strings.CutSuffix(path[0], "[]")
	m, ok := v.(map[string]any)
	if !ok {
		return ""
	}
	next, there := m[name]
	if len(path) == 1 {
		if there {
			return ""
		}
		return at
	}
	if !there {
		return ""
	}
	at = yamlsrc.Join(at, name)
	if !isList {
		return lacks(next, at, path[1:])
	}
	items, _ := next.([]any)
	for i, item := range items {
		if found := lacks(item, yamlsrc.Index(at, i), path[1:]); found != "" {
			return found
		}
	}
	return ""
}
