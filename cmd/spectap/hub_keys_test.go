//go:build !nohub

package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/cmd/spectap/cli/hub"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/natslog"
	"github.com/spectap/spectap/relay/natslog/natshub"
)

// sendTo sends a block with one flow to a hub with JetStream, as the proxy of a source.
func sendTo(t *testing.T, db, creds, source string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	l, err := hub.OpenLog(ctx, &hub.Flags{Address: db, Creds: creds, TLSCA: "hub.pem"}, true, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer l.Close()
	codec := relay.NewCodec()
	f := flow.Flow{ID: flow.NewID(), Last: 1, Done: true, Request: flow.Request{Method: "GET", Scheme: "https", Authority: "a.example", Path: "/"}}
	data := must(codec.Encode(0, nil, []*flow.Flow{&f}))
	for {
		_, err = l.Append(ctx, &relay.Entry{Source: source, Last: 1, Data: data}, 0)
		if err == nil || errors.Is(err, relay.ErrDenied) || errors.Is(err, natslog.ErrRefused) || ctx.Err() != nil {
			return err
		}
		// The hub makes the log of a team soon after it has started.
	}
}

// TestJetStreamKeys starts a node with keys and TLS, and checks the rights of a source, a reader, a
// worker, another team and unknown users on the command line.
func TestJetStreamKeys(t *testing.T) {
	t.Chdir(t.TempDir())
	makeHubKeys(t)
	stranger, _, err := natshub.NewKey()
	noError(t, err)
	noError(t, os.WriteFile("stranger.nk", stranger, 0o600))
	db := startHub(t, "--dir", "hub", "--tls-cert", "hub.pem", "--tls-key", "hub.key") + "/shop"
	for _, tt := range []struct {
		creds, source string
		want          error
	}{
		{"pod.nk", "pod-1.0a", nil}, {"pod.nk", "pod-2.0a", relay.ErrDenied}, {"reader.nk", "pod-1.0b", relay.ErrDenied},
		{"worker.nk", "pod-1.0b", relay.ErrDenied}, {"stranger.nk", "pod-1.0b", natslog.ErrRefused}, {"", "pod-1.0b", natslog.ErrRefused},
	} {
		if err := sendTo(t, db, tt.creds, tt.source); !errors.Is(err, tt.want) {
			t.Errorf("%q sends flows of %s: %v, want %v", tt.creds, tt.source, err, tt.want)
		}
	}
	for _, tt := range []struct {
		creds, want string
	}{
		{"reader.nk", "1\n"}, {"worker.nk", "1\n"}, {"pod.nk", "not allowed"}, {"bank.nk", "not allowed"},
		{"stranger.nk", "spectap hub key"}, {"", "--creds FILE"}, {"hub.key", "no seed"}, {"none.nk", "no such file"},
	} {
		args := []string{"flows", "ls", "--count", "--db", db, "--tls-ca", "hub.pem", "--cache", "cache"}
		if tt.creds != "" {
			args = append(args, "--creds", tt.creds)
		}
		if _, out, errs := runHere(args...); !strings.Contains(out+errs, tt.want) {
			t.Errorf("flows ls with %q: %s%s, want %q", tt.creds, out, errs, tt.want)
		}
	}
	if _, _, errs := runHere("flows", "ls", "--db", db, "--creds", "reader.nk", "--cache", "cache"); !strings.Contains(errs, "--tls-ca") {
		t.Errorf("without the hub's certificate: %s", errs)
	}
}
