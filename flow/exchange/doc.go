// Package exchange builds flows from what other programs record: URLs as people see them, and
// messages of HTTP/1 as bytes. Read message.go first; url.go splits URLs.
package exchange

import "fmt"

// EntryError is the error for one entry of a file that cannot be imported. Those after it can still
// be read.
type EntryError struct {
	Entry int // counted from 1
	Err   error
}

func (e *EntryError) Error() string { return fmt.Sprintf("entry %d: %v", e.Entry, e.Err) }

// Unwrap returns the cause.
func (e *EntryError) Unwrap() error { return e.Err }
