package main

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// TestStreamOfModel records what a server streams event by event, and shows the message that the
// events assemble, without a secret that is split over them. The document has each type of events.
func TestStreamOfModel(t *testing.T) {
	a := must(txtar.ParseFile("../../flow/delta/testdata/anthropic.txtar"))
	stream := strings.NewReplacer(`{\"city\":`, `{\"city\":\"Paris\",\"password\":\"hunt`, ` \"Paris\"}`, `er2x9\"}`).Replace(string(a.Files[0].Data))
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
		for event := range strings.SplitAfterSeq(stream, "\n\n") {
			w.Write([]byte(event))
			w.(http.Flusher).Flush()
		}
	}))
	defer up.Close()
	base := "http://api.localhost" + up.URL[strings.LastIndex(up.URL, ":"):]
	r := startProxy(t, filepath.Join(t.TempDir(), "s.db"))
	if _, body := r.get(base + "/v1/messages"); body != stream {
		t.Errorf("the client got %s", body)
	}
	r.end()
	for args, want := range map[string]string{
		"flows show 1":         "text:\n  Let me look.\ntool call: get_weather toolu_01T1x1fJ34qAmk2tNTrN7Up6\narguments:\n  {\n    \"city\": \"Paris\",\n    \"password\": \"[redacted:",
		"flows show 1 --raw":   `data: {"type":"content_block_stop","index":2}`,
		"flows show 1 --json":  `"type":"tool_call","id":"toolu_01T1x1fJ34qAmk2tNTrN7Up6","name":"get_weather","arguments":{"city":"Paris","password":"[redacted:`,
		"export --openapi 3.2": "const: content_block_delta",
	} {
		if got := r.spectap(strings.Fields(args)...); !strings.Contains(got, want) || strings.Contains(got, "er2x9") || strings.Contains(got, "hunt") {
			t.Errorf("%s: got %s, want %s", args, got, want)
		}
	}
	if got := r.spectap("flows", "show", "1", "--reveal"); !strings.Contains(got, "hunter2x9") {
		t.Errorf("--reveal: %s", got)
	}
}
