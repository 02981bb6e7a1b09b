package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/relay"
)

// natsScheme begins a --db that names a team's log at a hub.
const natsScheme = "nats://"

// spectapScheme begins a --db that names a team's store at a hub without an engine.
const spectapScheme = "spectap://"

// isHub reports whether --db is the address of a hub.
func isHub(db string) bool {
	return strings.HasPrefix(db, natsScheme) || strings.HasPrefix(db, spectapScheme)
}

// hasCredentials reports whether the address of a hub has a user or a token before an @.
func hasCredentials(db string) bool {
	hosts, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(db, natsScheme), spectapScheme), "/")
	return isHub(db) && strings.Contains(hosts, "@")
}

// hubFlags say how a command connects to a hub.
type hubFlags struct {
	address string // of --db, "" without a hub
	creds   string
	tlsCA   string
	wait    bool
}

// addFlags adds the flags of a connection.
func (h *hubFlags) addFlags(cmd *cobra.Command, wait string) {
	f := cmd.Flags()
	f.StringVar(&h.creds, "creds", "", "with a hub as --db: a `file` with the seed of an nkey, or with NATS credentials")
	f.StringVar(&h.tlsCA, "tls-ca", "", "with a hub as --db: connect with TLS, and trust the certificates in this `file`")
	if wait != "" {
		f.BoolVar(&h.wait, "wait", false, "with a hub as --db: "+wait)
	}
}

// flagsOfHubs are the flags that mean nothing without a hub.
var flagsOfHubs = []string{"creds", "tls-ca", "wait", "cache", "spool", "source", "no-redact"}

// take takes the address of a hub from --db. It reports whether there is one.
func (h *hubFlags) take(p *program, cmd *cobra.Command) (bool, error) {
	if !isHub(p.global.db) {
		for _, name := range flagsOfHubs {
			if f := cmd.Flags().Lookup(name); f != nil && f.Changed {
				return false, usagef(cmd, "--%s needs --db nats://HOST:PORT/TEAM, or spectap://…", name)
			}
		}
		return false, nil
	}
	if len(p.global.moreDBs) > 0 {
		return false, usagef(cmd, "--db %s is a hub, and the only --db then", p.global.db)
	}
	if f := cmd.Flags().Lookup("cache"); strings.HasPrefix(p.global.db, spectapScheme) {
		if f != nil && (f.Changed || h.wait) {
			return false, usagef(cmd, "--cache and --wait are for --db nats://…: a hub without JetStream is read as it is")
		}
	}
	h.address = p.global.db
	return true, nil
}

// hubLog is a team's log at a hub.
type hubLog interface {
	relay.Log
	ID() string // of the log, "" if it is not known
	Connected() bool
	Close() error
}

// isRemote reports whether an address names another machine. Flows are redacted before they go
// there.
func isRemote(address string) bool {
	hosts, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(address, natsScheme), spectapScheme), "/")
	for host := range strings.SplitSeq(hosts, ",") {
		if i := strings.LastIndex(host, ":"); i > 0 {
			host = host[:i]
		}
		if h := strings.Trim(host, "[]"); h != "localhost" && h != "::1" && !strings.HasPrefix(h, "127.") {
			return true
		}
	}
	return false
}

// hubHint adds a hint to an error of a hub.
func hubHint(h *hubFlags, err error) error {
	switch {
	case err == nil, errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, relay.ErrForeignSpool):
		return &hint{err, "another --spool file: this one is an old copy, or a second one of the same name records"}
	case errors.Is(err, relay.ErrVersion):
		return &hint{err, "spectap version   # a newer version wrote to the hub: update this one"}
	case errors.Is(err, relay.ErrDenied) && h.creds == "":
		return &hint{err, "--creds FILE   # from: spectap hub key --dir DIR --team TEAM"}
	case errors.Is(err, relay.ErrDenied):
		return &hint{err, "spectap hub key   # makes credentials; those in " + quoteArg(h.creds) + " do not allow this"}
	case errors.Is(err, errUnreachable):
		return &hint{err, "spectap hub --jetstream --listen HOST:PORT --dir DIR   # starts a hub; --tls-ca if it has TLS"}
	}
	return err
}

// errUnreachable means that no server of a hub answers.
var errUnreachable = errors.New("no server answers")

// electionTime is longer than nodes of a hub take to elect a leader, during which they do not
// answer.
const electionTime = 30 * time.Second

// connect connects to a hub. It bridges elections, during which nodes answer and have no streams,
// and for a time that no node answers; with --wait any outage.
func (h *hubFlags) connect(ctx context.Context, p *program, log *slog.Logger, patience time.Duration) (hubLog, error) {
	start, told := time.Now(), false
	for {
		l, err := openHubLog(ctx, h, false, log)
		if err == nil || !isTemporary(err) || ctx.Err() != nil {
			return l, err
		}
		limit := electionTime
		if errors.Is(err, errUnreachable) {
			limit = patience
		}
		if !h.wait && time.Since(start) >= limit {
			return nil, err
		}
		if !told && (limit == patience || time.Since(start) > sayAfter) {
			told = true
			fmt.Fprintf(p.stderr, "spectap: %v; tried again\n", err)
		}
		if err := pause.For(ctx, 500*time.Millisecond); err != nil {
			return nil, err
		}
	}
}
