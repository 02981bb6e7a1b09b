//go:build !nohub

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/cli"
	"github.com/spectap/spectap/internal/cli/hub"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/store"
)

// writeHAR writes an archive of GETs to shop.example.
func writeHAR(t *testing.T, name string, paths ...string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(harOf(paths)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// wantRun runs a command that must succeed, and whose output must have all of want.
func wantRun(t *testing.T, args []string, want ...string) string {
	t.Helper()
	status, out, errs := runHere(args...)
	for _, w := range want {
		if status != cli.ExitFine || !strings.Contains(out+errs, w) {
			t.Errorf("%v: %d, %s%s, want %q", args, status, out, errs, w)
		}
	}
	return out
}

// TestHubTail follows a hub with a command that goes on. Commands with the same copy work
// meanwhile: they see all flows, and what they remove is removed from the hub.
func TestHubTail(t *testing.T) {
	t.Chdir(t.TempDir())
	setDataHome(t, t.TempDir())
	db := startStoreHub(t, "--jetstream", "--dir", "hub") + "/shop"
	writeHAR(t, "a.har", "/users/1", "/orders/1")
	writeHAR(t, "b.har", "/users/2", "/users/3")
	wantRun(t, []string{"import", "--db", db, "a.har"}, "imported 2 flows")
	tail := start(t, "flows", "tail", "--db", db, "--cache", "c", "path:/users")
	tail.expect(tail.out, "/users/1")
	wantRun(t, []string{"import", "--db", db, "b.har"}, "imported 2 flows")
	tail.expect(tail.out, "/users/2")
	tail.expect(tail.out, "/users/3")
	for _, cache := range []string{"c", "other"} {
		for _, wait := range []string{"--wait=false", "--wait"} {
			if out := wantRun(t, []string{"flows", "ls", "--count", "--db", db, "--cache", cache, wait}); out != "4\n" {
				t.Errorf("%s %s: %s flows", cache, wait, out)
			}
		}
	}
	wantRun(t, []string{"flows", "rm", "--db", db, "--cache", "c", "path:/users"}, "removed 3 flows")
	for _, cache := range []string{"c", "other"} {
		if out := wantRun(t, []string{"flows", "ls", "--db", db, "--cache", cache}); strings.Count(out, "\n") != 2 || !strings.Contains(out, "/orders/1") {
			t.Errorf("%s after the deletion: %s", cache, out)
		}
	}
	tail.stop(cli.ExitFine)
	if tail.err.Scan() {
		t.Errorf("tail says %s", tail.err.Text())
	}
	wantRun(t, []string{"flows", "ls", "--count", "--db", db, "--cache", "c"}, "1\n") // the copy is free again
}

// TestHubSourceClaims reads a hub of which a source says that it has sent what nobody has, while
// another command follows it. The reader says so, and does not wait for it.
func TestHubSourceClaims(t *testing.T) {
	t.Chdir(t.TempDir())
	setDataHome(t, t.TempDir())
	db := startStoreHub(t, "--jetstream", "--dir", "hub") + "/shop"
	writeHAR(t, "a.har", "/users/1")
	wantRun(t, []string{"import", "--db", db, "a.har"}, "imported 1 flow")
	l, err := hub.OpenLog(t.Context(), &hub.Flags{Address: db}, true, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := l.Put(t.Context(), "sources/evil.01", relay.Anything, []byte(`{"sent":1000000000000}`)); err != nil {
		t.Fatal(err)
	}
	tail := start(t, "flows", "tail", "--db", db, "--cache", "c")
	tail.expect(tail.out, "/users/1")
	defer func(d time.Duration) { hub.SayAfter = d }(hub.SayAfter)
	hub.SayAfter = 100 * time.Millisecond
	ls := start(t, "flows", "ls", "--count", "--db", db, "--cache", "c")
	ls.expect(ls.err, "spectap: not all that these sources say to have sent is here: evil.01")
	ls.expect(ls.out, "1")
	for ls.err.Scan() {
		t.Errorf("it says also %s", ls.err.Text())
	}
	ls.stop(cli.ExitFine)
	tail.stop(cli.ExitFine)
}

// eachHub runs a test with a hub of each kind. The address has no team. read adds to a command what
// it needs to read that hub.
func eachHub(t *testing.T, test func(t *testing.T, address string, read func(cache string, args ...string) []string)) {
	for _, jetstream := range []bool{true, false} {
		t.Run(map[bool]string{true: "JetStream", false: "one process"}[jetstream], func(t *testing.T) {
			t.Chdir(t.TempDir())
			setDataHome(t, t.TempDir())
			args := []string{"--dir", "hub"}
			if jetstream {
				args = append(args, "--jetstream")
			}
			test(t, startStoreHub(t, args...), func(cache string, args ...string) []string {
				if jetstream {
					args = append(args, "--cache", cache)
				}
				return args
			})
		})
	}
}

// TestHubAgent lets an agent import into a hub and clear it. Other readers see the same.
func TestHubAgent(t *testing.T) {
	eachHub(t, func(t *testing.T, db string, read func(string, ...string) []string) {
		db += "/shop"
		if err := os.Mkdir("files", 0o700); err != nil {
			t.Fatal(err)
		}
		writeHAR(t, "files/a.har", "/users/1", "/users/2", "/users/3")
		writeHAR(t, "files/b.har", "/orders/1", "/orders/2")
		a := runAgent(t, read("c", "--db", db, "--allow", "import,clear", "--files", "files")...)
		flows := func(want string) {
			t.Helper()
			if out := wantRun(t, read("other", "flows", "ls", "--count", "--db", db)); out != want+"\n" {
				t.Errorf("%s flows, want %s", out, want)
			}
		}
		for _, tt := range []struct {
			tool string
			args map[string]any
			want string // the result, or part of the question
			all  string
		}{
			{"load_traffic_file", map[string]any{"file_path": "a.har", "append": true}, "map[deleted:0 imported:3 skipped:0]", "3"},
			{"load_traffic_file", map[string]any{"file_path": "b.har"}, "replace all 3 captured flows", "3"},
			{"load_traffic_file", map[string]any{"file_path": "b.har", "__confirmed": true}, "map[deleted:3 imported:2 skipped:0]", "2"},
			{"clear_traffic", map[string]any{}, "delete all 2 captured flows", "2"},
			{"clear_traffic", map[string]any{"__confirmed": true}, "map[deleted:2]", "0"},
			{"load_traffic_file", map[string]any{"file_path": "a.har", "append": true, "scope": "other.example"}, "map[deleted:0 imported:0 skipped:3]", "0"},
		} {
			began := time.Now()
			if got := fmt.Sprint(a.call(tt.tool, tt.args)); !strings.Contains(got, tt.want) {
				t.Errorf("%s %v: %s, want %s", tt.tool, tt.args, got, tt.want)
			}
			if took := time.Since(began); took >= hub.SettleTime {
				t.Errorf("%s %v: the copy did not get it, or nothing came; took %v", tt.tool, tt.args, took)
			}
			flows(tt.all)
		}
	})
}

// TestHubRedaction sends flows to hubs under the address of another machine. Their secrets stay
// here, unless --no-redact sends them.
func TestHubRedaction(t *testing.T) {
	const secret = "planted-secret-4711"
	eachHub(t, func(t *testing.T, here string, read func(string, ...string) []string) {
		there := strings.Replace(here, "127.0.0.1", "[::ffff:127.0.0.1]", 1)
		har := strings.ReplaceAll(harOf([]string{"/users/1"}), `"headers":[],"queryString"`, `"headers":[{"name":"Authorization","value":"Bearer `+secret+`"}],"queryString"`)
		if err := os.WriteFile("a.har", []byte(har), 0o600); err != nil {
			t.Fatal(err)
		}
		for i, tt := range []struct {
			name   string
			args   []string
			secret bool
		}{
			{"here", []string{"--db", here}, true},
			{"there", []string{"--db", there}, false},
			{"there as it is", []string{"--db", there, "--no-redact"}, true},
			{"there by an own spool", []string{"--db", there, "--spool", "spool.db"}, false},
		} {
			team := fmt.Sprint("/team", i)
			tt.args[1] += team
			wantRun(t, append([]string{"import", "a.har"}, tt.args...), "imported 1 flow")
			out := wantRun(t, read("cache", "flows", "show", "1", "--reveal", "--db", here+team), "Authorization: Bearer ")
			if strings.Contains(out, secret) != tt.secret {
				t.Errorf("%s: the hub has %s", tt.name, out)
			}
		}
	})
}

// TestHubMissesFlows reads a hub that has lost flows of a source, and one with a block of a newer
// version. The reader says what is missing.
func TestHubMissesFlows(t *testing.T) {
	t.Chdir(t.TempDir())
	setDataHome(t, t.TempDir())
	db := startStoreHub(t, "--jetstream", "--dir", "hub")
	codec, err := relay.NewCodec()
	if err != nil {
		t.Fatal(err)
	}
	block := func(after, last uint64) *relay.Entry {
		f := flow.Flow{ID: flow.NewID(), Last: flow.Seq(last), Done: true, Request: flow.Request{Method: "GET", Scheme: "https", Authority: "a.example", Path: "/"}}
		data, err := codec.Encode(last-1, nil, []*flow.Flow{&f})
		if err != nil {
			t.Fatal(err)
		}
		return &relay.Entry{Source: "pod.0a", After: after, Last: last, Data: data}
	}
	newer := block(1, 2)
	newer.Data[0] = 200 // the version
	for team, tt := range map[string]struct {
		blocks []*relay.Entry
		want   string
	}{
		"lost":  {[]*relay.Entry{block(0, 1), block(5, 6)}, "spectap: the hub lost flows of pod.0a after 1; they were asked for again\n"},
		"newer": {[]*relay.Entry{block(0, 1), newer}, "spectap: a newer version sent the flows of pod.0a after 1: update this one to read them\n"},
		"whole": {[]*relay.Entry{block(0, 1), block(1, 2)}, ""},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		l, err := hub.OpenLog(ctx, &hub.Flags{Address: db + "/" + team}, true, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		at := relay.Position(0)
		for _, e := range tt.blocks {
			for {
				got, err := l.Append(ctx, e, at)
				if err == nil {
					at = got
					break
				}
				if ctx.Err() != nil || errors.Is(err, relay.ErrDenied) { // the hub makes the log of a team when it is first asked for
					t.Fatal(err)
				}
			}
		}
		status, out, errs := runHere("flows", "ls", "--db", db+"/"+team, "--cache", "cache")
		if status != cli.ExitFine || !strings.HasSuffix(errs, tt.want) || tt.want == "" && errs != "" || !strings.Contains(out, "a.example") {
			t.Errorf("%s: %d, %s%s", team, status, out, errs)
		}
		l.Close()
		cancel()
	}
}

// TestHubCopyIsHeld waits for a process that has the copy open without following the hub.
func TestHubCopyIsHeld(t *testing.T) {
	t.Chdir(t.TempDir())
	setDataHome(t, t.TempDir())
	db := startStoreHub(t, "--jetstream", "--dir", "hub") + "/shop"
	writeHAR(t, "a.har", "/users/1")
	wantRun(t, []string{"import", "--db", db, "a.har"}, "imported 1 flow")
	wantRun(t, []string{"flows", "ls", "--count", "--db", db, "--cache", "cache"}, "1\n")
	list, err := filepath.Glob("cache/shop-*.db")
	if err != nil || len(list) != 1 {
		t.Fatalf("%v, %v", list, err)
	}
	held, err := store.Open(list[0], store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func(d time.Duration) { hub.SayAfter = d }(hub.SayAfter)
	hub.SayAfter = 100 * time.Millisecond
	ls := start(t, "flows", "ls", "--count", "--db", db, "--cache", "cache")
	ls.expect(ls.err, "spectap: waiting for the process that has "+list[0]+" open")
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	ls.expect(ls.out, "1")
	for ls.err.Scan() {
		t.Errorf("it says also %s", ls.err.Text())
	}
	ls.stop(cli.ExitFine)
}
