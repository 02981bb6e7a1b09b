//go:build unix

package capture

import "syscall"

// canCheck says that check works.
const canCheck = true

// check peeks at a connection. quiet reports that it is open and has no data to read; closed, that
// its peer has closed it.
func check(raw syscall.RawConn) (quiet, closed bool) {
	var one [1]byte
	n, err := 0, error(nil)
	if raw.Read(func(fd uintptr) bool {
		for {
			n, _, err = syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
			if err != syscall.EINTR {
				return true
			}
		}
	}) != nil {
		return false, true
	}
	switch {
	case err == syscall.EAGAIN:
		return true, false
	case err != nil || n == 0:
		return false, true
	}
	return false, false
}
