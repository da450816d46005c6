package diag

import (
	"bytes"
	"sort"
	"sync"
)

// File is one source text. It holds its bytes, so that a finding can show its line whether the text came from a disk,
// an fs.FS, standard input or a ResourceList. The bytes must not change after NewFile. A File is safe for concurrent use.
type File struct {
	// Name is what a person sees: a slash-separated path relative to the place the run speaks of.
	Name string
	// Data is the text as it was read, a byte order mark and CRLF included.
	Data []byte

	once  sync.Once
	lines []int32 // offset of the first byte of each line, a byte order mark left out

	mu     sync.Mutex
	hidden []Span
	// hiddenTexts are kept out of messages.
	hiddenTexts []string
}

// NewFile wraps a text under a name.
func NewFile(name string, data []byte) *File { return &File{Name: name, Data: data} }

func (f *File) index() []int32 {
	f.once.Do(func() {
		first := int32(0)
		if bytes.HasPrefix(f.Data, []byte("\ufeff")) {
			first = int32(len("\ufeff"))
		}
		f.lines = append(make([]int32, 0, bytes.Count(f.Data, []byte{'\n'})+1), first)
		for i, b := range f.Data {
			if b == '\n' {
				f.lines = append(f.lines, int32(i+1))
			}
		}
	})
	return f.lines
}

// LineStart returns the offset of the first byte of a 1-based line; a line past the end gives the end of the text.
func (f *File) LineStart(line int) int {
	lines := f.index()
	if line < 1 {
		return 0
	}
	if line > len(lines) {
		return len(f.Data)
	}
	return int(lines[line-1])
}

// Hide keeps the bytes of a span out of every Line that is asked for from now on, and so out of every excerpt. A span that
// goes over several lines hides all of them.
func (f *File) Hide(s Span) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hidden = append(f.hidden, s)
}

// veil replaces what is hidden of a line that begins at an offset. The line is copied first.
func (f *File) veil(line []byte, start int) []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.hidden {
		from, to := max(int(s.Start)-start, 0), min(int(s.End)-start, len(line))
		if from >= to {
			continue
		}
		line = bytes.Clone(line)
		for j := from; j < to; j++ {
			line[j] = '*'
		}
	}
	return line
}

// Line returns the text of a 1-based line without its line ending, what is hidden replaced by asterisks; "" where there is
// no such line.
func (f *File) Line(line int) []byte {
	if line < 1 || line > len(f.index()) {
		return nil
	}
	start := f.LineStart(line)
	text := f.Data[start:]
	if end := bytes.IndexByte(text, '\n'); end >= 0 {
		text = text[:end]
	}
	return f.veil(bytes.TrimSuffix(text, []byte{'\r'}), start)
}

// LineColumn turns an offset into a 1-based line and a 1-based column counted in bytes. A byte order mark counts as nothing,
// as in editors.
func (f *File) LineColumn(offset int) (line, column int) {
	lines := f.index()
	i := sort.Search(len(lines), func(i int) bool { return int(lines[i]) > offset }) - 1
	if i < 0 {
		i = 0
	}
	return i + 1, max(offset-int(lines[i]), 0) + 1
}

// Pos is a place in a File. The zero value is "unknown".
type Pos struct {
	File   *File
	Offset int32
}

// IsValid reports whether the position is known.
func (p Pos) IsValid() bool { return p.File != nil }

// Span is a range of bytes in a File, from Start up to but not including End. The zero value is "unknown".
type Span struct {
	File       *File
	Start, End int32
}

// IsValid reports whether the span is known.
func (s Span) IsValid() bool { return s.File != nil }

// Pos returns where the span begins.
func (s Span) Pos() Pos { return Pos{File: s.File, Offset: s.Start} }

// Location returns the span's file name and its 1-based line and byte column; "", 0, 0 where it is unknown.
func (s Span) Location() (file string, line, column int) {
	if !s.IsValid() {
		return "", 0, 0
	}
	line, column = s.File.LineColumn(int(s.Start))
	return s.File.Name, line, column
}
