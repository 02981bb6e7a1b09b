package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/days"
	"github.com/spectap/spectap/store"
)

// annotationModels marks commands that need no flows of a hub, but what was learned of them.
const annotationModels = "hub-models"

// flagsOfFlows are the flags with which such a command needs flows nevertheless.
var flagsOfFlows = []string{"report", "limit", "session", "tag", "flow-tags", "watch", "wait"}

// needsModels reports whether a command needs only what was learned.
func needsModels(cmd *cobra.Command) bool {
	for _, name := range flagsOfFlows {
		if f := cmd.Flags().Lookup(name); f != nil && f.Changed {
			return false
		}
	}
	_, ok := cmd.Annotations[annotationModels]
	return ok
}

// wholeDays is the age from which flows are selected by the day: models of workers are of days.
const wholeDays = 48 * time.Hour

// sinceOf returns the value of --since, nil if flows answer it and not the models of days.
func sinceOf(cmd *cobra.Command) *time.Time {
	f := cmd.Flags().Lookup("since")
	if f == nil || !f.Changed {
		return nil
	}
	since, ok := f.Value.(sinceFlag)
	if !ok || !since.at.Equal(days.Of(*since.at).Start()) && time.Since(*since.at) < wholeDays {
		return nil
	}
	return since.at
}

// behind is how long a command waits for workers that have not obeyed a deletion yet.
const behind = 5 * time.Second

// useModels gives a command the facts of the workers, and reports whether it could: to copy the
// whole log takes much longer, and it lacks what expired. A copy that exists is used, except with
// --since: its flows may not reach back so far.
func (f *hubCopy) useModels(ctx context.Context, p *program, l hubLog, log *slog.Logger) bool {
	if _, err := os.Stat(p.global.db); err == nil && f.since == nil {
		return false
	}
	facts, err := f.learned(ctx, l)
	for start := time.Now(); errors.Is(err, relay.ErrDeleted) && time.Since(start) < behind && pause.For(ctx, time.Second/4) == nil; {
		facts, err = f.learned(ctx, l)
	}
	switch {
	case errors.Is(err, days.ErrTooOld):
		fmt.Fprintf(p.stderr, "spectap: %v by the workers: the document is of the flows that the hub still has\n", err)
		return false
	case err != nil:
		log.Debug("the models of the workers are not used", "err", err)
		return false
	}
	p.hub.facts = facts
	return true
}

// learned returns the facts of the workers, which are of whole days with --since.
func (f *hubCopy) learned(ctx context.Context, l hubLog) (*catalog.Facts, error) {
	newModel := func() relay.Model { return infer.New() }
	if f.since == nil {
		facts, err := relay.Learned(ctx, l, newModel)
		if err != nil {
			return nil, err
		}
		return &catalog.Facts{Model: mergeModels(facts.Models)}, nil
	}
	day := days.Of(*f.since)
	facts, err := relay.LearnedSince(ctx, l, newModel, day)
	if err != nil {
		return nil, err
	}
	*f.since = day.Start()
	return &catalog.Facts{Model: mergeModels(facts.Models), Since: *f.since}, nil
}

// startOf lets a new copy begin with the models of the workers, which may know flows that the hub
// no longer has.
func startOf(db *store.DB) *relay.Start {
	return &relay.Start{
		NewModel: func() relay.Model { return infer.New() },
		Save: func(ctx context.Context, models []relay.Model) error {
			return catalog.Adopt(ctx, db, mergeModels(models))
		},
	}
}

func mergeModels(list []relay.Model) *infer.Model {
	all := infer.New()
	for _, m := range list {
		all.Merge(m.(*infer.Model))
	}
	return all
}
