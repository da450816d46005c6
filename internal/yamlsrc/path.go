package yamlsrc

import (
	"strconv"
	"strings"
)

// Join returns the path of a field of the map at path: Join("spec", "name") is "spec.name". A name that is not made of
// letters, digits, '_' and '-' alone is quoted: Join("data", "tls.crt") is `data["tls.crt"]`.
func Join(path, field string) string {
	if !isBare(field) {
		return path + "[" + strconv.Quote(field) + "]"
	}
	if path == "" {
		return field
	}
	return path + "." + field
}

// Index returns the path of an element of the list at path: Index("spec.keys", 0) is "spec.keys[0]".
func Index(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// Split returns the elements of a path in the syntax of Join and Index, quotes removed and indexes as decimal numbers; nil
// for "". What does not follow the syntax is taken as literally as possible, never refused.
func Split(path string) []string {
	var elements []string
	for path != "" {
		switch {
		case path[0] == '.':
			path = path[1:]
		case strings.HasPrefix(path, `["`):
			quoted, err := strconv.QuotedPrefix(path[1:])
			if err != nil {
				return append(elements, path)
			}
			name, err := strconv.Unquote(quoted)
			if err != nil {
				return append(elements, path)
			}
			elements = append(elements, name)
			path = strings.TrimPrefix(path[1+len(quoted):], "]")
		case path[0] == '[':
			end := strings.IndexByte(path, ']')
			if end < 0 {
				return append(elements, path)
			}
			elements = append(elements, path[1:end])
			path = path[end+1:]
		default:
			end := strings.IndexAny(path, ".[")
			if end < 0 {
				end = len(path)
			}
			elements = append(elements, path[:end])
			path = path[end:]
		}
	}
	return elements
}

func isBare(name string) bool {
	for i := 0; i < len(name); i++ {
		c := name[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-') {
			return false
		}
	}
	return name != ""
}
