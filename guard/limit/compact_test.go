package limit

import (
	"testing"
	"time"
)

// A call that counts twice into one counter waits until there is room for both.
func TestRetryAfterOfTwoCharges(t *testing.T) {
	var l Ledger
	c := one("k", 3)
	for i := range 3 {
		if err := l.Reserve(start.Add(time.Duration(i)*time.Second), c); err != nil {
			t.Fatal(err)
		}
	}
	now := start.Add(3 * time.Second)
	refusal, _ := l.Check(now, append(c[:1:1], c[0])).(*Refusal)
	if refusal == nil || refusal.RetryAfter != start.Add(c[0].Window).Sub(now) {
		t.Fatalf("the first of two: %+v", refusal)
	}
	now = start.Add(c[0].Window) // the first charge has left: there is room for one
	refusal, _ = l.Check(now, append(c[:1:1], c[0])).(*Refusal)
	if refusal == nil || refusal.RetryAfter != time.Second {
		t.Errorf("the second of two: %+v", refusal)
	}
}
