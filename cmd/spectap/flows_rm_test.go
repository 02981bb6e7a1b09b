package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// TestFlowsRmSpool removes flows of a spool of which a hub has confirmed the first.
func TestFlowsRmSpool(t *testing.T) {
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "spool.db")
	db, err := store.Open(path, store.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		f := flow.Flow{ID: flow.NewID(), Done: true, Request: flow.Request{Method: "GET", Scheme: "https", Authority: "a.example", Path: "/"}}
		if _, err := db.Append(ctx, f); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.SetSent(ctx, 1); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ number, want string }{{"1", ""}, {"2", "has not confirmed 1 flow of these"}} {
		var out, errs strings.Builder
		if status := run(ctx, []string{"flows", "rm", tt.number, "--db", path}, strings.NewReader(""), &out, &errs); status != 0 {
			t.Fatal(errs.String())
		}
		if !strings.Contains(errs.String(), "removed 1 flow") || !strings.Contains(errs.String(), tt.want) ||
			tt.want == "" && strings.Contains(errs.String(), "confirmed") {
			t.Errorf("flows rm %s: %s, want %q", tt.number, errs.String(), tt.want)
		}
	}
}
