//go:build !unix

package capture

import "syscall"

// canCheck says that check works. Without it a request could be sent on a connection that its peer
// has closed.
const canCheck = false

func check(syscall.RawConn) (quiet, closed bool) { return false, true }
