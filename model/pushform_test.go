package model

import (
	"testing"

	"github.com/openova-io/esotree/internal/eso"
	"github.com/openova-io/esotree/schema"
)

// TestPushForm holds that of a Secret that esotree's own ExternalSecret does not make only what is named is pushed, wherever
// the store's provider can be told so.
func TestPushForm(t *testing.T) {
	plain := []Key{{Name: "a", Output: "a"}}
	derived := append(plain, Key{Name: "b", Template: "{{ .a }}", Reads: []string{"a"}})
	for _, c := range []struct {
		name      string
		origin    Origin
		keys      []Key
		mode      schema.PushMode
		providers []string
		want      PushForm
	}{
		{"made by esotree", Generated, plain, "", []string{"vault"}, PushSecret},
		{"made by another", Referenced, plain, "", []string{"vault", "aws"}, PushDocument},
		{"typed in", Bootstrap, plain, "", []string{"gcpsm"}, PushDocument},
		{"with a derived key", Referenced, derived, "", []string{"vault"}, PushKeys},
		{"to a cluster", Referenced, plain, "", []string{"vault", "kubernetes"}, PushKeys},
		{"to a store whose pushes replace", Referenced, derived, "", []string{"azurekv"}, PushSecret},
		{"key by key", Referenced, plain, schema.PushPerKey, []string{"vault"}, PushKeys},
		{"made by esotree, key by key", Generated, plain, schema.PushPerKey, []string{"vault"}, PushKeys},
	} {
		s := &Secret{Origin: c.origin, Keys: c.keys}
		s.PushOptions.Mode = c.mode
		for _, name := range c.providers {
			p, ok := eso.ProviderOf(name)
			if !ok {
				t.Fatalf("no provider %s", name)
			}
			s.PushTo = append(s.PushTo, &Region{Provider: p})
		}
		if got := s.PushForm(); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
