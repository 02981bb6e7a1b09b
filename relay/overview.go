package relay

// This file says what a log of flows holds, and how far the flows of each source have come:
// recorded, sent, learned from, and copied here.
//
// It only reads.

import (
	"context"
	"errors"
	"fmt"

	"github.com/spectap/spectap/store"
)

// Overview is the state of a log and of a store that follows it. The JSON is that of the command
// store stats.
type Overview struct {
	Read    int64            `json:"bytes_read"`             // of the log by this process
	Stored  uint64           `json:"bytes_stored,omitempty"` // of the log at the hub; 0 if it is not known
	Sources []SourceOverview `json:"sources"`
	Models  []ModelOverview  `json:"models"`
}

// SourceOverview is how far the flows of a source have come.
type SourceOverview struct {
	SourceStatus
	Here uint64 `json:"here"`          // the newest number that the store has
	Gap  bool   `json:"gap,omitempty"` // the log lost what follows
}

// ModelOverview is what workers have learned of a partition.
type ModelOverview struct {
	Partition int   `json:"partition"`
	Sources   int   `json:"sources"`
	Bytes     int   `json:"bytes"`
	Position  int64 `json:"position"`
}

// sized is a log that knows how many bytes it holds.
type sized interface {
	Stored(ctx context.Context) (bytes uint64, err error)
}

// ReadSources reads the state of a log without the models. done is the progress of this process's
// follower, if any; have is the store's position of each source.
func ReadSources(ctx context.Context, l Log, done FollowerStatus, have map[string]store.Applied) (*Overview, error) {
	o := &Overview{Read: done.Bytes, Sources: []SourceOverview{}, Models: []ModelOverview{}}
	list, err := Statuses(ctx, l)
	if s, ok := l.(sized); ok && err == nil {
		o.Stored, err = s.Stored(ctx)
	}
	if err != nil {
		return nil, overviewFailed(err)
	}
	for i := range list {
		_, gap := done.Gaps[list[i].Source]
		o.Sources = append(o.Sources, SourceOverview{list[i], have[list[i].Source].Last, gap})
	}
	return o, nil
}

// ReadModels reads the models of workers, which may be megabytes.
func ReadModels(ctx context.Context, l Log) ([]ModelOverview, error) {
	heads, err := Heads(ctx, l)
	if err != nil {
		return nil, overviewFailed(err)
	}
	list := []ModelOverview{}
	for _, x := range heads {
		list = append(list, ModelOverview{x.Partition, len(x.Marks), x.Size(), int64(x.Position)})
	}
	return list, nil
}

// ReadOverview reads the state of a log with the models, see [ReadSources].
func ReadOverview(ctx context.Context, l Log, done FollowerStatus, have map[string]store.Applied) (*Overview, error) {
	o, err := ReadSources(ctx, l, done, have)
	models, merr := ReadModels(ctx, l)
	if err = errors.Join(err, merr); err != nil {
		return nil, err
	}
	o.Models = models
	return o, nil
}

func overviewFailed(err error) error { return fmt.Errorf("read the state of the hub: %w", err) }
