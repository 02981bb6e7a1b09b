package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/cli"
)

// TestImportSaysWhatIsLeftOut imports files with entries that cannot be imported, are too large, or
// lack something. What is said of them counts them, and names the first.
func TestImportSaysWhatIsLeftOut(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv(cli.ConfigEnv, "")
	entry := func(n int, status int, more string) string {
		return fmt.Sprintf(`{"startedDateTime":"2026-01-02T03:04:05Z","time":1,"request":{"method":"GET","url":"https://a.example/%d"},"response":{"status":%d}%s}`, n, status, more)
	}
	har := func(entries ...string) string {
		return `{"log":{"version":"1.2","entries":[` + strings.Join(entries, ",") + `]}}`
	}
	bad := make([]string, 6)
	for i := range bad {
		bad[i] = entry(i, 42, "")
	}
	burp := func(times ...string) string {
		var b strings.Builder
		b.WriteString("<?xml version=\"1.0\"?>\n<!DOCTYPE items [\n<!ELEMENT items (item*)>\n]>\n<items burpVersion=\"2025.3\">")
		for _, at := range times {
			b.WriteString("<item><time>" + at + `</time><url>https://a.example/b</url><request base64="true">R0VUIC9pdGVtcy85IEhUVFAvMS4xDQpIb3N0OiBzaG9wLmV4YW1wbGUNCg0K</request><response base64="true">SFRUUC8xLjEgMjA0IE5vIENvbnRlbnQNCg0K</response></item>`)
		}
		return b.String() + "</items>"
	}
	const zoned = "Thu Jan 04 14:01:22 GMT 2024"
	large := entry(1, 200, `,"_x":[0`+strings.Repeat(",0", 4<<20)+`]`)
	for _, tt := range []struct {
		name, text, args string
		status           int
		flows            int64
		want, without    string
	}{
		{"a bad entry before good ones", har(bad[0], entry(7, 200, ""), entry(8, 200, "")), "", cli.ExitFailed, 0, "import f: entry 1: response.status: 42 is not a status (nothing was imported)\n", ";"},
		{"the same, left out", har(bad[0], entry(7, 200, ""), entry(8, 200, "")), "--skip-bad", cli.ExitFine, 2, "imported 2 flows from f; left out 1 entry that cannot be imported: entry 1: ", "more"},
		{"five bad entries", har(bad[:5]...), "", cli.ExitFailed, 0, "; entry 5: response.status: 42 is not a status (nothing", "more"},
		{"six bad entries", har(bad...), "", cli.ExitFailed, 0, "; entry 5: response.status: 42 is not a status; and 1 more (nothing", "entry 6"},
		{"six bad entries, left out", har(append(bad, entry(7, 200, ""))...), "--skip-bad", cli.ExitFine, 1, "left out 6 entries that cannot be imported: entry 1: ", "entry 6"},
		{"a large entry", har(entry(0, 200, ""), large, entry(2, 200, "")), "", cli.ExitFine, 2, "imported 2 flows from f; left out 1 entry that is too large: entry 2: ", "cannot"},
		{"two large entries", har(large, large), "", cli.ExitFine, 0, "imported 0 flows from f; left out 2 entries that are too large: entry 1: ", "cannot"},
		{"a time that nobody can read", burp("yesterday", zoned), "", cli.ExitFine, 2, "; 1 entry does not have a time that can be read\n", "UTC"},
		{"two of them", burp("yesterday", "today"), "", cli.ExitFine, 2, "; 2 entries do not have a time that can be read\n", "UTC"},
		{"times as they should be", burp(zoned, zoned), "", cli.ExitFine, 2, "imported 2 flows from f\n", ";"},
		{"a collection without a list", `{"info":{"name":"x","schema":"https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},"item":7}`, "", cli.ExitFailed, 0,
			"try: export the collection in Postman: Export, Collection v2.1", "imported 0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if err := os.WriteFile("f", []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			status, out, errs := runHere(append([]string{"import", "--db", "s.db", "f"}, strings.Fields(tt.args)...)...)
			said, _, _ := strings.Cut(errs, "\ntry: ")
			if status != tt.status || out != "" || !strings.Contains(errs, tt.want) || strings.Contains(said, tt.without) {
				t.Errorf("%d, %s%s\nwant %d, %s without %s", status, out, errs, tt.status, tt.want, tt.without)
			}
			if n := storedFlows(t, "s.db"); n != tt.flows {
				t.Errorf("%d flows were stored, want %d", n, tt.flows)
			}
		})
	}
}
