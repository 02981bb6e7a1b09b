package streamable

import (
	"testing"
	"time"
)

// TestRefusalsAreBounded checks that a stranger cannot fill the audit: a thousand refusals a minute
// are written, and the next record says how many were not.
func TestRefusalsAreBounded(t *testing.T) {
	var c refusals
	now := time.Unix(1000, 0)
	for i := range 1000 {
		if n := c.take(now); n != 1 {
			t.Fatalf("refusal %d stands for %d", i, n)
		}
	}
	for range 5 {
		if n := c.take(now.Add(time.Minute)); n != 0 {
			t.Fatalf("a refusal beyond the bound stands for %d", n)
		}
	}
	next := now.Add(time.Minute + time.Nanosecond)
	if n := c.take(next); n != 6 {
		t.Errorf("the first refusal of the next minute stands for %d, want 6", n)
	}
	if n := c.take(next); n != 1 {
		t.Errorf("the second refusal of the next minute stands for %d", n)
	}
}
