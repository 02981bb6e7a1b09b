package mcptools

import (
	"encoding/json"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
)

// TestRawArguments takes arguments as sent, or as a caller in the same process passes them.
func TestRawArguments(t *testing.T) {
	for _, x := range []struct {
		name    string
		raw     json.RawMessage
		decoded any
		want    string
	}{
		{"sent", json.RawMessage(`{"a": 1}`), map[string]any{"a": 1}, `{"a": 1}`},
		{"decoded", nil, map[string]any{"a": 1}, `{"a":1}`},
		{"none", nil, nil, ""},
		{"no JSON", nil, map[string]any{"a": make(chan int)}, "?"},
	} {
		var r mcp.CallToolRequest
		r.Params.RawArguments, r.Params.Arguments = x.raw, x.decoded
		if got := string(rawArguments(r)); got != x.want {
			t.Errorf("%s: %q, want %q", x.name, got, x.want)
		}
	}
}
