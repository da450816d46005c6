// Package kube talks to a cluster the way the tests need it: server-side apply of files, and plain reads.
package kube

import (
	"context"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
)

// Manager is the field manager of everything applied from files.
const Manager = "gitops"

// The kinds that the tests look at.
var (
	ExternalSecret = schema.GroupVersionKind{Group: "external-secrets.io", Version: "v1", Kind: "ExternalSecret"}
	PushSecret     = schema.GroupVersionKind{Group: "external-secrets.io", Version: "v1alpha1", Kind: "PushSecret"}
	Secret         = schema.GroupVersionKind{Version: "v1", Kind: "Secret"}
	Namespace      = schema.GroupVersionKind{Version: "v1", Kind: "Namespace"}
	ServiceAccount = schema.GroupVersionKind{Version: "v1", Kind: "ServiceAccount"}
)

// Client is a cluster's API.
type Client struct {
	dynamic dynamic.Interface
}

// New makes a client.
func New(config *rest.Config) (*Client, error) {
	d, err := dynamic.NewForConfig(config)
	return &Client{dynamic: d}, err
}

// cluster are the kinds without a namespace.
var cluster = []string{"Namespace", "ClusterSecretStore", "ClusterGenerator", "ClusterRoleBinding", "CustomResourceDefinition"}

func (c *Client) resource(kind schema.GroupVersionKind, namespace string) dynamic.ResourceInterface {
	plural, _ := meta.UnsafeGuessKindToResource(kind)
	if slices.Contains(cluster, kind.Kind) {
		return c.dynamic.Resource(plural)
	}
	return c.dynamic.Resource(plural).Namespace(namespace)
}

func (c *Client) of(o *unstructured.Unstructured) dynamic.ResourceInterface {
	return c.resource(o.GroupVersionKind(), o.GetNamespace())
}

// Apply applies an object server-side, as Flux, Argo CD and kubectl do. A field that the API does not know is an error.
func (c *Client) Apply(ctx context.Context, o *unstructured.Unstructured) error {
	_, err := c.patch(ctx, o, nil)
	return err
}

// DryRun is what Apply would make of the object.
func (c *Client) DryRun(ctx context.Context, o *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	return c.patch(ctx, o, []string{metav1.DryRunAll})
}

func (c *Client) patch(ctx context.Context, o *unstructured.Unstructured, dryRun []string) (*unstructured.Unstructured, error) {
	data, err := o.MarshalJSON()
	if err != nil {
		return nil, err
	}
	force := true
	made, err := c.of(o).Patch(ctx, o.GetName(), types.ApplyPatchType, data, metav1.PatchOptions{
		FieldManager: Manager, Force: &force, FieldValidation: metav1.FieldValidationStrict, DryRun: dryRun,
	})
	if err != nil {
		return nil, fmt.Errorf("applying %s %s/%s: %w", o.GetKind(), o.GetNamespace(), o.GetName(), err)
	}
	return made, nil
}

// Get reads an object; nil when there is none.
func (c *Client) Get(ctx context.Context, kind schema.GroupVersionKind, namespace, name string) (*unstructured.Unstructured, error) {
	o, err := c.resource(kind, namespace).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return o, err
}

// List reads all objects of a kind in all namespaces.
func (c *Client) List(ctx context.Context, kind schema.GroupVersionKind) ([]unstructured.Unstructured, error) {
	list, err := c.resource(kind, "").List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	return list.Items, nil
}

// Delete deletes an object, and is content when it is not there.
func (c *Client) Delete(ctx context.Context, o *unstructured.Unstructured) error {
	err := c.of(o).Delete(ctx, o.GetName(), metav1.DeleteOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// Gone reports whether an object is not there any more: its finalizers have run.
func (c *Client) Gone(ctx context.Context, o *unstructured.Unstructured) (bool, error) {
	found, err := c.Get(ctx, o.GroupVersionKind(), o.GetNamespace(), o.GetName())
	return found == nil, err
}

// Merge applies a JSON merge patch, as a person with kubectl does.
func (c *Client) Merge(ctx context.Context, o *unstructured.Unstructured, patch string) error {
	_, err := c.of(o).Patch(ctx, o.GetName(), types.MergePatchType, []byte(patch), metav1.PatchOptions{FieldManager: "kubectl-edit"})
	return err
}

// Watch calls seen for every change to a kind until the context ends; it returns when the watch stands.
func (c *Client) Watch(ctx context.Context, kind schema.GroupVersionKind, seen func(event string, o *unstructured.Unstructured)) error {
	w, err := c.resource(kind, "").Watch(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	go func() {
		defer w.Stop()
		for e := range w.ResultChan() {
			if o, ok := e.Object.(*unstructured.Unstructured); ok {
				seen(string(e.Type), o)
			}
		}
	}()
	return nil
}

// Token asks for a token of a service account that lives for a day.
func (c *Client) Token(ctx context.Context, namespace, name string) (string, error) {
	request := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "metadata": map[string]any{"name": name},
		"spec": map[string]any{"audiences": []any{"https://kubernetes.default.svc"}, "expirationSeconds": int64(86400)},
	}}
	made, err := c.resource(ServiceAccount, namespace).Create(ctx, request, metav1.CreateOptions{}, "token")
	if err != nil {
		return "", err
	}
	token, _, err := unstructured.NestedString(made.Object, "status", "token")
	return token, err
}
