package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/mcptools/replay"
	"github.com/spectap/spectap/mcptools/spectools/credential"
	"github.com/spectap/spectap/page/api"
	"github.com/spectap/spectap/page/approvals"
	"github.com/spectap/spectap/page/call"
	"github.com/spectap/spectap/page/guard"
	"github.com/spectap/spectap/page/hub"
	"github.com/spectap/spectap/page/traffic"
	"github.com/spectap/spectap/page/wire"
)

// panels returns the panels of the page. Their background work ends with ctx.
func (p *program) panels(ctx context.Context, f *uiFlags, st *control.Lease, log *slog.Logger) ([]wire.Panel, error) {
	red, err := p.redactor(ctx, st)
	if err != nil {
		return nil, err
	}
	by, err := thisUser()
	if err != nil {
		return nil, err
	}
	upstreamTLS, err := f.trust.tls()
	if err != nil {
		return nil, err
	}
	trust, err := p.auditTrust(f.auditKeys, nil)
	if err != nil {
		return nil, err
	}
	corrections, err := p.correctionsFile(true)
	if err != nil {
		return nil, err
	}
	key, err := readApprovalKey(f.approvalKey)
	if err != nil {
		return nil, err
	}
	docs := catalog.NewBackground(ctx, p.newCatalog(st, catalog.SaveLarge))
	return []wire.Panel{
		traffic.Panel(traffic.Config{Store: st, Documents: docs, Redact: red, Version: version(), Recorder: f.recorder, Log: log}),
		api.Panel(api.Config{Store: st, Documents: docs, Redact: red, Corrections: corrections, Given: p.given(f.document),
			LastExport: p.lastExport, Exported: p.keepDocument}),
		call.Panel(call.Config{
			Store: st, Documents: docs, Redact: red, Log: log,
			Person:      replay.Person{Name: by, TLS: upstreamTLS, AllowPrivate: f.allowPrivate},
			Record:      func(ctx context.Context, f flow.Flow) (flow.Seq, error) { return p.appendOwn(ctx, st, f) },
			Environment: credential.Environment{Get: os.Getenv, NamedOnly: true},
		}),
		approvals.Panel(approvals.Config{Book: f.approvals, Key: key, By: by}),
		guard.Panel(guard.Config{Grants: f.grants, Pins: f.pins, Audit: f.audit, Trust: trust, By: by}),
		hub.Panel(p.hubPanel(f, st)),
	}, nil
}

// hubPanel configures the panel Hub.
func (p *program) hubPanel(f *uiFlags, st *control.Lease) hub.Config {
	c := hub.Config{Store: st}
	switch {
	case f.sending != nil:
		c.Address, c.Sending = f.sending.address, f.sending.forwarder.Status
	case p.hub != nil:
		c.Address, c.Log, c.Done = p.hub.flags.address, p.hub.log, p.hub.status
	case p.remote != nil:
		c.Address = p.remote.address
	}
	return c
}

// given returns the document that --document names, nil for none.
func (p *program) given(path string) *api.Given {
	if path == "" {
		return nil
	}
	return &api.Given{Path: path, Read: func() ([]byte, error) { return readFile(path, maxInput) }}
}
