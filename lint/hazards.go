package lint

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/internal/eso"
	"github.com/openova-io/esotree/internal/yamlsrc"
)

func rotatable(kind string) bool {
	facts, ok := eso.GeneratorOf(kind)
	return ok && facts.Rotatable
}

// generatorRotatesUnasked finds generated values that no store remembers.
func generatorRotatesUnasked(p *Pass) {
	for _, pull := range p.Graph.Pulls {
		if pull.Remembers() {
			continue
		}
		for _, d := range pull.Draws {
			if rotatable(d.Kind) {
				p.Report(pull.Object, d.Path, fmt.Sprintf("%s makes a new %s value whenever %s", title(pull.Object), d.Kind, regenerates(&pull.Spec)),
					"rewrite the generator's keys to new_$1, extract the pushed key after it with target.deletionPolicy Merge, and template the value as {{ index . \"password\" | default .new_password }}")
			}
		}
	}
}

// regenerates says when the operator runs the generators of a pull again.
func regenerates(spec *graph.PullView) string {
	once := spec.RefreshPolicy == "CreatedOnce" || spec.RefreshPolicy == "" && spec.RefreshInterval.Every() == 0
	switch owned := spec.Target.CreationPolicy != "Orphan"; {
	case once && owned:
		return "its object is new or restored, or its Secret is edited"
	case once:
		return "its object is new or restored"
	case owned:
		return "its object is new, relabelled or restored, or its Secret is edited"
	}
	return "its object is new, relabelled or restored"
}

// pushFromGeneratorLoop finds pushes that generate at each interval.
func pushFromGeneratorLoop(p *Pass) {
	for _, push := range p.Graph.Pushes {
		d := push.Draw
		if d == nil || !rotatable(d.Kind) || push.Spec.UpdatePolicy == "IfNotExists" || push.Spec.RefreshInterval.Every() == 0 {
			continue
		}
		p.Report(push.Object, d.Path, fmt.Sprintf("%s writes a new %s value at each refresh interval", title(push.Object), d.Kind),
			"set updatePolicy: IfNotExists, or generate into a Secret with an ExternalSecret and push that")
	}
}

// generated reports whether an ExternalSecret with a generator makes the Secret.
func generated(s *graph.Secret) bool {
	return s != nil && slices.ContainsFunc(s.Makers, func(m *graph.Pull) bool { return len(m.Draws) > 0 })
}

// pushTornSecret finds Secrets whose generated values go to one remote key in several writes.
func pushTornSecret(p *Pass) {
	for _, push := range p.Graph.Pushes {
		if !generated(push.Source) {
			continue
		}
		if !slices.ContainsFunc(push.Writes, func(w *graph.Write) bool { return w.SecretKey != "" && w.Property != "" }) {
			continue
		}
		first := map[graph.Place]*graph.Write{}
		told := map[string]bool{}
		for _, w := range push.Writes {
			if w.SecretKey == "" || w.Property == "" {
				continue
			}
			was := first[w.Place]
			if was == nil {
				first[w.Place] = w
				continue
			}
			if was.SecretKey == w.SecretKey || told[w.Remote] {
				continue
			}
			told[w.Remote] = true
			p.Report(push.Object, was.Path, fmt.Sprintf("%s writes the properties of %q one by one: at a rotation a reader can pull a new value beside an old one", title(push.Object), w.Remote),
				"push the Secret whole: match: {remoteRef: {remoteKey: …}}, without secretKey and property")
		}
	}
}

// pushTemplateAdds finds templates that seem to pick keys for a push of the whole Secret.
func pushTemplateAdds(p *Pass) {
	for _, push := range p.Graph.Pushes {
		t := push.Spec.Template
		if t == nil || len(t.Data) == 0 || t.MergePolicy == "Merge" {
			continue
		}
		var more []string
		for _, key := range push.Sources.Known() {
			if _, named := t.Data[key]; !named {
				more = append(more, strconv.Quote(key))
			}
		}
		i := slices.IndexFunc(push.Writes, func(w *graph.Write) bool { return w.SecretKey == "" && w.Property == "" })
		if i < 0 || len(more) == 0 {
			continue
		}
		p.Report(push.Object, push.Writes[i].Path, fmt.Sprintf("%s pushes the whole Secret, so also %s, which its template does not name", title(push.Object), strings.Join(more, ", ")),
			"ESO adds a push's template to the Secret, whatever its mergePolicy: push the keys that are meant, or say mergePolicy: Merge")
	}
}

// pushBinary finds keys that hold bytes which are no text.
func pushBinary(p *Pass) {
	for _, push := range p.Graph.Pushes {
		told := map[string]bool{}
		look := func(w *graph.Write, key string) {
			if !isBinary(key) || told[key] || encoded(push, key) {
				return
			}
			told[key] = true
			p.Report(push.Object, w.Path, fmt.Sprintf("%s pushes %q, which is not text: bytes that are no UTF-8 are replaced on the way", title(push.Object), key),
				"encode it in the PushSecret's template with b64enc, and read it with decodingStrategy: Base64")
		}
		for _, w := range push.Writes {
			if w.Store == nil || !isVault(w.Store) {
				continue // others take bytes, or convert certificates
			}
			more := w.Content.Known()
			if w.SecretKey == "" {
				more = push.Keys.Known()
			} else {
				look(w, w.SecretKey)
			}
			if w.SecretKey == "" || w.Property == "" {
				for _, key := range more {
					look(w, key)
				}
			}
		}
	}
}

// isBinary reports whether a key is named as a file that is no text.
func isBinary(key string) bool {
	switch path.Ext(key) {
	case ".jks", ".p12", ".pfx", ".keystore", ".truststore", ".der", ".keytab":
		return true
	}
	return false
}

// encoded reports whether a template makes the key a text.
func encoded(push *graph.Push, key string) bool {
	templates := []*graph.TemplateView{push.Spec.Template}
	if push.Source != nil {
		for _, m := range push.Source.Makers {
			templates = append(templates, m.Spec.Target.Template)
		}
	}
	for _, t := range templates {
		if t != nil && strings.Contains(t.Data[key], "b64enc") {
			return true
		}
	}
	return false
}

// deletePolicyLosesData finds pushes that take the only copies of a value with them.
func deletePolicyLosesData(p *Pass) {
	for _, push := range p.Graph.Pushes {
		s := push.Source
		if push.Spec.DeletionPolicy != "Delete" || s == nil {
			continue
		}
		severity := diag.Error
		if len(s.Makers) == 0 || s.External.Len() > 0 {
			severity = diag.Warning
		}
		copied := false
		for _, m := range s.Makers {
			if m.Remembers() || bootstrap(m) {
				severity = diag.Warning
			} else if len(m.Draws) == 0 {
				copied = true
			}
		}
		if copied {
			continue // the value is somewhere else, too
		}
		p.ReportAs(severity, push.Object, push.Prefix+".deletionPolicy", fmt.Sprintf("%s deletes the value from the stores, with all its versions, when it or the Secret goes", title(push.Object)),
			"say deletionPolicy: None, and delete by hand what is no longer needed")
	}
}

// refreshTooFast finds intervals that load the stores.
func refreshTooFast(p *Pass) {
	for _, pull := range p.Graph.Pulls {
		d := pull.Spec.RefreshInterval.Every()
		periodic := pull.Spec.RefreshPolicy == "" || pull.Spec.RefreshPolicy == "Periodic"
		if periodic && d > 0 && d < time.Minute && len(pull.Reads) > 0 {
			p.Report(pull.Object, pull.Prefix+".refreshInterval", fmt.Sprintf("%s reads the store every %s", title(pull.Object), d), "say 1m or more; a change of the object refreshes at once")
		}
	}
	for _, push := range p.Graph.Pushes {
		if d := push.Spec.RefreshInterval.Every(); d > 0 && d < time.Minute {
			p.Report(push.Object, push.Prefix+".refreshInterval", fmt.Sprintf("%s writes to the stores every %s", title(push.Object), d), "say 1m or more")
		}
	}
}

// shortLivedTokenTooSlow finds tokens that end before they are renewed.
func shortLivedTokenTooSlow(p *Pass) {
	var kind string
	var facts eso.Generator // of the kind
	for _, pull := range p.Graph.Pulls {
		for _, d := range pull.Draws {
			if d.Kind != kind {
				kind = d.Kind
				facts, _ = eso.GeneratorOf(kind)
			}
			if facts.TokenLife == 0 || d.Generator == nil && facts.LifeField != "" {
				continue
			}
			life := facts.TokenLife
			if field, found := strings.CutPrefix(facts.LifeField, "spec."); found {
				var v any = d.Generator.Spec()
				for name := range strings.SplitSeq(field, ".") {
					m, _ := v.(map[string]any)
					v = m[name]
				}
				if seconds, ok := v.(float64); ok && seconds > 0 {
					life = time.Duration(seconds) * time.Second
				}
			}
			interval := pull.Spec.RefreshInterval.Every()
			hint := fmt.Sprintf("refresh below %s, for instance every %s, with refreshPolicy Periodic", life, life/2)
			switch policy := pull.Spec.RefreshPolicy; {
			case policy == "CreatedOnce" || policy == "OnChange":
				p.Report(pull.Object, pull.Prefix+".refreshPolicy", fmt.Sprintf("%s never renews its %s, which lives %s", title(pull.Object), d.Kind, life), hint)
			case interval == 0:
				p.Report(pull.Object, pull.Prefix+".refreshInterval", fmt.Sprintf("%s never renews its %s, which lives %s", title(pull.Object), d.Kind, life), hint)
			case interval >= life:
				p.Report(pull.Object, pull.Prefix+".refreshInterval", fmt.Sprintf("%s renews its %s every %s, and it lives %s", title(pull.Object), d.Kind, interval, life), hint)
			}
		}
	}
}

// userinfo is a text that ends inside the user and password of a URL.
var userinfo = regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://[^/@?#]*$`)

// templateURLUnescaped finds generated passwords in URLs that their symbols break.
func templateURLUnescaped(p *Pass) {
	for _, pull := range p.Graph.Pulls {
		t := pull.Spec.Target.Template
		if t == nil || !slices.ContainsFunc(pull.Draws, isPassword) {
			continue
		}
		breaks := func(use graph.TemplateUse) bool {
			return len(use.Functions) == 0 && strings.Contains(use.Before, "://") && userinfo.MatchString(use.Before) &&
				slices.ContainsFunc(pull.Draws, func(d *graph.Draw) bool { return isPassword(d) && d.Outputs.Has(use.Key) && symbols(d.Generator) })
		}
		wrong := func(text string) bool {
			uses, _ := p.templateUses(text)
			return slices.ContainsFunc(uses, breaks)
		}
		eachWrong(t.Data, wrong, func(name, text string) {
			uses, _ := p.templateUses(text)
			key := uses[slices.IndexFunc(uses, breaks)].Key
			p.Report(pull.Object, yamlsrc.Join(pull.Prefix+".target.template.data", name), fmt.Sprintf("the generated %q stands in a URL, where its symbols mean something else", key),
				fmt.Sprintf("write {{ .%s | urlquery }}", key))
		})
	}
}

func isPassword(d *graph.Draw) bool { return d.Kind == "Password" }

// symbols reports whether a Password generator puts out what a URL takes for something else.
func symbols(g *graph.Generator) bool {
	if g == nil {
		return false
	}
	spec := g.Spec()
	if n, ok := spec["symbols"].(float64); ok && n == 0 {
		return false
	}
	if encoding, ok := spec["encoding"].(string); ok && encoding != "raw" {
		return encoding == "base64"
	}
	if set, ok := spec["symbolCharacters"].(string); ok && set != "" {
		return strings.Trim(set, "-_.~") != ""
	}
	return true
}

// targetCopiesLabels finds Secrets without an owner that get the labels of their ExternalSecret.
func targetCopiesLabels(p *Pass) {
	for _, pull := range p.Graph.Pulls {
		target := &pull.Spec.Target
		if target.Template != nil || target.CreationPolicy != "Orphan" && target.CreationPolicy != "CreateOrMerge" {
			continue
		}
		p.Report(pull.Object, pull.Prefix+".target", fmt.Sprintf("%s copies its labels to a Secret that it does not own: Argo CD takes the Secret for its own and prunes it", title(pull.Object)),
			"say target.template: {metadata: {}}")
	}
}
