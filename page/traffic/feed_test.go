package traffic

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
	"github.com/spectap/spectap/store/sift"
)

// The feed waits much longer than it reads while flows arrive, so that it takes a small share of a
// busy machine, but not so long that the page seems to stand still.
func TestFeedPause(t *testing.T) {
	for _, x := range []struct {
		took time.Duration
		news int // records that come in the least pause
		want time.Duration
	}{
		{time.Millisecond, 1, pace}, {20 * time.Millisecond, 1, 500 * time.Millisecond}, {time.Second, 1, slowest},
		{time.Millisecond, 20, pace}, {time.Millisecond, 21, 500 * time.Millisecond}, {time.Millisecond, 100, 500 * time.Millisecond}, {time.Millisecond, 101, time.Second},
		{20*time.Millisecond + 1, 300, 500 * time.Millisecond}, {20 * time.Millisecond, 300, time.Second}, {time.Millisecond, 30, 500 * time.Millisecond}, {time.Millisecond, 300, time.Second}, {time.Second, 9000, slowest},
	} {
		t.Run(fmt.Sprint(x.took, x.news), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &panel{}
				p.Store = &counter{news: x.news}
				start := time.Now()
				r := &reader{p: p, took: x.took, read: start}
				if err := r.wait(t.Context()); err != nil || time.Since(start).Round(time.Millisecond) != x.want {
					t.Errorf("%v, want %v: %v", time.Since(start), x.want, err)
				}
			})
		})
	}
}

// An event after a long pause may have as many records as came in it at the highest rate.
func TestFeedRate(t *testing.T) {
	p, db, _ := open(t)
	add(t, db, exchange("GET", "/first", 200, ""))
	r := &reader{p: p, where: sift.Sieve{Redact: p.Redact.Flow}, at: 1, flows: -1}
	for _, x := range []struct {
		after time.Duration
		rows  int
	}{{500 * time.Millisecond, 900}, {500 * time.Millisecond, newestNews}} {
		n := 900
		if x.rows == newestNews {
			n = 2500
		}
		var fs []flow.Flow
		for i := range n {
			fs = append(fs, exchange("GET", fmt.Sprintf("/n/%d", i), 200, ""))
		}
		add(t, db, fs...)
		r.read = time.Now().Add(-x.after)
		news, _, err := r.next(t.Context())
		if err != nil || len(news.Rows) != x.rows || (news.Gap != nil) != (x.rows == newestNews) {
			t.Errorf("%d rows, gap %v: %v", len(news.Rows), news.Gap, err)
		}
	}
}

// counter is a store to which records were added.
type counter struct {
	store.Reader
	news int
}

func (c *counter) Stat(context.Context) (store.Stat, error) {
	return store.Stat{Last: flow.Seq(c.news)}, nil
}
