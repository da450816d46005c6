package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/object"
)

func build(t *testing.T, text string) *graph.Graph {
	t.Helper()
	objects, findings := object.ReadFile(diag.NewFile("a.yaml", []byte(text)), object.ReadOptions{})
	for _, f := range findings {
		t.Fatal(f.Message)
	}
	return graph.New(objects)
}

const store = `
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: vault}
spec: {provider: {vault: {server: https://vault.example.com, path: secret}}}
---
`

// keySet writes a set as a text: its keys, and + where there may be more.
func keySet(k graph.KeySet) string {
	text := strings.Join(k.Known(), " ")
	if k.Open {
		text += "+"
	}
	return text
}

// TestTargetKeys checks which keys a Secret is known to have.
func TestTargetKeys(t *testing.T) {
	for _, test := range []struct{ spec, want string }{
		{`data: [{secretKey: a, remoteRef: {key: k}}]`, "a"},
		{`dataFrom: [{extract: {key: k}}]`, "+"},
		{`dataFrom: [{find: {name: {regexp: x}}}]`, "+"},
		{`dataFrom: [{sourceRef: {generatorRef: {kind: SSHKey, name: s}}}]`, "privateKey publicKey"},
		{`dataFrom: [{sourceRef: {generatorRef: {kind: Password, name: s}}, rewrite: [{regexp: {source: (.*), target: new_$1}}]}]`, "new_password"},
		{`dataFrom: [{sourceRef: {generatorRef: {kind: Password, name: s}}, rewrite: [{transform: {template: x}}]}]`, "+"},
		{`dataFrom: [{sourceRef: {generatorRef: {kind: Webhook, name: s}}}]`, "+"},
		{`dataFrom: [{sourceRef: {generatorRef: {kind: Fake, name: fake}}}]`, "a b"},
		{`dataFrom: [{sourceRef: {generatorRef: {kind: ClusterGenerator, name: ssh}}}]`, "privateKey publicKey"},
		{`{dataFrom: [{extract: {key: k}}], target: {template: {data: {x: "{{ .a }}"}}}}`, "x"},
		{`{data: [{secretKey: a, remoteRef: {key: k}}], target: {template: {mergePolicy: Merge, data: {x: "1"}}}}`, "a x"},
		{`{data: [{secretKey: a, remoteRef: {key: k}}], target: {template: {templateFrom: [{literal: "x: y"}]}}}`, "x"},
		{`{data: [{secretKey: a, remoteRef: {key: k}}], target: {template: {metadata: {}}}}`, "a"},
		{`{data: [{secretKey: a, remoteRef: {key: k}}], target: {creationPolicy: Merge}}`, "a+"},
	} {
		spec := test.spec
		if !strings.HasPrefix(spec, "{") {
			spec = "{" + spec + "}"
		}
		for _, version := range []string{"v1", "v1beta1"} {
			g := build(t, store+"apiVersion: generators.external-secrets.io/v1alpha1\nkind: Fake\nmetadata: {name: fake, namespace: ns}\nspec: {data: {a: x, b: x}}\n---\n"+
				"apiVersion: generators.external-secrets.io/v1alpha1\nkind: ClusterGenerator\nmetadata: {name: ssh}\nspec: {kind: SSHKey, generator: {sshKeySpec: {}}}\n---\n"+
				"apiVersion: external-secrets.io/"+version+"\nkind: ExternalSecret\nmetadata: {name: s, namespace: ns}\nspec: "+spec+"\n")
			if got := keySet(g.Secret(graph.Spot{Namespace: "ns", Name: "s"}).Keys); got != test.want {
				t.Errorf("%s: keys %q, want %q", spec, got, test.want)
			}
		}
	}
}

// TestWrites checks what a push writes where.
func TestWrites(t *testing.T) {
	for _, test := range []struct{ spec, want string }{
		{`data: [{match: {remoteRef: {remoteKey: k}}}]`, "k=a b"},
		{`data: [{match: {secretKey: a, remoteRef: {remoteKey: k, property: p}}}]`, "k=p"},
		{`data: [{match: {secretKey: a, remoteRef: {remoteKey: k}}}]`, "k=+"},
		{`data: [{match: {remoteRef: {remoteKey: secret/data/k}}}, {match: {secretKey: a, remoteRef: {remoteKey: k, property: p}}}]`, "k=a b p"},
		{`template: {data: {x: "1"}}, data: [{match: {remoteRef: {remoteKey: k}}}]`, "k=a b x"},
		{`template: {mergePolicy: Replace, data: {x: "1"}}, data: [{match: {remoteRef: {remoteKey: k}}}]`, "k=a b x"},
		{`template: {data: {x: '{{ dict "a" .a | toJson }}'}}, data: [{match: {secretKey: x, remoteRef: {remoteKey: k}}}]`, "k=a"},
		{`template: {mergePolicy: Merge, data: {x: "1"}}, data: [{match: {remoteRef: {remoteKey: k}}}]`, "k=a b x"},
		{`dataTo: [{storeRef: {name: vault, kind: ClusterSecretStore}}]`, "a=+ b=+"},
		{`dataTo: [{storeRef: {name: vault, kind: ClusterSecretStore}, match: {regexp: ^a}, rewrite: [{regexp: {source: ^, target: x/}}]}]`, "x/a=+"},
		{`dataTo: [{storeRef: {name: vault, kind: ClusterSecretStore}, remoteKey: all}]`, "all=a b"},
	} {
		g := build(t, store+"apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: ns}\ndata: {a: '', b: ''}\n---\n"+
			"apiVersion: external-secrets.io/v1alpha1\nkind: PushSecret\nmetadata: {name: p, namespace: ns}\nspec: {secretStoreRefs: [{name: vault, kind: ClusterSecretStore}], selector: {secret: {name: s}}, "+test.spec+"}\n")
		var got []string
		for _, k := range g.Keys {
			got = append(got, k.Place.Key+"="+keySet(k.Properties))
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: %q, want %q", test.spec, strings.Join(got, " "), test.want)
		}
	}
}

// TestIdentity checks that stores are told by where they are.
func TestIdentity(t *testing.T) {
	const format = "apiVersion: external-secrets.io/v1\nkind: SecretStore\nmetadata: {name: %s, namespace: ns}\nspec: {provider: {%s}}\n---\n"
	for _, test := range []struct {
		a, b string
		same bool
	}{
		{`vault: {server: https://v, path: secret, auth: {token: {}}}`, `vault: {server: https://v/, path: secret/, auth: {kubernetes: {mountPath: x}}}`, true},
		{`vault: {server: https://v, path: secret}`, `vault: {server: https://v, path: other}`, false},
		{`vault: {server: https://v, namespace: a}`, `vault: {server: https://v, namespace: b}`, false},
		{`gcpsm: {projectID: a}`, `gcpsm: {projectID: b}`, false},
		{`fake: {data: [{key: a}]}`, `fake: {data: [{key: b}]}`, false},
		{`vault: {server: x}`, `azurekv: {vaultUrl: x}`, false},
	} {
		g := build(t, fmt.Sprintf(format, "a", test.a)+fmt.Sprintf(format, "b", test.b))
		if same := g.Stores[0].Identity == g.Stores[1].Identity; same != test.same {
			t.Errorf("%s and %s: same is %t", test.a, test.b, same)
		}
	}
}

// TestUses checks what workloads and others name.
func TestUses(t *testing.T) {
	for text, want := range map[string]string{
		`{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: ns}, spec: {containers: [{env: [{name: E, valueFrom: {secretKeyRef: {name: s, key: k, optional: true}}}]}]}}`:                 "spec.containers[0].env[0].valueFrom.secretKeyRef.key s/k?",
		`{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: p, namespace: ns}, spec: {template: {spec: {initContainers: [{envFrom: [{secretRef: {name: s}}]}]}}}}`:                         "spec.template.spec.initContainers[0].envFrom[0].secretRef.name s/",
		`{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: p, namespace: ns}, spec: {template: {spec: {volumes: [{secret: {secretName: s}}]}}}}`:                                            "spec.template.spec.volumes[0].secret.secretName s/",
		`{apiVersion: batch/v1, kind: Job, metadata: {name: p, namespace: ns}, spec: {template: {spec: {volumes: [{projected: {sources: [{secret: {name: s, items: [{key: k, path: p}]}}]}}]}}}}`: "spec.template.spec.volumes[0].projected.sources[0].secret.items[0].key s/k",
		`{apiVersion: v1, kind: ServiceAccount, metadata: {name: p, namespace: ns}, imagePullSecrets: [{name: s}]}`:                                                                               "imagePullSecrets[0].name s/.dockerconfigjson",
		`{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: p, namespace: ns}, spec: {tls: [{secretName: s}]}}`:                                                                   "spec.tls[0].secretName s/",
		`{apiVersion: source.toolkit.fluxcd.io/v1, kind: GitRepository, metadata: {name: p, namespace: ns}, spec: {secretRef: {name: s}}}`:                                                        "spec.secretRef.name s/",
		`{apiVersion: example.com/v1, kind: GitRepository, metadata: {name: p, namespace: ns}, spec: {secretRef: {name: s}}}`:                                                                     "",
	} {
		var got []string
		for _, u := range build(t, text).Uses {
			mark := ""
			if u.Optional {
				mark = "?"
			}
			if u.Spot.Namespace != "ns" || !u.Object.Span(u.Path).IsValid() {
				t.Errorf("%s: spot %v", text, u.Spot)
			}
			got = append(got, u.Path+" "+u.Spot.Name+"/"+u.Key+mark)
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// TestClusterKinds checks objects that stand for several.
func TestClusterKinds(t *testing.T) {
	g := build(t, store+`
apiVersion: external-secrets.io/v1
kind: ClusterExternalSecret
metadata: {name: c}
spec:
  namespaces: [ns, other]
  externalSecretName: e
  externalSecretSpec: {secretStoreRef: {name: vault, kind: ClusterSecretStore}, data: [{secretKey: a, remoteRef: {key: k}}]}
---
apiVersion: external-secrets.io/v1
kind: ClusterExternalSecret
metadata: {name: d}
spec:
  namespaceSelectors: [{matchLabels: {a: b}}]
  externalSecretSpec: {secretStoreRef: {name: vault, kind: ClusterSecretStore}, target: {name: x}, dataFrom: [{extract: {key: k}}]}
---
apiVersion: external-secrets.io/v1alpha1
kind: ClusterPushSecret
metadata: {name: q}
spec:
  pushSecretSpec:
    secretStoreRefs: [{name: vault, kind: ClusterSecretStore}, {labelSelector: {matchLabels: {a: b}}, kind: ClusterSecretStore}]
    selector: {secret: {name: s}}
    data: [{match: {remoteRef: {remoteKey: k}}}]
`)
	for _, namespace := range []string{"ns", "other"} {
		if s := g.Secret(graph.Spot{Namespace: namespace, Name: "e"}); s == nil || keySet(s.Keys) != "a" {
			t.Errorf("namespace %s: %v", namespace, s)
		}
	}
	if !g.MayBeMade(graph.Spot{Namespace: "any", Name: "x"}) || g.MayBeMade(graph.Spot{Namespace: "any", Name: "e"}) {
		t.Error("a Secret in namespaces that are chosen by labels may be made in any, and no other")
	}
	k := g.Keys[0]
	if len(g.Keys) != 1 || len(k.Reads) != 2 || len(k.Writes) != 1 || keySet(k.Properties) != "+" || k.Writes[0].KeyPath != "spec.pushSecretSpec.data[0].match.remoteRef.remoteKey" {
		t.Errorf("%d keys, %d reads, %d writes", len(g.Keys), len(k.Reads), len(k.Writes))
	}
	if !g.MayBeWritten(graph.Place{Store: "any", Key: "k"}) {
		t.Error("a store that is chosen by labels may be any")
	}
}

// TestFormerOfMany: reads, writes of a key and pushes of a Secret are not held against each other one by one. With as many of each, this
// would not end.
func TestFormerOfMany(t *testing.T) {
	const many = 10000
	read := func(text string) *object.Object {
		objects, findings := object.ReadFile(diag.NewFile("a.yaml", []byte(text)), object.ReadOptions{})
		if len(objects) != 1 || len(findings) > 0 {
			t.Fatal(len(objects), findings)
		}
		return objects[0]
	}
	push := func(secret, key string) []*object.Object {
		return slices.Repeat([]*object.Object{read("apiVersion: external-secrets.io/v1alpha1\nkind: PushSecret\nmetadata: {name: " + secret +
			", namespace: ns}\nspec: {secretStoreRefs: [{name: vault}], selector: {secret: {name: " + secret + "}}, data: [{match: {remoteRef: {remoteKey: " + key + "}}}]}\n")}, many)
	}
	pull := read("apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: own, namespace: ns}\nspec:\n  secretStoreRef: {name: vault}\n" +
		"  target: {deletionPolicy: Merge}\n  dataFrom:\n  - extract: {key: old}\n" + strings.Repeat("  - extract: {key: theirs}\n", many) + "  - extract: {key: new}\n")
	reads := graph.New(slices.Concat(push("own", "new"), push("other", "theirs"), []*object.Object{pull})).Pulls[0].Reads
	if len(reads) != many+2 {
		t.Fatal(len(reads))
	}
	for i, r := range reads {
		if r.Former != (i == 0) {
			t.Fatalf("%d: %s is former: %t", i, r.Remote, r.Former)
		}
	}
}
