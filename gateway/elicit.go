package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/rawjson"
	"github.com/spectap/spectap/mcp/subject"
)

// asker returns a function that asks the person who uses the client to approve a held call, or nil
// if the client cannot ask. Stateless clients accept no requests: see elicit_result.go.
func (r *Relay) asker(p jsonrpc.Packet) func(ctx context.Context, text string) (enforce.Answer, error) {
	if r.shared || !r.canAsk() {
		return nil
	}
	return func(ctx context.Context, text string) (enforce.Answer, error) {
		m, ok := r.askClient(ctx, p.Via, "elicitation/create", question(text))
		if !ok || m.Err != nil {
			return enforce.NoAnswer, errNoAnswer
		}
		return subject.Agreement(m.Result), nil
	}
}

var errNoAnswer = errors.New("the client does not answer")

// question returns the parameters of an elicitation that is answered with yes or no.
func question(text string) map[string]any {
	return map[string]any{"message": text, "requestedSchema": map[string]any{"type": "object", "properties": map[string]any{}}}
}

// canAsk reports whether the client declared in its handshake that it shows forms.
func (r *Relay) canAsk() bool {
	return jsonrpc.ShowsForms(rawjson.At(get(&r.mu, &r.hello), "capabilities"))
}

// askClient sends a request of the relay itself to the client, and waits for the answer until ctx
// ends. Then it cancels the request.
func (r *Relay) askClient(ctx context.Context, via jsonrpc.Exchange, method string, params map[string]any) (*jsonrpc.Message, bool) {
	r.mu.Lock()
	r.own++
	id := fmt.Sprintf(`"%sask-%d"`, r.prefix, r.own)
	r.mu.Unlock()
	c := &call{request: jsonrpc.Request(id, method, jsonvalue.Encode(params)), reply: make(chan *jsonrpc.Message, 1)}
	if !r.reverse(c) {
		return nil, false
	}
	r.sendDown(c.request, via)
	select {
	case m, ok := <-c.reply:
		return m, ok
	case <-ctx.Done():
		if r.take(&r.reversed, jsonrpc.Key(id)) != nil {
			note := map[string]any{"requestId": json.RawMessage(id), "reason": "the call was decided otherwise, or waits no longer"}
			r.sendDown(jsonrpc.Notification("notifications/cancelled", jsonvalue.Encode(note)), via)
		}
		return nil, false
	}
}
