package store

import "syscall"

// releaseMapping gives up the memory of a mapped file: the size bytes at addr, which must be part
// of one mapping. Their next use maps them again. An error has no effect.
func releaseMapping(addr uintptr, size int64) {
	syscall.Syscall(syscall.SYS_MADVISE, addr, uintptr(size), syscall.MADV_DONTNEED)
}
