//go:build !nohub

package hub

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/flagset"
	"github.com/spectap/spectap/internal/address"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/natslog"
)

// remoteOf returns the server that an address of a hub without an engine names:
// spectap://HOST:PORT/TEAM.
func remoteOf(h *Flags) (control.Remote, error) {
	var r control.Remote
	hosts, team, _ := strings.Cut(strings.TrimPrefix(h.Address, cli.SpectapScheme), "/")
	host, _, err := net.SplitHostPort(hosts)
	if err != nil || host == "" {
		return r, cli.Misusef("--db %q: must be spectap://HOST:PORT/TEAM", h.Address)
	}
	r.Address, r.Team = hosts, strings.TrimSuffix(team, "/")
	if err := natslog.CheckTeam(r.Team); err != nil {
		return r, cli.Misusef("--db %q: the team %w", h.Address, err)
	}
	if h.Creds != "" {
		r.Sign = func(binding []byte) (string, []byte, error) { return natslog.Sign(h.Creds, binding) }
	}
	if h.Creds == "" && h.TLSCA == "" && address.IsLoopback(host) {
		return r, nil // a hub without keys, on this machine
	}
	r.TLS = &tls.Config{ServerName: host, MinVersion: tls.VersionTLS13}
	if h.TLSCA != "" {
		r.TLS.RootCAs = x509.NewCertPool()
		return r, flagset.AddCAs(r.TLS.RootCAs, "--tls-ca", h.TLSCA)
	}
	return r, nil
}

// openRemote connects to a hub without an engine.
func openRemote(ctx context.Context, h *Flags, readOnly bool) (control.Store, error) {
	r, err := remoteOf(h)
	if err != nil {
		return nil, err
	}
	st, err := control.DialRemote(ctx, h.Address, r, readOnly)
	return st, remoteHint(h, err)
}

// remoteHint adds a hint to an error of a hub without an engine.
func remoteHint(h *Flags, err error) error {
	switch {
	case errors.Is(err, control.ErrDenied):
		return deniedHint(h, err)
	case errors.Is(err, control.ErrNoOwner):
		return Hint(h, fmt.Errorf("%w: %w", errUnreachable, err))
	}
	return err
}

// remoteLog is the log of a hub without an engine.
type remoteLog struct {
	*relay.StoreLog
	st control.Store
}

// OpenRemoteLog returns the log of a hub. The hub need not be reachable.
func OpenRemoteLog(h *Flags) (hubLog, error) {
	r, err := remoteOf(h)
	if err != nil {
		return nil, err
	}
	st := control.NewRemote(h.Address, r, false)
	return &remoteLog{relay.NewStoreLog(st), st}, nil
}

// Append implements [relay.Log]. If the hub knows the credentials and they do not allow the call,
// the error is final: [relay.ErrDenied]. Unknown credentials may be added to the hub later.
func (l *remoteLog) Append(ctx context.Context, e *relay.Entry, after relay.Position) (relay.Position, error) {
	pos, err := l.StoreLog.Append(ctx, e, after)
	if errors.Is(err, control.ErrDenied) {
		if _, merr := l.st.Marks(ctx); merr == nil {
			err = fmt.Errorf("%w: %w", relay.ErrDenied, err)
		}
	}
	return pos, err
}

// ID returns "": the store of a hub has no name.
func (l *remoteLog) ID() string { return "" }

// Connected reports whether the hub answers.
func (l *remoteLog) Connected() bool {
	_, err := l.st.Marks(context.Background())
	return err == nil
}

func (l *remoteLog) Close() error { return l.st.Close() }

// OpenLog connects to a hub. With retry it does not wait for a connection.
func OpenLog(ctx context.Context, h *Flags, retry bool, log *slog.Logger) (hubLog, error) {
	if strings.HasPrefix(h.Address, cli.SpectapScheme) {
		return OpenRemoteLog(h)
	}
	a, err := natslog.ParseAddress(h.Address)
	if err != nil {
		return nil, cli.Misusef("--db %w", err)
	}
	l, err := natslog.Open(ctx, natslog.Config{Address: a, Creds: h.Creds, CA: h.TLSCA, Retry: retry, Logger: log})
	if errors.Is(err, natslog.ErrUnreachable) {
		err = fmt.Errorf("%w: %w", errUnreachable, err)
	}
	if err != nil {
		return nil, Hint(h, err)
	}
	return l, nil
}

// isTemporary reports whether connecting to a hub may succeed later.
func isTemporary(err error) bool {
	return errors.Is(err, natslog.ErrTemporary) || errors.Is(err, natslog.ErrUnreachable) || errors.Is(err, natslog.ErrNoTeam) || errors.Is(err, errUnreachable)
}

// isRefused reports whether a hub refuses the credentials. They may be added to the hub later.
func isRefused(err error) bool {
	return errors.Is(err, natslog.ErrRefused) || errors.Is(err, control.ErrDenied)
}

// checkSourceName returns an error unless a text is a valid name of a source.
func checkSourceName(name string) error { return natslog.CheckSourceName(name) }
