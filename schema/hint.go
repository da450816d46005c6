package schema

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/openova-io/esotree/diag"
	"github.com/openova-io/esotree/internal/yamlsrc"
)

// node is what an example needs to know of a JSON Schema.
type node struct {
	Ref        string           `json:"$ref"`
	Properties map[string]*node `json:"properties"`
	Items      *node            `json:"items"`
	// Additional is a schema, or false.
	Additional json.RawMessage  `json:"additionalProperties"`
	Examples   []any            `json:"examples"`
	Defs       map[string]*node `json:"$defs"`
}

func rootOf(kind string) *node {
	root := &node{}
	_ = json.Unmarshal(JSONSchema(kind), root) // a test reads the same text
	return root
}

// example is the reference's example of a field, as it would be written; "" where there is none, or a long one.
func (root *node) example(path string) string {
	at := root
	var value any // of the field that is looked at, in the example of one above it
	for _, name := range yamlsrc.Split(path) {
		if at = at.resolved(root); at == nil {
			return ""
		}
		value = element(value, name, at.Properties == nil)
		switch next := at.Properties[name]; {
		case next != nil:
			at = next
		case at.Items != nil:
			at = at.Items
		default:
			next = &node{}
			if json.Unmarshal(at.Additional, next) != nil {
				return ""
			}
			at = next
		}
		if len(at.Examples) > 0 {
			value = at.Examples[0]
		}
	}
	if value == nil {
		return ""
	}
	if text := flow(value); len(text) <= 120 {
		return text
	}
	return ""
}

func (n *node) resolved(root *node) *node {
	if name, ok := strings.CutPrefix(n.Ref, "#/$defs/"); ok {
		return root.Defs[name]
	}
	return n
}

// element is what an example has at a place: of a list the first, of a map with free keys any other's where it does not have this one.
func element(value any, name string, free bool) any {
	switch v := value.(type) {
	case []any:
		if len(v) > 0 {
			return v[0]
		}
	case map[string]any:
		if e, ok := v[name]; ok || !free {
			return e
		}
		for _, k := range slices.Sorted(maps.Keys(v)) {
			return v[k]
		}
	}
	return nil
}

var plain = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9 ._/-]*|\d+[dhms])$`)

// last are the fields that a person writes after the one that names the thing.
var last = [...]string{"class", "prefix", "environments", "every", "spec", "secrets", "rotation"}

// flow writes a value as YAML in one line.
func flow(value any) string {
	var parts []string
	switch v := value.(type) {
	case map[string]any:
		keys := slices.Sorted(maps.Keys(v))
		slices.SortStableFunc(keys, func(a, b string) int { return slices.Index(last[:], a) - slices.Index(last[:], b) })
		for _, k := range keys {
			parts = append(parts, flow(k)+": "+flow(v[k]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		for _, e := range v {
			parts = append(parts, flow(e))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case string:
		if plain.MatchString(v) && v != "true" && v != "false" {
			return v
		}
		return strconv.Quote(v)
	}
	text, _ := json.Marshal(value)
	return string(text)
}

// hint helps where the decoder, which knows nothing of the fields' meaning, can't.
func (root *node) hint(f diag.Finding) string {
	name := f.Path[strings.LastIndexByte(f.Path, '.')+1:]
	switch parent := yamlsrc.Parent(f.Path); {
	case f.Code == yamlsrc.CodeWrongType:
		if text := root.example(f.Path); text != "" && text != "true" {
			return "such as " + text
		}
	case f.Code == yamlsrc.CodeUnknownField && strings.HasSuffix(parent, ".generator"):
		return "the generator's own fields go into its spec: {…}"
	case f.Code == yamlsrc.CodeUnknownField && slices.Contains([]string{"value", "values", "data", "stringData"}, name) && secretItem.MatchString(parent):
		return "no value ever stands in a description: bootstrap: {prompt: …} asks a person for it"
	}
	return ""
}

// secretItem is the path of a secret.
var secretItem = regexp.MustCompile(`(^|\.)secrets\[\d+\]$`)
