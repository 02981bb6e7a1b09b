//go:build unix

package cli

import "syscall"

// errReadOnlyFS reports that a file system is mounted read-only.
var errReadOnlyFS error = syscall.EROFS
