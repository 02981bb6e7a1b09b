//go:build darwin || freebsd

package control

import "golang.org/x/sys/unix"

// solLocal is SOL_LOCAL, the level of options of unix sockets.
const solLocal = 0

// peerUser returns the user ID of the process that has connected to, or listens on, the socket fd.
func peerUser(fd int) (uid int, known bool, err error) {
	cred, err := unix.GetsockoptXucred(fd, solLocal, unix.LOCAL_PEERCRED)
	if err != nil {
		return 0, false, err
	}
	return int(cred.Uid), true, nil
}
