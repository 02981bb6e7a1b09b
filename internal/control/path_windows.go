package control

import (
	"net"
	"os"
)

// anySocketType reports true: Go does not recognize sockets on all versions of Windows.
const anySocketType = true

// listen creates the socket. It replaces that of a killed owner: this process has the lock, so
// there is no other owner.
func listen(path string) (*net.UnixListener, error) {
	os.Remove(path)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false)
	return l, nil
}
