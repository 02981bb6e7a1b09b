package cli

import "golang.org/x/sys/windows"

// ErrReadOnlyFS reports that a disk is write-protected.
var ErrReadOnlyFS error = windows.ERROR_WRITE_PROTECT
