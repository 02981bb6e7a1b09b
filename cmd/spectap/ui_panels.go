package main

import (
	"context"
	"fmt"
	"log/slog"
	"os/user"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/page/api"
	"github.com/spectap/spectap/page/approvals"
	"github.com/spectap/spectap/page/traffic"
	"github.com/spectap/spectap/page/wire"
)

// panels returns the panels of the page. Their background work ends with ctx.
func (p *program) panels(ctx context.Context, f *uiFlags, st *control.Lease, log *slog.Logger) ([]wire.Panel, error) {
	red, err := p.redactor(ctx, st)
	if err != nil {
		return nil, err
	}
	by := ""
	if f.approvals != "" {
		u, err := user.Current()
		if err != nil {
			return nil, fmt.Errorf("find out who decides: %w", err)
		}
		by = approval.User(u.Username)
	}
	corrections, err := p.correctionsFile(true)
	if err != nil {
		return nil, err
	}
	docs := catalog.NewBackground(ctx, p.newCatalog(st, catalog.SaveLarge))
	return []wire.Panel{
		traffic.Panel(traffic.Config{Store: st, Documents: docs, Redact: red, Version: version(), Log: log}),
		api.Panel(api.Config{Store: st, Documents: docs, Redact: red, Corrections: corrections}),
		approvals.Panel(approvals.Config{Book: f.approvals, By: by}),
	}, nil
}
