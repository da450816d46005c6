//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package tree

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// lockFolder makes a lock file beside the folder, as the folder itself cannot be locked here.
func lockFolder(dir string) (release func() error, err error) {
	name := dir + ".esotree.lock"
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("%s: %w; if none is running, delete %s", dir, ErrLocked, name)
	}
	if err != nil {
		return nil, err
	}
	return func() error { return errors.Join(f.Close(), os.Remove(name)) }, nil
}
