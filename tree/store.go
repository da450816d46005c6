package tree

import (
	"errors"
	"iter"
	"strings"
)

// Store is what holds a tree of files: a Disk or a Memory. Paths are slash-separated and relative to its top, "." is the top
// itself. No link is ever followed. All methods are safe for concurrent use; the files of one folder are changed
// by one goroutine at a time.
type Store interface {
	// Open opens a folder. The error is fs.ErrNotExist when there is none, and ErrNotFolder when something on the way is
	// there but is no folder.
	Open(path string) (Dir, error)
	// Make opens a folder and makes what is missing of it.
	Make(path string) (Dir, error)
	// Create makes a folder, and what is missing above it, with all its files at once: whatever happens, it is there as a whole
	// or not at all. The error is fs.ErrExist when there is something of that name.
	Create(path string, files iter.Seq2[string, []byte]) error
	// RemoveFolder removes a folder if it is empty, and reports whether it is gone.
	RemoveFolder(path string) (gone bool, err error)
	// Lock keeps others from changing the tree until unlock is called. The error is ErrLocked when someone else does.
	Lock() (unlock func() error, err error)
}

// Dir is an open folder.
type Dir interface {
	readable
	// Write makes or replaces a file as a whole: whatever happens, the file is as before or as wanted.
	Write(name string, data []byte) error
	// Remove deletes a file.
	Remove(name string) error
}

// readable is an open folder that is only looked at.
type readable interface {
	// List returns what is in the folder, sorted by name.
	List() ([]Entry, error)
	// Read appends a file's bytes to dst. The error is ErrTooLarge for more than MaxFile bytes.
	Read(name string, dst []byte) ([]byte, error)
	// Close releases the folder.
	Close() error
}

// Entry is one thing in a folder.
type Entry struct {
	Name string
	Kind Kind
}

// Kind says what an Entry is.
type Kind uint8

// What can be in a folder. Links are Other.
const (
	File Kind = iota
	Folder
	Other
)

const (
	// MaxFile is the size, in bytes, above which a file is not read; it counts as foreign.
	MaxFile = 16 << 20
	// temporary is the name of a file that is being written. A run that was killed may leave one per folder.
	temporary = ".esotree.tmp"
)

// unfinishedName is the name that a folder has while it is created. A run that was killed may leave some.
func unfinishedName(folder string) string { return temporary + "." + folder }

// finishedName is the name that an unfinished folder was to have; false for any other.
func finishedName(folder string) (string, bool) { return strings.CutPrefix(folder, temporary+".") }

var (
	// ErrLocked says that another process changes the same tree.
	ErrLocked = errors.New("another esotree is writing to this folder")
	// ErrNotFolder says that a file or link stands where a folder is needed.
	ErrNotFolder = errors.New("not a folder")
	// ErrTooLarge says that a file is too large to be one of ours.
	ErrTooLarge = errors.New("the file is too large")
)
