package memlog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/spectap/spectap/relay"
)

// appendTo appends n blocks of a source, and returns their positions.
func appendTo(t *testing.T, l *Log, source string, n int) (at []relay.Position) {
	t.Helper()
	for range n {
		e, err := l.Newest(t.Context(), source)
		if err != nil {
			t.Fatal(err)
		}
		p, err := l.Append(t.Context(), &relay.Entry{Source: source, After: e.Last, Last: e.Last + 1, Data: []byte(source)}, e.Position)
		if err != nil {
			t.Fatal(err)
		}
		at = append(at, p)
	}
	return at
}

// positions returns the positions of all entries that are left.
func positions(t *testing.T, l *Log) (at []relay.Position) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, last, err := l.Bounds(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for e, err := range l.Entries(ctx, -1, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if at = append(at, e.Position); e.Position >= last {
			break
		}
	}
	return at
}

// TestLosses checks what is left of a log that loses entries.
func TestLosses(t *testing.T) {
	for _, tt := range []struct {
		name string
		lose func(l *Log)
		want []relay.Position
	}{
		{"the newest", func(l *Log) { l.Forget(2) }, []relay.Position{1, 2}},
		{"all but the first", func(l *Log) { l.Forget(9) }, []relay.Position{1}},
		{"the oldest", func(l *Log) { l.Trim(3) }, []relay.Position{3, 4}},
		{"nothing", func(l *Log) { l.Trim(1); l.Forget(0) }, []relay.Position{1, 2, 3, 4}},
		{"one that is not the first", func(l *Log) {
			for range 9 {
				l.Drop()
			}
		}, []relay.Position{1}},
	} {
		l := New(1, Faults{})
		l.Forget(1)
		l.Drop()
		if at := appendTo(t, l, "a", 4); !slices.Equal(at, []relay.Position{1, 2, 3, 4}) {
			t.Fatal(at)
		}
		tt.lose(l)
		if got := positions(t, l); !slices.Equal(got, tt.want) || l.Len() != len(tt.want) {
			t.Errorf("%s: %v of %d, want %v", tt.name, got, l.Len(), tt.want)
		}
		if e, err := l.Newest(t.Context(), "a"); err != nil || e.Position != tt.want[len(tt.want)-1] || e.Data != nil {
			t.Errorf("%s: the newest is %+v, %v", tt.name, e, err)
		}
		if at := appendTo(t, l, "b", 1); at[0] != 5 {
			t.Errorf("%s: position %d was used twice", tt.name, at[0])
		}
	}
	left := map[string]bool{}
	for seed := range uint64(30) {
		l := New(seed, Faults{})
		appendTo(t, l, "a", 4)
		l.Drop()
		left[fmt.Sprint(positions(t, l))] = true
	}
	for _, want := range []string{"[1 3 4]", "[1 2 4]", "[1 2 3]"} {
		if !left[want] {
			t.Errorf("never dropped: %v, without %s", left, want)
		}
	}
}

// TestFaults checks what each fault does to a write and to a read.
func TestFaults(t *testing.T) {
	ctx := t.Context()
	write := func(l *Log, source string) error {
		_, err := l.Append(ctx, &relay.Entry{Source: source, Last: 1}, 0)
		return err
	}
	l := New(1, Faults{LoseRequest: 1})
	if err := write(l, "a"); !errors.Is(err, ErrFault) || l.Len() != 0 {
		t.Errorf("a lost request: %v, %d entries", err, l.Len())
	}
	if _, err := l.Newest(ctx, "a"); !errors.Is(err, ErrFault) {
		t.Errorf("a lost read: %v", err)
	}
	if _, err := l.Get(ctx, "k"); !errors.Is(err, ErrFault) {
		t.Errorf("a lost read: %v", err)
	}
	if l.Heal(); l.Len() != 0 {
		t.Error("a request that was lost takes place later")
	}
	l = New(1, Faults{LoseAnswer: 1})
	if err := write(l, "a"); !errors.Is(err, ErrFault) || l.Len() != 1 {
		t.Errorf("a lost answer: %v, %d entries", err, l.Len())
	}
	if _, err := l.Put(ctx, "k", 0, []byte("v")); !errors.Is(err, ErrFault) {
		t.Errorf("a lost answer: %v", err)
	}
	if v, err := l.Get(ctx, "k"); err != nil || len(v) != 1 || string(v[0].Data) != "v" {
		t.Errorf("%v, %v", v, err)
	}

	l = New(1, Faults{LoseRequest: 1, Late: 1})
	const writes = 20
	for i := range writes {
		if err := write(l, fmt.Sprint("source", i)); !errors.Is(err, ErrFault) {
			t.Error(err)
		}
	}
	// Before each write, one that is late takes place with a probability of a half.
	if early := l.Len(); early == 0 || early > writes-3 {
		t.Errorf("%d late writes took place before the end of the faults", early)
	}
	for range 2 {
		if l.Heal(); l.Len() != writes {
			t.Errorf("%d writes took place, want each once", l.Len())
		}
	}
	if err := write(l, "a"); err != nil {
		t.Errorf("after the faults: %v", err)
	}
}

// TestStale checks that a stale read misses the newest write of a source or key, and no other.
func TestStale(t *testing.T) {
	ctx := t.Context()
	l := New(1, Faults{})
	appendTo(t, l, "a", 2)
	appendTo(t, l, "b", 1)
	for _, v := range []string{"one", "two", "three"} {
		if _, err := l.Put(ctx, "k/x", relay.Anything, []byte(v)); err != nil {
			t.Fatal(err)
		}
	}
	l.faults = Faults{Stale: 1}
	for source, want := range map[string]relay.Position{"a": 1, "b": 0, "c": 0} {
		if e, err := l.Newest(ctx, source); err != nil || e.Position != want || e.Source != source {
			t.Errorf("%s: %+v, %v", source, e, err)
		}
	}
	for _, key := range []string{"k/x", "k/"} {
		if v, err := l.Get(ctx, key); err != nil || len(v) != 1 || string(v[0].Data) != "two" {
			t.Errorf("%s: %v, %v", key, v, err)
		}
	}
	if _, err := l.Put(ctx, "first", 0, []byte("one")); err != nil {
		t.Fatal(err)
	}
	if v, err := l.Get(ctx, "first"); err != nil || len(v) != 1 || string(v[0].Data) != "one" {
		t.Errorf("the only value: %v, %v", v, err)
	}
}

// TestCut checks that reading entries ends at a cut connection.
func TestCut(t *testing.T) {
	l := New(1, Faults{Cut: 1})
	appendTo(t, l, "a", 2)
	n := 0
	for e, err := range l.Entries(t.Context(), -1, 0) {
		if n++; !errors.Is(err, ErrFault) || e.Position != 0 {
			t.Errorf("%+v, %v", e, err)
		}
	}
	if n != 1 {
		t.Errorf("%d events", n)
	}
}

// TestGone checks that no operation takes place for a caller who is gone.
func TestGone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	l := New(1, Faults{})
	var errs []error
	keep := func(err error) { errs = append(errs, err) }
	_, err := l.Append(ctx, &relay.Entry{Source: "a", Last: 1}, 0)
	keep(err)
	_, err = l.Put(ctx, "k", 0, nil)
	keep(err)
	keep(l.Remove(ctx, "k", 0))
	_, err = l.Get(ctx, "k")
	keep(err)
	_, err = l.Newest(ctx, "a")
	keep(err)
	_, _, err = l.Bounds(ctx)
	keep(err)
	for _, err = range l.Entries(ctx, -1, 0) {
		keep(err)
	}
	for i, err := range errs {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("operation %d: %v", i, err)
		}
	}
	if v, err := l.Get(t.Context(), ""); l.Len() != 0 || len(errs) != 7 || len(v) != 0 || err != nil {
		t.Errorf("%d entries, %d errors, %v", l.Len(), len(errs), v)
	}
}
