package relay_test

import (
	"testing"
	"time"

	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/memlog"
)

// TestLeaseOfALateWorker renews leases at given times. A worker that was late itself, because it
// got no processor, does not take the partitions of another that was late with it.
func TestLeaseOfALateWorker(t *testing.T) {
	const expiry = 2 * time.Second
	log := memlog.New(1, memlog.Faults{})
	renewA, renewB := relay.LeaseRenewer(log, "a", expiry), relay.LeaseRenewer(log, "b", expiry)
	now := time.Unix(1_790_000_000, 0)
	for range 2 { // the first round gives the half that is too much back
		for _, renew := range []func(time.Time) ([]int, error){renewA, renewB} {
			if _, err := renew(now); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i, late := range []time.Duration{0, 3 * expiry, 10 * expiry, 11 * expiry} {
		got, err := renewA(now.Add(late))
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != relay.Partitions/2 {
			t.Errorf("after %v and %d looks a worker has %d partitions of %d", late, i+1, len(got), relay.Partitions)
		}
	}
	got, err := renewA(now.Add(12 * expiry))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != relay.Partitions {
		t.Errorf("a worker has %d partitions of %d when the other one is gone", len(got), relay.Partitions)
	}
}
