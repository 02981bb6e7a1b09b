package catalog

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/store"
)

// sharding selects how many goroutines learn, and in which portions.
type sharding struct {
	most   int   // goroutines; each has a model
	window int64 // record numbers that a goroutine reads at a time
	least  int64 // with fewer record numbers than this to read, one goroutine is faster
}

// defaultSharding keeps a cold export of a large store below 200 MB.
func defaultSharding() sharding {
	return sharding{most: min(4, runtime.GOMAXPROCS(0)), window: 8192, least: 32768}
}

// shard is what one goroutine has learned.
type shard struct {
	model  *infer.Model
	covers store.Ranges
	flows  int
	err    error
}

// learnShards adds most of the finished flows that the model does not cover, if there are many.
// Several goroutines learn from flows of their own, and their models are merged, which gives the
// same facts. On an error the model has an unknown part of the flows. The caller holds mu, and
// reads the flows that remain: those that are not finished or came meanwhile.
func (c *Catalog) learnShards(ctx context.Context, by sharding) error {
	if by.most < 2 {
		return nil
	}
	st, err := c.cfg.Store.Stat(ctx)
	if err != nil {
		return err
	}
	if st.Flows < by.least/2 {
		return nil
	}
	windows, left := c.windows(st, by.window)
	if left < by.least {
		return nil
	}
	saw, done := c.startReading()
	defer done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	shards := make([]shard, by.most)
	var next atomic.Int64
	var running sync.WaitGroup
	for i := range shards {
		if shards[i].model = c.model; i > 0 {
			shards[i].model = infer.New()
		}
		running.Go(func() {
			for ctx.Err() == nil {
				n := int(next.Add(1)) - 1
				if n >= len(windows) {
					return
				}
				if shards[i].err = c.learnWindow(ctx, &shards[i], windows[n], saw); shards[i].err != nil {
					cancel()
				}
			}
		})
	}
	running.Wait()
	if err := ctx.Err(); err != nil {
		return cause(shards, err)
	}
	c.join(shards)
	return nil
}

// cause returns the error that ended the other shards, or err.
func cause(shards []shard, err error) error {
	for _, s := range shards {
		if s.err != nil && !errors.Is(s.err, context.Canceled) {
			return s.err
		}
	}
	return fmt.Errorf("read flows: %w", err)
}

// windows returns the runs of record numbers with flows to learn from, split into portions, and how
// many numbers they have that the model does not cover.
func (c *Catalog) windows(st store.Stat, size int64) (out []store.Range, left int64) {
	covered := c.basis.Covers
	for first := max(st.First, 1); first <= st.Last; first += flow.Seq(size) {
		w := store.Range{First: first, Last: min(first+flow.Seq(size)-1, st.Last)}
		n := int64(w.Last - w.First + 1)
		for len(covered) > 0 && covered[0].Last < w.First {
			covered = covered[1:]
		}
		for _, r := range covered {
			if r.First > w.Last {
				break
			}
			n -= int64(min(r.Last, w.Last) - max(r.First, w.First) + 1)
		}
		if n > 0 {
			out, left = append(out, w), left+n
		}
	}
	return out, left
}

// learnWindow adds the finished flows of a window that the model of the catalog does not cover.
func (c *Catalog) learnWindow(
	ctx context.Context, s *shard, w store.Range, saw func(flow.Seq),
) (err error) {
	q := store.Query{After: w.First - 1, Until: w.Last, Except: c.basis.Covers}
	var f flow.Flow
	defer func() { // nobody recovers in this goroutine: a defect would end the program
		if p := recover(); p != nil {
			err = fmt.Errorf("learn from flow %d: panic: %v", f.Seq, p)
		}
	}()
	for next, err := range c.cfg.Store.Scan(ctx, q) {
		if err != nil {
			return fmt.Errorf("read flows: %w", err)
		}
		f = next // one variable for all flows, since its address is passed on
		if !f.Done {
			continue
		}
		s.model.Add(&f)
		s.covers = s.covers.Add(f.Seq).Add(f.Last)
		s.flows++
		c.read.Add(1)
		saw(f.Last)
	}
	return nil
}

// join merges shards, of which the first has the model of the catalog.
func (c *Catalog) join(shards []shard) {
	for i, s := range shards {
		if i > 0 {
			c.model.Merge(s.model)
			shards[i] = shard{} // release it
		}
		for _, r := range s.covers {
			c.basis.Covers = c.basis.Covers.Union(r)
		}
		c.unsaved += s.flows
	}
}
