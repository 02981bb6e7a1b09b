package hub

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/store"
)

// ImportName is the default name of the source of imports.
const ImportName = "import"

// newHubImport begins an import at a hub. Each import has its own source.
func newHubImport(l relay.Log, name string, prepare func(*flow.Flow), log *slog.Logger) (*relay.Importer, string) {
	id := make([]byte, 8)
	rand.Read(id)
	source := name + "." + hex.EncodeToString(id)
	return relay.NewImporter(relay.ImporterConfig{Log: l, Source: source, Prepare: prepare, Logger: log}), source
}

// hubStore is a local copy of the log of a hub. Changes go to the hub, and reach the copy from
// there.
type hubStore struct {
	control.Store
	hub     *cli.HubView
	prepare func(*flow.Flow) // or nil
	log     *slog.Logger
}

// OpenToChange is open for a command that imports, appends or deletes flows. With a hub as --db,
// the changes go there.
func OpenToChange(p *cli.Program, o store.Options) (control.Store, error) {
	st, err := p.Open(o)
	if err != nil || p.Hub == nil || o.ReadOnly {
		return st, err
	}
	h := &hubStore{Store: st, hub: p.Hub}
	if h.log, err = p.Logger(); err == nil && cli.IsRemote(p.Hub.Address) {
		red, rerr := p.Redactor(context.Background(), st)
		if err = rerr; err == nil {
			h.prepare, _ = prepareFor(red)
		}
	}
	if err != nil {
		st.Close()
		return nil, err
	}
	return h, nil
}

// SettleTime limits the time that a change waits for the copy.
const SettleTime = 10 * time.Second

// settle waits until the copy has a change. After SettleTime it returns; the copy then gets the
// change later.
func (h *hubStore) settle(ctx context.Context, has func(store.Stat) bool) error {
	ctx, cancel := context.WithTimeout(ctx, SettleTime)
	defer cancel()
	if db, ok := h.Store.(*store.DB); ok { // no process follows the hub at present
		f, err := relay.NewFollower(ctx, relay.FollowerConfig{Store: db, Log: h.hub.Log, Logger: h.log})
		if err != nil {
			return err
		}
		if err := f.CatchUp(ctx); ctx.Err() == nil {
			return err
		}
		return nil
	}
	for {
		st, err := h.Stat(ctx)
		if err == nil && has(st) || ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		pause.For(ctx, 50*time.Millisecond)
	}
}

// Import implements [store.Importer].
func (h *hubStore) Import(_ context.Context, source string) (store.Import, error) {
	im, name := newHubImport(h.hub.Log, ImportName, h.prepare, h.log)
	return &hubImport{Importer: im, h: h, source: source, name: name}, nil
}

// hubImport is an import at a hub. Its commit returns when the copy has the flows.
type hubImport struct {
	*relay.Importer
	h      *hubStore
	source string // of flows without one
	name   string // of the import at the hub
	flows  int
}

// Append implements [store.Import].
func (im *hubImport) Append(ctx context.Context, fs ...flow.Flow) error {
	for i := range fs {
		fs[i].Source = cmp.Or(fs[i].Source, im.source)
	}
	im.flows += len(fs)
	return im.h.hub.Hint(im.Importer.Append(ctx, fs...))
}

// Commit implements [store.Import].
func (im *hubImport) Commit(ctx context.Context) error {
	if err := im.Importer.Commit(ctx); err != nil {
		return im.h.hub.Hint(err)
	}
	if im.flows == 0 {
		return nil // the copy gets nothing
	}
	return im.h.settle(ctx, func(st store.Stat) bool { return st.Sources[im.name].Last > 0 })
}

// Append implements [store.Appender]: it imports the flows.
func (h *hubStore) Append(ctx context.Context, fs ...flow.Flow) (flow.Seq, error) {
	for i := range fs {
		if fs[i].ID == (flow.ID{}) {
			fs[i].ID = flow.NewID()
		}
	}
	im, err := h.Import(ctx, "")
	if err == nil {
		err = im.Append(ctx, fs...)
	}
	if err == nil {
		err = im.Commit(ctx)
	}
	if err != nil || len(fs) == 0 {
		return 0, err
	}
	last := fs[len(fs)-1].ID
	for f, err := range h.Scan(ctx, store.Query{Newest: true, Limit: 1000, NoBodies: true}) {
		if err != nil || f.ID == last {
			return f.Last, err
		}
	}
	return 0, fmt.Errorf("the hub has the flow, and the copy not yet: %w", store.ErrNotFound)
}

// Delete implements [store.Pruner].
func (h *hubStore) Delete(ctx context.Context, q store.Query) (int, error) {
	var d relay.Deletion
	q.NoBodies = true
	for f, err := range h.Scan(ctx, q) {
		if err != nil {
			return 0, err
		}
		d.Add(&f)
	}
	if d.Len() == 0 {
		return 0, nil
	}
	before, err := h.Stat(ctx)
	if err != nil {
		return 0, err
	}
	if err := relay.Delete(ctx, h.hub.Log, d); err != nil {
		return 0, h.hub.Hint(err)
	}
	return d.Len(), h.settle(ctx, func(st store.Stat) bool { return st.Deletions >= before.Deletions+uint64(d.Entries()) })
}

// Importing are the flags with which import reaches a hub.
type Importing struct {
	Forwarding
	Closers []func() error
}

// AddFlags adds the flags of a hub for a command that imports.
func (f *Importing) AddFlags(cmd *cobra.Command) {
	f.Flags.addFlags(cmd, "at the end, wait until a worker has the flows")
	s := cmd.Flags()
	s.StringVar(&f.Source, "source", "", "with --db nats://…: the `name` of the source of these flows (default: "+ImportName+")")
	s.StringVar(&f.Spool, "spool", "", "with a hub on another machine: secrets are replaced with the key in this `file` (default: one in "+
		cli.Shorten(DefaultSpools())+" for each source)")
	s.BoolVar(&f.NoRedact, "no-redact", false, "with a hub on another machine: send secrets as they are")
	cli.Annotate(cmd, annotationHub)
}

// Begin begins an import at the hub.
func (f *Importing) Begin(ctx context.Context, p *cli.Program) (store.Import, error) {
	log, err := p.Logger()
	if err != nil {
		return nil, err
	}
	var prepare func(*flow.Flow)
	if cli.IsRemote(f.Address) && !f.NoRedact {
		if prepare, err = f.redaction(ctx, p); err != nil {
			return nil, err
		}
	}
	l, err := f.connect(ctx, p, log, 0)
	if err != nil {
		return nil, err
	}
	f.Closers = append(f.Closers, l.Close)
	im, name := newHubImport(l, f.Source, prepare, log)
	if !f.Wait {
		return im, nil
	}
	return &awaitedImport{im, func(ctx context.Context) error { return relay.AwaitMark(ctx, l, name) }}, nil
}

// redaction returns the function that redacts secrets with the key of a spool. A proxy of the same
// source may have the spool open.
func (f *Importing) redaction(ctx context.Context, p *cli.Program) (func(*flow.Flow), error) {
	st, err := p.Open(store.Options{Create: true})
	if err != nil {
		return nil, err
	}
	defer st.Close()
	red, err := p.Redactor(ctx, st)
	if err != nil {
		return nil, err
	}
	stat, err := st.Stat(ctx)
	if err != nil {
		return nil, err
	}
	if err := red.Used().LearnUpTo(stat.Last); err != nil { // while the spool is open
		return nil, err
	}
	prepare, _ := prepareFor(red)
	return prepare, nil
}

// awaitedImport is an import that waits after its commit.
type awaitedImport struct {
	store.Import
	await func(context.Context) error
}

func (im *awaitedImport) Commit(ctx context.Context) error {
	if err := im.Import.Commit(ctx); err != nil {
		return err
	}
	if err := im.await(ctx); err != nil {
		return fmt.Errorf("the flows are imported; wait for a worker: %w", err)
	}
	return nil
}
