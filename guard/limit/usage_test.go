package limit

import (
	"testing"
	"time"

	"github.com/spectap/spectap/guard/policy"
)

// TestNear checks which counters are near their limits: of each identity, within the window, the
// fullest first.
func TestNear(t *testing.T) {
	var l Ledger
	limits := []policy.Charge{
		{Key: "/a", Max: 10 * policy.One, Window: time.Minute, Rule: "/a/0"},
		{Key: "/b", Max: 10 * policy.One, Window: time.Hour, Rule: "/b/0"},
	}
	now := time.Unix(1e9, 0)
	charge := func(key string, window time.Duration, n policy.Amount, at time.Time) {
		t.Helper()
		if err := l.Reserve(at, []policy.Charge{{Key: key, Amount: n * policy.One, Max: 10 * policy.One, Window: window}}); err != nil {
			t.Fatal(err)
		}
	}
	charge(`"x"/a`, time.Minute, 10, now.Add(-2*time.Minute)) // has expired
	charge(`"y \"/a"/a`, time.Minute, 8, now)
	charge(`"z"/a`, time.Minute, 7, now)
	charge("/b", time.Hour, 9, now.Add(-30*time.Minute))
	charge(`"x"/gone`, time.Minute, 10, now) // of no policy in force
	got := l.Near(now, limits, 80)
	if len(got) != 2 || got[0].Identity != "" || got[0].Limit.Rule != "/b/0" || got[0].Used != 9*policy.One ||
		got[1].Identity != `y "/a` || got[1].Limit.Rule != "/a/0" || got[1].Used != 8*policy.One {
		t.Errorf("near: %+v", got)
	}
	if err := l.Reserve(now, []policy.Charge{{Key: `"z"/a`, Amount: 3 * policy.One, Max: 10 * policy.One, Window: time.Minute}}); err != nil {
		t.Errorf("looking used something up: %v", err)
	}
}
