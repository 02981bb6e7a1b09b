package logtest

// This file is a log of blocks in memory, with the faults of a distributed one: lost requests, lost
// acknowledgements, late duplicates, stale reads, cut connections, and the loss of what was
// acknowledged. It is for tests.

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"

	"github.com/spectap/spectap/relay"
)

// ErrFault is the error of an operation whose request or answer was lost.
var ErrFault = errors.New("connection lost (injected)")

// Faults are probabilities from 0 to 1.
type Faults struct {
	LoseRequest float64 // a write fails and does not take place
	LoseAnswer  float64 // a write takes place and fails
	// Late is the probability that a lost write takes place later, when its writer has gone on: as
	// the request of a process that was believed to be dead.
	Late  float64
	Stale float64 // a read misses the newest writes
	Cut   float64 // reading entries ends with an error, for each entry
}

// MemoryLog is a log in memory. It is safe for concurrent use.
type MemoryLog struct {
	mu       sync.Mutex
	rand     *rand.Rand
	faults   Faults
	entries  []relay.Entry // those that were not lost, in order
	next     relay.Position
	values   map[string][]relay.Value // history, newest last
	revision uint64
	late     []func() // writes that take place later
	grown    chan struct{}
}

// NewMemoryLog returns an empty log whose faults are drawn by seed.
func NewMemoryLog(seed uint64, f Faults) *MemoryLog {
	return &MemoryLog{
		rand: rand.New(rand.NewPCG(seed, 1)), faults: f, next: 1,
		values: map[string][]relay.Value{}, grown: make(chan struct{}),
	}
}

// Heal ends all faults. Writes that are late take place at once.
func (l *MemoryLog) Heal() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults = Faults{}
	for _, f := range l.late {
		f()
	}
	l.late = nil
}

// Forget loses the newest n entries, as servers do that crash before they sync.
func (l *MemoryLog) Forget(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = l.entries[:max(min(1, len(l.entries)), len(l.entries)-n)]
}

// Drop loses one entry chosen at random, but not the first, so that the log does not look trimmed.
func (l *MemoryLog) Drop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.entries); n > 1 {
		i := 1 + l.rand.IntN(n-1)
		l.entries = slices.Delete(slices.Clone(l.entries), i, i+1)
	}
}

// Trim removes all entries before a position, as a limit of age does.
func (l *MemoryLog) Trim(before relay.Position) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = slices.DeleteFunc(slices.Clone(l.entries), func(e relay.Entry) bool { return e.Position < before })
}

// Len returns the number of entries.
func (l *MemoryLog) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.entries)
}

func (l *MemoryLog) happens(p float64) bool { return p > 0 && l.rand.Float64() < p }

// write runs a write with its faults. l.mu must be held.
func (l *MemoryLog) write(f func() error) error {
	if len(l.late) > 0 && l.happens(.5) {
		l.late[0]()
		l.late = l.late[1:]
	}
	switch {
	case l.happens(l.faults.LoseRequest):
		if l.happens(l.faults.Late) {
			l.late = append(l.late, func() { _ = f() })
		}
		return ErrFault
	case l.happens(l.faults.LoseAnswer):
		_ = f()
		return ErrFault
	}
	return f()
}

func (l *MemoryLog) newest(source string, stale bool) relay.Entry {
	for i := len(l.entries) - 1; i >= 0; i-- {
		if l.entries[i].Source != source {
			continue
		}
		if stale {
			stale = false
			continue
		}
		e := l.entries[i]
		e.Data = nil
		return e
	}
	return relay.Entry{Source: source}
}

// Append implements [relay.Log].
func (l *MemoryLog) Append(ctx context.Context, e *relay.Entry, after relay.Position) (relay.Position, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	in := *e
	var pos relay.Position
	err := l.write(func() error {
		if l.newest(in.Source, false).Position != after {
			return relay.ErrConflict
		}
		pos = l.next
		in.Position = pos
		l.next++
		l.entries = append(l.entries, in)
		close(l.grown)
		l.grown = make(chan struct{})
		return nil
	})
	if err != nil {
		return 0, err
	}
	return pos, nil
}

// Newest implements [relay.Log].
func (l *MemoryLog) Newest(ctx context.Context, source string) (relay.Entry, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.happens(l.faults.LoseRequest) {
		return relay.Entry{}, ErrFault
	}
	return l.newest(source, l.happens(l.faults.Stale)), ctx.Err()
}

// Entries implements [relay.Log].
func (l *MemoryLog) Entries(ctx context.Context, partition int, after relay.Position) iter.Seq2[relay.Entry, error] {
	return func(yield func(relay.Entry, error) bool) {
		passed := after // without an entry of the partition after it
		ended := false  // all were yielded that the log had at the beginning
		for ctx.Err() == nil {
			l.mu.Lock()
			cut, grown := l.happens(l.faults.Cut), l.grown
			i, _ := slices.BinarySearchFunc(l.entries, after+1, func(e relay.Entry, p relay.Position) int { return int(e.Position) - int(p) })
			var e relay.Entry
			if i < len(l.entries) {
				e = l.entries[i]
			}
			l.mu.Unlock()
			switch {
			case cut:
				yield(relay.Entry{}, ErrFault)
				return
			case e.Position == 0 && passed < after && !ended:
				ended = true
				if passed = after; !yield(relay.Entry{Position: after}, nil) {
					return
				}
				continue
			case e.Position == 0:
				ended = true
				select {
				case <-grown:
				case <-ctx.Done():
				}
				continue
			}
			after = e.Position
			if !isIn(e.Source, partition) {
				continue
			}
			if passed = after; !yield(e, nil) {
				return
			}
		}
		yield(relay.Entry{}, ctx.Err())
	}
}

// isIn reports whether a partition has the entries of a source.
func isIn(source string, partition int) bool {
	return partition == -1 || source == relay.Deletions || relay.Partition(source) == partition
}

// Bounds implements [relay.Log].
func (l *MemoryLog) Bounds(ctx context.Context) (first, last relay.Position, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.entries) == 0 {
		return l.next, l.next - 1, ctx.Err()
	}
	return l.entries[0].Position, l.entries[len(l.entries)-1].Position, ctx.Err()
}

// Get implements [relay.Log].
func (l *MemoryLog) Get(ctx context.Context, key string) ([]relay.Value, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.happens(l.faults.LoseRequest) {
		return nil, ErrFault
	}
	var list []relay.Value
	for k, history := range l.values {
		if k != key && (!strings.HasSuffix(key, "/") || !strings.HasPrefix(k, key)) {
			continue
		}
		i := len(history) - 1
		if i > 0 && l.happens(l.faults.Stale) {
			i--
		}
		list = append(list, history[i])
	}
	slices.SortFunc(list, func(a, b relay.Value) int { return strings.Compare(a.Key, b.Key) })
	return list, ctx.Err()
}

// Remove implements [relay.Log].
func (l *MemoryLog) Remove(ctx context.Context, key string, revision uint64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.write(func() error {
		if history := l.values[key]; len(history) > 0 && history[len(history)-1].Revision == revision {
			delete(l.values, key)
		}
		return nil
	})
}

// Put implements [relay.Log].
func (l *MemoryLog) Put(ctx context.Context, key string, revision uint64, data []byte) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	data = bytes.Clone(data)
	var made uint64
	err := l.write(func() error {
		history := l.values[key]
		current := uint64(0)
		if len(history) > 0 {
			current = history[len(history)-1].Revision
		}
		if revision != relay.Anything && revision != current {
			return relay.ErrConflict
		}
		l.revision++
		made = l.revision
		history = append(history, relay.Value{Key: key, Revision: made, Data: data})
		l.values[key] = history[max(0, len(history)-2):]
		return nil
	})
	if err != nil {
		return 0, err
	}
	return made, nil
}
