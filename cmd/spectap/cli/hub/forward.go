package hub

import (
	"cmp"
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

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/store"
)

// Forwarding sends the flows of a tap to a hub. Its flows are recorded in the spool first.
type Forwarding struct {
	Flags
	Spool    string
	Source   string
	NoRedact bool

	p         *cli.Program
	db        *store.DB // the spool
	log       hubLog
	Forwarder *relay.Forwarder
	Cancel    context.CancelFunc
	Ended     chan struct{} // closed when sending has ended
	failed    error         // why sending ended early, or nil; valid once Ended is closed
}

// AddFlags adds the flags of a hub for a command that records.
func (f *Forwarding) AddFlags(cmd *cobra.Command) {
	f.Flags.addFlags(cmd, "at the end, wait until the hub has all flows")
	s := cmd.Flags()
	defer cli.Under(s, cli.HeadHub)()
	s.StringVar(&f.Spool, "spool", "", "with a hub as --db: record to this `file`, from which flows are sent (default: one in "+
		cli.Shorten(DefaultSpools())+" for each source)")
	s.StringVar(&f.Source, "source", "", "with a hub as --db: the `name` of this proxy at the hub (default: the name of the machine)")
	s.BoolVar(&f.NoRedact, "no-redact", false, "with a hub on another machine: send secrets as they are")
	cli.Annotate(cmd, annotationHub)
}

// DefaultSpools returns the folder of spools without --spool.
func DefaultSpools() string { return filepath.Join(xdg.DataHome, "spectap", "spools") }

// On reports whether there is a hub.
func (f *Forwarding) On() bool { return f.Address != "" }

// Take takes the address of a hub from --db, and sets --db to the file of the spool.
func (f *Forwarding) Take(p *cli.Program, cmd *cobra.Command) error {
	ok, err := f.Flags.take(p, cmd)
	if err != nil || !ok {
		return err
	}
	if f.Source == "" {
		name, err := os.Hostname()
		if err != nil {
			return cli.WithHint(fmt.Errorf("find the name of this machine: %w", err), "--source NAME")
		}
		f.Source, _, _ = strings.Cut(name, ".")
	}
	if err := checkSourceName(f.Source); err != nil {
		return cli.Usagef(cmd, "--source %q: %w", f.Source, err)
	}
	f.Spool = cmp.Or(f.Spool, filepath.Join(DefaultSpools(), f.Source+".db"))
	p.Global.DB = f.Spool
	return nil
}

// Start starts to send the records in the spool and those recorded later.
func (f *Forwarding) Start(p *cli.Program, db *store.DB, keep bool, flush func(context.Context), log *slog.Logger) error {
	f.p, f.db = p, db
	ctx := context.Background()
	key, err := db.Secret(ctx)
	if err != nil {
		return fmt.Errorf("read the spool's secret: %w", err)
	}
	if !keep {
		st, err := db.Stat(ctx)
		if err == nil && !st.Spool {
			err = db.SetSent(ctx, 0) // from now on, retention keeps records that the hub does not have
		}
		if err != nil {
			return fmt.Errorf("make %s a spool: %w", f.Spool, err)
		}
	}
	if f.log, err = OpenLog(ctx, &f.Flags, true, log); err != nil {
		return err
	}
	// Numbers begin again in a new file, which is another source.
	sum := sha256.Sum256(append([]byte("spectap relay source\x00"), key...))
	cfg := relay.ForwarderConfig{
		Spool: relay.NewSpool(db, keep), Log: f.log, Source: f.Source + "." + hex.EncodeToString(sum[:8]), Flush: flush, Logger: log,
	}
	if cli.IsRemote(f.Address) && !f.NoRedact {
		red, err := p.Redactor(ctx, db)
		if err != nil {
			return err
		}
		cfg.Prepare, cfg.PrepareSession = prepareFor(red)
	}
	f.Forwarder = relay.NewForwarder(cfg)
	ctx, f.Cancel = context.WithCancel(ctx)
	f.Ended = make(chan struct{})
	go func() {
		defer close(f.Ended)
		if f.failed = f.Forwarder.Run(ctx); f.failed != nil {
			log.Error("nothing is sent to the hub any more", "err", f.failed)
		}
	}()
	return nil
}

// prepareFor returns the functions that redact flows and sessions.
func prepareFor(red *redact.Redactor) (func(*flow.Flow), func(*store.Session)) {
	return func(f *flow.Flow) { *f = red.Forwarded(*f) }, func(s *store.Session) { s.Command = []string{cli.ShownCommand(red, s.Command)} }
}

// SendTime limits the time that a command without --wait waits for the hub at its end.
const SendTime = 10 * time.Second

// sendRest waits until everything is sent, sending has ended, or the hub refuses the credentials.
func (f *Forwarding) sendRest(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-f.Ended:
			cancel(nil)
		case <-ctx.Done():
		}
	}()
	go func() {
		for {
			if _, err := f.log.Newest(ctx, f.Forwarder.Status().Source); isRefused(err) {
				cancel(fmt.Errorf("%w: %w", relay.ErrDenied, err))
			}
			if pause.For(ctx, time.Second) != nil {
				return
			}
		}
	}()
	err := f.Forwarder.Wait(ctx, false)
	if cause := context.Cause(ctx); err != nil && errors.Is(cause, relay.ErrDenied) {
		return cause
	}
	return err
}

// Stop sends the remaining records, and prints how many stay in the spool.
func (f *Forwarding) Stop(ctx context.Context) error {
	if f.Forwarder == nil {
		return nil
	}
	if !f.Wait {
		bounded, cancel := context.WithTimeout(ctx, SendTime)
		defer cancel()
		ctx = bounded
	}
	err := f.sendRest(ctx)
	f.Cancel()
	<-f.Ended
	if f.failed != nil {
		err = f.failed // which ended the wait
	}
	err = errors.Join(err, f.log.Close())
	s := f.Forwarder.Status()
	n := s.Lag()
	if st, serr := f.db.Stat(context.WithoutCancel(ctx)); serr == nil && s.Recorded == 0 { // there was no connection
		n = uint64(st.Last - min(st.Sent, st.Last))
	}
	if n > 0 {
		if s.Recorded == 0 && !errors.Is(err, relay.ErrDenied) {
			f.p.Say("spectap: the hub %s was never reached", f.Address)
		}
		f.p.Say("spectap: not sent yet: %s in %s; the next proxy with this --spool sends them", cli.Plural(int(n), "record"), cli.Shorten(f.Spool))
		if errors.Is(err, context.DeadlineExceeded) {
			return nil
		}
	}
	return Hint(&f.Flags, err)
}
