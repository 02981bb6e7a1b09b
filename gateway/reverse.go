package gateway

import (
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/rawjson"
)

// askFor forwards a request of the server. A request that cannot be sent is refused, so that the
// server does not wait forever.
func (r *Relay) askFor(c *call, via jsonrpc.Exchange) {
	id := c.request.ID
	if !r.reverse(c) {
		_ = r.sendUp(jsonrpc.Failure(id, jsonrpc.CodeInvalidRequest, "another request with this id, or too many, are not answered yet", nil))
		return
	}
	if !r.sendDown(c.request, via) && r.take(&r.reversed, jsonrpc.Key(id)) != nil {
		r.guard.Outcome(c.verdict, enforce.Failed, 0)
		_ = r.sendUp(jsonrpc.Failure(id, jsonrpc.CodeInternal, "the client does not read what it is sent", nil))
	}
}

// reverse records a request of the server, or of the relay itself, to the client. It reports false
// if there are too many or one with the same id.
func (r *Relay) reverse(c *call) bool {
	key := jsonrpc.Key(c.request.ID)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.reversed[key] != nil || c.reply == nil && !r.mayAsk(len(c.request.Text)) {
		return false
	}
	r.reversed[key] = c
	return true
}

// cancelReversed removes the request that a notification of the server cancels: the client does not
// answer it.
func (r *Relay) cancelReversed(m *jsonrpc.Message) {
	key := jsonrpc.Key(string(rawjson.At(m.Params, "requestId")))
	r.mu.Lock()
	c := r.reversed[key]
	r.mu.Unlock()
	if c != nil && c.reply == nil && r.take(&r.reversed, key) != nil { // not one of the relay itself
		r.guard.Outcome(c.verdict, enforce.Cancelled, 0)
	}
}

// mayAsk reports whether the server may ask a question of a size. The relay's own questions do not
// count. The caller holds r.mu.
func (r *Relay) mayAsk(size int) bool {
	n := 0
	for _, open := range r.reversed {
		if open.reply == nil {
			n, size = n+1, size+len(open.request.Text)
		}
	}
	return n < maxQuestions && size <= maxQuestionSize
}
