package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/cli"
	"github.com/spectap/spectap/store"
)

// TestCommandsOfASession checks that commands with --session see and remove flows of that session
// alone.
func TestCommandsOfASession(t *testing.T) {
	db := filepath.Join(t.TempDir(), "s.db")
	st, err := store.Open(db, store.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	for _, name := range []string{"one", "two"} {
		n, err := st.BeginSession(t.Context(), store.Session{Command: []string{name}, Started: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			f := testFlow("/" + name)
			f.Session, f.Response = n, &flow.Response{Status: 200}
			if _, err := st.Append(t.Context(), f); err != nil {
				t.Fatal(err)
			}
		}
		if err := st.EndSession(t.Context(), n, time.Now(), 0); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := st.Append(t.Context(), testFlow("/none")); err != nil {
		t.Fatal(err)
	}
	if n, err := st.BeginSession(t.Context(), store.Session{Command: []string{"idle"}, Started: time.Now()}); err != nil {
		t.Fatal(err)
	} else if err := st.EndSession(t.Context(), n, time.Now(), 0); err != nil { // made no request, so it is not the last one
		t.Fatal(err)
	}
	st.Close()
	for _, tt := range []struct {
		args   string
		status int
		want   string // a part of the output
		none   string
	}{
		{"flows ls --session 1", cli.ExitFine, "/one", "/two"},
		{"flows ls --session 1 --count", cli.ExitFine, "2", ""},
		{"flows ls --session last", cli.ExitFine, "/two", "/one"},
		{"flows ls --session #2 --count", cli.ExitFine, "2", ""},
		{"flows export --session 1", cli.ExitFine, "/one", "/two"},
		{"explain GET /two --session 1", cli.ExitFailed, "", ""},
		{"export --session 1", cli.ExitFine, "/one:", "/two"},
		{"flows ls --session 4", cli.ExitFailed, "no such session; the newest is 3", ""},
		{"flows ls --session x", cli.ExitMisuse, "must be a number or last", ""},
		{"flows rm a.example --session 1", cli.ExitFine, "2 flows", ""},
		{"flows ls", cli.ExitFine, "/two", "/one"},
		{"flows ls --count", cli.ExitFine, "3", ""},
	} {
		var out, errs bytes.Buffer
		status := run(t.Context(), append([]string{"--db", db}, strings.Fields(tt.args)...), strings.NewReader(""), &out, &errs)
		said := out.String() + errs.String()
		if status != tt.status || !strings.Contains(said, tt.want) || tt.none != "" && strings.Contains(said, tt.none) {
			t.Errorf("%s: status %d: %s", tt.args, status, said)
		}
		if strings.HasSuffix(tt.args, "--count") && strings.TrimSpace(out.String()) != tt.want {
			t.Errorf("%s: %s", tt.args, &out)
		}
	}
}
