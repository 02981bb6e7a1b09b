package schema

import (
	"runtime/debug"
	"testing"
)

// TestMain collects garbage less often: these tests allocate much and keep little.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	m.Run()
}
