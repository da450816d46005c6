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
	for path = strings.TrimLeft(path, "."); path != ""; path = strings.TrimLeft(path, ".") {
		var element string
		element, path = next(path)
		elements = append(elements, element)
	}
	return elements
}

// Parent returns the path without its last element: "" for a field of the root.
func Parent(path string) string {
	parent := ""
	for rest := path; rest != ""; {
		parent = path[:len(path)-len(rest)]
		_, rest = next(strings.TrimLeft(rest, "."))
	}
	return parent
}

// next takes the first element off a path that begins with one.
func next(path string) (element, rest string) {
	switch {
	case strings.HasPrefix(path, `["`):
		quoted, err := strconv.QuotedPrefix(path[1:])
		if err != nil {
			return path, ""
		}
		name, err := strconv.Unquote(quoted)
		if err != nil {
			return path, ""
		}
		return name, strings.TrimPrefix(path[1+len(quoted):], "]")
	case strings.HasPrefix(path, "["):
		end := strings.IndexByte(path, ']')
		if end < 0 {
			return path, ""
		}
		return path[1:end], path[end+1:]
	}
	end := strings.IndexAny(path, ".[")
	if end < 0 {
		end = len(path)
	}
	return path[:end], path[end:]
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
