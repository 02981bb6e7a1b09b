package main

import (
	"errors"
	"fmt"
	"testing"

	"github.com/spectap/spectap/flow/exchange"
	"github.com/spectap/spectap/flow/har"
)

// TestTooLargeEntries tells entries that are left out from errors that stop an import.
func TestTooLargeEntries(t *testing.T) {
	large := fmt.Errorf("%w, 17 bytes", har.ErrTooLarge)
	for _, tt := range []struct {
		err  error
		want bool
	}{
		{&har.EntryError{Entry: 2, Err: large}, true},
		{fmt.Errorf("entry 2: %w", large), false}, // it could not be skipped
		{&har.EntryError{Entry: 2, Err: errors.New("no URL")}, false},
		{nil, false},
	} {
		if got := isTooLarge(tt.err); got != tt.want {
			t.Errorf("%v: %v, want %v", tt.err, got, tt.want)
		}
	}
}

// TestTooLargeItem checks the hint of a file that cannot be read for a bound: its end is not missing.
func TestTooLargeItem(t *testing.T) {
	err := badFile("items.xml", []error{fmt.Errorf("item 1: an item: %w (128 MiB)", exchange.ErrTooLarge)})
	var h *hint
	if !errors.As(err, &h) || h.try != "export the file again without what is too large" {
		t.Errorf("%#v", err)
	}
}
