// Package overview says what a log of flows holds, and how far the flows of each source have come:
// recorded, sent, learned from, and copied here.
//
// It only reads. It imports relay and store. Read overview.go, its only file.
package overview

import (
	"context"
	"errors"
	"fmt"

	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/store"
)

// Overview is the state of a log and of a store that follows it. The JSON is that of the command
// store stats.
type Overview struct {
	Read    int64    `json:"bytes_read"`             // of the log by this process
	Stored  uint64   `json:"bytes_stored,omitempty"` // of the log at the hub; 0 if it is not known
	Sources []Source `json:"sources"`
	Models  []Model  `json:"models"`
}

// Source is how far the flows of a source have come.
type Source struct {
	relay.SourceStatus
	Here uint64 `json:"here"`          // the newest number that the store has
	Gap  bool   `json:"gap,omitempty"` // the log lost what follows
}

// Model is what workers have learned of a partition.
type Model struct {
	Partition int   `json:"partition"`
	Sources   int   `json:"sources"`
	Bytes     int   `json:"bytes"`
	Position  int64 `json:"position"`
}

// sized is a log that knows how many bytes it holds.
type sized interface {
	Stored(ctx context.Context) (bytes uint64, err error)
}

// Sources reads the state of a log without the models. done is what the follower of this process
// has done, if there is one; have is what the store has of each source.
func Sources(ctx context.Context, l relay.Log, done relay.FollowerStatus, have map[string]store.Applied) (*Overview, error) {
	o := &Overview{Read: done.Bytes, Sources: []Source{}, Models: []Model{}}
	list, err := relay.Statuses(ctx, l)
	if s, ok := l.(sized); ok && err == nil {
		o.Stored, err = s.Stored(ctx)
	}
	if err != nil {
		return nil, failed(err)
	}
	for i := range list {
		_, gap := done.Gaps[list[i].Source]
		o.Sources = append(o.Sources, Source{list[i], have[list[i].Source].Last, gap})
	}
	return o, nil
}

// Models reads what workers have learned. It reads the models, which may be megabytes.
func Models(ctx context.Context, l relay.Log) ([]Model, error) {
	heads, err := relay.Heads(ctx, l)
	if err != nil {
		return nil, failed(err)
	}
	list := []Model{}
	for _, x := range heads {
		list = append(list, Model{x.Partition, len(x.Marks), x.Size(), int64(x.Position)})
	}
	return list, nil
}

// Read reads the state of a log with the models, see [Sources].
func Read(ctx context.Context, l relay.Log, done relay.FollowerStatus, have map[string]store.Applied) (*Overview, error) {
	o, err := Sources(ctx, l, done, have)
	models, merr := Models(ctx, l)
	if err = errors.Join(err, merr); err != nil {
		return nil, err
	}
	o.Models = models
	return o, nil
}

func failed(err error) error { return fmt.Errorf("read the state of the hub: %w", err) }
