package model

import (
	"fmt"
	"regexp"
	"strings"
)

var (
	label     = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`)
	subdomain = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)
	secretKey = regexp.MustCompile(`^[-._a-zA-Z0-9]+$`)
	epoch     = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$`)
)

const (
	labelHint     = "lower-case letters, digits and dashes, 63 at most, beginning and ending with a letter or digit"
	subdomainHint = "lower-case letters, digits, dashes and dots, 253 at most, beginning and ending with a letter or digit"
	secretKeyHint = "letters, digits, dashes, dots and underscores, 253 at most"
	epochHint     = "a letter or digit, then letters, digits, dots, dashes and underscores, 32 in all"
)

// checkLabel says why a name is no DNS label (RFC 1123), "" when it is one.
func checkLabel(what, name string) string { return check(what, name, label, 63) }

// checkSubdomain says why a name is no DNS subdomain (RFC 1123), "" when it is one.
func checkSubdomain(what, name string) string { return check(what, name, subdomain, 253) }

func check(what, name string, legal *regexp.Regexp, most int) string {
	switch {
	case len(name) > most:
		return fmt.Sprintf("the name of the %s has %d characters, %d at most are legal", what, len(name), most)
	case !legal.MatchString(name):
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
	case len(name) > 253 || !secretKey.MatchString(name) || name == "." || name == "..":
		return fmt.Sprintf("%q can't be a key of a Secret", name)
	}
	return ""
}
