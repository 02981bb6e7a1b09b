package merge

import (
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/rawjson"
)

// isForeignProgress reports whether a server sends progress for a call to another server. It may
// have guessed the token, and its text would be shown with that call. Progress of no pending call
// passes, since tasks continue after their calls.
func (g *Merger) isForeignProgress(be *backend, m *jsonrpc.Message) bool {
	if m.Method != "notifications/progress" {
		return false
	}
	token := jsonrpc.Key(string(rawjson.At(m.Params, "progressToken")))
	foreign := false
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, q := range g.pending {
		if q.token == "" || q.token != token {
			continue
		}
		if q.backend == be {
			return false
		}
		foreign = true
	}
	return foreign
}

// tokenOf returns the progress token of a request, or "".
func tokenOf(m *jsonrpc.Message) string {
	token := rawjson.At(m.Params, "_meta", "progressToken")
	if token == nil {
		return ""
	}
	return jsonrpc.Key(string(token))
}
