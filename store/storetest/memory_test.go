package storetest_test

import (
	"testing"

	"github.com/spectap/spectap/store"
	"github.com/spectap/spectap/store/storetest"
)

// TestMemory runs the conformance tests of a store with Memory.
func TestMemory(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store { return storetest.NewMemory() })
}
