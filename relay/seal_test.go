package relay

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestLostFacts checks how long a worker looks for facts that are missing. A reader cannot go on
// without them, and what was found begins the time anew.
func TestLostFacts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t)
		s := load(t, m).sealed
		if err := s.Save(t.Context(), "there", []byte("facts")); err != nil {
			t.Fatal(err)
		}
		look := func(name string, want error) {
			t.Helper()
			if data, err := s.Load(t.Context(), name); !errors.Is(err, want) || (err == nil) != (want == nil) || (len(data) > 0) != (name == "there") {
				t.Errorf("%s: %q, %v, want %v", name, data, err, want)
			}
		}
		look("x", errMissing)
		time.Sleep(lostFacts)
		look("y", errMissing)
		time.Sleep(time.Nanosecond)
		look("x", nil)
		look("y", nil)
		look("there", nil)
		look("x", errMissing)
		time.Sleep(lostFacts + 1)
		s.enc = nil
		look("x", errMissing)
	})
}
