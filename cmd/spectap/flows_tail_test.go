package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/store"
)

// TestFlowsTail follows a store that the test process owns, like a proxy.
func TestFlowsTail(t *testing.T) {
	t.Setenv(cli.ConfigEnv, "")
	path := filepath.Join(t.TempDir(), "s.db")
	st := openStore(t, path, store.Options{Create: true})
	defer st.Close()
	owner := must(control.Start(control.Config{Store: st, Path: path}))
	add := func(path, query string, done bool, id flow.ID) {
		t.Helper()
		must(st.Append(context.Background(), flow.Flow{ID: id, Done: done, Source: "proxy", Started: time.Now(), Err: "no answer",
			Request: flow.Request{Method: "GET", Scheme: "https", Authority: "shop.example", Path: path, RawQuery: query}}))
	}
	add("/old", "", true, flow.NewID())
	add("/other", "", true, flow.NewID())

	out, in := io.Pipe()
	var errs bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		ended <- run(context.Background(), []string{"flows", "tail", "--db", path, "path:/old", "or", "path:/new"}, strings.NewReader(""), in, &errs)
		in.Close()
	}()
	lines := bufio.NewScanner(out)
	expect := func(want string) {
		t.Helper()
		if !lines.Scan() || !strings.Contains(lines.Text(), want) {
			t.Fatalf("got %q, want %s; %s", lines.Text(), want, errs.String())
		}
	}
	expect("shop.example/old")
	pending := flow.NewID()
	add("/new/1", "token=s3cr3t", false, pending)
	add("/other/2", "", true, flow.NewID())
	add("/new/2", "", true, flow.NewID())
	expect("shop.example/new/2") // the first is not complete
	add("/new/1", "token=s3cr3t", true, pending)
	expect("shop.example/new/1?token=[redacted:secret:")

	owner.Close()
	if lines.Scan() {
		t.Errorf("more: %s", lines.Text())
	}
	if code := <-ended; code != cli.ExitFine || !strings.Contains(errs.String(), "the proxy has ended") {
		t.Errorf("exit %d: %s", code, errs.String())
	}
	errs.Reset()
	if code := run(context.Background(), []string{"flows", "tail", "--db", path}, nil, io.Discard, &errs); code != cli.ExitFailed || !strings.Contains(errs.String(), "no proxy records to") {
		t.Errorf("exit %d: %s", code, errs.String())
	}
}
