package relay_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"sync/atomic"
	"testing"

	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/logtest"
)

// readings counts the entries that are read of a log.
type readings struct {
	relay.Log
	entries atomic.Int64
}

func (r *readings) Entries(ctx context.Context, partition int, after relay.Position) iter.Seq2[relay.Entry, error] {
	return func(yield func(relay.Entry, error) bool) {
		for e, err := range r.Log.Entries(ctx, partition, after) {
			if r.entries.Add(1); !yield(e, err) {
				return
			}
		}
	}
}

// TestManyGaps lets a source leave gaps in all that it appends. Who follows the log, and who learns
// from it, reads it a few times, and not once for each gap.
func TestManyGaps(t *testing.T) {
	const gaps = 60
	for name, attack := range map[string]func(l relay.Log){
		"of one source": func(l relay.Log) {
			p := &pod{t: t, log: l, name: "pod-2.02"}
			for i := range uint64(gaps) {
				p.append(i, i+1, block(t, i, int(i)))
				p.append(1000+i, 1001+i, block(t, 1000+i, 1))
			}
		},
		"of many names": func(l relay.Log) {
			for i := range gaps {
				(&pod{t: t, log: l, name: fmt.Sprintf("pod-2.%02d", i)}).append(5, 6, block(t, 5, i))
			}
		},
		"that nobody fills": func(l relay.Log) {
			p := &pod{t: t, log: l, name: "pod-2.02"}
			for i := range uint64(gaps) {
				p.append(10*i+1, 10*i+2, block(t, 10*i+1, int(i)))
			}
			status, err := json.Marshal(relay.SourceStatus{Source: p.name, Dropped: 1 << 40})
			if err == nil {
				_, err = l.Put(t.Context(), "sources/"+p.name, relay.Anything, status)
			}
			if err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := logtest.NewMemoryLog(1, logtest.Faults{})
			other := &pod{t: t, log: l}
			for i := 0; other.name == "" || relay.Partition(other.name) != relay.Partition("pod-2.02"); i++ {
				other.name = fmt.Sprintf("pod-1.%02d", i)
			}
			other.append(0, 1, block(t, 0, 101))
			attack(l)
			other.append(1, 2, block(t, 1, 102))
			r := &readings{Log: l}
			db := catchUp(t, r)
			if marks, err := db.Marks(t.Context()); err != nil || marks[other.name] != 2 {
				t.Errorf("the other source is read up to %d, %v", marks[other.name], err)
			}
			if n := r.entries.Load(); n > 10*int64(l.Len()) {
				t.Errorf("a follower reads %d entries of a log of %d", n, l.Len())
			}
			l.Put(t.Context(), "sources/pod-2.02", relay.Anything, nil) // a worker gives up again and again
			r = &readings{Log: l}
			learned(t, r, tempDB(t), other.name, 2)
			if n := r.entries.Load(); n > 10*int64(l.Len())+2*relay.Partitions {
				t.Errorf("a worker reads %d entries of a log of %d", n, l.Len())
			}
		})
	}
}
