package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestImportSaysWhatIsLeftOut imports files with entries that cannot be imported, are too large, or
// lack something. What is said of them counts them, and names the first.
func TestImportSaysWhatIsLeftOut(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv(configEnv, "")
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
		{"a bad entry before good ones", har(bad[0], entry(7, 200, ""), entry(8, 200, "")), "", exitFailed, 0, "import f: entry 1: response.status: 42 is not a status (nothing was imported)\n", ";"},
		{"the same, left out", har(bad[0], entry(7, 200, ""), entry(8, 200, "")), "--skip-bad", exitFine, 2, "imported 2 flows from f; left out 1 entry that cannot be imported: entry 1: ", "more"},
		{"five bad entries", har(bad[:5]...), "", exitFailed, 0, "; entry 5: response.status: 42 is not a status (nothing", "more"},
		{"six bad entries", har(bad...), "", exitFailed, 0, "; entry 5: response.status: 42 is not a status; and 1 more (nothing", "entry 6"},
		{"six bad entries, left out", har(append(bad, entry(7, 200, ""))...), "--skip-bad", exitFine, 1, "left out 6 entries that cannot be imported: entry 1: ", "entry 6"},
		{"a large entry", har(entry(0, 200, ""), large, entry(2, 200, "")), "", exitFine, 2, "imported 2 flows from f; left out 1 entry that is too large: entry 2: ", "cannot"},
		{"two large entries", har(large, large), "", exitFine, 0, "imported 0 flows from f; left out 2 entries that are too large: entry 1: ", "cannot"},
		{"a time that nobody can read", burp("yesterday", zoned), "", exitFine, 2, "; 1 entry does not have a time that can be read\n", "UTC"},
		{"two of them", burp("yesterday", "today"), "", exitFine, 2, "; 2 entries do not have a time that can be read\n", "UTC"},
		{"times as they should be", burp(zoned, zoned), "", exitFine, 2, "imported 2 flows from f\n", ";"},
		{"a collection without a list", `{"info":{"name":"x","schema":"https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},"item":7}`, "", exitFailed, 0,
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

// TestImportCaptureOfAnswers says of a capture without requests that this is why it has no flow.
func TestImportCaptureOfAnswers(t *testing.T) {
	whole, err := os.ReadFile("../../flow/pcap/testdata/curl.pcap")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	t.Setenv(configEnv, "")
	answers := bytes.Clone(whole[:24])
	for at := 24; at < len(whole); { // without the requests
		next := at + 16 + int(binary.LittleEndian.Uint32(whole[at+8:]))
		if !bytes.Contains(whole[at:next], []byte("GET /")) && !bytes.Contains(whole[at:next], []byte("POST /")) {
			answers = append(answers, whole[at:next]...)
		}
		at = next
	}
	if err := os.WriteFile("answers.pcap", answers, 0o600); err != nil {
		t.Fatal(err)
	}
	wantRun(t, []string{"import", "--db", "s.db", "answers.pcap"}, "imported 0 flows from answers.pcap; its TCP connections have no HTTP request\n")
}

// TestImportByAgent imports files of more flows than are stored at once, and of entries that are
// left out. The answer counts them.
func TestImportByAgent(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv(configEnv, "")
	var paths []string
	for i := range 2*batchFlows + 1 {
		paths = append(paths, fmt.Sprintf("/items/%d", i))
	}
	many := harOf(paths)
	broken := strings.Replace(many, `"status":200`, `"status":42`, 1)
	large := strings.Replace(harOf(paths[:2]), `"cache":{}`, `"cache":{"_x":[0`+strings.Repeat(",0", 4<<20)+`]}`, 1)
	for name, text := range map[string]string{"many.har": many, "broken.har": broken, "large.har": large} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	a := runAgent(t, "--db", "s.db", "--allow", "import", "--files", ".")
	for _, tt := range []struct {
		args  map[string]any
		want  string
		flows int64
	}{
		{map[string]any{"file_path": "many.har"}, fmt.Sprintf("map[deleted:0 imported:%d skipped:0]", len(paths)), int64(len(paths))},
		{map[string]any{"file_path": "broken.har", "append": true}, "nothing was imported: entry 1: response.status: 42", int64(len(paths))},
		{map[string]any{"file_path": "large.har", "append": true}, "map[deleted:0 imported:1 skipped:0 too_large:1]", int64(len(paths)) + 1},
		{map[string]any{"file_path": "many.har", "append": true, "scope": "other.example"}, fmt.Sprintf("skipped:%d]", len(paths)), int64(len(paths)) + 1},
		{map[string]any{"file_path": "large.har"}, fmt.Sprintf("replace all %d captured flows", len(paths)+1), int64(len(paths)) + 1},
		{map[string]any{"file_path": "large.har", "__confirmed": true}, fmt.Sprintf("map[deleted:%d imported:1 skipped:0 too_large:1]", len(paths)+1), 1},
		{map[string]any{"file_path": "none.har", "__confirmed": true}, "no such file", 1},
	} {
		if got := fmt.Sprint(a.call("load_traffic_file", tt.args)); !strings.Contains(got, tt.want) {
			t.Errorf("%v: %.400s, want %s", tt.args, got, tt.want)
		}
		if n := storedFlows(t, "s.db"); n != tt.flows {
			t.Errorf("%v: %d flows are stored, want %d", tt.args, n, tt.flows)
		}
	}
	// A file that changes after the question is not imported.
	if got := fmt.Sprint(a.call("load_traffic_file", map[string]any{"file_path": "many.har"})); !strings.Contains(got, "replace all 1 captured flows") {
		t.Errorf("asked: %s", got)
	}
	if err := os.WriteFile("many.har", []byte(harOf(paths[:3])), 0o600); err != nil {
		t.Fatal(err)
	}
	a.call("load_traffic_file", map[string]any{"file_path": "many.har", "__confirmed": true})
	if n := storedFlows(t, "s.db"); n != 1 {
		t.Errorf("%d flows are stored after the file was changed", n)
	}
}
