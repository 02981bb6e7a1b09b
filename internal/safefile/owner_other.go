//go:build !unix

package safefile

import (
	"io/fs"
	"os"
)

const nonblock = 0

func canReplace(fs.FileInfo) bool { return true }

func copyOwner(*os.File, fs.FileInfo) error { return nil }

// isForeignLink reports whether a symbolic link belongs to somebody else in a folder that everyone
// may write to. Windows lets only administrators make links.
func isForeignLink(string) bool { return false }
