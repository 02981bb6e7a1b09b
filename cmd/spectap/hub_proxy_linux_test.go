//go:build !nohub

package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/relay/natslog/natshub"
	"github.com/spectap/spectap/store"
)

// forwardAll sends what a spool has to a hub, as a proxy does, and returns the error and what is said.
func forwardAll(t *testing.T, hub hubFlags, spool string, noRedact bool, paths ...string) (string, error) {
	t.Helper()
	db, err := store.Open(spool, store.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var errs strings.Builder
	p := newProgram(strings.NewReader(""), io.Discard, &errs)
	f := &forwarding{hubFlags: hub, spool: spool, source: "pod", noRedact: noRedact}
	if err := f.start(p, db, false, nil, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if _, err := db.Append(t.Context(), getOf("a.example", path, "application/json", `{"password":"planted-secret-4711"}`)); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err = f.stop(ctx)
	p.stderr.Flush()
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
			if said, err := forwardAll(t, hubFlags{address: tt.address + team}, spool, tt.noRedact, "/1"); err != nil || said != "" {
				t.Fatalf("%s: %v, %s", team, err, said)
			}
			out := wantRun(t, read("cache", "flows", "show", "1", "--reveal", "--db", here+team), `"password": "`)
			if strings.Contains(out, "planted-secret-4711") != tt.secret {
				t.Errorf("%s: the hub has %s", team, out)
			}
		}
		old, err := os.ReadFile("near.db")
		if err != nil {
			t.Fatal(err)
		}
		if said, err := forwardAll(t, hubFlags{address: here + "/near"}, "near.db", false, "/2", "/3"); err != nil || said != "" {
			t.Fatalf("%v, %s", err, said)
		}
		if err := os.WriteFile("near.db", old, 0o600); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		_, err = forwardAll(t, hubFlags{address: here + "/near"}, "near.db", false, "/4")
		if took := time.Since(began); took >= sendTime {
			t.Errorf("an old copy of the spool: it waited %v for flows that are never sent", took)
		}
		if h, ok := err.(*hint); !ok || !strings.Contains(err.Error(), "newer flows of this source than the spool") || !strings.HasPrefix(h.try, "another --spool file") {
			t.Errorf("an old copy of the spool: %v", err)
		}
		if out := wantRun(t, read("cache", "flows", "ls", "--count", "--db", here+"/near")); out != "3\n" {
			t.Errorf("the hub has %s flows", out)
		}
	})
}

// TestForwardRefused sends flows with a key of a reader, one that the hub does not know, and none,
// to hubs of both kinds. The end of the proxy is an error that says so, also with --wait, and the
// spool keeps the flows.
func TestForwardRefused(t *testing.T) {
	t.Chdir(t.TempDir())
	setDataHome(t, t.TempDir())
	makeHubKeys(t)
	stranger, _, err := natshub.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("stranger.nk", stranger, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"--jetstream", "--jetstream=false"} {
		db := startStoreHub(t, kind, "--dir", "hub", "--tls-cert", "hub.pem", "--tls-key", "hub.key") + "/shop"
		for creds, try := range map[string]string{"reader.nk": "spectap hub key ", "stranger.nk": "spectap hub key ", "": "--creds FILE"} {
			began, spool := time.Now(), "spool"+kind+creds
			said, err := forwardAll(t, hubFlags{address: db, creds: creds, tlsCA: "hub.pem", wait: true}, spool, false, "/1")
			h, ok := err.(*hint)
			if !ok || !strings.Contains(err.Error(), "not allowed") || !strings.HasPrefix(h.try, try) || !strings.Contains(said, "1 record in "+spool) {
				t.Errorf("%s with %q: %v, %s", kind, creds, err, said)
			}
			if took := time.Since(began); took >= sendTime {
				t.Errorf("%s with %q: it waited %v", kind, creds, took)
			}
		}
	}
}

// TestForwardingDefaults names a source after the machine, and its spool after the source.
func TestForwardingDefaults(t *testing.T) {
	setDataHome(t, t.TempDir())
	name, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	name, _, _ = strings.Cut(name, ".")
	for _, tt := range []struct{ db, source, spool, wantSource, wantDB string }{
		{"spectap://127.0.0.1:1/shop", "", "", name, filepath.Join(defaultSpools(), name+".db")},
		{"nats://127.0.0.1:1/shop", "pod", "", "pod", filepath.Join(defaultSpools(), "pod.db")},
		{"nats://127.0.0.1:1/shop", "pod", "x.db", "pod", "x.db"},
		{"flows.db", "", "", "", "flows.db"},
	} {
		p := newProgram(strings.NewReader(""), io.Discard, io.Discard)
		p.global.db = tt.db
		f, cmd := &forwarding{}, &cobra.Command{}
		f.addFlags(cmd)
		f.source, f.spool = tt.source, tt.spool
		if err := f.take(p, cmd); err != nil || f.source != tt.wantSource || p.global.db != tt.wantDB || f.on() != isHub(tt.db) {
			t.Errorf("%s: %v, source %q, --db %q, want %q, %q", tt.db, err, f.source, p.global.db, tt.wantSource, tt.wantDB)
		}
	}
	p := newProgram(strings.NewReader(""), io.Discard, io.Discard)
	p.global.db = "spectap://127.0.0.1:1/shop"
	f, cmd := &forwarding{source: "a.b"}, &cobra.Command{}
	f.addFlags(cmd)
	f.source = "a.b"
	if err := f.take(p, cmd); err == nil || !strings.Contains(err.Error(), `--source "a.b": `) {
		t.Errorf("a wrong name: %v", err)
	}
}

// TestWaitForHub starts commands before their hub. With --wait they say that they try again, and
// work once there is one.
func TestWaitForHub(t *testing.T) {
	t.Chdir(t.TempDir())
	setDataHome(t, t.TempDir())
	address := freePorts(t, 1)[0]
	db := "nats://" + address + "/shop"
	if status, _, errs := runHere("flows", "ls", "--count", "--db", db, "--cache", "c"); status != exitFailed || !strings.Contains(errs, "no server answers") || !strings.Contains(errs, "try: spectap hub --jetstream") {
		t.Errorf("without --wait: %d, %s", status, errs)
	}
	ls := start(t, "flows", "ls", "--count", "--db", db, "--cache", "c", "--wait")
	ls.expect(ls.err, "no server answers", "; tried again")
	startStoreHub(t, "--jetstream", "--dir", "hub", "--listen", address)
	ls.expect(ls.out, "0")
	for ls.err.Scan() {
		t.Errorf("it says also %s", ls.err.Text())
	}
	ls.stop(exitFine)
}

// TestRemoteHubRefuses checks what is said of files and teams that cannot be used with a hub without
// JetStream.
func TestRemoteHubRefuses(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("none.pem", []byte("text\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	address := startStoreHub(t, "--dir", "hub")
	for _, tt := range []struct {
		args   string
		status int
		want   string
	}{
		{"flows ls --db " + address + "/shop --tls-ca absent", exitFailed, "--tls-ca: "},
		{"flows ls --db " + address + "/shop --tls-ca none.pem", exitFailed, "--tls-ca none.pem: the file has no certificate\ntry: openssl x509 -in none.pem -noout -text"},
		{"flows ls --db " + address + "/a.b", exitMisuse, "the team "},
		{"export --db " + address + "/shop --db other.db", exitMisuse, "is a hub, and the only --db then"},
		{"flows ls --db other.db --tls-ca none.pem", exitMisuse, "--tls-ca needs --db nats://HOST:PORT/TEAM, or spectap://…"},
		{"proxy --listen 127.0.0.1:0 --db " + address + "/shop --tls-ca none.pem --spool p.db", exitFailed, "none.pem: the file has no certificate"},
	} {
		if status, out, errs := runHere(strings.Fields(tt.args)...); status != tt.status || !strings.Contains(errs, tt.want) {
			t.Errorf("%s: %d, %s%s, want %d, %s", tt.args, status, out, errs, tt.status, tt.want)
		}
	}
	for i := range maxTeams {
		if status, _, errs := runHere("flows", "ls", "--count", "--db", fmt.Sprintf("%s/team%d", address, i)); status != exitFine {
			t.Fatalf("team %d: %s", i, errs)
		}
	}
	if status, _, errs := runHere("flows", "ls", "--db", address+"/more"); status != exitFailed || !strings.Contains(errs, "a hub without keys makes stores for 32 teams") {
		t.Errorf("one more team: %d, %s", status, errs)
	}
	if _, err := os.Stat("hub/more.db"); err == nil {
		t.Error("it made a store for it")
	}
	wantRun(t, []string{"flows", "ls", "--count", "--db", address + "/team7"}, "0\n")
}

// TestRemoteTail follows a hub without JetStream.
func TestRemoteTail(t *testing.T) {
	t.Chdir(t.TempDir())
	db := startStoreHub(t, "--dir", "hub") + "/shop"
	writeHAR(t, "a.har", "/users/1")
	writeHAR(t, "b.har", "/users/2")
	wantRun(t, []string{"import", "--db", db, "a.har"}, "imported 1 flow")
	tail := start(t, "flows", "tail", "--db", db)
	tail.expect(tail.out, "/users/1")
	wantRun(t, []string{"import", "--db", db, "b.har"}, "imported 1 flow")
	tail.expect(tail.out, "/users/2")
	tail.stop(exitFine)
}
