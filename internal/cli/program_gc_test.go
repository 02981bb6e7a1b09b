package cli

import (
	"runtime/debug"
	"testing"
)

// TestTuneGCIsUndone checks the settings of a process that runs one command.
func TestTuneGCIsUndone(t *testing.T) {
	t.Setenv("GOGC", "")
	t.Setenv("GOMEMLIMIT", "")
	before := debug.SetMemoryLimit(-1)
	p := New(nil, nil, nil)
	p.Alone = true
	restore := p.TuneGC(300, 1<<30)
	if l := debug.SetMemoryLimit(-1); l != 1<<30 {
		t.Errorf("limit %d", l)
	}
	restore()
	if l := debug.SetMemoryLimit(-1); l != before {
		t.Errorf("limit %d after the command, want %d", l, before)
	}
}
