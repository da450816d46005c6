package lint

import (
	"fmt"
	"strings"

	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/internal/eso"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/object"
)

// workloadKeyMissing checks what workloads name against what makes the Secret.
func workloadKeyMissing(p *Pass) {
	var others *controllers
	for _, use := range p.Graph.Uses {
		s := p.Graph.Secret(use.Spot)
		if use.Optional || p.Graph.MayBeMade(use.Spot) || s == nil {
			continue
		}
		if len(s.Makers) == 0 {
			if !p.Closed || len(s.Manifests) > 0 || s.External.Len() > 0 {
				continue
			}
			if others == nil {
				others = newControllers(p.Graph)
			}
			if computed(use.Spot.Name) || others.mayMake(use.Spot) || byAnnotation(use.Object) {
				continue
			}
			path := use.Path
			if use.Key != "" && strings.HasSuffix(path, ".key") && use.Object.Span(strings.TrimSuffix(path, ".key")+".name").IsValid() {
				path = strings.TrimSuffix(path, ".key") + ".name"
			}
			p.Report(use.Object, path, fmt.Sprintf("%s names Secret %q, which nothing here makes", title(use.Object), use.Spot.Name),
				"where another controller or a person makes it, say so with the annotation esotree.openova.io/external on its PushSecret, or ignore this line")
			continue
		}
		if use.Key == "" || s.Keys.May(use.Key) || use.Key == ".dockerconfigjson" && s.Keys.Has(".dockercfg") {
			continue
		}
		hint := has(s.Keys)
		if near := yamlsrc.Closest(use.Key, s.Keys.Known()); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		p.Report(use.Object, use.Path, fmt.Sprintf("%s takes key %q of Secret %q, which %s does not make", title(use.Object), use.Key, use.Spot.Name, title(s.Makers[0].Object)), hint,
			at(s.Makers[0].Object, "", "makes the Secret"))
	}
}

// controllers knows the objects by which other controllers than ESO's may make a Secret.
type controllers struct {
	// strings are all texts in them, and names their names, by cluster.
	strings, names map[[2]string]bool
}

func newControllers(g *graph.Graph) *controllers {
	c := &controllers{map[[2]string]bool{}, map[[2]string]bool{}}
	for _, o := range g.Objects {
		if isPlain(o) {
			continue
		}
		c.names[[2]string{o.Cluster, o.Name}] = true
		for value := range o.Strings() {
			c.strings[[2]string{o.Cluster, value}] = true
		}
	}
	return c
}

// isPlain reports whether an object is of a kind that makes no Secret, or that the graph looks through.
func isPlain(o *object.Object) bool {
	switch group := graph.GroupOf(o); group {
	case "", "apps", "batch", "autoscaling", "policy", "rbac.authorization.k8s.io", "storage.k8s.io", "apiextensions.k8s.io",
		"gateway.networking.k8s.io", "kustomize.config.k8s.io", "networking.k8s.io", "source.toolkit.fluxcd.io",
		"notification.toolkit.fluxcd.io", "kustomize.toolkit.fluxcd.io", eso.Group, eso.GeneratorGroup:
		return true
	}
	return false
}

// mayMake reports whether one of the objects names the Secret, or has a name that the Secret's begins with.
func (c *controllers) mayMake(at graph.Spot) bool {
	if c.strings[[2]string{at.Cluster, at.Name}] {
		return true
	}
	for i := len(at.Name); i > 0; i = strings.LastIndexAny(at.Name[:i], "-.") {
		if c.names[[2]string{at.Cluster, at.Name[:i]}] {
			return true
		}
	}
	return false
}

// byAnnotation reports whether an Ingress asks cert-manager for its certificates.
func byAnnotation(o *object.Object) bool {
	if o.Kind != "Ingress" {
		return false
	}
	var in struct {
		Metadata struct {
			Annotations map[string]string `json:"annotations"`
		} `json:"metadata"`
	}
	if o.View(&in) != nil {
		return true
	}
	for key := range in.Metadata.Annotations {
		if strings.HasPrefix(key, "cert-manager.io/") || key == "kubernetes.io/tls-acme" {
			return true
		}
	}
	return false
}
