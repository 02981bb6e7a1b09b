//go:build unix

package main

import "syscall"

// errReadOnlyFS says that a file system is mounted read-only.
var errReadOnlyFS error = syscall.EROFS
