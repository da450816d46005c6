package world

import (
	"context"
	"slices"

	"github.com/openova-io/esotree/e2e/stack"
)

// Capabilities that an operator needs on a key that it pulls and pushes; deletion is not among them.
var Capabilities = []string{"create", "read", "update"}

// Role is what the operator logs in to a Vault as, and the key prefixes that it may use.
type Role struct {
	Name     string
	Prefixes []string
}

// Shared is the one role of a platform whose tenants share the stores.
var Shared = []Role{{Name: "external-secrets", Prefixes: []string{""}}}

// Trust has every Vault trust every running cluster: its own at the mount "kubernetes", another one's at a mount of its name.
// Roles of an earlier call stay.
func (w *World) Trust(ctx context.Context, roles []Role) error {
	for _, of := range w.Regions {
		for _, from := range w.Up() {
			if err := w.trust(ctx, of, from, roles); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *World) trust(ctx context.Context, of, from *Region, roles []Role) error {
	token, err := from.Kube.Token(ctx, "external-secrets", "vault-reviewer")
	if err != nil {
		return err
	}
	mount := AuthMount(of, from)
	if err := of.Vault.Trust(ctx, mount, from.Cluster, token); err != nil {
		return err
	}
	for _, role := range roles {
		policy := from.Name + "-" + role.Name
		if err := of.Vault.Policy(ctx, policy, paths(role.Prefixes)); err != nil {
			return err
		}
		if err := of.Vault.Role(ctx, mount, role.Name, policy); err != nil {
			return err
		}
	}
	return nil
}

// Distrust takes a cluster's roles away in every Vault: it can read and push nothing any more.
func (w *World) Distrust(ctx context.Context, from *Region, roles []Role) error {
	for _, of := range w.Regions {
		for _, role := range roles {
			if err := of.Vault.DropRole(ctx, AuthMount(of, from), role.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

// AuthMount is where a region's Vault lets the operator of a cluster log in, as the example's fromOtherClusters says.
func AuthMount(of, from *Region) string {
	if of == from {
		return "kubernetes"
	}
	return "kubernetes-" + from.Name
}

func paths(prefixes []string) map[string][]string {
	paths := map[string][]string{}
	for _, prefix := range prefixes {
		for _, kind := range []string{"data", "metadata"} {
			paths[stack.Mount+"/"+kind+"/"+prefix+"*"] = slices.Clone(Capabilities)
		}
	}
	return paths
}
