package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// storeOf makes a store with flows, and returns its path.
func storeOf(t *testing.T, flows ...flow.Flow) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s.db")
	st := openStore(t, path, store.Options{Create: true})
	must(st.Append(t.Context(), flows...))
	noError(t, st.Close())
	return path
}

// getOf returns a GET of a path with an answer of a media type.
func getOf(host, path, mediaType, body string) flow.Flow {
	return flow.Flow{
		ID: flow.NewID(), Done: true, Source: "proxy", Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Request: flow.Request{Method: "GET", Scheme: "https", Authority: host, Path: path},
		Response: &flow.Response{
			Status: 200, Header: flow.Header{{Name: "Content-Type", Value: mediaType}}, Body: flow.Body{Data: []byte(body), Size: int64(len(body))},
		},
	}
}

// TestRemovalByValue takes the value of --holding from stdin and files. It may have 64 KiB.
func TestRemovalByValue(t *testing.T) {
	t.Setenv(cli.ConfigEnv, "")
	value := strings.Repeat("v", 64<<10)
	db := storeOf(t, getOf("a.example", "/", "text/plain", "x"+value), getOf("a.example", "/other", "text/plain", "x"))
	file := filepath.Join(t.TempDir(), "value")
	for _, tt := range []struct {
		text   string
		status int
		want   string
	}{
		{value + "v", cli.ExitFailed, "must have 4 to 65536"},
		{value + "v\n", cli.ExitFailed, "must have 4 to 65536"},
		{value + "\n and more", cli.ExitFailed, "must have 4 to 65536"},
		{value + "\r\n\r\n and more", cli.ExitFailed, "must have 4 to 65536"},
		{value, cli.ExitFine, "would remove 1 flow\n"},
		{value + "\r\n", cli.ExitFine, "would remove 1 flow\n"},
		{"vvvv\r\n", cli.ExitFine, "would remove 1 flow\n"},
		{"vvv\n", cli.ExitFailed, "must have 4 to 65536"},
		{"none", cli.ExitFine, "would remove 0 flows\n"},
	} {
		noError(t, os.WriteFile(file, []byte(tt.text), 0o600))
		status, _, errs := runHere("flows", "rm", "--db", db, "--dry-run", "--holding", file)
		if status != tt.status || !strings.Contains(errs, tt.want) {
			t.Errorf("%d bytes: %d, %s, want %s", len(tt.text), status, errs, tt.want)
		}
	}
	if status, _, errs := runHere("flows", "rm", "--db", db, "--holding", filepath.Dir(file)); status != cli.ExitFailed || !strings.Contains(errs, "is a directory") {
		t.Errorf("a folder: %d, %s", status, errs)
	}
}
