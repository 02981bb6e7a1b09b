package merge

import (
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/rawjson"
)

// isForeignProgress reports whether a server notes the progress of a call that another server has:
// it may guess the token, and what it says would be shown with that call. A note about no call that
// is under way passes, since tasks go on after their calls.
func (g *Merger) isForeignProgress(be *backend, m *jsonrpc.Message) bool {
	if m.Method != "notifications/progress" {
		return false
	}
	params, _ := rawjson.Split(m.Params)
	token := jsonrpc.Key(string(rawjson.Get(params, "progressToken")))
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

// tokenOf returns the token with which a request asks for progress, "" if it does not.
func tokenOf(m *jsonrpc.Message) string {
	_, meta := jsonrpc.MetaOf(m.Params)
	token := rawjson.Get(meta, "progressToken")
	if token == nil {
		return ""
	}
	return jsonrpc.Key(string(token))
}
