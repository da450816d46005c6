package main

import (
	"io/fs"
	"os"
)

// folder is os.DirFS of a folder, with fewer questions to the system where a file is read whole (folder_unix.go).
type folder struct {
	dirFS
	path string
}

// dirFS is what os.DirFS says that it is.
type dirFS interface {
	fs.StatFS
	fs.ReadDirFS
	fs.ReadFileFS
	fs.ReadLinkFS
}

func openFolder(path string) fs.FS { return folder{os.DirFS(path).(dirFS), path} }
