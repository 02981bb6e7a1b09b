package control

import (
	"net"
	"os"
)

// isOwnedByUser reports true: the temporary folder belongs to the user.
func isOwnedByUser(os.FileInfo) bool { return true }

// anySocketType reports true: Go does not recognize sockets on all versions of Windows.
const anySocketType = true

// isPrivate reports true: the access control list of the folder decides.
func isPrivate(os.FileInfo) bool { return true }

// isReplaceable reports false: the access control list of the folder decides.
func isReplaceable(os.FileInfo) bool { return false }

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
