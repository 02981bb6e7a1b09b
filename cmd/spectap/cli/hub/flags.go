package hub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/relay"
)

// Flags set how a command connects to a hub.
type Flags struct {
	Address string // of --db, "" without a hub
	Creds   string
	TLSCA   string
	Wait    bool
}

// addFlags adds the flags of a connection.
func (h *Flags) addFlags(cmd *cobra.Command, wait string) {
	f := cmd.Flags()
	defer cli.Under(f, cli.HeadHub)()
	f.StringVar(&h.Creds, "creds", "", "with a hub as --db: a `file` with the seed of an nkey, or with NATS credentials")
	f.StringVar(&h.TLSCA, "tls-ca", "", "with a hub as --db: connect with TLS, and trust the certificates in this `file`")
	if wait != "" {
		f.BoolVar(&h.Wait, "wait", false, "with a hub as --db: "+wait)
	}
}

// flagsOfHubs are the flags that have no effect without a hub.
var flagsOfHubs = []string{"creds", "tls-ca", "wait", "cache", "spool", "source", "no-redact"}

// take takes the address of a hub from --db. It reports whether there is one.
func (h *Flags) take(p *cli.Program, cmd *cobra.Command) (bool, error) {
	if !cli.IsHub(p.Global.DB) {
		for _, name := range flagsOfHubs {
			if f := cmd.Flags().Lookup(name); f != nil && f.Changed {
				return false, cli.Usagef(cmd, "--%s needs --db nats://HOST:PORT/TEAM", name)
			}
		}
		return false, nil
	}
	if len(p.Global.MoreDBs) > 0 {
		return false, cli.Usagef(cmd, "--db %s is a hub, and the only --db then", p.Global.DB)
	}
	h.Address = p.Global.DB
	return true, nil
}

// hubLog is a team's log at a hub.
type hubLog interface {
	relay.Log
	ID() string // of the log, "" if it is not known
	Connected() bool
	Close() error
}

// Hint adds a hint to an error of a hub.
func Hint(h *Flags, err error) error {
	switch {
	case err == nil, errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, relay.ErrForeignSpool):
		return cli.WithHint(err, "another --spool file: this one is an old copy, or a second one of the same name records")
	case errors.Is(err, relay.ErrVersion):
		return cli.WithHint(err, "spectap version   # a newer version wrote to the hub: update this one")
	case errors.Is(err, relay.ErrDenied):
		return deniedHint(h, err)
	case errors.Is(err, errUnreachable):
		return cli.WithHint(err, "spectap hub --jetstream --listen HOST:PORT --dir DIR   # starts a hub; --tls-ca if it has TLS")
	}
	return err
}

// deniedHint adds a hint to the error of a hub that refuses a caller.
func deniedHint(h *Flags, err error) error {
	if h.Creds == "" {
		return cli.WithHint(err, "--creds FILE   # from: spectap hub key --dir DIR --team TEAM")
	}
	return cli.WithHint(err, "spectap hub key   # makes credentials; those in "+cli.QuoteArg(h.Creds)+" do not allow this")
}

// errUnreachable means that no server of a hub answers.
var errUnreachable = errors.New("no server answers")

// electionTime exceeds the time of a leader election between the nodes of a hub, during which they
// do not answer.
const electionTime = 30 * time.Second

// connect connects to a hub. It retries during elections, when nodes have no streams, and for a
// limited time if no node answers. With --wait it retries without a limit.
func (h *Flags) connect(ctx context.Context, p *cli.Program, log *slog.Logger, patience time.Duration) (hubLog, error) {
	start, reported := time.Now(), false
	for {
		l, err := OpenLog(ctx, h, false, log)
		if err == nil || !isTemporary(err) || ctx.Err() != nil {
			return l, err
		}
		limit := electionTime
		if errors.Is(err, errUnreachable) {
			limit = patience
		}
		if !h.Wait && time.Since(start) >= limit {
			return nil, err
		}
		if !reported && (limit == patience || time.Since(start) > SayAfter) {
			reported = true
			fmt.Fprintf(p.Stderr, "spectap: %v; tried again\n", err)
		}
		if err := pause.For(ctx, 500*time.Millisecond); err != nil {
			return nil, err
		}
	}
}
