package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/store"
)

// recorder is the owner of a store, as a proxy is.
type recorder struct {
	t     *testing.T
	path  string
	db    *store.DB
	owner *control.Server
}

// startRecorder opens and serves a store.
func startRecorder(t *testing.T, path string) *recorder {
	t.Helper()
	st := openStore(t, path, store.Options{Create: true})
	r := &recorder{t: t, path: path, db: st}
	var err error
	if r.owner, err = control.Start(control.Config{Store: st, Path: path}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.stop)
	return r
}

func (r *recorder) stop() {
	r.owner.Close()
	r.db.Close()
}

// record records a complete exchange with a JSON object as the response.
func (r *recorder) record(method, url, body string) {
	r.t.Helper()
	authority, path, _ := strings.Cut(url, "/")
	now := time.Now()
	_, err := r.db.Append(context.Background(), flow.Flow{ID: flow.NewID(), Done: true, Source: "proxy", Started: now,
		Request: flow.Request{Method: method, Scheme: "https", Authority: authority, Path: "/" + path},
		Response: &flow.Response{Status: 200, Header: flow.Header{{Name: "Content-Type", Value: "application/json"}},
			Body: flow.Body{Data: []byte(body), Size: int64(len(body))}}})
	if err != nil {
		r.t.Fatal(err)
	}
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

// TestExportWatch follows a store from before it exists, over the end of its owner.
func TestExportWatch(t *testing.T) {
	dir := t.TempDir()
	path, out := filepath.Join(dir, "s.db"), filepath.Join(dir, "api.yaml")
	fixes := filepath.Join(dir, cli.OverridesName)
	w := start(t, "export", "--watch", "--db", path, "-o", out)
	w.expect(w.err, "waiting for "+path, "spectap proxy --db")
	has := func(want string) {
		t.Helper()
		if data, err := os.ReadFile(out); err != nil || !strings.Contains(string(data), want) {
			t.Fatalf("%v, want %s in:\n%s", err, want, data)
		}
	}

	tap := startRecorder(t, path)
	tap.record("GET", "shop.example/items", `{"name":"pen"}`)
	w.expect(w.err, out+": 1 operation")
	has("/items:")
	tap.record("GET", "shop.example/items", `{"name":"ink"}`) // changes no byte, and prints no line
	tap.record("POST", "shop.example/orders", `{"total":3}`)
	w.expect(w.err, "+ POST /orders", "; 2 operations from ")
	has("/orders:")

	tap.record("GET", "other.example/things", `{"size":3}`)
	w.expect(w.err, "2 hosts", "stays that of shop.example", "--host")
	tap.stop()
	next := startRecorder(t, path)
	next.record("DELETE", "shop.example/orders", `{"total":3}`)
	w.expect(w.err, "+ DELETE /orders")
	has("delete:")

	noError(t, os.WriteFile(fixes, []byte("leave-out: [/orders]\n"), 0o600))
	w.expect(w.err, "- DELETE /orders", "- POST /orders")
	noError(t, os.WriteFile(fixes, []byte("no such key: 1\n"), 0o600))
	w.expect(w.err, "read corrections", "there is no key no such key", "try: write segments")
	noError(t, os.Remove(fixes))
	w.expect(w.err, "+ DELETE /orders")
	w.stop(cli.ExitFine)
}

// TestExportWatchInto keeps what people wrote.
func TestExportWatchInto(t *testing.T) {
	dir := t.TempDir()
	path, out := filepath.Join(dir, "s.db"), filepath.Join(dir, "api.yaml")
	doc := "openapi: 3.1.0\ninfo: {title: Shop, version: '1'}  # ours\nservers: [{url: 'https://shop.example'}]\npaths: {/ours: {get: {responses: {'200': {description: ''}}}}}\n"
	noError(t, os.WriteFile(out, []byte(doc), 0o600))
	tap := startRecorder(t, path)
	tap.record("GET", "shop.example/items", `{"name":"pen"}`)
	w := start(t, "export", "--watch", "--db", path, "--into", out)
	w.expect(w.err, out+": + GET /items; 1 operation from 1 flow") // what people wrote is not said to be removed
	tap.record("POST", "shop.example/orders", `{"total":3}`)
	w.expect(w.err, out+": + POST /orders; 2 operations from 2 flows")
	w.stop(cli.ExitFine)
	data, err := os.ReadFile(out)
	if err != nil || !strings.Contains(string(data), "# ours") || !strings.Contains(string(data), "/orders:") {
		t.Errorf("%v\n%s", err, data)
	}
}

// TestCheckWatch reports each finding once, and reads a changed document.
func TestCheckWatch(t *testing.T) {
	dir := t.TempDir()
	path, spec := filepath.Join(dir, "s.db"), filepath.Join(dir, "api.yaml")
	write := func(typ string) {
		doc := `openapi: 3.1.0
info: {title: Shop, version: '1'}
servers: [{url: 'https://shop.example'}]
paths:
  /items:
    get: {responses: {'200': {description: '', content: {application/json: {schema: {properties: {name: {type: ` + typ + `}}}}}}}}
`
		noError(t, os.WriteFile(spec, []byte(doc), 0o600))
	}
	write("string")
	tap := startRecorder(t, path)
	tap.record("GET", "shop.example/items", `{"name":"s3cr3t"}`)
	w := start(t, "check", spec, "--watch", "--json", "--db", path)
	w.expect(w.err, "1 flow: 1 fit", "waiting for more")
	tap.record("GET", "shop.example/items", `{"name":"pen"}`)
	tap.record("GET", "shop.example/items", `{"name":4}`)
	w.expect(w.out, `{"flow":3,"method":"GET","path":"/items","rule":"response-body","where":"response /name","message":`)
	tap.record("GET", "shop.example/items", `{"name":5}`) // the same finding
	tap.record("GET", "shop.example/other", `{}`)
	tap.record("GET", "shop.example/items", `{"name":true}`)
	w.expect(w.out, `"flow":6`, `got boolean`)
	write("integer")
	w.expect(w.err, spec+" has changed")
	tap.record("GET", "shop.example/items", `{"name":"s3cr3t"}`)
	if line := w.expect(w.out, `"flow":7`, `want integer, got string`); strings.Contains(line, "s3cr3t") {
		t.Errorf("a value: %s", line)
	}
	write("[")
	w.expect(w.err, "read "+spec, "the old document stays")
	w.cancel()
	w.expect(w.err, "7 flows: 2 fit, 4 break a rule, 1 without an operation")
	w.stop(cli.ExitFound)
}
