package eso

import "strings"

// step is one step of a field path: a name, or an item of a list or map.
type step struct {
	name string // field name or map key; "" for a list item and for {}
	item bool   // written in brackets or braces
}

// steps splits spec.data[0].remoteRef.key, template.data["tls.crt"], data[].key and data{}.key. What is malformed
// yields steps that match nothing.
func steps(path string) []step {
	var out []step
	for len(path) > 0 {
		switch path[0] {
		case '.':
			path = path[1:]
		case '{':
			out = append(out, step{item: true})
			path = strings.TrimPrefix(path[1:], "}")
		case '[':
			if strings.HasPrefix(path, `["`) {
				if key, rest, ok := strings.Cut(path[2:], `"]`); ok {
					out = append(out, step{name: key, item: true})
					path = rest
					continue
				}
			}
			_, rest, _ := strings.Cut(path, "]")
			out = append(out, step{item: true})
			path = rest
		default:
			end := strings.IndexAny(path, ".[{")
			if end < 0 {
				end = len(path)
			}
			out = append(out, step{name: path[:end]})
			path = path[end:]
		}
	}
	return out
}
