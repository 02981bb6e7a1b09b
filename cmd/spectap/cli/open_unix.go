//go:build unix

package cli

import "syscall"

// OpenNonblock lets an open of a FIFO return at once. It does not change regular files.
const OpenNonblock = syscall.O_NONBLOCK
