//go:build !windows

package control

import (
	"net"
	"os"
	"path/filepath"
)

// anySocketType reports whether the system does not mark sockets as such.
const anySocketType = false

// listen creates the socket in a private folder, so that no other user can connect before its mode
// is set, and then renames it to path.
func listen(path string) (*net.UnixListener, error) {
	dir, err := os.MkdirTemp(filepath.Dir(path), ".s")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	temp := filepath.Join(dir, "s")
	if len(temp) > maxSocketPath {
		// The name of the folder is random and may make the path too long. Then, for a moment, the
		// umask decides the mode of the socket.
		temp = path
		os.Remove(path)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: temp, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false) // it is renamed below
	if err := os.Chmod(temp, 0o600); err != nil {
		l.Close()
		return nil, err
	}
	if temp != path {
		// Replace the socket of a killed owner. There is no other owner, since this process has the
		// lock.
		if err := os.Rename(temp, path); err != nil {
			l.Close()
			return nil, err
		}
	}
	return l, nil
}
