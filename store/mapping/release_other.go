//go:build !linux

package mapping

// Release does nothing: only Linux is known to give up the memory of a mapped file at once.
func Release(uintptr, int64) {}
