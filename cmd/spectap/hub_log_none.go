//go:build nohub

package main

import (
	"context"
	"log/slog"

	"github.com/spectap/spectap/internal/control"
)

func openHubLog(_ context.Context, h *hubFlags, _ bool, _ *slog.Logger) (hubLog, error) {
	return nil, errNoHub("connect to " + h.address)
}

func checkSourceName(string) error { return errNoHub("forward flows") }

func openRemote(_ context.Context, h *hubFlags, _ bool) (control.Store, error) {
	return nil, errNoHub("connect to " + h.address)
}

func remoteHint(_ *hubFlags, err error) error { return err }

func isTemporary(error) bool { return false }

func isRefused(error) bool { return false }
