package relay_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/logtest"
)

// TestDeletedListIsBounded checks that a follower forgets the flows of deletions that the log no
// longer has, keeps those that it has, also when it is opened again.
func TestDeletedListIsBounded(t *testing.T) {
	l, db := logtest.NewMemoryLog(1, logtest.Faults{}), tempDB(t)
	next := 0
	remove := func(n int) {
		var d relay.Deletion
		for range n {
			next++
			f := flow.Flow{ID: flow.ID{byte(next), byte(next >> 8), byte(next >> 16), 7}, Started: time.Unix(1_790_000_000, 0)}
			d.Add(&f)
		}
		must.Do(t, relay.Delete(t.Context(), l, d))
		f, err := relay.NewFollower(t.Context(), relay.FollowerConfig{Store: db, Log: l})
		if err == nil {
			err = f.CatchUp(t.Context())
		}
		must.Do(t, err)
	}
	saved := func() (bytes int) {
		for i := range 10 {
			data, _, err := db.LoadModel(t.Context(), fmt.Sprint("relay/deleted/", i))
			must.Do(t, err)
			bytes += len(data)
		}
		return bytes
	}
	for range 3 {
		remove(10_000)
	}
	if n := saved(); n < 30_000*len(flow.ID{}) {
		t.Errorf("%d bytes are saved of 30,000 flows", n)
	}
	_, last, err := l.Bounds(t.Context())
	must.Do(t, err)
	l.Trim(last)
	remove(1)
	if n := saved(); n > 10_010*len(flow.ID{})+10 || n < 10_001*len(flow.ID{}) {
		t.Errorf("%d bytes are saved of the 10,001 flows that the log says are deleted", n)
	}
	p := &pod{t: t, log: l, name: "pod-1.01"}
	deleted := request(1)
	deleted.ID = flow.ID{byte(next), byte(next >> 8), byte(next >> 16), 7}
	deleted.Last = 1
	data := must.Get(newCodec(t).Encode(0, nil, []*flow.Flow{&deleted}))
	p.append(0, 1, data)
	remove(1)
	if n := len(flows(t, db)); n != 0 {
		t.Error("a deleted flow came again")
	}
}
