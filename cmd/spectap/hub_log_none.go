//go:build nohub

package main

import (
	"context"
	"log/slog"
)

func openHubLog(_ context.Context, h *hubFlags, _ bool, _ *slog.Logger) (hubLog, error) {
	return nil, errNoHub("connect to " + h.address)
}

func checkSourceName(string) error { return errNoHub("forward flows") }
