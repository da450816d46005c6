package model

import (
	"fmt"
	"regexp"
	"strings"
)

var epoch = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$`)

// Several names are checked for each object, so this is written out: a regular expression takes longer than all that is linked.

// isLabel is ^[a-z0-9]([-a-z0-9]*[a-z0-9])?$.
func isLabel(name string) bool {
	for i := range len(name) {
		switch c := name[i]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
		case c != '-', i == 0, i == len(name)-1:
			return false
		}
	}
	return name != ""
}

// isSubdomain is labels with dots between them.
func isSubdomain(name string) bool {
	for more := true; more; {
		var first string
		if first, name, more = strings.Cut(name, "."); !isLabel(first) {
			return false
		}
	}
	return true
}

// isSecretKey is ^[-._a-zA-Z0-9]+$.
func isSecretKey(name string) bool {
	for i := range len(name) {
		switch c := name[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '.', c == '_':
		default:
			return false
		}
	}
	return name != ""
}

const (
	labelHint     = "lower-case letters, digits and dashes, 63 at most, beginning and ending with a letter or digit"
	subdomainHint = "lower-case letters, digits, dashes and dots, 253 at most, beginning and ending with a letter or digit"
	secretKeyHint = "letters, digits, dashes, dots and underscores, 253 at most"
	epochHint     = "a letter or digit, then letters, digits, dots, dashes and underscores, 32 in all"
)

// checkLabel says why a name is no DNS label (RFC 1123), "" when it is one.
func checkLabel(what, name string) string { return check(what, name, isLabel, 63) }

// checkSubdomain says why a name is no DNS subdomain (RFC 1123), "" when it is one.
func checkSubdomain(what, name string) string {
	return check(what, name, isSubdomain, longestSubdomain)
}

const longestSubdomain = 253

func check(what, name string, legal func(string) bool, most int) string {
	switch {
	case len(name) > most:
		return fmt.Sprintf("the name of the %s has %d characters, %d at most are legal", what, len(name), most)
	case !legal(name):
		article := "a"
		if strings.ContainsRune("aeiou", rune(what[0])) {
			article = "an"
		}
		return fmt.Sprintf("%q can't be the name of %s %s", name, article, what)
	}
	return ""
}

// checkSecretKey says why a text can't be a key of a Secret, "" when it can.
func checkSecretKey(name string) string {
	switch {
	case name == EpochKey || name == PeriodKey || name == GeneratedKey:
		return fmt.Sprintf("the key %q is esotree's own", name)
	case len(name) > 253 || !isSecretKey(name) || name == "." || name == "..":
		return fmt.Sprintf("%q can't be a key of a Secret", name)
	}
	return ""
}
