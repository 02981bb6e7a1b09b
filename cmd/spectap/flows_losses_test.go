package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/store"
)

// lossyStore creates a store that lacks flows and a body.
func lossyStore(t *testing.T) (string, *store.DB) {
	t.Helper()
	t.Setenv(cli.ConfigEnv, "")
	path := filepath.Join(t.TempDir(), "s.db")
	db := openStore(t, path, store.Options{Create: true})
	t.Cleanup(func() { db.Close() })
	ctx := t.Context()
	add := func(name string, b flow.Body) {
		t.Helper()
		must(db.Append(ctx, flow.Flow{Done: true, Source: "proxy", Started: time.Now(),
			Request:  flow.Request{Method: "GET", Scheme: "https", Authority: "shop.example", Path: name},
			Response: &flow.Response{Status: 200, Body: b}}))
	}
	lose := func(n int64) {
		t.Helper()
		noError(t, db.NoteLoss(ctx, n, time.Now(), time.Now()))
	}
	add("/whole", flow.Body{Data: []byte("ok"), Size: 2})
	lose(3)
	add("/dropped", flow.Body{Size: 4096, Truncated: true, Dropped: true})
	lose(4)
	return path, db
}

// TestLossesAreShown checks what commands print about losses, with the file and through its owner.
func TestLossesAreShown(t *testing.T) {
	path, db := lossyStore(t)
	check := func(t *testing.T) {
		for _, tt := range []struct {
			args     string
			out, err string
		}{
			{"flows ls", "shop.example/dropped  (response body not recorded: the recorder had no room)\n", "spectap: 7 flows could not be recorded"},
			{"flows ls --limit 1", "/dropped", "spectap: 7 flows could not be recorded"}, // three of them before this flow
			{"flows ls path:/whole", "/whole\n", "spectap: 7 flows could not be recorded"},
			{"flows ls is:dropped", "/dropped  (response body not recorded: the recorder had no room)\n", "7 flows"},
			{"flows ls --json is:dropped", `"body_lost":true`, "7 flows"},
			{"flows ls --count", "2\n", "7 flows"},
			{"flows export", `"version":"1.2"`, "7 flows"},
			{"flows show 2", "(4.1 kB, not recorded: the recorder had no room)\n", ""},
			{"flows show --json 2", `"lost":true`, ""},
			{"store stats", "lost     7 flows could not be recorded\n", ""},
			{"store stats --json", `"lost_flows":7,`, ""},
		} {
			t.Run(tt.args, func(t *testing.T) {
				var out, errs bytes.Buffer
				args := append(strings.Fields(tt.args), "--db", path)
				if code := run(t.Context(), args, strings.NewReader(""), &out, &errs); code != cli.ExitFine ||
					!strings.Contains(out.String(), tt.out) || !strings.Contains(errs.String(), tt.err) {
					t.Errorf("%s: exit %d\n%s%s", tt.args, code, out.String(), errs.String())
				}
			})
		}
	}
	owner := must(control.Start(control.Config{Store: db, Path: path}))
	t.Run("with an owner", check)
	owner.Close()
	db.Close()
	t.Run("without an owner", check)
}

// logged sends the bytes of each write to a channel.
type logged chan string

func (l logged) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}
