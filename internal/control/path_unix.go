//go:build !windows

package control

import (
	"net"
	"os"
	"path/filepath"
	"syscall"
)

func ownedByUs(info os.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == os.Getuid()
}

// listen makes the socket in a folder that only we can look into, so that at no moment anybody else can connect, and
// moves it to its place.
func listen(path string) (*net.UnixListener, error) {
	dir, err := os.MkdirTemp(filepath.Dir(path), ".s")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	temp := filepath.Join(dir, "s")
	if len(temp) > maxSocketPath {
		// The folder's name is random and may be longer than the socket's: then for a moment the mode is
		// what the process's mask leaves.
		temp = path
		os.Remove(path)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: temp, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false) // it has another name by then
	if err := os.Chmod(temp, 0o600); err != nil {
		l.Close()
		return nil, err
	}
	if temp != path {
		// Over what an owner left that was killed: we have the lock, so there is no other.
		if err := os.Rename(temp, path); err != nil {
			l.Close()
			return nil, err
		}
	}
	return l, nil
}
