package yamlsrc

import "iter"

// Trail is a path that is on its way through a document. It is written out only where somebody asks for it, which is where
// something is wrong: a text for each of a document's fields costs more than reading them.
type Trail struct {
	steps []trailStep
}

type trailStep struct {
	field string
	index int
}

// Enter goes to a field of the map at the end of the trail.
func (t *Trail) Enter(field string) { t.enter(trailStep{field, -1}) }

// EnterIndex goes to an element of the list at the end of the trail.
func (t *Trail) EnterIndex(i int) { t.enter(trailStep{"", i}) }

func (t *Trail) enter(s trailStep) {
	if t.steps == nil {
		t.steps = make([]trailStep, 0, 10) // deeper than nearly all documents
	}
	t.steps = append(t.steps, s)
}

// Leave goes back by one step.
func (t *Trail) Leave() { t.steps = t.steps[:len(t.steps)-1] }

// Fields returns the names of the fields that were entered, the last one last, "" for an element of a list.
func (t *Trail) Fields() iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for i, s := range t.steps {
			if !yield(i, s.field) {
				return
			}
		}
	}
}

// Field returns the name that was entered last, "" for an element of a list and at the root.
func (t *Trail) Field() string {
	if len(t.steps) == 0 {
		return ""
	}
	return t.steps[len(t.steps)-1].field
}

// Path returns the path in the syntax of Join and Index.
func (t *Trail) Path() string {
	path := ""
	for _, s := range t.steps {
		if s.index >= 0 {
			path = Index(path, s.index)
		} else {
			path = Join(path, s.field)
		}
	}
	return path
}
