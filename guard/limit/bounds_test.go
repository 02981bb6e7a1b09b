package limit

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/guard/policy"
)

func session(key string, most int) []policy.Charge {
	return []policy.Charge{{Key: key, Amount: policy.One, Max: policy.Amount(most) * policy.One, Session: true}}
}

// The counters of a session live in memory, and end with it; those of others stay.
func TestSessions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "limits")
	l, err := OpenLedger(path, start)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, charges := range [][]policy.Charge{session("s1/a", 1), session("s1/b", 1), session("s2/a", 1), one("s1/kept", 1)} {
		if err := l.Reserve(start, charges); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range []string{"s1/a", "s2/a"} {
		if l.Reserve(start.Add(time.Hour), session(key, 1)) == nil {
			t.Errorf("%s: an hour resets a session", key)
		}
	}
	l.EndSession("s1/")
	for key, fits := range map[string]bool{"s1/a": true, "s1/b": true, "s2/a": false} {
		if err := l.Check(start, session(key, 1)); (err == nil) != fits {
			t.Errorf("%s after the end of s1: %v", key, err)
		}
	}
	if l.Check(start, one("s1/kept", 1)) == nil {
		t.Error("a counter that is no session's has ended")
	}
	text, err := os.ReadFile(path)
	if err != nil || strings.Count(string(text), "\n") != 1 || strings.Contains(string(text), "s1/a") {
		t.Errorf("%v, the file has\n%s", err, text)
	}
}

// Charges from before the clock was set back count until their own window has passed, in whatever
// order they came; so do those that were merged.
func TestOrderOfCharges(t *testing.T) {
	var l Ledger
	for _, second := range []int{30, 10, 20, 10, 40} {
		if err := l.Reserve(start.Add(time.Duration(second)*time.Second), one("k", 9)); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct{ second, left int }{{40, 4}, {69, 4}, {70, 6}, {80, 7}, {90, 8}, {100, 9}} {
		now := start.Add(time.Duration(tt.second) * time.Second)
		fits := one("k", 9)
		fits[0].Amount = policy.Amount(tt.left) * policy.One
		more := one("k", 9)
		more[0].Amount = fits[0].Amount + 1
		if err := l.Check(now, fits); err != nil {
			t.Errorf("after %d s: %v", tt.second, err)
		}
		if l.Check(now, more) == nil {
			t.Errorf("after %d s there is room for more than %d", tt.second, tt.left)
		}
	}
}
