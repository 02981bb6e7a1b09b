package sift

import (
	"context"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/filter"
)

// A scan whose caller stops, or whose context ends, ends at once.
func TestMatchingEnds(t *testing.T) {
	where, err := filter.Parse("type:json", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	s := Sieve{Where: where}
	started, ended := 0, 0
	endless := func(yield func(flow.Flow, error) bool) {
		started++
		defer func() { ended++ }()
		for yield(flow.Flow{Request: flow.Request{Method: "GET", Scheme: "https", Authority: "a.example", Path: "/"}}, nil) {
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for range s.matching(ctx, endless, map[flow.Seq]bool{0: true}) {
		break
	}
	for _, err := range s.matching(ctx, endless, map[flow.Seq]bool{0: true}) {
		cancel()
		if err != nil {
			break
		}
	}
	if started != 2 || ended != 2 {
		t.Errorf("%d scans were started, %d ended", started, ended)
	}
}
