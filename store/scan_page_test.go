package store

import (
	"context"
	"errors"
	"testing"

	"github.com/spectap/spectap/flow"
)

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
