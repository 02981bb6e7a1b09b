package gateway

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/rawjson"
)

// withID returns a request with another id, which it also has as its progress token if it asks for
// progress. The id keeps the type of the old one.
func withID(m *jsonrpc.Message, n uint64) *jsonrpc.Message {
	out := *m
	out.ID = strconv.FormatUint(n, 10)
	if m.ID[0] == '"' {
		out.ID = strconv.Quote(out.ID)
	}
	if params, meta := jsonrpc.MetaOf(m.Params); rawjson.Get(meta, "progressToken") != nil {
		out.Params = rawjson.Join(rawjson.Set(params, "_meta", rawjson.Join(rawjson.Set(meta, "progressToken", jsontext.Value(out.ID)))))
	}
	return out.Encoded()
}

// restoreAnswer returns the answer to a call with the id that the caller knows.
func restoreAnswer(m *jsonrpc.Message, c *call) *jsonrpc.Message {
	out := *m
	out.ID = c.request.ID
	if c.request.Method == "subscriptions/listen" {
		out.Result = withSubscription(m.Result, c)
	}
	return out.Encoded()
}

// restoreNote returns a notification that belongs to a call with the ids that the client knows.
func restoreNote(m *jsonrpc.Message, c *call) *jsonrpc.Message {
	out := *m
	if m.Method == "notifications/progress" {
		params, err := rawjson.Split(m.Params)
		if token := c.token(); err == nil && token != nil {
			out.Params = rawjson.Join(rawjson.Set(params, "progressToken", token))
		}
	} else {
		out.Params = withSubscription(m.Params, c)
	}
	return out.Encoded()
}

// withSubscription returns an object whose subscription id, if it has one, is the id of the
// client's request.
func withSubscription(object jsontext.Value, c *call) jsontext.Value {
	members, meta := jsonrpc.MetaOf(object)
	id := rawjson.Get(meta, jsonrpc.SubscriptionID)
	if id == nil {
		return object
	}
	known := jsontext.Value(c.request.ID)
	if id.Kind() == '"' && known.Kind() != '"' { // some servers write every id as a string
		known = jsontext.Value(fmt.Sprintf("%q", c.request.ID))
	}
	return rawjson.Join(rawjson.Set(members, "_meta", rawjson.Join(rawjson.Set(meta, jsonrpc.SubscriptionID, known))))
}

// callOf returns the call to which a message of the server belongs, or nil if it is not known.
func (r *Relay) callOf(p jsonrpc.Packet) *call {
	if !r.overHTTP {
		return nil
	}
	members, meta := jsonrpc.MetaOf(p.Params)
	sub, token := rawjson.Get(meta, jsonrpc.SubscriptionID), rawjson.Get(members, "progressToken")
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case p.Stream != "":
		return r.pending[jsonrpc.Key(p.Stream)]
	case sub != nil:
		if c := r.pending[jsonrpc.Key(string(sub))]; c != nil {
			return c
		}
		return r.pending[rawjson.String(sub)]
	case p.Method == "notifications/progress" && r.shared:
		return r.pending[jsonrpc.Key(string(token))]
	case p.Method == "notifications/progress":
		return r.withToken(token)
	case r.shared && p.Method == "notifications/message":
		return r.only()
	}
	return nil
}

// token returns the token of the progress of a call, or nil.
func (c *call) token() jsontext.Value { return rawjson.At(c.request.Params, "_meta", "progressToken") }

// withToken returns the call that asks for progress with a token. The caller holds r.mu.
func (r *Relay) withToken(token jsontext.Value) *call {
	for _, c := range r.pending {
		if c.request != nil && jsonrpc.Key(string(c.token())) == jsonrpc.Key(string(token)) {
			return c
		}
	}
	return nil
}

// only returns the pending call if there is exactly one, not counting streams of notifications. Log
// messages of the server then belong to it. The caller holds r.mu.
func (r *Relay) only() *call {
	var only *call
	for _, c := range r.pending {
		switch {
		case c.request == nil || c.request.Method == "subscriptions/listen":
		case only != nil:
			return nil
		default:
			only = c
		}
	}
	return only
}

// listeners returns the streams that subscribed to a notification of a process, which names no
// stream.
func (r *Relay) listeners(m *jsonrpc.Message) []*call {
	about := rawjson.String(rawjson.At(m.Params, "uri"))
	if m.Method == "notifications/tasks" {
		about = rawjson.String(rawjson.At(m.Params, "taskId"))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []*call
	for _, c := range r.pending {
		if c.request == nil || c.request.Method != "subscriptions/listen" {
			continue
		}
		if asks(rawjson.At(c.request.Params, "notifications"), m.Method, about) {
			out = append(out, c)
		}
	}
	return out
}

// asks reports whether the subscriptions of a stream include a notification of the method about a
// resource or task.
func asks(notifications jsontext.Value, method, about string) bool {
	n, _ := jsonvalue.Decode(notifications).(map[string]any)
	if list, ok := strings.CutSuffix(strings.TrimPrefix(method, "notifications/"), "/list_changed"); ok {
		return n[list+"ListChanged"] == true
	}
	member := map[string]string{"notifications/resources/updated": "resourceSubscriptions", "notifications/tasks": "taskIds"}[method]
	all, _ := n[member].([]any)
	return slices.Contains(all, any(about))
}

// withListener returns a notification with the id of the stream that receives it.
func withListener(m *jsonrpc.Message, c *call) *jsonrpc.Message {
	params, meta := jsonrpc.MetaOf(m.Params)
	return jsonrpc.WithParams(m, rawjson.Set(params, "_meta", rawjson.Join(rawjson.Set(meta, jsonrpc.SubscriptionID, jsontext.Value(c.request.ID)))))
}
