package store

import (
	"syscall"

	bolt "go.etcd.io/bbolt"
)

// releasePages removes the pages of the file that were read from the memory of this process. They
// stay in the system's cache.
func (db *DB) releasePages(tx *bolt.Tx) {
	// Errors change nothing but the memory. The file is mapped at least as far as a transaction
	// sees it, and stays there until the transaction ends.
	syscall.Syscall(syscall.SYS_MADVISE, db.bolt.Info().Data, uintptr(tx.Size()), syscall.MADV_DONTNEED)
}
