package graph

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/openova-io/esotree/internal/yamlsrc"
)

// shownFields is how many fields are named before the rest is left out.
const shownFields = 2

// changedFields are the fields in which two objects differ, the outermost first.
func changedFields(a, b []byte) []string {
	var x, y any
	if json.Unmarshal(normal(a), &x) != nil || json.Unmarshal(normal(b), &y) != nil {
		return nil
	}
	list := fieldsBetween("", x, y)
	slices.SortStableFunc(list, func(a, b string) int { return len(yamlsrc.Split(a)) - len(yamlsrc.Split(b)) })
	return list
}

// shown names fields in brackets; "" for none.
func shown(fields []string) string {
	if len(fields) == 0 {
		return ""
	}
	more := ""
	if len(fields) > shownFields {
		fields, more = fields[:shownFields], ", …"
	}
	return " (" + strings.Join(fields, ", ") + more + ")"
}

func first(fields []string) string {
	if len(fields) == 0 {
		return ""
	}
	return fields[0]
}

// fieldsBetween are the paths of the fields that differ, sorted. A list of another length differs as a whole.
func fieldsBetween(path string, a, b any) []string {
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok {
			return []string{path}
		}
		both := maps.Clone(x)
		maps.Copy(both, y)
		var out []string
		for _, key := range slices.Sorted(maps.Keys(both)) {
			_, had := x[key]
			_, has := y[key]
			if had && has {
				out = append(out, fieldsBetween(yamlsrc.Join(path, key), x[key], y[key])...)
			} else {
				out = append(out, yamlsrc.Join(path, key))
			}
		}
		return out
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return []string{path}
		}
		var out []string
		for i := range x {
			out = append(out, fieldsBetween(yamlsrc.Index(path, i), x[i], y[i])...)
		}
		return out
	}
	if a != b {
		return []string{path}
	}
	return nil
}
