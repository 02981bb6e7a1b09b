//go:build !linux

package store

// releaseMapping does nothing: only Linux is known to give up the memory of a mapped file at once.
func releaseMapping(uintptr, int64) {}
