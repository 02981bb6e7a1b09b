//go:build !nohub

package main

import (
	"context"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/cmd/spectap/cli"
	hubcli "github.com/spectap/spectap/cmd/spectap/cli/hub"
	"github.com/spectap/spectap/relay/natslog/natshub"
	"github.com/spectap/spectap/store"
)

// forwardAll sends the records of a spool to a hub, as a proxy does, and returns the error and the
// messages.
func forwardAll(t *testing.T, hub hubcli.Flags, spool string, noRedact bool, paths ...string) (string, error) {
	t.Helper()
	db := openStore(t, spool, store.Options{Create: true})
	defer db.Close()
	var errs strings.Builder
	p := cli.New(strings.NewReader(""), io.Discard, &errs)
	f := &hubcli.Forwarding{Flags: hub, Spool: spool, Source: "pod", NoRedact: noRedact}
	noError(t, f.Start(p, db, false, nil, slog.New(slog.DiscardHandler)))
	for _, path := range paths {
		must(db.Append(t.Context(), getOf("a.example", path, "application/json", `{"password":"planted-secret-4711"}`)))
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err := f.Stop(ctx)
	p.Stderr.Flush()
	return errs.String(), err
}

// TestForwardToHub sends flows of a spool to hubs of both kinds, under the address of this machine
// and of another one, to which no secrets go. An old copy of the spool is refused.
func TestForwardToHub(t *testing.T) {
	eachHub(t, func(t *testing.T, here string, read func(string, ...string) []string) {
		there := strings.Replace(here, "127.0.0.1", "[::ffff:127.0.0.1]", 1)
		for team, tt := range map[string]struct {
			address  string
			noRedact bool
			secret   bool
		}{"/near": {here, false, true}, "/far": {there, false, false}, "/open": {there, true, true}} {
			spool := strings.TrimPrefix(team, "/") + ".db"
			if said, err := forwardAll(t, hubcli.Flags{Address: tt.address + team}, spool, tt.noRedact, "/1"); err != nil || said != "" {
				t.Fatalf("%s: %v, %s", team, err, said)
			}
			out := wantRun(t, read("cache", "flows", "show", "1", "--reveal", "--db", here+team), `"password": "`)
			if strings.Contains(out, "planted-secret-4711") != tt.secret {
				t.Errorf("%s: the hub has %s", team, out)
			}
		}
		old := readFile(t, "near.db")
		if said, err := forwardAll(t, hubcli.Flags{Address: here + "/near"}, "near.db", false, "/2", "/3"); err != nil || said != "" {
			t.Fatalf("%v, %s", err, said)
		}
		noError(t, os.WriteFile("near.db", old, 0o600))
		began := time.Now()
		_, err := forwardAll(t, hubcli.Flags{Address: here + "/near"}, "near.db", false, "/4")
		if took := time.Since(began); took >= hubcli.SendTime {
			t.Errorf("an old copy of the spool: it waited %v for flows that are never sent", took)
		}
		if h, ok := err.(*cli.Hint); !ok || !strings.Contains(err.Error(), "newer flows of this source than the spool") || !strings.HasPrefix(h.Try, "another --spool file") {
			t.Errorf("an old copy of the spool: %v", err)
		}
		if out := wantRun(t, read("cache", "flows", "ls", "--count", "--db", here+"/near")); out != "3\n" {
			t.Errorf("the hub has %s flows", out)
		}
	})
}

// TestForwardRefused sends flows with a key of a reader, one that the hub does not know, and none,
// to a hub. The end of the proxy is an error that says so, also with --wait, and the
// spool keeps the flows.
func TestForwardRefused(t *testing.T) {
	t.Chdir(t.TempDir())
	setDataHome(t, t.TempDir())
	makeHubKeys(t)
	stranger, _, err := natshub.NewKey()
	noError(t, err)
	noError(t, os.WriteFile("stranger.nk", stranger, 0o600))
	db := startHub(t, "--dir", "hub", "--tls-cert", "hub.pem", "--tls-key", "hub.key") + "/shop"
	for creds, try := range map[string]string{"reader.nk": "spectap hub key ", "stranger.nk": "spectap hub key ", "": "--creds FILE"} {
		began, spool := time.Now(), "spool"+creds
		said, err := forwardAll(t, hubcli.Flags{Address: db, Creds: creds, TLSCA: "hub.pem", Wait: true}, spool, false, "/1")
		h, ok := err.(*cli.Hint)
		if !ok || !strings.Contains(err.Error(), "not allowed") || !strings.HasPrefix(h.Try, try) || !strings.Contains(said, "1 record in "+spool) {
			t.Errorf("with %q: %v, %s", creds, err, said)
		}
		if took := time.Since(began); took >= hubcli.SendTime {
			t.Errorf("with %q: it waited %v", creds, took)
		}
	}
}
