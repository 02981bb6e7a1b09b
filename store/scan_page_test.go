package store

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
)

// TestPageLimits checks that one read transaction ends at its limits, and where the next begins.
func TestPageLimits(t *testing.T) {
	withBody := func(i, size int) flow.Flow {
		return flow.Flow{Done: true, Started: time.Unix(int64(i%2)*1000, 0), Request: flow.Request{
			Authority: "a.example", Body: flow.Body{Data: noise(size), Size: int64(size)},
		}}
	}
	small, large := openWithClock(t), openWithClock(t)
	var fs []flow.Flow
	for i := range pageExamined + 10 {
		fs = append(fs, withBody(i, 0))
	}
	for part := range slices.Chunk(fs, 2000) {
		if _, err := small.Append(t.Context(), part...); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 4 {
		if _, err := large.Append(t.Context(), withBody(i, pageBytes/2)); err != nil {
			t.Fatal(err)
		}
	}
	last := flow.Seq(pageExamined + 10)
	none := Query{Since: time.Unix(500, 0), Before: time.Unix(600, 0)} // no flow, but no block can be skipped
	for _, tt := range []struct {
		name     string
		db       *DB
		q        Query
		from, to flow.Seq
		limit    int
		found    int
		at       flow.Seq
		end      bool
	}{
		{"flows", small, Query{}, 1, last, 0, pageFlows, pageFlows, false},
		{"flows, newest first", small, Query{Newest: true}, 1, last, 0, pageFlows, last - pageFlows + 1, false},
		{"limit", small, Query{}, 1, last, 10, 10, 10, false},
		{"limit above that of a page", small, Query{}, 1, last, pageFlows + 1, pageFlows, pageFlows, false},
		{"rest", small, Query{}, last - 9, last, 0, 10, last, true},
		{"rest as large as the limit", small, Query{}, last - 9, last, 10, 10, last, false},
		{"beyond the end", small, Query{}, last - 9, last + 5, 0, 10, last, true},
		{"records that do not match", small, none, 1, last, 0, 0, pageExamined, false},
		{"their rest", small, none, pageExamined + 1, last, 0, 0, last, true},
		{"bytes of bodies", large, Query{}, 1, 4, 0, 2, 2, false},
		{"without bodies", large, Query{NoBodies: true}, 1, 4, 0, 4, 4, true},
		{"nothing", small, Query{}, last + 1, last + 9, 0, 0, 0, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := tt.db.readPage(t.Context(), &tt.q, tt.from, tt.to, tt.limit)
			if err != nil {
				t.Fatal(err)
			}
			if len(p.found) != tt.found || p.at != tt.at || p.end != tt.end {
				t.Errorf("%d flows up to %d, end %t; want %d, %d, %t", len(p.found), p.at, p.end, tt.found, tt.at, tt.end)
			}
		})
	}
}

// TestScanEndsOnce checks that a scan whose context ends yields the error, once and last.
func TestScanEndsOnce(t *testing.T) {
	db := openWithClock(t)
	fs := make([]flow.Flow, 2*pageFlows+1)
	for i := range fs {
		fs[i].Done = true
	}
	if _, err := db.Append(t.Context(), fs...); err != nil {
		t.Fatal(err)
	}
	for _, at := range []int{1, pageFlows - 1, pageFlows, pageFlows + 1} {
		ctx, cancel := context.WithCancel(t.Context())
		flows, errs := 0, 0
		for _, err := range db.Scan(ctx, Query{}) {
			if err != nil {
				if errs++; !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			} else if flows++; flows == at {
				cancel()
			}
		}
		if cancel(); flows != at || errs != 1 {
			t.Errorf("cancelled after %d flows: %d flows, %d errors", at, flows, errs)
		}
	}
}
