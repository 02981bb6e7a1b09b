package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/store"
)

// annotationModels marks commands that need no flows of a hub, but what was learned of them.
const annotationModels = "hub-models"

// flagsOfFlows are the flags with which such a command needs flows nevertheless.
var flagsOfFlows = []string{"report", "limit", "since", "session", "tag", "flow-tags", "watch", "wait"}

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

// useModels gives a command without a copy the facts of the workers, and reports whether it could:
// to copy the whole log takes much longer.
func (f *hubCopy) useModels(ctx context.Context, p *program, l hubLog, log *slog.Logger) bool {
	if _, err := os.Stat(p.global.db); err == nil {
		return false
	}
	learned, err := relay.Learned(ctx, l, func() relay.Model { return infer.New() })
	if err != nil {
		log.Debug("the models of the workers are not used", "err", err)
		return false
	}
	p.hub.facts = &catalog.Facts{Model: mergeModels(learned.Models)}
	return true
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
