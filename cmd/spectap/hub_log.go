//go:build !nohub

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/relay/natslog"
)

// openHubLog connects to a hub. With retry it does not wait for a connection.
func openHubLog(ctx context.Context, h *hubFlags, retry bool, log *slog.Logger) (hubLog, error) {
	if strings.HasPrefix(h.address, spectapScheme) {
		return openRemoteLog(h)
	}
	a, err := natslog.ParseAddress(h.address)
	if err != nil {
		return nil, &misuse{fmt.Errorf("--db %w", err)}
	}
	l, err := natslog.Open(ctx, natslog.Config{Address: a, Creds: h.creds, CA: h.tlsCA, Retry: retry, Logger: log})
	if errors.Is(err, natslog.ErrUnreachable) {
		err = fmt.Errorf("%w: %w", errUnreachable, err)
	}
	if err != nil {
		return nil, hubHint(h, err)
	}
	return l, nil
}

// isTemporary reports whether connecting to a hub may succeed later.
func isTemporary(err error) bool {
	return errors.Is(err, natslog.ErrTemporary) || errors.Is(err, natslog.ErrUnreachable) || errors.Is(err, natslog.ErrNoTeam) || errors.Is(err, errUnreachable)
}

// isRefused reports whether a hub refuses the credentials. It may learn of them later.
func isRefused(err error) bool {
	return errors.Is(err, natslog.ErrRefused) || errors.Is(err, control.ErrDenied)
}

// checkSourceName returns an error unless a text can name a source.
func checkSourceName(name string) error { return natslog.CheckSourceName(name) }
