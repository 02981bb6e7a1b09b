package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools"
	"github.com/spectap/spectap/store"
)

// TestImportByAgentFails checks that an agent is told why a file was not imported.
func TestImportByAgentFails(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for name, text := range map[string]string{"empty.har": "", "bad.har.gz": "\x1f\x8bx", "text.har": "hello\n", "cut.har": `{"log":{"entries":[{"startedDateTime"`} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const sound = `{"log":{"version":"1.2","entries":[{"startedDateTime":"2026-01-01T00:00:00Z","request":{"method":"GET","url":"https://a.example/"},"response":{"status":200}}]}}`
	if err := os.WriteFile("sound.har", []byte(sound), 0o600); err != nil {
		t.Fatal(err)
	}
	a := runAgent(t, "--db", filepath.Join(dir, "flows.db"), "--allow", "import", "--files", dir)
	for file, want := range map[string]string{
		"empty.har": "it is empty", "bad.har.gz": "unzip", "text.har": "not a HAR file", "cut.har": "nothing was imported",
		"none.har": "no such file", ".": "not a regular file", "../x.har": "below the folder of --files",
	} {
		got := a.request("tools/call", map[string]any{"name": "load_traffic_file", "arguments": map[string]any{"file_path": file}})
		if text, _ := json.Marshal(got); got["isError"] != true || !strings.Contains(string(text), want) {
			t.Errorf("%s: want %q, got %s", file, want, text)
		}
	}
	if err := os.RemoveAll("flows.db"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir("flows.db", 0o700); err != nil {
		t.Fatal(err)
	}
	got := a.request("tools/call", map[string]any{"name": "load_traffic_file", "arguments": map[string]any{"file_path": "sound.har"}})
	// The answer has the reason of the import, the log that of what reads the store before it.
	if text, _ := json.Marshal(got); got["isError"] != true || !strings.Contains(string(text)+a.stderr.String(), "is a folder") {
		t.Errorf("a folder as the store: got %s, %s", text, a.stderr)
	}
}

// keeper is a store that deletes nothing.
type keeper struct{ store.Store }

func (keeper) Delete(context.Context, store.Query) (int, error) { return 0, errors.New("no room") }

// TestImportInto checks which flows an import leaves in the store: those in scope beside the older
// ones or in their place, and only the older ones after a failure.
func TestImportInto(t *testing.T) {
	exchange := func(host string) flow.Flow {
		return flow.Flow{ID: flow.NewID(), Done: true, Started: time.Now(), Request: flow.Request{Method: "GET", Scheme: "http", Authority: host, Path: "/"}}
	}
	broken := errors.New("broken")
	for _, tt := range []struct {
		name           string
		read, checked  error // of the file
		until          flow.Seq
		keeps          bool // the store deletes nothing
		hosts          string
		fails          string
		flows, skipped int
		deleted        int
	}{
		{name: "beside", hosts: "old.example old.example new.example", flows: 1, skipped: 1},
		{name: "in their place", until: 2, hosts: "new.example", flows: 1, skipped: 1, deleted: 2},
		{name: "in the place of one", until: 1, hosts: "old.example new.example", flows: 1, skipped: 1, deleted: 1},
		{name: "a broken file", read: broken, until: 2, hosts: "old.example old.example", fails: "nothing was imported: broken"},
		{name: "another file", checked: broken, until: 2, hosts: "old.example old.example", fails: "broken"},
		{name: "nothing is deleted", until: 2, keeps: true, hosts: "old.example old.example new.example",
			fails: "the file was imported, but the older flows were not deleted: no room", flows: 1, skipped: 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			db, err := store.Open(filepath.Join(t.TempDir(), "flows.db"), store.Options{Create: true})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if _, err := db.Append(t.Context(), exchange("old.example"), exchange("old.example")); err != nil {
				t.Fatal(err)
			}
			var st store.Store = db
			if tt.keeps {
				st = keeper{db}
			}
			flows := func(yield func(flow.Flow, error) bool) {
				_ = yield(exchange("new.example"), nil) && yield(exchange("other.example"), nil) && tt.read != nil && yield(flow.Flow{}, tt.read)
			}
			request := mcptools.ImportRequest{Until: tt.until, InScope: func(host string) bool { return host != "other.example" }}
			out, err := importInto(t.Context(), st, flows, request, func() error { return tt.checked })
			if (err == nil) != (tt.fails == "") || err != nil && err.Error() != tt.fails {
				t.Errorf("error %v, want %s", err, tt.fails)
			}
			if out.Flows != tt.flows || out.Skipped != tt.skipped || out.Deleted != tt.deleted {
				t.Errorf("imported %+v", out)
			}
			var hosts []string
			for f, err := range db.Scan(t.Context(), store.Query{}) {
				if err != nil {
					t.Fatal(err)
				}
				hosts = append(hosts, f.Request.Authority)
			}
			if got := strings.Join(hosts, " "); got != tt.hosts {
				t.Errorf("the store has %s, want %s", got, tt.hosts)
			}
		})
	}
}
