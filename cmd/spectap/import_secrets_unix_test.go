//go:build unix

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// TestImportedSecrets checks that each command hides a value that an early flow of an import used
// as a credential and a later flow repeats under harmless names: directly after the import, and
// also if an earlier import was killed.
func TestImportedSecrets(t *testing.T) {
	dir := t.TempDir()
	har, cut, imported := filepath.Join(dir, "a.har"), filepath.Join(dir, "cut.har"), filepath.Join(dir, "imported.db")
	secrets := []string{"Sesame81!x9k2", "k3y-8f0a2c41-9q"}
	entry := func(method, url, sent, answer string) string {
		return fmt.Sprintf(`{"startedDateTime":"2026-01-02T03:04:05Z","time":1,"request":{"method":%q,"url":"https://a.example%s","postData":{"mimeType":"application/json","text":%q}},`+
			`"response":{"status":200,"content":{"mimeType":"application/json","text":%q}}}`, method, url, sent, answer)
	}
	entries := []string{entry("POST", "/login", `{"user":"ann","password":"`+secrets[0]+`"}`, `{"token":"`+secrets[1]+`"}`)}
	const others = 6000
	for i := range others {
		entries = append(entries, entry("GET", fmt.Sprintf("/things/%d", i), "", fmt.Sprintf(`{"id":%d,"mode":"v1beta1-x7"}`, i)))
	}
	for i := range 20 { // enough for an enum
		entries = append(entries, entry("GET", fmt.Sprintf("/notes/%d?ref=%s", i, secrets[1]), "", `{"mode":"`+secrets[0]+`","of":["`+secrets[1]+`"]}`))
	}
	all := `{"log":{"entries":[` + strings.Join(entries, ",\n")
	noError(t, os.WriteFile(har, []byte(all+"]}}"), 0o600))
	noError(t, exec.Command("mkfifo", cut).Run())

	killed := exec.CommandContext(t.Context(), "spectap", "import", "--db", imported, cut)
	noError(t, killed.Start())
	pipe, err := os.OpenFile(cut, os.O_WRONLY, 0) // once the import reads
	noError(t, err)
	must(pipe.WriteString(all))
	for {
		if st, err := os.Stat(imported); err == nil && st.Size() > 1<<18 { // flows are in it
			break
		}
		time.Sleep(time.Millisecond) // nothing announces them
	}
	noError(t, killed.Process.Kill())
	_ = killed.Wait()
	noError(t, pipe.Close())

	var out bytes.Buffer
	spectap := func(args ...string) string {
		t.Helper()
		out.Reset()
		if status := run(t.Context(), args, strings.NewReader(""), &out, &out); status != 0 {
			t.Fatalf("%v ends with %d: %s", args, status, out.String())
		}
		return out.String()
	}
	if n := spectap("flows", "ls", "--db", imported, "--count"); n != "0\n" {
		t.Fatalf("a killed import left %s flows", n)
	}
	spectap("import", "--db", imported, har)
	data := must(os.ReadFile(imported))
	last := fmt.Sprint(spectapLast(t, imported))
	for name, door := range map[string][]string{
		"ls":     {"flows", "ls", "path:/notes"},
		"json":   {"flows", "ls", "path:/notes", "--json"},
		"show":   {"flows", "show", last},
		"curl":   {"flows", "show", "--curl", last},
		"har":    {"flows", "export", "path:/notes"},
		"export": {"export"},
		"mcp":    nil,
	} {
		t.Run(name, func(t *testing.T) {
			db := filepath.Join(t.TempDir(), "flows.db") // as if no command had read it
			noError(t, os.WriteFile(db, data, 0o600))
			shown := ""
			if door != nil {
				shown = spectap(slices.Concat(door, []string{"--db", db})...)
			} else {
				shown = fmt.Sprint(runAgent(t, "--db", db).call("inspect_flows", map[string]any{"flow_ids": last, "full_body": true}))
			}
			if !strings.Contains(shown, "notes") {
				t.Fatalf("shows no flow: %.500s", shown)
			}
			for _, s := range secrets {
				if strings.Contains(shown, s) {
					t.Errorf("shows %s: %.500s", s, shown)
				}
			}
		})
	}
}

// spectapLast returns the number of the newest flow of a store.
func spectapLast(t *testing.T, path string) flow.Seq {
	db := must(store.Open(path, store.Options{ReadOnly: true}))
	defer db.Close()
	st := must(db.Stat(t.Context()))
	return st.Last
}
