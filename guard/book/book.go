// Package book keeps the state of a gateway, such as pins, grants, held calls and taints, in files
// that several processes of one user read and change. A file that other users can change is
// refused.
//
// A [Book] sees the changes of other processes. For each change it locks the file, reads it again
// and replaces it. A [History] lists the [Change]s of entries, so that the process that writes the
// audit learns of changes by others.
//
// Read book.go first, then change.go.
package book

import (
	"fmt"
	"sync"

	"github.com/spectap/spectap/internal/safefile"
)

// A Book keeps a value of type T. Its methods are safe for concurrent use.
type Book[T any] struct {
	// What names the value in errors, such as "pins".
	What string
	// File stores the value. Without a path the value is in memory only, and begins with File.New.
	File safefile.Shared[T]

	mu     sync.Mutex // guards the fields above and below
	memory *T
}

// Look calls see with the newest value. see must neither change nor retain it.
func (b *Book[T]) Look(see func(*T)) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	value, err := b.read()
	if err != nil {
		return fmt.Errorf("read the %s: %w", b.What, err)
	}
	see(value)
	return nil
}

func (b *Book[T]) read() (*T, error) {
	if b.File.Path != "" {
		return b.File.Read()
	}
	if b.memory == nil {
		b.memory = b.File.New()
	}
	return b.memory, nil
}

// Change calls change with the newest value and keeps the result, unless change fails. The file is
// created with mode 0600. The error does not name the attempted change.
func (b *Book[T]) Change(change func(*T) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.File.Path != "" {
		return b.File.Update(change)
	}
	value, err := b.read()
	if err != nil {
		return err
	}
	return change(value)
}
