package world

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/openova-io/esotree/e2e/kube"
)

// Bootstrap is a Secret that a person types in once, or another controller makes.
type Bootstrap struct {
	Namespace, Name string
	Keys            []string
}

// Bootstraps are those of the example.
var Bootstraps = []Bootstrap{
	{"flux-system", "gitea-token", []string{"username", "password"}},
	{"external-dns", "cloudflare-credentials", []string{"api-token"}},
	{"kube-system", "hetzner-credentials", []string{"token"}},
	{"acme-prod", "api-keys", []string{"main"}},
	{"globex-prod", "api-keys", []string{"main"}},
	Certificate,
}

// Certificate is what cert-manager makes; nobody named ca.crt, so it must not leave the cluster.
var Certificate = Bootstrap{"acme-prod", "frontend-tls", []string{"tls.crt", "tls.key", "ca.crt"}}

// Type creates the Secret in a region with random values, or gives it new ones.
func (r *Region) Type(ctx context.Context, b Bootstrap) error {
	data := map[string]any{}
	for _, key := range b.Keys {
		random := make([]byte, 24)
		if _, err := rand.Read(random); err != nil {
			return err
		}
		text := base64.RawURLEncoding.EncodeToString(random)
		data[key] = base64.StdEncoding.EncodeToString([]byte(text))
	}
	o := &unstructured.Unstructured{Object: map[string]any{"data": data}}
	o.SetGroupVersionKind(kube.Secret)
	o.SetNamespace(b.Namespace)
	o.SetName(b.Name)
	if found, err := r.Kube.Get(ctx, kube.Secret, b.Namespace, b.Name); err != nil {
		return err
	} else if found != nil {
		patch, err := o.MarshalJSON()
		if err != nil {
			return err
		}
		return r.Kube.Merge(ctx, o, string(patch))
	}
	return r.Kube.Apply(ctx, o)
}

// DropSecrets deletes Secrets by namespace/name.
func (r *Region) DropSecrets(ctx context.Context, names ...[2]string) error {
	for _, name := range names {
		o := &unstructured.Unstructured{}
		o.SetGroupVersionKind(kube.Secret)
		o.SetNamespace(name[0])
		o.SetName(name[1])
		if err := r.Kube.Delete(ctx, o); err != nil {
			return fmt.Errorf("secret %s/%s: %w", name[0], name[1], err)
		}
	}
	return nil
}
