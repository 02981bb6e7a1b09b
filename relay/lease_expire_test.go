package relay

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestWorkersExpire looks at beats of several workers from time to time. Those that are gone lose
// their leases all at the same look; a worker with another beat, and who looks, never do.
func TestWorkersExpire(t *testing.T) {
	const expiry = 2 * time.Second
	for _, tt := range []struct {
		pause time.Duration // between looks
		look  int           // at which workers are gone, from 0
	}{
		{time.Hour, minLooks}, {expiry / minLooks, minLooks}, {expiry/minLooks - time.Millisecond, minLooks + 1}, {expiry / 20, 20},
	} {
		k := newLeaseKeeper(nil, "me", expiry)
		now := time.Unix(1_790_000_000, 0)
		for look := range tt.look + 2 {
			l := leases{map[string]uint64{"a": 5, "b": 6, "c": 7, "alive": uint64(look + 1)}, map[int]string{0: "a", 1: "b", 2: "me", 3: "alive", 4: "c", 5: "unheard"}}
			k.expire(&l, now)
			if look > tt.look { // the log has them again, as if for the first time
				break
			}
			workers, owners := slices.Sorted(maps.Keys(l.Beats)), slices.Sorted(maps.Values(l.Owners))
			wantWorkers, wantOwners := "a alive b c", "a alive b c me"
			if look == tt.look {
				wantWorkers, wantOwners = "alive", "alive me"
			}
			if strings.Join(workers, " ") != wantWorkers || strings.Join(owners, " ") != wantOwners {
				t.Fatalf("every %s, look %d: workers %q, owners %q, want %s, %s", tt.pause, look, workers, owners, wantWorkers, wantOwners)
			}
			if seen := slices.Sorted(maps.Keys(k.others)); !slices.Equal(seen, workers) {
				t.Errorf("every %s, look %d: keeps what it saw of %q, want %q", tt.pause, look, seen, workers)
			}
			now = now.Add(tt.pause)
		}
		if len(k.others) != 4 {
			t.Errorf("every %s: workers that are there again were not seen: %+v", tt.pause, k.others)
		}
	}
}
