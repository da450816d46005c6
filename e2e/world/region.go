package world

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/openova-io/esotree/e2e/kube"
	"github.com/openova-io/esotree/e2e/stack"
)

// cluster is what a person sets a cluster up with before esotree's tree is applied.
//
//go:embed cluster.yaml
var cluster []byte

// Region is a cluster with its operator, and the Vault beside it.
type Region struct {
	Name     string
	Cluster  *stack.Cluster
	Vault    *stack.Vault
	Operator *stack.Operator
	// Proxy stands before the Vault; it is what the stores name.
	Proxy *stack.Proxy
	Kube  *kube.Client

	world   *World
	up      bool
	born    int
	applied map[string]*unstructured.Unstructured
}

func newRegion(w *World, name string) (*Region, error) {
	proxy, err := stack.NewProxy()
	return &Region{Name: name, Proxy: proxy, world: w}, err
}

// Start starts a region without anything in it.
func (r *Region) Start(ctx context.Context) error {
	if err := r.NewVault(ctx); err != nil {
		return err
	}
	r.born++
	r.applied = map[string]*unstructured.Unstructured{}
	c, err := stack.NewCluster(filepath.Join(r.world.file(r.Name), fmt.Sprint(r.born)), r.world.Binaries)
	if err != nil {
		return err
	}
	r.Cluster = c
	return r.StartCluster(ctx)
}

// NewVault puts an empty Vault in the place of the region's.
func (r *Region) NewVault(ctx context.Context) error {
	r.Vault.Stop()
	dir := filepath.Join(r.world.file(r.Name), fmt.Sprintf("vault-%d", time.Now().UnixNano()))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	v, err := stack.StartVault(ctx, dir, r.world.Binaries)
	if err != nil {
		return err
	}
	r.Vault = v
	r.Proxy.To(v.Addr)
	return nil
}

// StartCluster starts the region's cluster and operator, with what the cluster held before.
func (r *Region) StartCluster(ctx context.Context) error {
	if err := r.Cluster.Start(ctx); err != nil {
		return err
	}
	var err error
	if r.Kube, err = kube.New(r.Cluster.Config()); err != nil {
		return err
	}
	if err := r.setUp(ctx); err != nil {
		return err
	}
	r.Operator, err = stack.StartOperator(r.Cluster, r.world.Concurrent)
	r.up = err == nil
	return err
}

func (r *Region) setUp(ctx context.Context) error {
	crds, err := readObjects(r.world.CRDs)
	if err != nil {
		return err
	}
	own, err := kube.Parse(cluster)
	if err != nil {
		return err
	}
	for _, o := range append(crds, own...) {
		// The bundle's own manifests are not as strict as ours have to be.
		unstructured.RemoveNestedField(o.Object, "status")
		apply := func() error { return r.Kube.Apply(ctx, o) }
		if err := retry(ctx, 30*time.Second, apply); err != nil {
			return err
		}
	}
	return nil
}

// Restart starts the operator again with as many workers and with env in its environment.
func (r *Region) Restart(concurrent int, env ...string) error {
	r.Operator.Stop()
	var err error
	r.Operator, err = stack.StartOperator(r.Cluster, concurrent, env...)
	return err
}

// Stop stops the cluster and its operator; its data stays.
func (r *Region) Stop() {
	r.up = false
	r.Operator.Stop()
	if r.Cluster != nil {
		r.Cluster.Stop()
	}
}

// Apply applies a tree and prunes.
func (r *Region) Apply(ctx context.Context, tree []*unstructured.Unstructured) error {
	kept := map[string]*unstructured.Unstructured{}
	for _, o := range tree {
		if namespace := o.GetNamespace(); namespace != "" {
			if err := r.namespace(ctx, namespace); err != nil {
				return err
			}
		}
		if err := retry(ctx, 20*time.Second, func() error { return r.Kube.Apply(ctx, o) }); err != nil {
			return err
		}
		kept[ID(o)] = o
	}
	for id, o := range r.applied {
		if kept[id] == nil {
			if err := r.Kube.Delete(ctx, o); err != nil {
				return err
			}
		}
	}
	r.applied = kept
	return nil
}

func (r *Region) namespace(ctx context.Context, name string) error {
	found, err := r.Kube.Get(ctx, kube.Namespace, "", name)
	if found != nil || err != nil {
		return err
	}
	o := &unstructured.Unstructured{}
	o.SetGroupVersionKind(kube.Namespace)
	o.SetName(name)
	return r.Kube.Apply(ctx, o)
}

// retry tries again while an API that was just added is not served yet.
func retry(ctx context.Context, bound time.Duration, do func() error) error {
	end := time.Now().Add(bound)
	for {
		err := do()
		if err == nil || ctx.Err() != nil || time.Now().After(end) || !strings.Contains(err.Error(), "could not find the requested resource") {
			return err
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// Secret reads a Secret's values; nil when there is none.
func (r *Region) Secret(ctx context.Context, namespace, name string) (map[string]string, error) {
	o, err := r.Kube.Get(ctx, kube.Secret, namespace, name)
	if o == nil || err != nil {
		return nil, err
	}
	return kube.Data(o), nil
}

// Objects are what was applied, of the kinds given, or all.
func (r *Region) Objects(kinds ...string) []*unstructured.Unstructured {
	var found []*unstructured.Unstructured
	for _, id := range sortedKeys(r.applied) {
		o := r.applied[id]
		if len(kinds) == 0 || contains(kinds, o.GetKind()) {
			found = append(found, o)
		}
	}
	return found
}
