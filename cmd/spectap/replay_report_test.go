package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// put appends a flow to the store and returns its number.
func (r *replayed) put(f flow.Flow) flow.Seq {
	r.t.Helper()
	st := openStore(r.t, r.db, store.Options{})
	defer st.Close()
	f.ID, f.Done = flow.NewID(), true
	return must(st.Append(r.t.Context(), f))
}

// TestReplayReveal checks that only --reveal shows the secrets of a request and of its answer.
func TestReplayReveal(t *testing.T) {
	r := newReplayed(t)
	for _, args := range [][]string{{"1", "--dry-run"}, {"1", "--dry-run", "--json"}, {"1", "--no-store"}, {"1", "--no-store", "--json"}} {
		r.run(cli.ExitFine, args...)
		status, out, errs := runHere(append([]string{"replay", "--db", r.db, "--reveal"}, args...)...)
		if status != cli.ExitFine || !strings.Contains(out, replayedToken) {
			t.Errorf("%v --reveal: %d: %s%s", args, status, out, errs)
		}
	}
	if strings.Count(r.took(), "\n") != 3 { // four requests
		t.Error("a dry run sent its request")
	}
}

// TestForgedRequest checks that replay says that an app took a request for a forged one, and that
// verify counts the flows of which the app said so.
func TestForgedRequest(t *testing.T) {
	r := newReplayed(t)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "CSRF verification failed. Request aborted.", http.StatusForbidden)
	}))
	defer srv.Close()
	host := strings.TrimPrefix(srv.URL, "http://")
	n := r.put(flow.Flow{Source: "proxy", Request: flow.Request{Method: "POST", Scheme: "http", Authority: host, Path: "/things",
		Header: flow.Header{{Name: "X-CSRFToken", Value: "old-token-0123456789"}}}})
	if _, errs := r.run(cli.ExitFine, strconv.Itoa(int(n)), "--yes"); !strings.Contains(errs, "(CSRF)\ntry: a newer flow") {
		t.Error(errs)
	}
	spec := writeSpec(t, t.TempDir(), "a.yaml", srv.URL)
	text := must(os.ReadFile(spec))
	noError(t, os.WriteFile(spec, []byte(strings.Replace(string(text), "paths:", "paths:\n  /things: {post: {responses: {}}}", 1)), 0o600))
	if _, out, errs := runHere("verify", "--db", r.db, "--host", host, spec); !strings.Contains(out, "refused 1 of these requests as forged") {
		t.Error(out, errs)
	}
}

// TestReplayPrivateName checks that a name that leads to this machine is refused with the flag that
// allows it, and that the flag is enough.
func TestReplayPrivateName(t *testing.T) {
	r := newReplayed(t)
	name := must(os.Hostname())
	l, err := net.Listen("tcp", net.JoinHostPort(name, "0"))
	if err != nil || !l.Addr().(*net.TCPAddr).IP.IsPrivate() && !l.Addr().(*net.TCPAddr).IP.IsLoopback() {
		t.Skipf("the name of this machine, %s, is not that of a private address of it: %v", name, err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("here")) })}
	go srv.Serve(l)
	defer srv.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	r.put(flow.Flow{Source: "proxy", Request: flow.Request{Method: "GET", Scheme: "http", Authority: net.JoinHostPort(name, port), Path: "/"}})
	r.put(flow.Flow{Source: "proxy", Request: flow.Request{Method: "GET", Scheme: "http", Authority: "nowhere.invalid", Path: "/"}})
	if _, errs := r.run(cli.ExitFailed, "6"); !strings.Contains(errs, "--allow-private") {
		t.Error(errs)
	}
	if out, _ := r.run(cli.ExitFine, "6", "--allow-private", "--no-store"); !strings.Contains(out, "here") {
		t.Error(out)
	}
	if _, errs := r.run(cli.ExitFailed, "7"); strings.Contains(errs, "--allow-private") {
		t.Error(errs)
	}
}
