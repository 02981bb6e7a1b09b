//go:build !unix

package outfile

import (
	"io/fs"
	"os"
)

func canReplace(fs.FileInfo) bool { return true }

func copyOwner(*os.File, fs.FileInfo) error { return nil }
