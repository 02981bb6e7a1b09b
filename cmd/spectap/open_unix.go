//go:build unix

package main

import "syscall"

// openNonblock lets an open of a FIFO return at once. It does not change regular files.
const openNonblock = syscall.O_NONBLOCK
