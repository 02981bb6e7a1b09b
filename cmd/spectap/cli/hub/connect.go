//go:build !nohub

package hub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/relay/natslog"
)

// OpenLog connects to a hub. With retry it does not wait for a connection.
func OpenLog(ctx context.Context, h *Flags, retry bool, log *slog.Logger) (hubLog, error) {
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
func isRefused(err error) bool { return errors.Is(err, natslog.ErrRefused) }

// checkSourceName returns an error unless a text is a valid name of a source.
func checkSourceName(name string) error { return natslog.CheckSourceName(name) }
