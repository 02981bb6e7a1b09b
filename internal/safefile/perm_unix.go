//go:build !windows

package safefile

import (
	"io/fs"
	"os"
	"syscall"
)

const hasModes = true

// owner returns the user ID of the owner of a file. It is not known for a file of no file system.
func owner(info fs.FileInfo) (uid int, ok bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(st.Uid), true
}

// user returns the user ID of this process.
func user() int { return os.Getuid() }
