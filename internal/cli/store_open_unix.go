//go:build unix

package cli

import "syscall"

// ErrReadOnlyFS reports that a file system is mounted read-only.
var ErrReadOnlyFS error = syscall.EROFS
