package diag

import (
	"fmt"
	"math/rand"
	"reflect"
	"testing"
)

func at(f *File, start, end int) Span { return Span{File: f, Start: int32(start), End: int32(end)} }

func TestSetSortsAndKeepsEachOnce(t *testing.T) {
	a, b := NewFile("a.yaml", []byte("one\ntwo\n")), NewFile("b.yaml", []byte("one\n"))
	want := []Finding{
		{Code: "z", Message: "no file"},
		{Code: "z", Message: "whole file", File: "a.yaml"},
		{Code: "a", Message: "first", Span: at(a, 0, 3)},
		{Code: "b", Message: "first", Span: at(a, 0, 3)},
		{Code: "b", Message: "second", Span: at(a, 0, 3)},
		{Code: "a", Message: "first", Span: at(a, 4, 5)},
		{Code: "a", Message: "first", Span: at(b, 0, 1)},
	}
	for seed := range int64(20) {
		var s Set
		list := append(append([]Finding(nil), want...), want...)
		list = append(list, Finding{Code: "a", Message: "first", Span: at(a, 0, 3), Object: ObjectRef{Kind: "Secret"}})
		rand.New(rand.NewSource(seed)).Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		s.Add(list...)
		got := s.All()
		if s.Len() != len(want) || len(got) != len(want) {
			t.Fatalf("%d, %d findings", s.Len(), len(got))
		}
		for i := range got {
			got[i].Object = ObjectRef{}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("seed %d: got %+v", seed, got)
		}
	}
}

func TestSetFoldsRepeats(t *testing.T) {
	var s Set
	var files []*File
	for i := range 10 {
		files = append(files, NewFile(fmt.Sprintf("%02d.yaml", i), []byte("a\nb\n")))
	}
	for _, f := range files {
		s.Add(Finding{Code: "wide", Message: "same", Span: at(f, 0, 1)}, Finding{Code: "wide", Message: "same", Span: at(f, 2, 3)})
	}
	for _, f := range files[:3] {
		s.Add(Finding{Code: "narrow", Message: "same", Span: at(f, 0, 1)}, Finding{Code: "narrow", Message: "same", Span: at(f, 2, 3)})
	}
	for i, f := range files {
		s.Add(Finding{Code: "other", Message: fmt.Sprint(i), Span: at(f, 0, 1)})
	}
	var got []string
	for _, f := range s.All() {
		file, line, _ := f.Span.Location()
		if f.Code != "other" {
			got = append(got, fmt.Sprintf("%s %s:%d x%d", f.Code, file, line, f.Count))
		}
	}
	want := []string{
		"narrow 00.yaml:1 x0", "wide 00.yaml:1 x0", "narrow 00.yaml:2 x0", "wide 00.yaml:2 x0",
		"narrow 01.yaml:1 x0", "wide 01.yaml:1 x0", "narrow 01.yaml:2 x0", "wide 01.yaml:2 x17",
		"narrow 02.yaml:1 x0", "narrow 02.yaml:2 x0",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if !reflect.DeepEqual(s.All(), s.All()) {
		t.Error("a second All differs from the first")
	}
}

func TestSetSeverity(t *testing.T) {
	for _, c := range []struct {
		severities []Severity
		max        Severity
		fails      [3]bool // on Error, Warning, Note
	}{
		{nil, Note, [3]bool{}},
		{[]Severity{Note}, Note, [3]bool{false, false, true}},
		{[]Severity{Note, Warning}, Warning, [3]bool{false, true, true}},
		{[]Severity{Warning, Error, Note}, Error, [3]bool{true, true, true}},
	} {
		var s Set
		for _, severity := range c.severities {
			s.Add(Finding{Code: "x", Message: severity.String(), Severity: severity})
		}
		got := [3]bool{s.Fails(Error), s.Fails(Warning), s.Fails(Note)}
		if s.Max() != c.max || got != c.fails || s.HasErrors() != c.fails[0] {
			t.Errorf("%v: max %v, fails %v", c.severities, s.Max(), got)
		}
	}
}

func TestFilePositions(t *testing.T) {
	f := NewFile("f", []byte("\ufeffab\r\nüx\n\nlast"))
	for _, c := range []struct {
		offset, line, column int
	}{{0, 1, 1}, {2, 1, 1}, {3, 1, 1}, {4, 1, 2}, {7, 2, 1}, {9, 2, 3}, {11, 3, 1}, {12, 4, 1}, {16, 4, 5}, {99, 4, 88}} {
		if line, column := f.LineColumn(c.offset); line != c.line || column != c.column {
			t.Errorf("%d is at %d:%d, want %d:%d", c.offset, line, column, c.line, c.column)
		}
	}
	for line, want := range []string{"", "ab", "üx", "", "last", ""} {
		if got := string(f.Line(line)); got != want {
			t.Errorf("line %d is %q, want %q", line, got, want)
		}
	}
	if file, line, column := (Span{}).Location(); file != "" || line != 0 || column != 0 {
		t.Errorf("an unknown span is at %s:%d:%d", file, line, column)
	}
}
