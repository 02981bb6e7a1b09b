package streamable_test

import (
	"io"
	"strings"
	"testing"

	"github.com/spectap/spectap/gateway/gatewaytest"
	"github.com/spectap/spectap/mcp/mirror"
	"github.com/spectap/spectap/mcp/streamable"
)

// Requests that cannot be served say why, with a status that tells a client whether to try again.
func TestRequestsThatCannotBeServed(t *testing.T) {
	s := newSite(t, gatewaytest.ReadOnly, nil, func(c *streamable.Config) { c.MaxMessage = 200 })
	id, _ := s.Begin()
	ping := `{"jsonrpc":"2.0","id":7,"method":"ping"}`
	fill := func(size int) string { return ping + strings.Repeat(" ", size-len(ping)) }
	for _, tt := range []struct {
		name, method, body string
		header             []string
		status             int
		want               []string
	}{
		{"no stream", "GET", "", []string{"Accept", "application/json", mirror.HeaderSession, id}, 406, []string{"accept text/event-stream"}},
		{"stream without a session", "GET", "", nil, 400, []string{"the header Mcp-Session-Id is missing", `"id":null`}},
		{"stream of no session", "GET", "", []string{mirror.HeaderSession, "none"}, 404, []string{"there is no such session"}},
		{"end without a session", "DELETE", "", nil, 400, []string{"is missing"}},
		{"end of no session", "DELETE", "", []string{mirror.HeaderSession, "none"}, 404, []string{"there is no such session"}},
		{"call without a session", "POST", ping, nil, 400, []string{"begin with initialize", `"id":7`}},
		{"call of no session", "POST", ping, []string{mirror.HeaderSession, "none"}, 404, []string{"begin a new one", `"id":7`}},
		{"two sessions", "POST", ping, []string{mirror.HeaderSession, id, mirror.HeaderSession, "none"}, 400, []string{"more than once", `"id":7`}},
		{"unknown version", "POST", ping, []string{mirror.HeaderSession, id, mirror.HeaderVersion, "2024-01-01"}, 400, []string{"the protocol version 2024-01-01 is not known"}},
		{"no media type", "POST", ping, []string{"Content-Type", ""}, 415, []string{"must be application/json"}},
		{"another charset", "POST", ping, []string{"Content-Type", "application/json; charset=latin1"}, 415, []string{"the charset must be utf-8"}},
		{"compressed", "POST", ping, []string{"Content-Encoding", "gzip"}, 415, []string{"Content-Encoding is not accepted"}},
		{"too large", "POST", fill(201), []string{mirror.HeaderSession, id}, 413, []string{"the message is larger than 200 bytes"}},
		{"large", "POST", fill(200), []string{mirror.HeaderSession, "none"}, 404, nil},
		{"no JSON", "POST", "x", []string{mirror.HeaderSession, id}, 400, []string{"not an object of JSON"}},
		{"another method", "PUT", ping, []string{mirror.HeaderSession, id}, 405, []string{"the method PUT is not served here"}},
	} {
		resp := s.Request(t.Context(), tt.method, tt.body, tt.header...)
		text, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != tt.status || resp.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: status %d, want %d; %v", tt.name, resp.StatusCode, tt.status, err)
		}
		for _, want := range tt.want {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s: got %s, want %s", tt.name, text, want)
			}
		}
		records := s.Records()
		if last := records[len(records)-1]; last.Decision != "deny" || len(tt.want) > 0 && !strings.Contains(last.Reason, tt.want[0]) {
			t.Errorf("%s: the audit ends with %+v", tt.name, last)
		}
	}
}
