//go:build unix

package safefile

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// nonblock lets an open of a FIFO return at once. It does not change regular files.
const nonblock = syscall.O_NONBLOCK

// canReplace reports whether a rename can replace a file without loss: it has no other name, and a
// new file can get its owner.
func canReplace(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return !ok || st.Nlink < 2 && (os.Geteuid() == 0 || int(st.Uid) == os.Geteuid())
}

// isForeignLink reports whether a symbolic link belongs to somebody else in a sticky folder that
// everyone may write to, by the rule of fs.protected_symlinks in Linux.
func isForeignLink(path string) bool {
	link, err := os.Lstat(path)
	if err != nil {
		return false
	}
	dir, err := os.Stat(filepath.Dir(path))
	if err != nil || dir.Mode()&fs.ModeSticky == 0 || dir.Mode()&0o002 == 0 {
		return false
	}
	l, ok := link.Sys().(*syscall.Stat_t)
	d, ok2 := dir.Sys().(*syscall.Stat_t)
	return ok && ok2 && int(l.Uid) != os.Geteuid() && l.Uid != d.Uid
}

// copyOwner gives a file the owner and group of another. A user who is not in the group cannot pass
// it on.
func copyOwner(f *os.File, info fs.FileInfo) error {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	own, err := f.Stat()
	if err != nil {
		return err
	}
	if o, ok := own.Sys().(*syscall.Stat_t); ok && o.Uid == st.Uid && o.Gid == st.Gid {
		return nil
	}
	if err := f.Chown(int(st.Uid), int(st.Gid)); err != nil && os.Geteuid() == 0 {
		return err
	}
	return nil
}
