package relay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// leases says which worker learns from which partition. Leases only save work: two workers with one
// partition both learn, and the one that commits second starts again from what the first committed.
type leases struct {
	Beats  map[string]uint64 `json:"beats"`  // of the workers; a worker increments its own
	Owners map[int]string    `json:"owners"` // by partition
}

// leaseKeeper renews the leases of one worker. No clocks are compared: a worker is gone when its
// beat did not change while this one looked.
type leaseKeeper struct {
	log    Log
	name   string
	expiry time.Duration
	others map[string]sighting
}

// sighting is what a worker saw of another one.
type sighting struct {
	beat  uint64
	since time.Time // when the beat was seen first
	looks int       // how often it was seen again
}

// minLooks is the number of unchanged readings of a beat after which its worker counts as gone.
// Time alone is no evidence: a worker that gets no processor for a while would believe the same of
// all others, which wait for the processor like itself.
const minLooks = 4

func newLeaseKeeper(l Log, name string, expiry time.Duration) *leaseKeeper {
	return &leaseKeeper{log: l, name: name, expiry: expiry, others: map[string]sighting{}}
}

// renew renews the leases, acquires partitions without a worker, up to a fair share, and gives up
// surplus ones. release is called for these before others can take them. It returns the partitions
// that the worker has.
func (k *leaseKeeper) renew(ctx context.Context, now time.Time, release func([]int)) ([]int, error) {
	v, l, err := k.load(ctx)
	if err != nil {
		clear(k.others) // nobody could renew, for all that is known
		return nil, err
	}
	k.expire(&l, now)
	l.Beats[k.name]++
	share := (Partitions + len(l.Beats) - 1) / len(l.Beats)
	mine := l.of(k.name)
	if len(mine) > share {
		release(mine[share:])
		for _, p := range mine[share:] {
			delete(l.Owners, p)
		}
	}
	for p := range Partitions {
		if _, taken := l.Owners[p]; !taken && len(l.of(k.name)) < share && !slices.Contains(mine, p) {
			l.Owners[p] = k.name
		}
	}
	return l.of(k.name), k.save(ctx, v.Revision, l)
}

// leave gives up all leases.
func (k *leaseKeeper) leave(ctx context.Context) error {
	for {
		v, l, err := k.load(ctx)
		if err != nil {
			return err
		}
		delete(l.Beats, k.name)
		for _, p := range l.of(k.name) {
			delete(l.Owners, p)
		}
		if err := k.save(ctx, v.Revision, l); !errors.Is(err, ErrConflict) {
			return err
		}
	}
}

func (k *leaseKeeper) load(ctx context.Context) (Value, leases, error) {
	l := leases{map[string]uint64{}, map[int]string{}}
	v, err := getOne(ctx, k.log, keyLeases)
	if err != nil {
		return v, l, fmt.Errorf("read the leases: %w", err)
	}
	if len(v.Data) > 0 {
		if err := json.Unmarshal(v.Data, &l); err != nil {
			return v, l, fmt.Errorf("%w: leases: %w", ErrMalformed, err)
		}
	}
	if l.Beats == nil || l.Owners == nil {
		return v, l, fmt.Errorf("%w: leases", ErrMalformed)
	}
	return v, l, nil
}

func (k *leaseKeeper) save(ctx context.Context, revision uint64, l leases) error {
	b, err := json.Marshal(l)
	if err != nil {
		return err
	}
	if _, err := k.log.Put(ctx, keyLeases, revision, b); err != nil {
		return fmt.Errorf("renew the leases: %w", err)
	}
	return nil
}

// expire removes workers whose beat has not changed for a time.
func (k *leaseKeeper) expire(l *leases, now time.Time) {
	for name, beat := range l.Beats {
		if name == k.name {
			continue
		}
		seen, known := k.others[name]
		if !known || seen.beat != beat {
			k.others[name] = sighting{beat: beat, since: now}
			continue
		}
		seen.looks++
		k.others[name] = seen
		if seen.looks >= minLooks && now.Sub(seen.since) >= k.expiry {
			delete(l.Beats, name)
		}
	}
	for p, name := range l.Owners {
		if _, alive := l.Beats[name]; !alive && name != k.name {
			delete(l.Owners, p)
		}
	}
	maps.DeleteFunc(k.others, func(name string, _ sighting) bool { return l.Beats[name] == 0 })
}

// of returns the partitions of a worker, sorted.
func (l *leases) of(name string) []int {
	var list []int
	for _, p := range slices.Sorted(maps.Keys(l.Owners)) {
		if l.Owners[p] == name {
			list = append(list, p)
		}
	}
	return list
}
