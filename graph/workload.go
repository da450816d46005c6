package graph

import (
	"strings"

	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/object"
)

// Use is a place in a workload, or another object, that names a Secret.
type Use struct {
	Object *object.Object
	// Path is the field that names the Secret, or its key where there is one.
	Path string
	Spot Spot
	// Key of the Secret; "" for all of it.
	Key string
	// Optional says that the workload starts without it.
	Optional bool
}

type keyRef struct {
	Name     string `json:"name"`
	Key      string `json:"key"`
	Optional bool   `json:"optional"`
}

type itemView struct {
	Key string `json:"key"`
}

type containerView struct {
	Env []struct {
		ValueFrom *struct {
			Secret *keyRef `json:"secretKeyRef"`
		} `json:"valueFrom"`
	} `json:"env"`
	EnvFrom []struct {
		Secret *keyRef `json:"secretRef"`
	} `json:"envFrom"`
}

type podView struct {
	Containers       []containerView `json:"containers"`
	InitContainers   []containerView `json:"initContainers"`
	ImagePullSecrets []keyRef        `json:"imagePullSecrets"`
	Volumes          []struct {
		Secret *struct {
			Name     string     `json:"secretName"`
			Items    []itemView `json:"items"`
			Optional bool       `json:"optional"`
		} `json:"secret"`
		Projected *struct {
			Sources []struct {
				Secret *struct {
					Name     string     `json:"name"`
					Items    []itemView `json:"items"`
					Optional bool       `json:"optional"`
				} `json:"secret"`
			} `json:"sources"`
		} `json:"projected"`
	} `json:"volumes"`
}

type podTemplate struct {
	Template struct {
		Spec podView `json:"spec"`
	} `json:"template"`
}

// uses collects what an object names.
type uses struct {
	object *object.Object
	out    []*Use
	misfit any
}

func (u *uses) view(into any) bool {
	misfit, ok := view(u.object, into)
	u.misfit = misfit
	return ok
}

func (u *uses) add(path, name, key string, optional bool) {
	if name == "" {
		return
	}
	u.out = append(u.out, &Use{Object: u.object, Path: path, Spot: Spot{u.object.Cluster, u.object.Namespace, name}, Key: key, Optional: optional})
}

// usesOf is the node of an object that is none of ESO's: the Secrets that it names, []*Use.
func usesOf(o *object.Object, group string) (node any) {
	u := uses{object: o}
	switch o.Kind {
	case "Deployment", "StatefulSet", "DaemonSet", "Job", "ReplicaSet":
		var in struct {
			metaView
			Spec podTemplate `json:"spec"`
		}
		if u.view(&in) {
			u.pod(&in.Spec.Template.Spec, "spec.template.spec")
		}
	case "CronJob":
		var in struct {
			Spec struct {
				JobTemplate struct {
					Spec podTemplate `json:"spec"`
				} `json:"jobTemplate"`
			} `json:"spec"`
		}
		if u.view(&in) {
			u.pod(&in.Spec.JobTemplate.Spec.Template.Spec, "spec.jobTemplate.spec.template.spec")
		}
	case "Pod":
		var in struct {
			Spec podView `json:"spec"`
		}
		if u.view(&in) {
			u.pod(&in.Spec, "spec")
		}
	case "ServiceAccount":
		var in struct {
			ImagePullSecrets []keyRef `json:"imagePullSecrets"`
		}
		if u.view(&in) {
			u.pullSecrets(in.ImagePullSecrets, "")
		}
	case "Ingress":
		var in struct {
			Spec struct {
				TLS []struct {
					Name string `json:"secretName"`
				} `json:"tls"`
			} `json:"spec"`
		}
		if u.view(&in) {
			for i, t := range in.Spec.TLS {
				u.add(yamlsrc.Index("spec.tls", i)+".secretName", t.Name, "", false)
			}
		}
	default:
		if strings.HasSuffix(group, ".toolkit.fluxcd.io") {
			var in struct {
				Spec struct {
					SecretRef     *keyRef `json:"secretRef"`
					CertSecretRef *keyRef `json:"certSecretRef"`
				} `json:"spec"`
			}
			if u.view(&in) {
				if r := in.Spec.SecretRef; r != nil {
					u.add("spec.secretRef.name", r.Name, "", false)
				}
				if r := in.Spec.CertSecretRef; r != nil {
					u.add("spec.certSecretRef.name", r.Name, "", false)
				}
			}
		}
	}
	if len(u.out) == 0 {
		return u.misfit
	}
	return u.out
}

func (u *uses) pullSecrets(list []keyRef, at string) {
	for i, r := range list {
		u.add(yamlsrc.Index(at+"imagePullSecrets", i)+".name", r.Name, ".dockerconfigjson", false)
	}
}

func (u *uses) pod(p *podView, at string) {
	for _, list := range []struct {
		name       string
		containers []containerView
	}{{"initContainers", p.InitContainers}, {"containers", p.Containers}} {
		for i, c := range list.containers {
			u.container(&c, yamlsrc.Index(at+"."+list.name, i))
		}
	}
	u.pullSecrets(p.ImagePullSecrets, at+".")
	for i, v := range p.Volumes {
		volume := yamlsrc.Index(at+".volumes", i)
		if s := v.Secret; s != nil {
			u.volume(volume+".secret", "secretName", s.Name, s.Items, s.Optional)
		}
		if v.Projected == nil {
			continue
		}
		for j, source := range v.Projected.Sources {
			if s := source.Secret; s != nil {
				u.volume(yamlsrc.Index(volume+".projected.sources", j)+".secret", "name", s.Name, s.Items, s.Optional)
			}
		}
	}
}

func (u *uses) volume(at, field, name string, items []itemView, optional bool) {
	if len(items) == 0 {
		u.add(at+"."+field, name, "", optional)
	}
	for i, item := range items {
		u.add(yamlsrc.Index(at+".items", i)+".key", name, item.Key, optional)
	}
}

func (u *uses) container(c *containerView, at string) {
	for i, e := range c.Env {
		if e.ValueFrom != nil && e.ValueFrom.Secret != nil {
			r := e.ValueFrom.Secret
			u.add(yamlsrc.Index(at+".env", i)+".valueFrom.secretKeyRef.key", r.Name, r.Key, r.Optional)
		}
	}
	for i, e := range c.EnvFrom {
		if r := e.Secret; r != nil {
			u.add(yamlsrc.Index(at+".envFrom", i)+".secretRef.name", r.Name, "", r.Optional)
		}
	}
}
