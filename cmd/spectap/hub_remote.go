//go:build !nohub

package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/natslog"
	"github.com/spectap/spectap/relay/storelog"
)

// remoteOf returns the server that an address of a hub without an engine names:
// spectap://HOST:PORT/TEAM.
func remoteOf(h *hubFlags) (control.Remote, error) {
	var r control.Remote
	hosts, team, _ := strings.Cut(strings.TrimPrefix(h.address, spectapScheme), "/")
	host, _, err := net.SplitHostPort(hosts)
	if err != nil || host == "" {
		return r, &misuse{fmt.Errorf("--db %q: must be spectap://HOST:PORT/TEAM", h.address)}
	}
	r.Address, r.Team = hosts, strings.TrimSuffix(team, "/")
	if err := natslog.CheckTeam(r.Team); err != nil {
		return r, &misuse{fmt.Errorf("--db %q: the team %w", h.address, err)}
	}
	if h.creds != "" {
		r.Sign = func(binding []byte) (string, []byte, error) { return natslog.Sign(h.creds, binding) }
	}
	if h.creds == "" && h.tlsCA == "" && isLoopback(host) {
		return r, nil // a hub without keys, on this machine
	}
	r.TLS = &tls.Config{ServerName: host, MinVersion: tls.VersionTLS13}
	if h.tlsCA != "" {
		pem, err := readFile(h.tlsCA, maxSettings)
		if err != nil {
			return r, fmt.Errorf("--tls-ca: %w", err)
		}
		if r.TLS.RootCAs = x509.NewCertPool(); !r.TLS.RootCAs.AppendCertsFromPEM(pem) {
			return r, &hint{fmt.Errorf("--tls-ca %s: the file has no certificate", h.tlsCA), "openssl x509 -in " + quoteArg(h.tlsCA) + " -noout -text"}
		}
	}
	return r, nil
}

// openRemote connects to a hub without an engine.
func openRemote(ctx context.Context, h *hubFlags, readOnly bool) (control.Store, error) {
	r, err := remoteOf(h)
	if err != nil {
		return nil, err
	}
	st, err := control.DialRemote(ctx, h.address, r, readOnly)
	return st, remoteHint(h, err)
}

// remoteHint adds a hint to an error of a hub without an engine.
func remoteHint(h *hubFlags, err error) error {
	switch {
	case errors.Is(err, control.ErrDenied) && h.creds == "":
		return &hint{err, "--creds FILE   # from: spectap hub key --dir DIR --team TEAM --reader"}
	case errors.Is(err, control.ErrDenied):
		return &hint{err, "spectap hub key   # makes credentials; those in " + quoteArg(h.creds) + " do not allow this"}
	case errors.Is(err, control.ErrNoOwner):
		return &hint{fmt.Errorf("%w: %w", errUnreachable, err), "spectap hub --listen HOST:PORT --dir DIR   # starts a hub; --tls-ca if it has TLS"}
	}
	return err
}

// remoteLog is the log of a hub without an engine.
type remoteLog struct {
	*storelog.Log
	st control.Store
}

// openRemoteLog returns the log of a hub, which need not be reachable.
func openRemoteLog(h *hubFlags) (hubLog, error) {
	r, err := remoteOf(h)
	if err != nil {
		return nil, err
	}
	st := control.NewRemote(h.address, r, false)
	l, err := storelog.New(st)
	if err != nil {
		st.Close()
		return nil, err
	}
	return &remoteLog{l, st}, nil
}

// Append implements [relay.Log]. Credentials that the hub knows, and that do not allow it, never
// will: the error is [relay.ErrDenied]. The hub may learn of others later.
func (l *remoteLog) Append(ctx context.Context, e *relay.Entry, after relay.Position) (relay.Position, error) {
	pos, err := l.Log.Append(ctx, e, after)
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
