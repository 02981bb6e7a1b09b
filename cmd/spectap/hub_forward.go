package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/adrg/xdg"
	"github.com/spf13/cobra"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/store"
)

// forwarding sends the flows of a tap to a hub. Its flows are recorded in the spool first.
type forwarding struct {
	hubFlags
	spool    string
	source   string
	noRedact bool

	p         *program
	db        *store.DB // the spool
	log       hubLog
	forwarder *relay.Forwarder
	cancel    context.CancelFunc
	ended     chan struct{} // is closed when nothing is sent any more
	failed    error         // why sending ended early, or nil; read once ended is closed
}

func (f *forwarding) addFlags(cmd *cobra.Command) {
	f.hubFlags.addFlags(cmd, "at the end, wait until the hub has all flows")
	s := cmd.Flags()
	s.StringVar(&f.spool, "spool", "", "with a hub as --db: record to this `file`, from which flows are sent (default: one in "+
		shorten(defaultSpools())+" for each source)")
	s.StringVar(&f.source, "source", "", "with a hub as --db: the `name` of this proxy at the hub (default: the name of the machine)")
	s.BoolVar(&f.noRedact, "no-redact", false, "with a hub on another machine: send secrets as they are")
	annotate(cmd, annotationHub)
}

func defaultSpools() string { return filepath.Join(xdg.DataHome, "spectap", "spools") }

// on reports whether there is a hub.
func (f *forwarding) on() bool { return f.address != "" }

// take takes the address of a hub from --db, which becomes the file of the spool.
func (f *forwarding) take(p *program, cmd *cobra.Command) error {
	ok, err := f.hubFlags.take(p, cmd)
	if err != nil || !ok {
		return err
	}
	if f.source == "" {
		name, err := os.Hostname()
		if err != nil {
			return &hint{fmt.Errorf("find the name of this machine: %w", err), "--source NAME"}
		}
		f.source, _, _ = strings.Cut(name, ".")
	}
	if err := checkSourceName(f.source); err != nil {
		return usagef(cmd, "--source %q: %w", f.source, err)
	}
	if f.spool == "" {
		f.spool = filepath.Join(defaultSpools(), f.source+".db")
	}
	p.global.db = f.spool
	return nil
}

// start begins to send what is in the spool, and what is recorded later.
func (f *forwarding) start(p *program, db *store.DB, keep bool, flush func(context.Context), log *slog.Logger) error {
	f.p, f.db = p, db
	ctx := context.Background()
	key, err := db.Secret(ctx)
	if err != nil {
		return fmt.Errorf("read the spool's secret: %w", err)
	}
	if !keep {
		st, err := db.Stat(ctx)
		if err == nil && !st.Spool {
			err = db.SetSent(ctx, 0) // from now on, retention drops nothing that the hub does not have
		}
		if err != nil {
			return fmt.Errorf("make %s a spool: %w", f.spool, err)
		}
	}
	if f.log, err = openHubLog(ctx, &f.hubFlags, true, log); err != nil {
		return err
	}
	cfg := relay.ForwarderConfig{
		Spool: relay.NewSpool(db, keep), Log: f.log, Source: f.source + "." + incarnation(key), Flush: flush, Logger: log,
	}
	if isRemote(f.address) && !f.noRedact {
		red, err := p.redactor(ctx, db)
		if err != nil {
			return err
		}
		cfg.Prepare, cfg.PrepareSession = prepareFor(red)
	}
	if f.forwarder, err = relay.NewForwarder(cfg); err != nil {
		return err
	}
	ctx, f.cancel = context.WithCancel(ctx)
	f.ended = make(chan struct{})
	go func() {
		defer close(f.ended)
		if f.failed = f.forwarder.Run(ctx); f.failed != nil {
			log.Error("nothing is sent to the hub any more", "err", f.failed)
		}
	}()
	return nil
}

// incarnation returns a name of a spool's file, which differs between files: numbers begin again in
// a new file.
func incarnation(secret []byte) string {
	sum := sha256.Sum256(append([]byte("spectap relay source\x00"), secret...))
	return hex.EncodeToString(sum[:8])
}

// prepareFor returns what removes the secrets of flows and sessions.
func prepareFor(red *redact.Redactor) (func(*flow.Flow), func(*store.Session)) {
	return func(f *flow.Flow) { *f = red.Forwarded(*f) }, func(s *store.Session) { s.Command = []string{shownCommand(red, s.Command)} }
}

// sendTime limits how long the end of a command waits for the hub without --wait.
const sendTime = 10 * time.Second

// sendRest waits until everything is sent, or nothing is any more, or the hub refuses the
// credentials.
func (f *forwarding) sendRest(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-f.ended:
			cancel(nil)
		case <-ctx.Done():
		}
	}()
	go func() {
		for {
			if _, err := f.log.Newest(ctx, f.forwarder.Status().Source); isRefused(err) {
				cancel(fmt.Errorf("%w: %w", relay.ErrDenied, err))
			}
			if pause.For(ctx, time.Second) != nil {
				return
			}
		}
	}()
	err := f.forwarder.Wait(ctx, false)
	if cause := context.Cause(ctx); err != nil && errors.Is(cause, relay.ErrDenied) {
		return cause
	}
	return err
}

// stop sends what is left, and says what the spool keeps.
func (f *forwarding) stop(ctx context.Context) error {
	if f.forwarder == nil {
		return nil
	}
	if !f.wait {
		bounded, cancel := context.WithTimeout(ctx, sendTime)
		defer cancel()
		ctx = bounded
	}
	err := f.sendRest(ctx)
	f.cancel()
	<-f.ended
	if f.failed != nil {
		err = f.failed // which ended the wait
	}
	err = errors.Join(err, f.log.Close())
	s := f.forwarder.Status()
	n := s.Lag()
	if st, serr := f.db.Stat(context.WithoutCancel(ctx)); serr == nil && s.Recorded == 0 { // there was no connection
		n = uint64(st.Last - min(st.Sent, st.Last))
	}
	if n > 0 {
		if s.Recorded == 0 && !errors.Is(err, relay.ErrDenied) {
			f.p.say("spectap: the hub %s was never reached", f.address)
		}
		f.p.say("spectap: not sent yet: %s in %s; the next proxy with this --spool sends them", plural(int(n), "record"), shorten(f.spool))
		if errors.Is(err, context.DeadlineExceeded) {
			return nil
		}
	}
	return hubHint(&f.hubFlags, err)
}
