package page

import (
	"context"
	"log/slog"
	"os"
	"time"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/document"
	"github.com/spectap/spectap/cmd/spectap/cli/flows"
	"github.com/spectap/spectap/cmd/spectap/cli/gateway"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/mcptools/replay"
	"github.com/spectap/spectap/mcptools/spectools/credential"
	"github.com/spectap/spectap/page/api"
	"github.com/spectap/spectap/page/approvals"
	"github.com/spectap/spectap/page/call"
	"github.com/spectap/spectap/page/guard"
	"github.com/spectap/spectap/page/hub"
	"github.com/spectap/spectap/page/rules"
	"github.com/spectap/spectap/page/traffic"
	"github.com/spectap/spectap/page/wire"
)

// panels returns the panels of the page. Their background work ends with ctx.
func panels(ctx context.Context, p *cli.Program, f *Flags, st *control.Lease, log *slog.Logger) ([]wire.Panel, error) {
	red, err := p.ReadingRedactor(ctx, st)
	if err != nil {
		return nil, err
	}
	by, err := cli.ThisUser()
	if err != nil {
		return nil, err
	}
	upstreamTLS, err := f.Trust.TLS()
	if err != nil {
		return nil, err
	}
	trust, err := gateway.AuditTrust(p, f.auditKeys, nil)
	if err != nil {
		return nil, err
	}
	corrections, err := document.CorrectionsFile(p, true)
	if err != nil {
		return nil, err
	}
	key, err := gateway.ReadApprovalKey(f.approvalKey)
	if err != nil {
		return nil, err
	}
	docs := catalog.NewBackground(ctx, p.NewCatalog(st, catalog.SaveLarge))
	return []wire.Panel{
		traffic.Panel(traffic.Config{Store: st, Documents: docs, Redact: red, Version: cli.Version(), Recorder: f.Recorder, Log: log}),
		api.Panel(api.Config{Store: st, Documents: docs, Redact: red, Corrections: corrections, Given: given(p, f.document),
			LastExport: func(host string) ([]byte, time.Time, error) { return document.LastExport(p, host) },
			Exported:   func(ctx context.Context, d *catalog.Document) { document.KeepDocument(ctx, p, d, nil) }}),
		call.Panel(call.Config{
			Store: st, Documents: docs, Redact: red, Log: log,
			Person:      replay.Person{TLS: upstreamTLS, AllowPrivate: f.allowPrivate},
			Record:      func(ctx context.Context, f flow.Flow) (flow.Seq, error) { return flows.AppendOwn(ctx, p, st, f) },
			Environment: credential.Environment{Get: os.Getenv, NamedOnly: true},
		}),
		approvals.Panel(approvals.Config{Book: f.approvals, Key: key, By: by}),
		guard.Panel(guard.Config{
			Grants: f.grants, Pins: f.pins, Audit: f.audit, Trust: trust, By: by, Policy: f.policy, Store: st, Redact: red, Guards: f.guards,
		}),
		hub.Panel(hubPanel(p, f, st)),
		rules.Panel(rules.Config{Store: st}),
	}, nil
}

// hubPanel configures the panel Hub.
func hubPanel(p *cli.Program, f *Flags, st *control.Lease) hub.Config {
	c := hub.Config{Store: st}
	switch {
	case f.Sending != nil:
		c.Address, c.Sending = f.Sending.Address, f.Sending.Forwarder.Status
	case p.Hub != nil:
		c.Address, c.Log, c.Done = p.Hub.Address, p.Hub.Log, p.Hub.Status
	}
	return c
}

// given returns the document that --document names, or nil.
func given(p *cli.Program, path string) *api.Given {
	if path == "" {
		return nil
	}
	return &api.Given{Path: path, Read: func(ctx context.Context) ([]byte, error) {
		r, err := p.ReadWhole(ctx, path, "")
		if err != nil {
			return nil, err
		}
		return r.Text, nil
	}}
}
