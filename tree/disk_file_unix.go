//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package tree

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	sys "golang.org/x/sys/unix"
)

// plainFile is an open regular file. An os.File costs six system calls more (it asks whether the file can be waited for), which
// is half of what reading ten thousand small files takes.
type plainFile int

// openPlain opens a file that stands directly in an open folder, named without a slash: so that nothing outside of the folder is
// reached. It follows no link and waits for no pipe.
func openPlain(_ *os.Root, folder *os.File, name string, flags int) (plainFile, error) {
	fd, err := retried(func() (int, error) {
		return sys.Openat(int(folder.Fd()), name, flags|sys.O_NOFOLLOW|sys.O_NONBLOCK|sys.O_CLOEXEC, 0o666)
	})
	if errors.Is(err, sys.ELOOP) || errors.Is(err, sys.EMLINK) {
		err = errNotRegular
	}
	return plainFile(fd), err
}

// size is an error for anything but a regular file.
func (f plainFile) size() (int64, error) {
	var info sys.Stat_t
	_, err := retried(func() (int, error) { return 0, sys.Fstat(int(f), &info) })
	if err == nil && info.Mode&sys.S_IFMT != sys.S_IFREG {
		err = errNotRegular
	}
	return info.Size, err
}

func (f plainFile) Read(b []byte) (int, error) {
	n, err := retried(func() (int, error) { return sys.Read(int(f), b) })
	if n == 0 && err == nil && len(b) > 0 {
		err = io.EOF
	}
	return max(n, 0), err
}

func (f plainFile) Write(b []byte) (written int, err error) {
	for written < len(b) && err == nil {
		var n int
		n, err = retried(func() (int, error) { return sys.Write(int(f), b[written:]) })
		written += max(n, 0)
	}
	return written, err
}

func (f plainFile) Close() error { return sys.Close(int(f)) }

// retried calls again what a signal interrupted, as package os does.
func retried(call func() (int, error)) (int, error) {
	for {
		if n, err := call(); err != sys.EINTR {
			return n, err
		}
	}
}

// listable returns an open folder that is listed without asking for each entry's details, as an os.File of an os.Root does. It closes
// the one that is given.
func listable(folder *os.File) (*os.File, error) {
	fd, err := sys.FcntlInt(folder.Fd(), sys.F_DUPFD_CLOEXEC, 0)
	if err = errors.Join(err, folder.Close()); err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), "."), nil
}

// look opens a folder that is only read: each on the way by one system call, where an os.Root takes six. A name without a slash leads
// nowhere else, and no link is followed.
func (d *Disk) look(name string) (readable, error) {
	if !fs.ValidPath(name) {
		return nil, invalid("open", name)
	}
	top, err := d.topFolder()
	if err != nil {
		return nil, err
	}
	at, walked := int(top.Fd()), ""
	for part := range strings.SplitSeq(name, "/") {
		walked = path.Join(walked, part)
		next, err := retried(func() (int, error) {
			return sys.Openat(at, part, sys.O_RDONLY|sys.O_DIRECTORY|sys.O_NOFOLLOW|sys.O_CLOEXEC, 0)
		})
		if at != int(top.Fd()) {
			_ = sys.Close(at) // which was only read
		}
		if errors.Is(err, sys.ENOTDIR) || errors.Is(err, sys.ELOOP) || errors.Is(err, sys.EMLINK) {
			err = ErrNotFolder
		}
		if err != nil {
			return nil, located("open", walked, err)
		}
		at = next
	}
	return &diskDir{disk: d, path: name, folder: os.NewFile(uintptr(at), ".")}, nil
}
