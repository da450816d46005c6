package graph_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/graph"
	"github.com/openova-io/esotree/internal/yamlsrc"
	"github.com/openova-io/esotree/object"
)

// FuzzDiff asserts, for any two texts of manifests: a text does not differ from itself, every change has a kind that is known
// and names a secret, all formats can be written, JSON is JSON, and the same input says the same twice.
func FuzzDiff(f *testing.F) {
	f.Add(handWritten, "")
	f.Add(handWritten, handWritten)
	f.Add(handWritten+"---"+handWritten, sources)
	f.Add(sources, strings.ReplaceAll(sources, "vault", "other"))
	f.Add(byHand, strings.ReplaceAll(byHand, "app/b", "app/a"))
	f.Add(strings.ReplaceAll(byHand, "spec: {secretStoreRefs", "spec: {deletionPolicy: Delete, secretStoreRefs"), byHand[:2400])
	f.Add("kind: ExternalSecret\napiVersion: external-secrets.io/v1\nmetadata: {name: a}\nspec: {dataFrom: [{extract: {key: k}}]}\n", "kind: PushSecret\napiVersion: external-secrets.io/v1alpha1\nmetadata: {name: a}\nspec: {selector: {secret: {name: a}}, data: [{}], secretStoreRefs: [{}]}\n")
	read := func(text string) graph.Side {
		docs, _ := yamlsrc.Read(diag.NewFile("a", []byte(text)), yamlsrc.Limits{Bytes: 1 << 16, Nodes: 5000})
		var side graph.Side
		for _, d := range docs {
			if data, err := d.JSON(); err == nil && d.Name() != "" {
				side.Objects = append(side.Objects, &object.Object{ID: d.Ref(), Value: json.RawMessage(data), Origin: d})
			}
		}
		return side
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		old, new := read(a), read(b)
		if d := graph.Diff(old, old); len(d.Changes) > 0 || d.Objects > 0 {
			t.Fatalf("a text differs from itself:\n%s", short(d))
		}
		d := graph.Diff(old, new)
		kinds := map[graph.ChangeKind]bool{}
		for _, k := range graph.ChangeKinds() {
			kinds[k] = true
		}
		for _, c := range d.Changes {
			if !kinds[c.Kind] {
				t.Fatalf("unknown kind %q", c.Kind)
			}
		}
		var first, second, page bytes.Buffer
		if d.Write(&first, graph.FormatJSON) != nil || graph.Diff(read(a), read(b)).Write(&second, graph.FormatJSON) != nil || !bytes.Equal(first.Bytes(), second.Bytes()) || !json.Valid(first.Bytes()) {
			t.Fatalf("the same input says\n%s\nand\n%s", first.String(), second.String())
		}
		if err := d.Write(&page, graph.FormatMarkdown); err != nil {
			t.Fatal(err)
		}
		list, err := graph.Explain(new, "", graph.ExplainOptions{})
		if err != nil || graph.WriteExplanations(&page, list, graph.FormatText) != nil {
			t.Fatal(err)
		}
		if _, err := graph.NewDrawing(new, graph.DrawFilter{}); err != nil {
			t.Fatal(err)
		}
	})
}
