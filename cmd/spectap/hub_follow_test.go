//go:build !nohub

package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/hub"
)

// writeHAR writes an archive of GETs to shop.example.
func writeHAR(t *testing.T, name string, paths ...string) {
	t.Helper()
	noError(t, os.WriteFile(name, []byte(harOf(paths)), 0o600))
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

// background is a command that runs until stop.
type background struct {
	t            *testing.T
	out, err     *bufio.Scanner
	cancel       context.CancelFunc
	status       chan int
	stdout, errs io.Closer
}

// start runs a command. The test reads all lines that it prints, of both streams.
func start(t *testing.T, args ...string) *background {
	t.Helper()
	t.Setenv(cli.ConfigEnv, "")
	ctx, cancel := context.WithCancel(t.Context())
	outR, outW := io.Pipe()
	errR, errW := io.Pipe()
	b := &background{t: t, out: bufio.NewScanner(outR), err: bufio.NewScanner(errR), cancel: cancel, status: make(chan int, 1), stdout: outR, errs: errR}
	go func() {
		b.status <- run(ctx, args, strings.NewReader(""), outW, errW)
		outW.Close()
		errW.Close()
	}()
	t.Cleanup(func() { cancel(); outR.Close(); errR.Close() })
	return b
}

// expect reads the next line of a stream, which must contain all of want.
func (b *background) expect(from *bufio.Scanner, want ...string) string {
	b.t.Helper()
	if !from.Scan() {
		b.t.Fatalf("the output has ended, want %s", want)
	}
	for _, w := range want {
		if !strings.Contains(from.Text(), w) {
			b.t.Fatalf("got %q, want %s", from.Text(), w)
		}
	}
	return from.Text()
}

// stop interrupts the command and checks its exit status.
func (b *background) stop(want int) {
	b.t.Helper()
	b.cancel()
	select {
	case got := <-b.status:
		if got != want {
			b.t.Errorf("exit status %d, want %d", got, want)
		}
	case <-time.After(time.Minute):
		b.t.Fatal("does not end")
	}
}

// TestHubTail follows a hub with a command that goes on. Commands with the same copy work
// meanwhile: they see all flows, and what they remove is removed from the hub.
func TestHubTail(t *testing.T) {
	t.Chdir(t.TempDir())
	setDataHome(t, t.TempDir())
	db := startHub(t, "--dir", "hub") + "/shop"
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
			test(t, startHub(t, args...), func(cache string, args ...string) []string {
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
		noError(t, os.Mkdir("files", 0o700))
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
		noError(t, os.WriteFile("a.har", []byte(har), 0o600))
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
