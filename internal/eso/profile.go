package eso

import "slices"

// The API groups of ESO.
const (
	Group          = "external-secrets.io"
	GeneratorGroup = "generators.external-secrets.io"
)

// Kind is a custom resource of ESO.
type Kind struct {
	Group string
	// Name is the kind, such as ExternalSecret.
	Name string
	// Plural is the resource, such as externalsecrets.
	Plural string
	// Namespaced is false for the Cluster… kinds.
	Namespaced bool
}

// Kinds returns every kind of every known release, the newest included, sorted by group and name.
func Kinds() []Kind {
	out := make([]Kind, len(known().kinds))
	for i, row := range known().kinds {
		out[i] = row.Kind
	}
	return out
}

// KindOf returns the kind of a group and name.
func KindOf(group, name string) (Kind, bool) {
	if row := kindOf(group, name); row != nil {
		return row.Kind, true
	}
	return Kind{}, false
}

func kindOf(group, name string) *kindRow {
	for i := range known().kinds {
		if row := &known().kinds[i]; row.Group == group && row.Name == name {
			return row
		}
	}
	return nil
}

// Releases returns the release lines that there are profiles of, the oldest first.
func Releases() []Release { return slices.Clone(known().releases) }

// Profile is the API of one release line.
type Profile struct {
	release Release
	index   int
}

// For returns the profile of a release line, or of the next lower known one, or of the lowest; exact says whether it is
// the line itself, so that a caller can tell which one was taken.
func For(r Release) (p *Profile, exact bool) {
	releases := known().releases
	index := 0
	for i, candidate := range releases {
		if r.AtLeast(candidate) {
			index = i
		}
	}
	return &Profile{release: releases[index], index: index}, releases[index] == r
}

// Latest returns the profile of the newest known release line.
func Latest() *Profile {
	releases := known().releases
	return &Profile{release: releases[len(releases)-1], index: len(releases) - 1}
}

// Release returns the line that the profile describes.
func (p *Profile) Release() Release { return p.release }

// Served returns the versions (such as v1) that the release serves of a kind, the preferred one first; nil for none. A
// version that the CRD only defines is not among them.
func (p *Profile) Served(group, kind string) []string {
	row := kindOf(group, kind)
	if row == nil {
		return nil
	}
	var out []string
	for _, version := range row.versions {
		if version.in.has(p.index) {
			out = append(out, version.text)
		}
	}
	return out
}

// APIVersion returns the preferred apiVersion of a kind, such as external-secrets.io/v1; false where the release has not
// got the kind.
func (p *Profile) APIVersion(group, kind string) (string, bool) {
	versions := p.Served(group, kind)
	if len(versions) == 0 {
		return "", false
	}
	return group + "/" + versions[0], true
}

// ServedSince returns the first release that serves a version of a kind.
func ServedSince(group, kind, version string) (Release, bool) {
	if row := kindOf(group, kind); row != nil {
		for _, v := range row.versions {
			if v.text == version {
				return first(v.in)
			}
		}
	}
	return Release{}, false
}

// ServedUntil returns the first release that does not serve a version of a kind any more; false where the newest known
// release does or none ever did.
func ServedUntil(group, kind, version string) (Release, bool) {
	if row := kindOf(group, kind); row != nil {
		for _, v := range row.versions {
			if v.text == version {
				return gone(v.in)
			}
		}
	}
	return Release{}, false
}

// HasField reports whether the preferred served version of a kind has a field. The path is written
// spec.target.creationPolicy; items may be marked (spec.data[0].remoteRef, spec.data[].remoteRef, data["tls.crt"]) or left
// out. Everything below a schemaless field exists. Fields of status are not looked at.
func (p *Profile) HasField(kind, path string) bool {
	row, _ := find(known().kindFields(kind), path)
	return row != nil && row.in.has(p.index)
}

// HasEnum reports whether a field's enumeration has a value; false where the field does not enumerate its values.
func (p *Profile) HasEnum(kind, path, value string) bool {
	return slices.Contains(p.Enum(kind, path), value)
}

// Enum returns the values that a field may have, in the CRD's order; nil where it does not enumerate them.
func (p *Profile) Enum(kind, path string) []string {
	row, beyond := find(known().kindFields(kind), path)
	if row == nil || beyond {
		return nil
	}
	var out []string
	for _, v := range row.enum {
		if v.in.has(p.index) {
			out = append(out, v.text)
		}
	}
	return out
}

// Fields returns the names directly below a path ("" is the object itself), sorted; nil where there are none. It is
// meant for "did you mean" and completion.
func (p *Profile) Fields(kind, path string) []string {
	rows := known().kindFields(kind)
	begin, end, depth := 0, len(rows), 0
	if path != "" {
		row, beyond := find(rows, path)
		if row == nil || beyond {
			return nil
		}
		for i := range rows {
			if &rows[i] == row {
				begin, end, depth = i+1, row.next, row.depth+1
			}
		}
		if row.typ == "array" && begin < end {
			begin, depth = begin+1, depth+1
		}
	}
	var out []string
	for i := begin; i < end; i = rows[i].next {
		if rows[i].depth == depth && rows[i].in.has(p.index) && rows[i].typ != "" && rows[i].name != "{}" && rows[i].name != "[]" {
			out = append(out, rows[i].name)
		}
	}
	return out
}

// FieldType returns the type of a field: object, array, map, string, integer, number, boolean, or any for what has no
// schema; "" where there is no such field.
func (p *Profile) FieldType(kind, path string) string {
	row, beyond := find(known().kindFields(kind), path)
	switch {
	case row == nil || !row.in.has(p.index):
		return ""
	case beyond:
		return "any"
	default:
		return row.typ
	}
}

// Since returns the first known release that has a field; false where none has it. A release that dropped the field and
// took it back later counts from the first time.
func Since(kind, path string) (Release, bool) {
	row, _ := find(known().kindFields(kind), path)
	if row == nil {
		return Release{}, false
	}
	return first(row.in)
}

// Until returns the first known release that does not have a field any more; false where the newest one has it or none
// ever had.
func Until(kind, path string) (Release, bool) {
	row, _ := find(known().kindFields(kind), path)
	if row == nil {
		return Release{}, false
	}
	return gone(row.in)
}

// EnumSince returns the first known release whose enumeration of a field has a value.
func EnumSince(kind, path, value string) (Release, bool) {
	row, beyond := find(known().kindFields(kind), path)
	if row == nil || beyond {
		return Release{}, false
	}
	for _, v := range row.enum {
		if v.text == value {
			return first(v.in)
		}
	}
	return Release{}, false
}

func first(in lines) (Release, bool) {
	for i, r := range known().releases {
		if in.has(i) {
			return r, true
		}
	}
	return Release{}, false
}

func gone(in lines) (Release, bool) {
	releases := known().releases
	for i := len(releases) - 1; i >= 0; i-- {
		if in.has(i) {
			if i == len(releases)-1 {
				return Release{}, false
			}
			return releases[i+1], true
		}
	}
	return Release{}, false
}

// Default is a value that the API server fills in where a field is absent and its parent is there.
type Default struct {
	// Path has [] for the items of a list and {} for the values of a map: spec.data[].remoteRef.conversionStrategy.
	Path string
	// Value is a string, bool, int64, float64, map[string]any, []any or nil. It is the caller's own.
	Value any
}

// Defaults returns every default of a kind's preferred served version, a parent before what is below it: the order in
// which the API server applies them. A default of an object is followed by the defaults of its fields.
func (p *Profile) Defaults(kind string) []Default {
	var out []Default
	var path []byte
	var ends []int // length of path before each open row
	for _, row := range known().kindFields(kind) {
		if len(ends) > row.depth {
			path = path[:ends[row.depth]]
			ends = ends[:row.depth]
		}
		ends = append(ends, len(path))
		if len(path) > 0 && row.name != "[]" && row.name != "{}" {
			path = append(path, '.')
		}
		path = append(path, row.name...)
		if !row.in.has(p.index) {
			continue
		}
		for _, v := range row.defaults {
			if v.in.has(p.index) {
				out = append(out, Default{Path: string(path), Value: decodeJSON(v.text)})
			}
		}
	}
	return out
}
