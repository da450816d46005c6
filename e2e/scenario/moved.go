package scenario

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/openova-io/esotree/e2e/world"
)

// mover is a tenant whose keys move in the stores: AT is their folder, and FORMER(…) the field that names a former key.
const mover = `
environments: [prod]
secrets:
- {name: db, class: database-password, rotation: {epoch: "2026-11-02", keepPrevious: true}, remoteKey: umbrella/ATdb, FORMER(db)
   keys: {password: {}, url: {template: "postgresql://app:{{ .password | urlquery }}@db:5432/app"}}}
- {name: signing, class: jwt-signing-key, remoteKey: umbrella/ATsigning, FORMER(signing)}
- {name: host, generator: {kind: UUID}, remoteKey: umbrella/AThost, FORMER(host)}
- {name: typed, class: api-key, bootstrap: {prompt: typed in by a person}, keys: {main: {}}, remoteKey: umbrella/ATtyped, FORMER(typed)}
- {name: taken, class: database-password, push: {deletion: Delete}, remoteKey: umbrella/ATtaken, FORMER(taken)}
- {name: control, class: database-password, remoteKey: umbrella/ATcontrol}
services:
- {name: app, data: {URL: db/url, KEY: signing/key, HOST: host/uuid, TYPED: typed/main, TAKEN: taken/password}}
`

// kept are the secrets of the mover whose former key is named, with the key of each that is compared.
var kept = map[string]string{"db": "password", "signing": "key", "host": "uuid", "typed": "main", "taken": "password"}

// keysMove moves keys in the stores, with and without their former keys named, some of them while what holds the values in the cluster
// is made anew. At last a secret gets another name.
func keysMove(ctx context.Context, w *world.World) error {
	// Deletion needs a capability that few scenarios grant.
	capabilities := world.Capabilities
	world.Capabilities = append([]string{"delete"}, capabilities...)
	defer func() { world.Capabilities = capabilities }()
	if err := w.Trust(ctx, world.Shared); err != nil {
		return err
	}
	if err := apply(ctx, w, moverAt("")); err != nil {
		return err
	}
	if err := w.Region("region1").Type(ctx, world.Bootstrap{Namespace: "umbrella-prod", Name: "typed", Keys: []string{"main"}}); err != nil {
		return err
	}
	if err := w.Await(ctx, "a tenant's secrets are everywhere", 180*time.Second, func() error { return w.Settled(ctx) }); err != nil {
		return err
	}
	first, err := w.Snapshot(ctx)
	if err != nil {
		return err
	}
	for _, step := range []struct {
		what, at, spec string
		rebuild        bool
	}{
		{"keys moved, while what holds the values is made anew", "new/", moverAt("new/", ""), true},
		{"the former keys named no more, and all made anew", "new/", moverAt("new/"), true},
		{"keys moved in place", "newer/", moverAt("newer/", "new/", ""), false},
		{"keys moved in place again", "newest/", moverAt("newest/", "newer/"), false},
	} {
		if step.rebuild {
			if err := drop(ctx, w); err != nil {
				return err
			}
		}
		if err := apply(ctx, w, step.spec); err != nil {
			return err
		}
		if err := w.Await(ctx, step.what, 90*time.Second, func() error { return w.Settled(ctx) }); err != nil {
			return err
		}
		if err := w.Never(ctx, step.what+": every value as before", 3*time.Second, func() error { return same(ctx, w, first, step.at) }); err != nil {
			return err
		}
		if err := control(ctx, w, first, step.rebuild); err != nil {
			return err
		}
	}
	if err := forbidFormer(ctx, w, first); err != nil {
		return err
	}
	if err := rename(ctx, w, first); err != nil {
		return err
	}
	if err := renameTenant(ctx, w, first); err != nil {
		return err
	}
	trees, err := w.Render(ctx, w.Base, "--prune-tenant", "umbrella2")
	if err != nil {
		return err
	}
	if err := w.Apply(ctx, trees); err != nil {
		return err
	}
	return w.Never(ctx, "no other tenant was touched", 3*time.Second, func() error { return w.Same(ctx, first, "umbrella") })
}

// moverAt is the mover with its keys in a folder, after they were in others, the latest first.
func moverAt(folder string, former ...string) string {
	spec := strings.ReplaceAll(mover, "umbrella/AT", "umbrella/"+folder)
	for name := range kept {
		var keys []string
		for _, before := range former {
			keys = append(keys, "umbrella/"+before+name)
		}
		spec = strings.ReplaceAll(spec, "FORMER("+name+")", "formerRemoteKeys: ["+strings.Join(keys, ", ")+"],")
	}
	return strings.ReplaceAll(spec, "],}", "]}")
}

func apply(ctx context.Context, w *world.World, spec string) error {
	d := w.Base.Clone()
	if err := d.AddTenant("umbrella", spec); err != nil {
		return err
	}
	return w.RenderAndApply(ctx, d)
}

// drop takes the mover's origins and their Secrets away. What the push of one under deletion: Delete has written would go with its
// Secret, and so that one stays.
func drop(ctx context.Context, w *world.World) error {
	r := w.Region("region1")
	origins := slices.DeleteFunc(origins(r), func(o *unstructured.Unstructured) bool {
		return o.GetNamespace() != "umbrella-prod" || o.GetName() == "taken"
	})
	for _, o := range origins {
		if err := r.Kube.Delete(ctx, o); err != nil {
			return err
		}
	}
	gone := func() error {
		for _, o := range origins {
			if gone, err := r.Kube.Gone(ctx, o); err != nil || !gone {
				return fmt.Errorf("%s is still there (%v)", world.ID(o), err)
			}
		}
		return nil
	}
	if err := w.Await(ctx, "the origins are gone", 30*time.Second, gone); err != nil {
		return err
	}
	return r.DropSecrets(ctx, targets(origins)...)
}

// same compares the values with what they were at first, at home and in both stores.
func same(ctx context.Context, w *world.World, first world.Snapshot, folder string) error {
	now, err := w.Snapshot(ctx)
	if err != nil {
		return err
	}
	for name, key := range kept {
		want := first.Secrets["region1/umbrella-prod/"+name][key]
		got := []string{now.Secrets["region1/umbrella-prod/"+name][key]}
		for _, r := range w.Regions {
			got = append(got, now.Keys[r.Name+":umbrella/"+folder+name][key])
		}
		if slices.ContainsFunc(got, func(hash string) bool { return hash == "" || hash != want }) {
			return fmt.Errorf("%s was %s, and is now %v", name, want, got)
		}
	}
	for _, r := range w.Regions {
		for key := range now.Keys {
			if strings.HasPrefix(key, r.Name+":umbrella/") && strings.HasSuffix(key, "taken") && key != r.Name+":umbrella/"+folder+"taken" {
				return fmt.Errorf("%s is still there, and its push was to delete it", key)
			}
		}
	}
	return nil
}

// control checks that a key which moves without its former one named does make a new value when nothing else holds the old one: else
// the others would show nothing.
func control(ctx context.Context, w *world.World, first world.Snapshot, rebuilt bool) error {
	now, err := w.Snapshot(ctx)
	if err != nil || !rebuilt {
		return err
	}
	const at = "region1/umbrella-prod/control"
	if now.Secrets[at]["password"] == first.Secrets[at]["password"] {
		return fmt.Errorf("the control kept its value")
	}
	return nil
}

// forbidFormer moves the keys while the operator may read all but the former ones, and what holds the values in the cluster is gone:
// nothing is generated until it may.
func forbidFormer(ctx context.Context, w *world.World, first world.Snapshot) error {
	narrow := []world.Role{{Name: "external-secrets", Prefixes: []string{"databases/", "flux-system/", "external-dns/", "kube-system/", "acme/", "globex/", "umbrella/last/"}}}
	if err := w.Trust(ctx, narrow); err != nil {
		return err
	}
	if err := drop(ctx, w); err != nil {
		return err
	}
	if err := apply(ctx, w, moverAt("last/", "newest/")); err != nil {
		return err
	}
	home := w.Region("region1")
	waiting := slices.DeleteFunc(origins(home), func(o *unstructured.Unstructured) bool {
		return o.GetNamespace() != "umbrella-prod" || o.GetName() == "taken" || o.GetName() == "control"
	})
	nothing := func() error {
		for _, o := range waiting {
			if err := denied(ctx, home, o); err != nil {
				return err
			}
			data, err := home.Secret(ctx, "umbrella-prod", o.GetName())
			if err != nil || data != nil {
				return fmt.Errorf("there is a Secret %s (%v)", o.GetName(), err)
			}
		}
		return nil
	}
	if err := w.Await(ctx, "former keys that may not be read make the origins fail", 30*time.Second, nothing); err != nil {
		return err
	}
	if err := w.Never(ctx, "and nothing is generated", 5*time.Second, nothing); err != nil {
		return err
	}
	if err := w.Trust(ctx, world.Shared); err != nil {
		return err
	}
	if err := forceSyncEverywhere(ctx, w, func(o *unstructured.Unstructured) bool { return o.GetNamespace() == "umbrella-prod" }); err != nil {
		return err
	}
	if err := w.Await(ctx, "they may be read", 90*time.Second, func() error { return w.Settled(ctx) }); err != nil {
		return err
	}
	return same(ctx, w, first, "last/")
}

// rename gives a secret another name, and with it other objects, another Secret and another key.
func rename(ctx context.Context, w *world.World, first world.Snapshot) error {
	spec := strings.NewReplacer("{name: db,", "{name: database,", "remoteKey: umbrella/last/db, formerRemoteKeys: []", "formerRemoteKeys: [umbrella/last/db]",
		"URL: db/url", "URL: database/url").Replace(moverAt("last/"))
	if err := apply(ctx, w, spec); err != nil {
		return err
	}
	if err := w.Await(ctx, "a secret has another name", 90*time.Second, func() error { return w.Settled(ctx) }); err != nil {
		return err
	}
	return sameDatabase(ctx, w, first, "umbrella")
}

// renameTenant gives the tenant another name, and with it other namespaces and keys.
func renameTenant(ctx context.Context, w *world.World, first world.Snapshot) error {
	d := w.Base.Clone()
	d.Platform()["renamedTenants"] = []any{map[string]any{"from": "umbrella", "to": "umbrella2"}}
	if err := d.AddTenant("umbrella2", `
environments: [prod]
secrets:
- {name: database, class: database-password, rotation: {epoch: "2026-11-02", keepPrevious: true},
   keys: {password: {}, url: {template: "postgresql://app:{{ .password | urlquery }}@db:5432/app"}}}
services:
- {name: app, data: {URL: database/url}}
`); err != nil {
		return err
	}
	trees, err := w.Render(ctx, d, "--prune-tenant", "umbrella")
	if err != nil {
		return err
	}
	if err := w.Apply(ctx, trees); err != nil {
		return err
	}
	if err := w.Await(ctx, "a tenant has another name", 90*time.Second, func() error { return w.Settled(ctx) }); err != nil {
		return err
	}
	return sameDatabase(ctx, w, first, "umbrella2")
}

// sameDatabase compares the secret that was called db with what it was at first.
func sameDatabase(ctx context.Context, w *world.World, first world.Snapshot, tenant string) error {
	now, err := w.Snapshot(ctx)
	if err != nil {
		return err
	}
	for _, key := range []string{"password", "url"} {
		want := first.Secrets["region1/umbrella-prod/db"][key]
		for _, got := range []string{now.Secrets["region1/"+tenant+"-prod/database"][key], now.Keys["region1:"+tenant+"/database"][key], now.Keys["region2:"+tenant+"/database"][key]} {
			if got == "" || got != want {
				return fmt.Errorf("%s of %s was %s, and is now %s", key, tenant, want, got)
			}
		}
	}
	return nil
}
