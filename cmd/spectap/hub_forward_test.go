package main

import (
	"context"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// TestForwardToNoHub ends a forwarder that never reached its hub. It says what the spool keeps.
func TestForwardToNoHub(t *testing.T) {
	path := filepath.Join(t.TempDir(), "spool.db")
	db, err := store.Open(path, store.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	one := flow.Flow{ID: flow.NewID(), Done: true, Source: "proxy", Request: flow.Request{Method: "GET", Scheme: "https", Authority: "a.example", Path: "/"}}
	if _, err := db.Append(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	var errs strings.Builder
	p := newProgram(strings.NewReader(""), io.Discard, &errs)
	f := &forwarding{hubFlags: hubFlags{address: "spectap://127.0.0.1:1/shop"}, spool: path, source: "pod"}
	if err := f.start(p, db, false, nil, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	err = f.stop(ctx)
	p.stderr.Flush()
	if want := "1 record in " + path + "; the next proxy"; err != nil || !strings.Contains(errs.String(), want) ||
		!strings.Contains(errs.String(), "spectap://127.0.0.1:1/shop was never reached") {
		t.Errorf("%v: %s", err, errs.String())
	}
}
