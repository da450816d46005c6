//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package tree

import "os"

// plainFile is an open regular file.
type plainFile struct{ *os.File }

// openPlain opens a file that stands directly in an open folder. What was opened is compared with what stands there, so that no
// link is followed.
func openPlain(root *os.Root, _ *os.File, name string, flags int) (plainFile, error) {
	f, err := root.OpenFile(name, flags, 0o666)
	if err != nil {
		return plainFile{}, err
	}
	there, err := root.Lstat(name)
	if err == nil {
		var opened os.FileInfo
		if opened, err = f.Stat(); err == nil && !(there.Mode().IsRegular() && os.SameFile(there, opened)) {
			err = errNotRegular
		}
	}
	if err != nil {
		_ = f.Close() // the first error is the one to tell
		return plainFile{}, err
	}
	return plainFile{f}, nil
}

func (f plainFile) size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// listable returns an open folder that can be listed.
func listable(folder *os.File) (*os.File, error) { return folder, nil }

// look opens a folder that is only read.
func (d *Disk) look(name string) (readable, error) { return d.Open(name) }
