package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// replayed is a server with a store of flows that it answered.
type replayed struct {
	t    *testing.T
	db   string
	sent []string // what the server received since the store was filled
	then func()   // unless nil, called by the server before it answers
}

const replayedToken = "s3cr3t-token-value-123456"

func newReplayed(t *testing.T) *replayed {
	r := &replayed{t: t, db: filepath.Join(t.TempDir(), "s.db")}
	t.Setenv(cli.ConfigEnv, "")
	setDataHome(t, t.TempDir())
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		r.sent = append(r.sent, fmt.Sprintf("%s %s %s %s", q.Method, q.RequestURI, q.Header.Get("Authorization"), body))
		if r.then != nil {
			r.then()
		}
		w.Header().Set("Content-Type", "application/json")
		if q.Header.Get("Authorization") != "Bearer "+replayedToken {
			w.WriteHeader(401)
		}
		fmt.Fprintf(w, `{"path":%q,"echo":%q}`, q.URL.Path, q.Header.Get("Authorization"))
	}))
	t.Cleanup(srv.Close)
	st := openStore(t, r.db, store.Options{Create: true})
	defer st.Close()
	add := func(method, path, body string) {
		f := flow.Flow{ID: flow.NewID(), Source: "proxy", Done: true, Request: flow.Request{
			Method: method, Scheme: "http", Authority: strings.TrimPrefix(srv.URL, "http://"), Path: path,
			Header: flow.Header{{Name: "Authorization", Value: "Bearer " + replayedToken}, {Name: "Content-Type", Value: "application/json"}},
			Body:   flow.Body{Data: []byte(body), Size: int64(len(body))},
		}, Response: &flow.Response{Status: 200, Header: flow.Header{{Name: "Content-Type", Value: "application/json"}},
			Body: flow.Body{Data: []byte(`{"path":"` + path + `"}`), Size: int64(len(path) + 11)}}}
		must(st.Append(t.Context(), f))
	}
	for _, id := range []string{"1", "2", "77", "4005"} {
		add("GET", "/users/"+id, "")
	}
	add("POST", "/users", `{"name":"ann"}`)
	return r
}

func (r *replayed) run(want int, args ...string) (stdout, stderr string) {
	r.t.Helper()
	var out, errs bytes.Buffer
	if code := run(context.Background(), append([]string{"replay", "--db", r.db}, args...), strings.NewReader(""), &out, &errs); code != want {
		r.t.Errorf("replay %v: %d, want %d: %s", args, code, want, errs.String())
	}
	if strings.Contains(out.String()+errs.String(), replayedToken) {
		r.t.Errorf("replay %v shows the token:\n%s%s", args, out.String(), errs.String())
	}
	return out.String(), errs.String()
}

// took returns what the server received since the last call.
func (r *replayed) took() string {
	s := strings.Join(r.sent, "\n")
	r.sent = nil
	return s
}

func TestReplay(t *testing.T) {
	r := newReplayed(t)
	out, errs := r.run(cli.ExitFine, "1", "--set", "path.userId=42", "--set", "query.q=a b")
	if got := r.took(); got != "GET /users/42?q=a+b Bearer "+replayedToken+" " {
		t.Errorf("sent %q", got)
	}
	for _, want := range []string{"200 OK", `"path": "/users/42"`, "body $.path: was /users/1, now /users/42", "[redacted:"} {
		if !strings.Contains(out, want) {
			t.Errorf("the output lacks %q:\n%s", want, out)
		}
	}
	if !strings.Contains(errs, "stored as flow 6") {
		t.Error(errs)
	}
	out, _ = r.run(cli.ExitFine, "1", "--unset", "header.Authorization", "--no-store", "--json")
	var result struct {
		Number, Recorded int
		Status           int
		Differences      []struct{ Where, A, B string }
	}
	if err := json.Unmarshal([]byte(out), &result); err != nil || result.Number != 0 || result.Recorded != 1 || result.Status != 401 ||
		len(result.Differences) == 0 || result.Differences[0].Where != "status" || result.Differences[0].B != "401" {
		t.Errorf("%v: %s", err, out)
	}
	if got := r.took(); got != "GET /users/1  " {
		t.Errorf("sent %q", got)
	}
}

// A request that does more than read is sent only if a person agrees, and a dry run sends nothing.
func TestReplayAsks(t *testing.T) {
	r := newReplayed(t)
	for _, args := range [][]string{
		{"5"}, {"1", "--set", "method=DELETE"}, {"1", "--set", "header.X-HTTP-Method-Override=DELETE"}, {"1", "--set", "query._method=PUT"}, {"1", "--set", "body={}"},
	} {
		if _, errs := r.run(cli.ExitFailed, args...); !strings.Contains(errs, "--yes") {
			t.Errorf("%v: %s", args, errs)
		}
	}
	for _, args := range [][]string{{"5", "--dry-run"}, {"5", "--dry-run", "--json"}, {"5", "--dry-run", "--yes"}} {
		r.run(cli.ExitFine, args...)
	}
	if got := r.took(); got != "" {
		t.Errorf("sent %s", got)
	}
	r.run(cli.ExitFine, "5", "--yes", "--set", "body.name=bob", "--set", "body.age=3")
	if got := r.took(); got != "POST /users Bearer "+replayedToken+` {"name":"bob","age":3}` {
		t.Errorf("sent %s", got)
	}
	for _, wrong := range [][]string{{"1", "--set", "nope=1"}, {"1", "--set", "path.nope=1"}, {"5", "--set", "body.name.first=1"}, {"1", "--set", "header.Host=x"}, {"1", "--timeout", "0s"}, {"x"}, {}} {
		r.run(cli.ExitMisuse, wrong...)
	}
	r.run(cli.ExitFailed, "99")
	if got := r.took(); got != "" {
		t.Errorf("sent %s", got)
	}
}
