//go:build unix

package apidoc

import (
	"os"
	"syscall"
)

// openFlags open a file for reading. Opening a FIFO does not wait for a writer.
const openFlags = os.O_RDONLY | syscall.O_NONBLOCK
