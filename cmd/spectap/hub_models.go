package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/relay"
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

// useModels gives a command without a copy the facts of the workers, and reports whether it could:
// to copy the whole log takes much longer.
func (f *hubCopy) useModels(ctx context.Context, p *program, l hubLog, log *slog.Logger) bool {
	if _, err := os.Stat(p.global.db); err == nil {
		return false
	}
	models, err := relay.Learned(ctx, l, func() relay.Model { return infer.New() })
	if err != nil {
		log.Debug("the models of the workers are not used", "err", err)
		return false
	}
	facts := catalog.Facts{Model: infer.New()}
	for _, m := range models {
		facts.Model.Merge(m.(*infer.Model))
	}
	p.hub.facts = &facts
	return true
}
