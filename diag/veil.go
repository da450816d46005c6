package diag

import (
	"cmp"
	"slices"
	"strings"
)

// veiled stands for a text that is hidden.
const veiled = "***"

// HideText keeps texts out of what findings in the file, or related to it, say from now on: a Set returns them with asterisks in
// their place. Hide does the same for excerpts.
func (f *File) HideText(texts ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hiddenTexts = append(f.hiddenTexts, texts...)
}

func (f *File) texts() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.hiddenTexts
}

// veil takes what the files of some findings hide out of all of them: a finding elsewhere may speak of it too.
func veil(list []Finding) {
	files := map[*File]bool{}
	for i := range list {
		files[list[i].Span.File] = true
		for _, r := range list[i].Related {
			files[r.Span.File] = true
		}
	}
	var texts []string
	for f := range files {
		if f != nil {
			texts = append(texts, f.texts()...)
		}
	}
	if len(texts) == 0 {
		return
	}
	// The longest first: at one place the first that fits is taken.
	slices.SortFunc(texts, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	var pairs []string
	for _, text := range slices.Compact(texts) {
		if text != "" {
			pairs = append(pairs, text, veiled)
		}
	}
	replacer := strings.NewReplacer(pairs...)
	for i := range list {
		f := &list[i]
		for _, text := range []*string{&f.Message, &f.Hint, &f.Path, &f.Object.APIVersion, &f.Object.Kind, &f.Object.Namespace, &f.Object.Name} {
			*text = replacer.Replace(*text)
		}
		f.Related = slices.Clone(f.Related)
		for j := range f.Related {
			f.Related[j].Message = replacer.Replace(f.Related[j].Message)
		}
	}
}
