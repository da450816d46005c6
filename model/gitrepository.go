package model

import (
	"maps"
	"slices"
	"strings"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/yamlsrc"
)

// GitRepositories links the Flux sources, for each region that has them, and checks that the Secret each one names exists
// there with the keys that Flux reads.
func (m *Model) GitRepositories(platform *Scope) ([]GitRepository, []diag.Finding) {
	var out []GitRepository
	var findings []diag.Finding
	for i := range m.Platform.Spec.GitRepositories {
		g := &m.Platform.Spec.GitRepositories[i]
		at := place{{m.Platform.Source, yamlsrc.Index("spec.gitRepositories", i)}}
		if g.Name == "" && at.hides("name") || g.Namespace == "" && at.hides("namespace") {
			continue
		}
		if problem := checkSubdomain("GitRepository", g.Name); problem != "" {
			findings = append(findings, at.finding("invalid-name", "name", problem, subdomainHint))
			continue
		}
		if problem := checkLabel("namespace", g.Namespace); problem != "" {
			findings = append(findings, at.finding("invalid-name", "namespace", problem, labelHint))
			continue
		}
		in := m.Regions
		if w := g.Regions; w != nil && !w.All {
			in = []*Region{m.Home}
			if !w.Home {
				var more []diag.Finding
				in, more = m.regionsNamed(at, "regions", w.Names, m.Regions, nil)
				findings = append(findings, more...)
			}
		}
		for _, r := range in {
			e := expander{platform.names(r).with("namespace", g.Namespace), at, &findings}
			repository := GitRepository{Name: g.Name, Namespace: g.Namespace, Region: r, Spec: e.open("spec", g.Spec)}
			repository.Span, _ = at.at("name")
			findings = append(findings, platform.checkCredentials(repository, at)...)
			out = append(out, repository)
		}
	}
	return out, findings
}

// checkCredentials finds the Secret that Flux is told to use. Flux reads username and password for HTTPS, identity and
// known_hosts for SSH, or bearerToken.
func (s *Scope) checkCredentials(g GitRepository, p place) []diag.Finding {
	name, ok := at(map[string]any(g.Spec), []string{"secretRef", "name"})
	text, isText := name.(string)
	if !ok || !isText {
		return nil
	}
	const field = "spec.secretRef.name"
	var near []string
	for _, secret := range s.Secrets {
		if secret.Namespace != g.Namespace {
			continue
		}
		near = append(near, secret.Target)
		if secret.Target != text {
			continue
		}
		if !slices.Contains(secret.In, g.Region) {
			return []diag.Finding{p.finding("unknown-secret", field, "GitRepository "+quote(g.Name)+" uses Secret "+quote(text)+", which does not exist in "+g.Region.Name, "add the region to the secret's regions")}
		}
		keys := map[string]bool{}
		for _, k := range secret.Keys {
			keys[k.Name] = true
		}
		wanted := []string{"username", "password"}
		if url, _ := g.Spec["url"].(string); strings.HasPrefix(url, "ssh://") {
			wanted = []string{"identity", "known_hosts"}
		}
		if keys["bearerToken"] && wanted[0] == "username" {
			return nil
		}
		for _, w := range wanted {
			if !keys[w] {
				return []diag.Finding{p.finding("unknown-key", field, "GitRepository "+quote(g.Name)+" needs the key "+quote(w)+" of Secret "+quote(text)+", which has "+strings.Join(slices.Sorted(maps.Keys(keys)), ", "), "")}
			}
		}
		return nil
	}
	if s.Model.unread.secrets[""] || len(s.broken) > 0 {
		return nil
	}
	hint := ""
	if closest := yamlsrc.Closest(text, near); closest != "" {
		hint = "did you mean " + quote(closest) + "?"
	}
	return []diag.Finding{p.finding("unknown-secret", field, "GitRepository "+quote(g.Name)+" uses Secret "+quote(text)+", but namespace "+quote(g.Namespace)+" has no such secret in the description", hint)}
}
