package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/store"
	"github.com/spectap/spectap/store/storetest"
)

// TestProgress checks that progress is silent without a terminal and clears its line.
func TestProgress(t *testing.T) {
	var b bytes.Buffer
	g := New(nil, &b, &b).StartProgress("reading x")
	g.next = time.Time{}
	for range 1000 {
		g.Add()
	}
	g.End()
	if b.Len() > 0 {
		t.Errorf("output without a terminal: %q", b.String())
	}
	g = &progress{line: &StatusLine{W: &b}, Verb: "reading x\x1b[2J", now: time.Now}
	for range 64 {
		g.Add()
	}
	g.End()
	if b.String() != "\r\x1b[Kreading x\\x1b[2J: 64 flows\r\x1b[K" {
		t.Errorf("got %q", b.String())
	}
}

// TestScanProgress checks that a scan in either direction shows how much of it is done, and that no
// line remains.
func TestScanProgress(t *testing.T) {
	st := storetest.NewMemory()
	for range 256 {
		f := flow.Flow{Request: flow.Request{Method: "GET", Scheme: "http", Authority: "a.example", Path: "/"}, Done: true}
		must.Get(st.Append(t.Context(), f))
	}
	for _, tt := range []struct {
		name  string
		query store.Query
		want  string
	}{
		{"forward", store.Query{}, "checking: 64 flows, 6/s, 24%, 30s left"},
		{"newest first", store.Query{Newest: true}, "checking: 64 flows, 6/s, 24%, 30s left"},
		{"a part", store.Query{After: 100, Until: 200}, "checking: 64 flows, 6/s, 63%, 6s left"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			began := time.Now()
			now := func() time.Time { return began.Add(10 * time.Second) }
			s := &shownReader{st, scanProgress{g: &progress{line: &StatusLine{W: &b}, Verb: "checking", Began: began, now: now}}}
			for range s.Scan(t.Context(), tt.query) {
			}
			s.scans.g.End()
			_, shown, _ := strings.Cut(b.String(), ClearLine)
			first, _, _ := strings.Cut(shown, ClearLine)
			if first != tt.want || !strings.HasSuffix(b.String(), ClearLine) {
				t.Errorf("%q, want %q and nothing at the end", b.String(), tt.want)
			}
		})
	}
}

// TestProgressOfLearning checks that what a model has learned before counts neither as done nor as
// left, also if several goroutines learn.
func TestProgressOfLearning(t *testing.T) {
	s := scanProgress{g: &progress{line: &StatusLine{}}}
	s.between(0, 300)
	for _, at := range []flow.Seq{100, 180, 120, 101} {
		s.seen(at)
	}
	if done, total := s.g.Part(); done != 80 || total != 200 {
		t.Errorf("%d of %d, want 80 of 200", done, total)
	}
}
