package main

import (
	"context"
	"sync"
)

// importExit decides between the commit of an import and its end by an interrupt, which does not
// wait for the rest of the import.
type importExit struct {
	mu        sync.Mutex // guards the fields below; held while the import is committed
	committed bool
	left      bool
	undos     []func()
}

// undo adds what leave does.
func (e *importExit) undo(f func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.left {
		f()
		return
	}
	e.undos = append(e.undos, f)
}

// commit calls f, which commits the import, unless it was left.
func (e *importExit) commit(f func() error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.left {
		return context.Canceled
	}
	err := f()
	e.committed = err == nil
	return err
}

// leave gives the import up and removes its files. It reports false if the import was committed.
func (e *importExit) leave() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.committed {
		return false
	}
	e.left = true
	for _, f := range e.undos {
		f()
	}
	e.undos = nil
	return true
}
