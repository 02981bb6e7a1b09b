package main

import (
	"context"
	"log/slog"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/page/traffic"
	"github.com/spectap/spectap/page/wire"
)

// panels returns the panels of the page. Their background work ends with ctx.
func (p *program) panels(ctx context.Context, st *control.Lease, log *slog.Logger) ([]wire.Panel, error) {
	red, err := p.redactor(ctx, st)
	if err != nil {
		return nil, err
	}
	docs := catalog.NewBackground(ctx, p.newCatalog(st, catalog.SaveLarge))
	return []wire.Panel{
		traffic.Panel(traffic.Config{Store: st, Documents: docs, Redact: red, Version: version(), Log: log}),
	}, nil
}
