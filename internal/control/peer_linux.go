package control

import "golang.org/x/sys/unix"

// peerUser returns the user ID of the process that has connected to, or listens on, the socket fd.
func peerUser(fd int) (uid int, known bool, err error) {
	cred, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		return 0, false, err
	}
	return int(cred.Uid), true, nil
}
