package cli

import "golang.org/x/sys/windows"

// errReadOnlyFS reports that a disk is write-protected.
var errReadOnlyFS error = windows.ERROR_WRITE_PROTECT
