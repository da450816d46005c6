package diag

import (
	"cmp"
	"iter"
	"slices"
)

// Set collects findings. It is always sorted, holds each finding once and folds repeats; nothing else can be printed. The
// zero value is empty and ready. A Set is not safe for concurrent use.
type Set struct {
	findings []Finding
	seen     map[identity]bool
}

// identity is what makes two findings the same one. Two that say the same about the same text are, whatever object or path
// they came by: one line of a description makes objects in many clusters.
type identity struct {
	code, message string
	severity      Severity
	file          string
	start, end    int32
	path          string
	object        ObjectRef
}

func (f *Finding) identity() identity {
	id := identity{code: f.Code, message: f.Message, severity: f.Severity, file: f.fileName()}
	if f.Span.IsValid() {
		id.start, id.end = f.Span.Start, f.Span.End
	} else {
		id.path, id.object = f.Path, f.Object
	}
	return id
}

// fileName is the name of the file, from wherever it is known; "" where it is not.
func (f *Finding) fileName() string {
	if f.Span.IsValid() {
		return f.Span.File.Name
	}
	return f.File
}

// Add adds findings; those that are already there are left out.
func (s *Set) Add(findings ...Finding) {
	if s.seen == nil {
		s.seen = make(map[identity]bool)
	}
	for _, f := range findings {
		if id := f.identity(); !s.seen[id] {
			s.seen[id] = true
			s.findings = append(s.findings, f)
		}
	}
}

// Len returns how many different findings were added, folded ones counted too.
func (s *Set) Len() int { return len(s.findings) }

// HasErrors reports whether there is a finding of severity Error.
func (s *Set) HasErrors() bool { return s.Fails(Error) }

// Max returns the gravest severity in the set; Note for an empty one.
func (s *Set) Max() Severity {
	gravest := Note
	for i := range s.findings {
		gravest = min(gravest, s.findings[i].Severity)
	}
	return gravest
}

// Fails reports whether there is a finding at least as grave as on.
func (s *Set) Fails(on Severity) bool {
	return len(s.findings) > 0 && s.Max() <= on
}

// Every yields each finding as it was added: not sorted, and no repeats folded.
func (s *Set) Every() iter.Seq[Finding] { return slices.Values(s.findings) }

// shown is how many of a group of repeats are printed before the rest is folded into one.
const shown = 3

// All returns the findings sorted by file, place, code and message. Where the same message of the same rule is found in more
// than three files, the first three stand for themselves and the fourth for all others, with their number in Count.
func (s *Set) All() []Finding {
	list := slices.Clone(s.findings)
	slices.SortStableFunc(list, compare)
	type text struct {
		code, message string
		severity      Severity
	}
	files := make(map[text]map[string]bool)
	for i := range list {
		key := text{list[i].Code, list[i].Message, list[i].Severity}
		if files[key] == nil {
			files[key] = make(map[string]bool)
		}
		files[key][list[i].fileName()] = true
	}
	count := make(map[text]int)
	fourth := make(map[text]int)
	kept := list[:0]
	for _, f := range list {
		key := text{f.Code, f.Message, f.Severity}
		count[key]++
		switch n := count[key]; {
		case len(files[key]) <= shown || n <= shown:
			kept = append(kept, f)
		case n == shown+1:
			fourth[key] = len(kept)
			f.Count = max(f.Count, 1)
			kept = append(kept, f)
		default:
			kept[fourth[key]].Count += max(f.Count, 1)
		}
	}
	veil(kept)
	return slices.Clip(kept)
}

// compare orders findings; those without a place come before those with one in the same file.
func compare(a, b Finding) int {
	place := func(f *Finding) int32 {
		if f.Span.IsValid() {
			return f.Span.Start
		}
		return -1
	}
	return cmp.Or(
		cmp.Compare(a.fileName(), b.fileName()),
		cmp.Compare(place(&a), place(&b)),
		cmp.Compare(a.Code, b.Code),
		cmp.Compare(a.Message, b.Message),
		cmp.Compare(a.Severity, b.Severity),
		cmp.Compare(a.Span.End, b.Span.End),
		cmp.Compare(a.Object.Kind, b.Object.Kind),
		cmp.Compare(a.Object.Namespace, b.Object.Namespace),
		cmp.Compare(a.Object.Name, b.Object.Name),
		cmp.Compare(a.Object.APIVersion, b.Object.APIVersion),
		cmp.Compare(a.Path, b.Path),
		cmp.Compare(a.Hint, b.Hint),
	)
}
