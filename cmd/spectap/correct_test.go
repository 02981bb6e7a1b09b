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

// TestCorrectRefuses changes no file if a correction cannot be made.
func TestCorrectRefuses(t *testing.T) {
	t.Setenv(cli.ConfigEnv, "")
	setFolder(t, "XDG_STATE_HOME", t.TempDir())
	db := filepath.Join(t.TempDir(), "s.db")
	st := openStore(t, db, store.Options{Create: true})
	must(st.Append(t.Context(), flow.Flow{
		Source: "test", Started: time.Now(), Done: true, Response: &flow.Response{Status: 200},
		Request: flow.Request{Method: "GET", Scheme: "https", Authority: "api.example", Path: "/users"},
	}))
	noError(t, st.Close())
	dir := t.TempDir()
	broken, none := filepath.Join(dir, "broken.yaml"), filepath.Join(dir, "none.db")
	noError(t, os.WriteFile(broken, []byte("no such key: 1\n"), 0o600))
	for _, tt := range []struct {
		name string
		args []string
		want string
	}{
		{"a broken file", []string{"title", "--db", db, "--overrides", broken, "A"}, "there is no key no such key"},
		{"a broken file, listed", []string{"ls", "--db", db, "--overrides", broken}, "there is no key no such key"},
		{"no store", []string{"title", "--db", none, "A"}, none},
		{"no such host", []string{"title", "--db", db, "--host", "no.example", "A"}, "no.example"},
		{"nothing to remove", []string{"rm", "--db", db, "hosts", "no.example"}, "try: spectap correct ls"},
		{"nothing to undo", []string{"undo", "--db", db}, "try: spectap correct ls"},
	} {
		status, out, errs := runHere(append([]string{"correct"}, tt.args...)...)
		if status != cli.ExitFailed || out != "" || !strings.Contains(errs, tt.want) {
			t.Errorf("%s: exit status %d, want %q: %s%s", tt.name, status, tt.want, out, errs)
		}
	}
	if data, err := os.ReadFile(broken); err != nil || string(data) != "no such key: 1\n" {
		t.Errorf("the broken file: %q, %v", data, err)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(db), cli.OverridesName)); err == nil {
		t.Error("a file of corrections was written")
	}
}
