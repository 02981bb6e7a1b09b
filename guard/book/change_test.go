package book

import (
	"fmt"
	"testing"
	"time"
)

// A history is in UTC, and forgets the oldest beyond its bound.
func TestHistory(t *testing.T) {
	at := time.Date(2026, 5, 4, 12, 0, 0, 0, time.FixedZone("x", 3600))
	var h History
	for i := range 5000 {
		h.Add(Change{At: at.Add(time.Duration(i) * time.Second), Name: fmt.Sprint(i)})
	}
	if len(h) != 5000 || h[0].Name != "0" || h[0].At != at.UTC() {
		t.Fatalf("%d changes from %+v", len(h), h[0])
	}
	h.Add(Change{At: at.Add(5000 * time.Second), Name: "5000"})
	if len(h) != 5000 || h[0].Name != "1" || h[4999].Name != "5000" {
		t.Errorf("%d changes from %s to %s", len(h), h[0].Name, h[len(h)-1].Name)
	}
	for since, want := range map[time.Time]int{
		{}: 5000, at.Add(4999 * time.Second): 2, at.Add(4999*time.Second + 1): 1, at.Add(5000 * time.Second): 1, at.Add(5000*time.Second + 1): 0,
	} {
		got := h.Since(since)
		if len(got) != want {
			t.Errorf("since %v there are %d", since, len(got))
		}
		if want == 2 {
			if got[0].Name = "changed"; h[4998].Name != "4999" {
				t.Error("what is returned is the history itself")
			}
		}
	}
}
