package traffic

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/store"
)

// script is a store of flows in memory. One of its calls fails, such as "stat 2", the second call of
// Stat.
type script struct {
	store.Reader
	flows []flow.Flow
	fails string
	slow  time.Duration // what a scan takes
	calls map[string]int

	deletions uint64
}

var errDisk = errors.New("the disk is gone")

func (s *script) call(name string) error {
	if s.calls == nil {
		s.calls = map[string]int{}
	}
	if s.calls[name]++; fmt.Sprint(name, " ", s.calls[name]) == s.fails {
		return errDisk
	}
	return nil
}

func (s *script) Stat(context.Context) (store.Stat, error) {
	n := len(s.flows)
	return store.Stat{First: flow.Seq(min(n, 1)), Last: flow.Seq(n), Flows: int64(n), Deletions: s.deletions}, s.call("stat")
}

func (s *script) Get(_ context.Context, n flow.Seq) (flow.Flow, error) {
	return s.flows[n-1], s.call("get")
}

func (s *script) Scan(_ context.Context, q store.Query) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		time.Sleep(s.slow)
		if err := s.call("scan"); err != nil {
			yield(flow.Flow{}, err)
			return
		}
		for i, f := range s.flows {
			if f.Seq = flow.Seq(i + 1); f.Seq > q.After && (q.Until == 0 || f.Seq <= q.Until) && !yield(f, nil) {
				return
			}
		}
	}
}

func (s *script) Watch(ctx context.Context, _ flow.Seq) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		if err := s.call("watch"); err != nil {
			yield(flow.Flow{}, err)
			return
		}
		<-ctx.Done()
		yield(flow.Flow{}, ctx.Err())
	}
}

// over returns a panel over a script.
func over(s *script) *panel {
	return &panel{Config{Store: s, Redact: redact.New([]byte("key"), redact.Config{})}, newOperations(s, nil)}
}

// TestFeedLooksForDeletions checks that a page learns of deletions while no flow arrives.
func TestFeedLooksForDeletions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{flows: []flow.Flow{exchange("GET", "/a", 200, "{}")}}
		start := time.Now()
		all, _ := follow(t, over(s), "", "", func(all []News) bool {
			s.deletions = 1
			return len(all) == 2
		})
		if !all[1].Deleted || all[0].Deleted || time.Since(start) != idle {
			t.Errorf("%+v after %s", all, time.Since(start))
		}
	})
}
