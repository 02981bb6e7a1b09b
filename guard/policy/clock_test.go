package policy

import (
	"fmt"
	"testing"
	"time"
)

// TestClockChanges asks for times around changes of the clock. In Berlin it is never 2:00 to 3:00
// on 29 March 2026, and it is twice on 25 October. In Santiago 6 September 2026 starts at 1:00, and
// the last hour of 4 April is repeated, so that midnight comes after the second one.
func TestClockChanges(t *testing.T) {
	const berlin, santiago = "Europe/Berlin", "America/Santiago"
	for _, tt := range []struct {
		zone, from, to, days string
		at                   string // UTC
		want                 bool
	}{
		{berlin, "01:30", "02:30", "", "2026-03-29T00:29:59Z", false}, // 1:29
		{berlin, "01:30", "02:30", "", "2026-03-29T00:59:59Z", true},  // 1:59
		{berlin, "01:30", "02:30", "", "2026-03-29T01:00:00Z", false}, // 3:00
		{berlin, "02:15", "02:45", "", "2026-03-29T01:15:00Z", false}, // 3:15: the time does not come
		{berlin, "02:30", "03:30", "", "2026-03-29T01:00:00Z", true},  // 3:00
		{berlin, "02:30", "03:30", "", "2026-03-29T01:30:00Z", false}, // 3:30
		{berlin, "02:30", "03:00", "", "2026-10-25T00:29:59Z", false}, // 2:29 of summer
		{berlin, "02:30", "03:00", "", "2026-10-25T00:30:00Z", true},  // 2:30 of summer
		{berlin, "02:30", "03:00", "", "2026-10-25T01:00:00Z", false}, // 2:00 of winter
		{berlin, "02:30", "03:00", "", "2026-10-25T01:30:00Z", true},  // 2:30 of winter
		{berlin, "02:30", "03:00", "", "2026-10-25T02:00:00Z", false}, // 3:00
		{berlin, "22:00", "06:00", "sat", "2026-03-29T03:59:59Z", true},
		{berlin, "22:00", "06:00", "sat", "2026-03-29T04:00:00Z", false}, // 6:00, an hour earlier than on Saturday
		{berlin, "22:00", "06:00", "sat", "2026-10-25T04:59:59Z", true},
		{berlin, "22:00", "06:00", "sat", "2026-10-25T05:00:00Z", false},
		{berlin, "22:00", "06:00", "sun", "2026-10-25T04:59:59Z", false}, // the night of Saturday
		{berlin, "00:00", "24:00", "sun", "2026-03-28T22:59:59Z", false},
		{berlin, "00:00", "24:00", "sun", "2026-03-28T23:00:00Z", true},
		{berlin, "00:00", "24:00", "sun", "2026-03-29T21:59:59Z", true}, // a day of 23 hours
		{berlin, "00:00", "24:00", "sun", "2026-03-29T22:00:00Z", false},
		{berlin, "00:00", "24:00", "sun", "2026-10-25T22:59:59Z", true}, // a day of 25 hours
		{berlin, "00:00", "24:00", "sun", "2026-10-25T23:00:00Z", false},

		{santiago, "00:00", "01:00", "", "2026-09-06T04:00:00Z", false}, // 1:00: the time does not come
		{santiago, "00:00", "01:00", "", "2026-09-07T03:00:00Z", true},
		{santiago, "23:00", "00:30", "sat", "2026-09-06T03:59:59Z", true},  // 23:59
		{santiago, "23:00", "00:30", "sat", "2026-09-06T04:00:00Z", false}, // 1:00
		{santiago, "23:00", "01:30", "sat", "2026-09-06T04:29:59Z", true},  // 1:29
		{santiago, "23:00", "01:30", "sun", "2026-09-06T04:00:00Z", false}, // the night of Saturday
		{santiago, "00:00", "24:00", "sun", "2026-09-06T03:59:59Z", false},
		{santiago, "00:00", "24:00", "sun", "2026-09-06T04:00:00Z", true},
		{santiago, "23:30", "24:00", "sat", "2026-04-05T02:30:00Z", true},  // 23:30 of summer
		{santiago, "23:30", "24:00", "sat", "2026-04-05T03:00:00Z", false}, // 23:00 of winter
		{santiago, "23:30", "24:00", "sat", "2026-04-05T03:59:59Z", true},  // 23:59 of winter
		{santiago, "23:30", "24:00", "sun", "2026-04-05T03:59:59Z", false},
		{santiago, "23:30", "00:30", "sat", "2026-04-05T04:29:59Z", true}, // 0:29 on Sunday
	} {
		days := ""
		if tt.days != "" {
			days = ", days: [" + tt.days + "]"
		}
		p := mustLoad(t, fmt.Sprintf("version: 1\ntools: {a: {require: [{time: {from: %q, to: %q, zone: %s%s}}]}, b: {deny_if: [{time: {from: %[1]q, to: %[2]q, zone: %[3]s%[4]s}}]}}\n",
			tt.from, tt.to, tt.zone, days))
		at, err := time.Parse(time.RFC3339, tt.at)
		if err != nil {
			t.Fatal(err)
		}
		if d := p.Decide(&Call{Name: "a", Time: at}); d.Allowed != tt.want {
			t.Errorf("%s to %s %s in %s at %s: %v, want %v", tt.from, tt.to, tt.days, tt.zone, tt.at, d.Allowed, tt.want)
		}
		if d := p.Decide(&Call{Name: "b", Time: at}); d.Allowed == tt.want {
			t.Errorf("denied %s to %s %s in %s at %s: allowed %v", tt.from, tt.to, tt.days, tt.zone, tt.at, d.Allowed)
		}
	}
}
