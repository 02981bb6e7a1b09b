package relay

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
)

// TestBlockBounds fills blocks up to their bounds: a number of flows, and bytes before compression.
// An empty block takes any flow.
func TestBlockBounds(t *testing.T) {
	numbered := func(n int, body int) *flow.Flow {
		return &flow.Flow{ID: flow.NewID(), Last: flow.Seq(n), Request: flow.Request{Method: "GET", Body: flow.Body{Data: bytes.Repeat([]byte{1}, body)}}}
	}
	var b block
	for i := range MaxFlows {
		if ok, err := b.add(numbered(i+1, 0)); !ok || err != nil || b.full() != (i == MaxFlows-1) {
			t.Fatalf("flow %d: %t, %v, full %t", i, ok, err, b.full())
		}
	}
	if ok, err := b.add(numbered(MaxFlows+1, 0)); ok || err != nil || b.n != MaxFlows || b.last != MaxFlows {
		t.Errorf("one more flow: %t, %v, %d flows to %d", ok, err, b.n, b.last)
	}
	b = block{}
	if ok, err := b.add(numbered(1, 5*MaxData)); !ok || err != nil || !b.full() {
		t.Errorf("a large flow: %t, %v, full %t", ok, err, b.full())
	}
	b = block{}
	if ok, err := b.add(numbered(1, MaxData)); !ok || err != nil || b.full() {
		t.Fatalf("a flow: %t, %v, full %t", ok, err, b.full())
	}
	before := bytes.Clone(b.raw)
	if ok, err := b.add(numbered(2, 3*MaxData)); ok || err != nil || b.n != 1 || b.last != 1 || !bytes.Equal(b.raw, before) {
		t.Errorf("a flow that does not fit: %t, %v, %d flows to %d", ok, err, b.n, b.last)
	}
	if ok, err := b.add(numbered(2, 2*MaxData)); !ok || err != nil || b.n != 2 || b.last != 2 {
		t.Errorf("a flow that fits: %t, %v", ok, err)
	}
	if _, err := b.add(numbered(3, maxRaw/2+1)); !errors.Is(err, ErrTooLarge) || b.n != 2 {
		t.Errorf("too large a flow: %v", err)
	}
}

// TestSpanOfDeletion deletes within whole seconds around the flows.
func TestSpanOfDeletion(t *testing.T) {
	at := func(ms int64) *flow.Flow { return &flow.Flow{ID: flow.NewID(), Started: time.UnixMilli(ms)} }
	var d deletion
	for _, x := range []struct{ ms, since, before int64 }{{10_500, 10, 11}, {12_000, 10, 13}, {3_999, 3, 13}, {11_000, 3, 13}, {-1, -1, 13}} {
		d.add(at(x.ms))
		if d.since.Unix() != x.since || d.before.Unix() != x.before {
			t.Errorf("after %d ms: from %d to %d, want %d to %d", x.ms, d.since.Unix(), d.before.Unix(), x.since, x.before)
		}
	}
	if len(d.ids) != 5 {
		t.Errorf("%d flows", len(d.ids))
	}
}

// TestMissingNumbers notes for each source where numbers are missing, and the nearest number after
// which the log goes on.
func TestMissingNumbers(t *testing.T) {
	a := newAsker(nil, time.Second)
	if a.any() {
		t.Error("something is missing at first")
	}
	for _, x := range []struct {
		after, next uint64
		want        string
	}{
		{5, 9, "{5 9}"}, {5, 12, "{5 9}"}, {5, 7, "{5 7}"}, {5, 5, "{5 7}"}, {6, 8, "{6 8}"}, {8, 8, fmt.Sprint(openGap{8, nothing})}, {8, 20, "{8 20}"},
	} {
		a.missing("s", x.after, x.next)
		if got := fmt.Sprint(a.open()["s"]); got != x.want {
			t.Errorf("after %d up to %d: %s, want %s", x.after, x.next, got, x.want)
		}
	}
	if !a.still("s", 20) || a.still("s", 21) || a.still("other", 20) || !a.any() {
		t.Errorf("missing are %v", a.open())
	}
	a.filled("s")
	if a.still("s", 20) || a.any() {
		t.Errorf("missing are %v", a.open())
	}
}

// asks is a log that takes requests only, or refuses them.
type asks struct {
	Log
	got []string
	err error
}

func (l *asks) Put(_ context.Context, key string, _ uint64, data []byte) (uint64, error) {
	l.got = append(l.got, key+" "+string(data))
	return 1, l.err
}

// TestAskingPauses asks for what is missing after pauses that double up to a bound. It asks at once
// for another gap.
func TestAskingPauses(t *testing.T) {
	l := &asks{}
	a := newAsker(l, time.Second)
	now := time.Unix(1_000_000, 0)
	ask := func(want string) {
		t.Helper()
		l.got = nil
		if err := a.ask(t.Context(), now); err != nil || fmt.Sprint(l.got) != want {
			t.Errorf("asked %v, %v, want %s", l.got, err, want)
		}
	}
	ask("[]")
	a.missing("s", 5, 9)
	for pause := time.Second; pause <= 2*longestAsk*time.Second; pause *= 2 {
		ask(`[asks/s {"after":5}]`)
		now = now.Add(min(pause, longestAsk*time.Second) - 1)
		ask("[]")
		now = now.Add(1)
	}
	a.missing("s", 5, 7) // the same gap
	ask(`[asks/s {"after":5}]`)
	a.missing("s", 7, 9)
	ask(`[asks/s {"after":7}]`)
	a.filled("s")
	now = now.Add(time.Hour)
	ask("[]")
	a.missing("s", 9, 12)
	l.err = ErrDenied
	ask(`[asks/s {"after":9}]`) // who may not write does not ask
	now, l.err = now.Add(time.Second), ErrConflict
	if err := a.ask(t.Context(), now); !errors.Is(err, ErrConflict) {
		t.Errorf("error %v", err)
	}
}

// TestEntriesOfDeletion counts the flows that are deleted, and the entries that say so.
func TestEntriesOfDeletion(t *testing.T) {
	var d Deletion
	if d.Len() != 0 || d.Entries() != 0 {
		t.Errorf("nothing: %d flows in %d entries", d.Len(), d.Entries())
	}
	add := func(day, n int) {
		for range n {
			d.Add(&flow.Flow{ID: flow.NewID(), Started: tailDay.AddDate(0, 0, day)})
		}
	}
	for _, x := range []struct{ day, n, flows, entries int }{{0, 1, 1, 1}, {0, 1, 2, 1}, {3, 1, 3, 2}, {0, maxDeleted - 2, maxDeleted + 1, 2}, {0, 1, maxDeleted + 2, 3}} {
		if add(x.day, x.n); d.Len() != x.flows || d.Entries() != x.entries {
			t.Errorf("%d flows in %d entries, want %d in %d", d.Len(), d.Entries(), x.flows, x.entries)
		}
	}
}

// TestHopeless finds the sources whose missing numbers their spools dropped. A status that cannot be
// read says nothing of the others.
func TestHopeless(t *testing.T) {
	m := newMemory(t)
	for source, status := range map[string]string{"less": `{"dropped":6}`, "all": `{"dropped":7}`, "more": `{"dropped":9}`, "noise": "noise"} {
		m.m[keySources+source] = Value{Key: keySources + source, Revision: 1, Data: []byte(status)}
	}
	a := newAsker(m, time.Second)
	if lost, err := a.hopeless(t.Context()); err != nil || len(lost) > 0 {
		t.Errorf("without gaps: %v, %v", lost, err)
	}
	for _, source := range []string{"less", "all", "more", "noise", "silent"} {
		a.missing(source, 3, 7)
	}
	if lost, err := a.hopeless(t.Context()); err != nil || !maps.Equal(lost, map[string]uint64{"all": 7, "more": 7}) {
		t.Errorf("lost are %v, %v", lost, err)
	}
	m.fail = "get " + keySources + "silent"
	if lost, err := a.hopeless(t.Context()); !errors.Is(err, errMemory) || lost != nil {
		t.Errorf("a log that fails: %v, %v", lost, err)
	}
}
