package approval

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
)

// TestDecideRace lets people decide on a call at the same time, in several processes. One person
// counts once, whatever names they have. Of an approval and a denial, the denial holds.
func TestDecideRace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "approvals.json")
	b := open(t, path)
	c := payment()
	c.Approvers = 2
	race := func(h Held, decisions ...Decision) int32 {
		var accepted atomic.Int32
		var work sync.WaitGroup
		for _, d := range decisions {
			other := open(t, path)
			work.Go(func() {
				switch _, err := other.Decide(h.ID, h.Digest, d, noon); {
				case err == nil:
					accepted.Add(1)
				case !errors.Is(err, ErrTwice) && !errors.Is(err, ErrOver):
					t.Error(err)
				}
			})
		}
		work.Wait()
		return accepted.Load()
	}
	yes := func(by string) Decision { return Decision{By: by, Approve: true, Channel: Terminal} }
	for i := range 5 {
		c.Arguments = fmt.Appendf(nil, `{"n":%d}`, i)
		h := ask(t, b, c, noon)
		n := race(h, yes("user:ann"), yes("ann"), yes(`user:CORP\ann`), yes("webhook:ann@example.com"), yes("https://id.example#Ann"))
		if now, err := b.Get(h.ID, noon); n != 1 || err != nil || now.State != Waiting || use(t, b, h.ID, noon) {
			t.Fatalf("one person was counted %d times: %+v, %v", n, now, err)
		}
		n = race(h, yes("ben"), yes("cleo"), Decision{By: "user:ann", Channel: Terminal})
		if now, err := b.Get(h.ID, noon); n < 1 || n > 2 || err != nil || now.State != Denied || use(t, b, h.ID, noon) {
			t.Fatalf("denied, %d counted: %+v, %v", n, now, err)
		}
	}
}
