package store

import (
	"context"
	"iter"
	"runtime"

	"github.com/spectap/spectap/flow"
)

const (
	// partFlows is the most flows that one goroutine reads and matches.
	partFlows = 512
	// batchBytes is the most bytes of bodies that wait to be taken, for each goroutine.
	batchBytes = 1 << 20
)

// siftBatch is flows that match, and what ended the reading.
type siftBatch struct {
	flows []flow.Flow
	err   error
}

// matching yields the flows in parts that are sure to match, or do. Parts are read, decompressed
// and matched in all processors, and their flows are yielded in the order of the parts.
func (s *Sieve) matching(
	ctx context.Context, st Reader, q Query, parts []Ranges, sure map[flow.Seq]bool,
) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		within, cancel := context.WithCancel(ctx)
		var reading []chan siftBatch // of the next parts, in order
		defer func() {
			cancel()
			for _, batches := range reading { // the store may be closed afterwards
				for range batches {
				}
			}
		}()
		for len(parts) > 0 || len(reading) > 0 {
			for len(parts) > 0 && len(reading) < runtime.GOMAXPROCS(0) {
				batches := make(chan siftBatch)
				q := q
				q.Only = parts[0]
				go s.match(within, st.Scan(within, q), sure, batches)
				parts, reading = parts[1:], append(reading, batches)
			}
			for b := range reading[0] {
				for i := range b.flows {
					if !yield(b.flows[i], nil) {
						return
					}
				}
				if b.err != nil {
					yield(flow.Flow{}, b.err)
					return
				}
			}
			reading = reading[1:]
			if err := ctx.Err(); err != nil { // perhaps no batch had it
				yield(flow.Flow{}, err)
				return
			}
		}
	}
}

// match sends the flows that are sure to match, or do, until ctx is done. Then it closes the
// channel.
func (s *Sieve) match(ctx context.Context, flows iter.Seq2[flow.Flow, error], sure map[flow.Seq]bool, batches chan<- siftBatch) {
	defer close(batches)
	var b siftBatch
	bytes := 0
	send := func() bool {
		select {
		case batches <- b:
			b, bytes = siftBatch{}, 0
			return true
		case <-ctx.Done():
			return false
		}
	}
	var f flow.Flow
	for next, err := range flows {
		if err != nil {
			b.err = err
			break
		}
		f = next // one variable for all flows, since its address is passed on
		if !sure[f.Last] && !s.Matches(&f) {
			continue
		}
		b.flows = append(b.flows, f)
		bytes += bodyBytes(&f)
		if bytes >= batchBytes && !send() {
			return
		}
	}
	send()
}

// bodyBytes returns the size of the recorded bodies.
func bodyBytes(f *flow.Flow) int {
	n := len(f.Request.Body.Data)
	if f.Response != nil {
		n += len(f.Response.Body.Data)
	}
	return n
}
