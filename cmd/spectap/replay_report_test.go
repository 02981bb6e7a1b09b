package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// put appends a flow to the store and returns its number.
func (r *replayed) put(f flow.Flow) flow.Seq {
	r.t.Helper()
	st, err := store.Open(r.db, store.Options{})
	if err != nil {
		r.t.Fatal(err)
	}
	defer st.Close()
	f.ID, f.Done = flow.NewID(), true
	n, err := st.Append(r.t.Context(), f)
	if err != nil {
		r.t.Fatal(err)
	}
	return n
}

// TestReplayReveal checks that only --reveal shows the secrets of a request and of its answer.
func TestReplayReveal(t *testing.T) {
	r := newReplayed(t)
	for _, args := range [][]string{{"1", "--dry-run"}, {"1", "--dry-run", "--json"}, {"1", "--no-store"}, {"1", "--no-store", "--json"}} {
		r.run(exitFine, args...)
		status, out, errs := runHere(append([]string{"replay", "--db", r.db, "--reveal"}, args...)...)
		if status != exitFine || !strings.Contains(out, replayedToken) {
			t.Errorf("%v --reveal: %d: %s%s", args, status, out, errs)
		}
	}
	if strings.Count(r.took(), "\n") != 3 { // four requests
		t.Error("a dry run sent its request")
	}
}

// TestReplayAnswers checks what is said of answers beside the one that was recorded.
func TestReplayAnswers(t *testing.T) {
	header := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-New", "fresh")
		w.Header().Set("Content-Type", "text/plain")
		w.Write([]byte("same"))
	}
	same := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.Write([]byte("same"))
	}
	short := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("Content-Length", "400")
		w.Write([]byte("same"))
	}
	for name, c := range map[string]struct {
		answer       http.HandlerFunc
		recorded     flow.Header
		want, absent []string
	}{
		"equal":  {same, nil, []string{"200 OK  HTTP/1.1  in ", "\nsame\n", "the answer is that of flow 6\n"}, []string{"difference", "not received"}},
		"added":  {header, nil, []string{"1 difference from the answer of flow 6:\n  header x-new: was absent, now fresh\n"}, []string{"that of flow"}},
		"gone":   {same, flow.Header{{Name: "X-Old", Value: "stale"}}, []string{"  header x-old: was stale, now absent\n"}, nil},
		"secret": {same, flow.Header{{Name: "X-Api-Key", Value: replayedToken}}, []string{"header x-api-key: was [redacted:", ", now absent\n"}, nil},
		"cut":    {short, nil, []string{"(the end of the body was not received)\n"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := newReplayed(t)
			srv := httptest.NewServer(c.answer)
			defer srv.Close()
			n := r.put(flow.Flow{Source: "proxy", Request: flow.Request{Method: "GET", Scheme: "http", Authority: strings.TrimPrefix(srv.URL, "http://"), Path: "/x"},
				Response: &flow.Response{Status: 200, Header: append(flow.Header{{Name: "Content-Type", Value: "text/plain"}}, c.recorded...),
					Body: flow.Body{Data: []byte("same"), Size: 4}}})
			if n != 6 {
				t.Fatalf("stored as %d", n)
			}
			out, _ := r.run(exitFine, "6", "--no-store")
			for _, want := range c.want {
				if !strings.Contains(out, want) {
					t.Errorf("the output lacks %q:\n%s", want, out)
				}
			}
			for _, absent := range c.absent {
				if strings.Contains(out, absent) {
					t.Errorf("the output has %q:\n%s", absent, out)
				}
			}
		})
	}
}

// TestReplayBodyFile checks that the body is that of the file, as it is, and which requests cannot
// be built or sent.
func TestReplayBodyFile(t *testing.T) {
	r := newReplayed(t)
	dir := t.TempDir()
	body := filepath.Join(dir, "body.json")
	if err := os.WriteFile(body, []byte("{ \"name\" : \"eve\" }"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.run(exitFine, "5", "--yes", "--body", body)
	if got := r.took(); got != "POST /users Bearer "+replayedToken+` { "name" : "eve" }` {
		t.Errorf("sent %s", got)
	}
	_, errs := r.run(exitFailed, "5", "--yes", "--body", filepath.Join(dir, "none.json"))
	if !strings.Contains(errs, "none.json") || r.took() != "" {
		t.Error(errs)
	}

	for _, c := range []struct {
		status int
		args   []string
		want   string
	}{
		{exitMisuse, []string{"1", "--set", "path.nope=2"}, "nope"},
		{exitFailed, []string{"1", "--upstream-ca", filepath.Join(dir, "none.pem")}, "none.pem"},
		{exitMisuse, []string{"1", "--timeout", "1h"}, "at most"},
	} {
		if _, errs := r.run(c.status, c.args...); !strings.Contains(errs, c.want) {
			t.Errorf("%v: %s", c.args, errs)
		}
	}
	if got := r.took(); got != "" {
		t.Errorf("sent %s", got)
	}
}

// TestReplayPrivateName checks that a name that leads to this machine is refused with the flag that
// allows it, and that the flag is enough.
func TestReplayPrivateName(t *testing.T) {
	r := newReplayed(t)
	name, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
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
	if _, errs := r.run(exitFailed, "6"); !strings.Contains(errs, "--allow-private") {
		t.Error(errs)
	}
	if out, _ := r.run(exitFine, "6", "--allow-private", "--no-store"); !strings.Contains(out, "here") {
		t.Error(out)
	}
	if _, errs := r.run(exitFailed, "7"); strings.Contains(errs, "--allow-private") {
		t.Error(errs)
	}
}
