package main

import (
	"os"
	"strings"
	"testing"
)

// objects are one of each that the pack is about, with the references between them.
const objects = `apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: vault-a}
spec: {provider: {vault: {server: "https://vault.example.com", auth: {kubernetes: {mountPath: k, role: r, serviceAccountRef: {name: eso, namespace: eso}}}}}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: eso, namespace: eso}
---
apiVersion: external-secrets.io/v1
kind: SecretStore
metadata: {name: local, namespace: app}
spec: {provider: {vault: {server: "https://vault.example.com", auth: {tokenSecretRef: {name: db, key: token}}}}}
---
apiVersion: generators.external-secrets.io/v1alpha1
kind: Password
metadata: {name: db-generator, namespace: app}
spec: {length: 32, noUpper: false, allowRepeat: true}
---
apiVersion: generators.external-secrets.io/v1alpha1
kind: ClusterGenerator
metadata: {name: shared}
spec: {kind: Password, generator: {passwordSpec: {length: 32, noUpper: false, allowRepeat: true}}}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: db, namespace: app}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault-a}
  target: {name: db}
  data:
    - {secretKey: user, remoteRef: {key: a, property: user}}
    - {secretKey: password, remoteRef: {key: a, property: password}, sourceRef: {storeRef: {name: local}}}
  dataFrom:
    - sourceRef: {generatorRef: {apiVersion: generators.external-secrets.io/v1alpha1, kind: Password, name: db-generator}}
    - {extract: {key: a}, sourceRef: {storeRef: {kind: ClusterSecretStore, name: vault-a}}}
---
apiVersion: external-secrets.io/v1alpha1
kind: PushSecret
metadata: {name: push-db, namespace: app}
spec:
  secretStoreRefs: [{kind: ClusterSecretStore, name: vault-a}, {labelSelector: {matchLabels: {push: here}}}]
  selector: {secret: {name: db}}
  data: [{match: {remoteRef: {remoteKey: a}}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: app, finalizers: [a.example.com/a]}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: web:1
          env: [{name: A, value: "1"}, {name: P, valueFrom: {secretKeyRef: {name: db, key: password}}}]
          ports: [{containerPort: 80, protocol: TCP}]
          args: [one, two]
        - {name: side, image: "side:1"}
      volumes: [{name: db, secret: {secretName: db}}]
`

const patches = `patches:
  - patch: |
      apiVersion: external-secrets.io/v1
      kind: ExternalSecret
      metadata: {name: db, namespace: app}
      spec:
        data:
          - {secretKey: extra, remoteRef: {key: b, property: extra}}
          - {secretKey: user, remoteRef: {property: username}}
`

const workloadPatch = `patches:
  - patch: |
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: web, namespace: app, finalizers: [a.example.com/b]}
      spec:
        template:
          spec:
            containers:
              - {name: web, image: "web:2", env: [{name: B, value: "2"}, {name: A, $patch: delete}], ports: [{containerPort: 80, protocol: UDP}], args: [three]}
            volumes: [{name: tmp, emptyDir: {}}]
`

func TestPack(t *testing.T) {
	tests := []struct {
		name, kustomization string
		// before and after are texts of a build without and with the pack, white space folded.
		before, after []string
		same          bool
	}{
		{name: "namePrefix", kustomization: "namePrefix: prod-\n",
			// Without the pack, references dangle: the objects are renamed and nothing else.
			before: []string{"metadata: name: prod-vault-a", "secretStoreRef: kind: ClusterSecretStore name: vault-a", "storeRef: name: local",
				"name: db-generator", "selector: secret: name: db ---", "secretName: db ---"},
			after: []string{"metadata: name: prod-vault-a", "secretStoreRef: kind: ClusterSecretStore name: prod-vault-a",
				"storeRef: kind: ClusterSecretStore name: prod-vault-a", "storeRef: name: prod-local", "kind: Password name: prod-db-generator",
				"secretStoreRefs: - kind: ClusterSecretStore name: prod-vault-a - labelSelector", "selector: secret: name: prod-db",
				"target: name: prod-db", "secretName: prod-db", "secretKeyRef: key: password name: prod-db", "tokenSecretRef: key: token name: prod-db",
				"serviceAccountRef: name: prod-eso namespace: eso"}},
		{name: "nameSuffix", kustomization: "nameSuffix: -v2\n",
			after: []string{"secretStoreRef: kind: ClusterSecretStore name: vault-a-v2", "secretName: db-v2"}},
		{name: "namespace", kustomization: "namespace: forced\n",
			before: []string{"kind: ClusterSecretStore metadata: name: vault-a namespace: forced", "kind: ClusterGenerator metadata: name: shared namespace: forced"},
			after: []string{"kind: ClusterSecretStore metadata: name: vault-a spec", "kind: ClusterGenerator metadata: name: shared spec",
				"kind: ExternalSecret metadata: name: db namespace: forced", "kind: Password metadata: name: db-generator namespace: forced"}},
		{name: "a patch of data", kustomization: patches,
			before: []string{"data: - remoteRef: key: b property: extra secretKey: extra - remoteRef: property: username secretKey: user dataFrom"},
			after:  []string{"data: - remoteRef: key: b property: extra secretKey: extra - remoteRef: key: a property: username secretKey: user - remoteRef: key: a property: password secretKey: password"}},
		{name: "a patch that takes an item out", kustomization: strings.Replace(patches, "secretKey: user, remoteRef: {property: username}", "secretKey: user, $patch: delete", 1),
			after: []string{"data: - remoteRef: key: b property: extra secretKey: extra - remoteRef: key: a property: password secretKey: password"}},
		{name: "workloads merge as before", kustomization: workloadPatch, same: true,
			after: []string{"env: - name: B value: \"2\" - name: P", "image: web:2", "- image: side:1", "containerPort: 80 protocol: UDP - containerPort: 80 protocol: TCP",
				"args: - three env", "finalizers: - a.example.com/b - a.example.com/a"}},
		// The items of this list have no field that they all have; kustomize would lose what has not.
		{name: "stores of a push are replaced", same: true, kustomization: "patches:\n  - patch: |\n      apiVersion: external-secrets.io/v1alpha1\n      kind: PushSecret\n      metadata: {name: push-db, namespace: app}\n      spec: {secretStoreRefs: [{name: other, kind: SecretStore}]}\n",
			after: []string{"secretStoreRefs: - kind: SecretStore name: other selector"}},
		{name: "a store of a push is added by a JSON patch", same: true, kustomization: "patches:\n  - target: {kind: PushSecret, name: push-db}\n    patch: |\n      - {op: add, path: /spec/secretStoreRefs/-, value: {kind: SecretStore, name: other}}\n",
			after: []string{"name: vault-a - labelSelector: matchLabels: push: here - kind: SecretStore name: other"}},
	}
	pack := map[string]string{}
	for _, name := range []string{"kustomization.yaml", "openapi.json", "references.yaml"} {
		data, err := os.ReadFile("pack/" + name)
		if err != nil {
			t.Fatal(err)
		}
		pack["pack/"+name] = string(data)
	}
	for _, with := range []struct {
		program string
		args    []string
	}{{"kustomize", []string{"build", "."}}, {"kubectl", []string{"kustomize", "."}}} {
		t.Run(with.program, func(t *testing.T) {
			program := tool(t, with.program)
			for _, test := range tests {
				t.Run(test.name, func(t *testing.T) {
					dir := folder(t, pack)
					write(t, dir, "base/kustomization.yaml", "resources: [objects.yaml]\n")
					write(t, dir, "base/objects.yaml", objects)
					build := func(components string) string {
						write(t, dir, "overlay/kustomization.yaml", "resources: [../base]\n"+components+test.kustomization)
						got := call(t, dir+"/overlay", nil, program, with.args...)
						if got.code != 0 || got.stderr != "" {
							t.Fatalf("exit %d: %s", got.code, got.stderr)
						}
						return strings.Join(strings.Fields(got.stdout), " ")
					}
					before, after := build(""), build("components: [../pack]\n")
					wantText(t, "without the pack", before, test.before...)
					wantText(t, "with the pack", after, test.after...)
					if (before == after) != test.same {
						t.Errorf("the same with and without the pack: %v, want %v\n%s", before == after, test.same, after)
					}
				})
			}
		})
	}
}

// The pack in the base alone, and in base and overlay both, does what it does in the overlay.
func TestPackInBase(t *testing.T) {
	kustomize := tool(t, "kustomize")
	dir := folder(t, nil)
	if err := os.CopyFS(dir+"/pack", os.DirFS("pack")); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "base/objects.yaml", objects)
	for _, components := range []string{"", "components: [../pack]\n"} {
		write(t, dir, "base/kustomization.yaml", "resources: [objects.yaml]\ncomponents: [../pack]\n"+patches)
		write(t, dir, "overlay/kustomization.yaml", "resources: [../base]\nnamePrefix: prod-\nnamespace: forced\n"+components)
		got := call(t, dir+"/overlay", nil, kustomize, "build", ".")
		if got.code != 0 {
			t.Fatalf("exit %d: %s", got.code, got.stderr)
		}
		wantText(t, "the build", strings.Join(strings.Fields(got.stdout), " "), "kind: ClusterSecretStore metadata: name: prod-vault-a spec",
			"secretStoreRef: kind: ClusterSecretStore name: prod-vault-a", "property: username secretKey: user", "secretName: prod-db")
	}
}

// clusterObjects are one of each kind for the whole cluster, and what refers to them.
const clusterObjects = `apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: vault-a}
spec: {provider: {fake: {data: []}}}
---
apiVersion: generators.external-secrets.io/v1alpha1
kind: ClusterGenerator
metadata: {name: shared}
spec: {kind: Password, generator: {passwordSpec: {length: 32, noUpper: false, allowRepeat: true}}}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: made, namespace: app}
spec:
  target: {name: made}
  dataFrom: [{sourceRef: {generatorRef: {apiVersion: generators.external-secrets.io/v1alpha1, kind: ClusterGenerator, name: shared}}}]
---
apiVersion: external-secrets.io/v1alpha1
kind: PushSecret
metadata: {name: push-made, namespace: app}
spec:
  secretStoreRefs: [{kind: ClusterSecretStore, name: vault-a}]
  selector: {generatorRef: {apiVersion: generators.external-secrets.io/v1alpha1, kind: ClusterGenerator, name: shared}}
  data: [{match: {remoteRef: {remoteKey: a}}}]
---
apiVersion: external-secrets.io/v1
kind: ClusterExternalSecret
metadata: {name: pull}
spec:
  namespaces: [app]
  externalSecretSpec:
    secretStoreRef: {kind: ClusterSecretStore, name: vault-a}
    target: {name: pull}
    data: [{secretKey: a, remoteRef: {key: a}}]
---
apiVersion: external-secrets.io/v1alpha1
kind: ClusterPushSecret
metadata: {name: everywhere}
spec:
  pushSecretSpec:
    secretStoreRefs: [{kind: ClusterSecretStore, name: vault-a}]
    selector: {secret: {name: made}}
    data: [{match: {remoteRef: {remoteKey: b}}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: app}
spec: {template: {spec: {containers: [{name: web, envFrom: [{secretRef: {name: pull}}]}]}}}
`

// TestPackClusterKinds: kinds for the whole cluster have no namespace, and their names are followed, and they follow.
func TestPackClusterKinds(t *testing.T) {
	kustomize := tool(t, "kustomize")
	dir := folder(t, map[string]string{"base/kustomization.yaml": "resources: [objects.yaml]\n", "base/objects.yaml": clusterObjects})
	if err := os.CopyFS(dir+"/pack", os.DirFS("pack")); err != nil {
		t.Fatal(err)
	}
	build := func(text string) string {
		write(t, dir, "overlay/kustomization.yaml", "resources: [../base]\nnamePrefix: prod-\nnamespace: forced\n"+text)
		got := call(t, dir+"/overlay", nil, kustomize, "build", ".")
		if got.code != 0 || got.stderr != "" {
			t.Fatalf("exit %d: %s", got.code, got.stderr)
		}
		return strings.Join(strings.Fields(got.stdout), " ")
	}
	wantText(t, "without the pack", build(""), "kind: ClusterExternalSecret metadata: name: prod-pull namespace: forced", "kind: ClusterPushSecret metadata: name: prod-everywhere namespace: forced",
		"kind: ClusterGenerator name: shared", "secretRef: name: pull", "kind: ClusterSecretStore name: vault-a")
	after := build(`components: [../pack]
patches:
  - patch: |
      apiVersion: external-secrets.io/v1
      kind: ClusterExternalSecret
      metadata: {name: pull}
      spec: {externalSecretSpec: {data: [{secretKey: b, remoteRef: {key: b}}]}}
`)
	wantText(t, "with the pack", after, "kind: ClusterExternalSecret metadata: name: prod-pull spec", "kind: ClusterPushSecret metadata: name: prod-everywhere spec",
		"secretKey: b - remoteRef: key: a secretKey: a", "secretStoreRef: kind: ClusterSecretStore name: prod-vault-a target: name: prod-pull namespaces: - app",
		"generatorRef: apiVersion: generators.external-secrets.io/v1alpha1 kind: ClusterGenerator name: prod-shared", "selector: secret: name: prod-made", "secretRef: name: prod-pull")
	for text, n := range map[string]int{"kind: ClusterGenerator name: prod-shared": 2, "- kind: ClusterSecretStore name: prod-vault-a": 2, "name: shared": 0, "name: vault-a": 0} {
		if got := strings.Count(after, text); got != n {
			t.Errorf("%d times %q, want %d:\n%s", got, text, n, after)
		}
	}
}
