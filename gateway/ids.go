package gateway

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/gateway/rawjson"
)

// subscriptionID is the member of _meta that names the request of a stream of notifications.
const subscriptionID = "io.modelcontextprotocol/subscriptionId"

// withID returns a request with another id, which it also has as its progress token if it asks for
// progress. The id has the type of the one it replaces.
func withID(m *message, n uint64) *message {
	out := *m
	out.id = strconv.FormatUint(n, 10)
	if m.id[0] == '"' {
		out.id = strconv.Quote(out.id)
	}
	if params, meta := metaOf(m.params); rawjson.Get(meta, "progressToken") != nil {
		out.params = rawjson.Join(rawjson.Set(params, "_meta", rawjson.Join(rawjson.Set(meta, "progressToken", jsontext.Value(out.id)))))
	}
	return out.encoded()
}

// encoded returns the message with a text that says what its members say.
func (m *message) encoded() *message {
	members, _ := rawjson.Split(m.text) // it was parsed
	for name, value := range map[string]jsontext.Value{"id": jsontext.Value(m.id), "params": m.params, "result": m.result, "error": m.err} {
		if len(value) > 0 {
			members = rawjson.Set(members, name, value)
		}
	}
	m.text = rawjson.Join(members)
	return m
}

// metaOf returns the members of an object and of its member _meta.
func metaOf(object jsontext.Value) (members, meta []rawjson.Member) {
	members, err := rawjson.Split(object)
	if err != nil {
		return nil, nil
	}
	meta, _ = rawjson.Split(rawjson.Get(members, "_meta")) // nil if it is no object
	return members, meta
}

// restoreAnswer returns the answer to a call with the id that the client knows.
func restoreAnswer(m *message, c *call) *message {
	out := *m
	out.id = c.request.id
	if c.request.method == "subscriptions/listen" {
		out.result = withSubscription(m.result, c)
	}
	return out.encoded()
}

// restoreNote returns a notification that belongs to a call with the ids that the client knows.
func restoreNote(m *message, c *call) *message {
	out := *m
	if m.method == "notifications/progress" {
		params, err := rawjson.Split(m.params)
		_, meta := metaOf(c.request.params)
		if token := rawjson.Get(meta, "progressToken"); err == nil && token != nil {
			out.params = rawjson.Join(rawjson.Set(params, "progressToken", token))
		}
	} else {
		out.params = withSubscription(m.params, c)
	}
	return out.encoded()
}

// withSubscription returns an object whose subscription id, if it has one, is the id of the
// client's request.
func withSubscription(object jsontext.Value, c *call) jsontext.Value {
	members, meta := metaOf(object)
	id := rawjson.Get(meta, subscriptionID)
	if id == nil {
		return object
	}
	known := jsontext.Value(c.request.id)
	if id.Kind() == '"' && known.Kind() != '"' { // some servers write every id as a string
		known = jsontext.Value(fmt.Sprintf("%q", c.request.id))
	}
	return rawjson.Join(rawjson.Set(members, "_meta", rawjson.Join(rawjson.Set(meta, subscriptionID, known))))
}

// callOf returns the call that a message of the server belongs to, nil if that is not known.
func (r *Relay) callOf(p packet) *call {
	if !r.overHTTP {
		return nil
	}
	members, meta := metaOf(p.params)
	sub, token := rawjson.Get(meta, subscriptionID), rawjson.Get(members, "progressToken")
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case p.stream != "":
		return r.pending[idKey(p.stream)]
	case sub != nil:
		if c := r.pending[idKey(string(sub))]; c != nil {
			return c
		}
		return r.pending[rawjson.String(sub)]
	case p.method == "notifications/progress" && r.shared:
		return r.pending[idKey(string(token))]
	case p.method == "notifications/progress":
		return r.withToken(token)
	case r.shared && p.method == "notifications/message":
		return r.only()
	}
	return nil
}

// withToken returns the call that asks for progress with a token. The caller holds r.mu.
func (r *Relay) withToken(token jsontext.Value) *call {
	for _, c := range r.pending {
		if c.request == nil {
			continue
		}
		if _, meta := metaOf(c.request.params); idKey(string(rawjson.Get(meta, "progressToken"))) == idKey(string(token)) {
			return c
		}
	}
	return nil
}

// only returns the call that is not answered yet if there is just one, streams of notifications
// aside: what a server logs then belongs to it. The caller holds r.mu.
func (r *Relay) only() *call {
	var only *call
	for _, c := range r.pending {
		switch {
		case c.request == nil || c.request.method == "subscriptions/listen":
		case only != nil:
			return nil
		default:
			only = c
		}
	}
	return only
}

// listeners returns the streams of notifications that asked for what a notification of a process
// says, which names no stream.
func (r *Relay) listeners(m *message) []*call {
	params, _ := rawjson.Split(m.params)
	uri := rawjson.String(rawjson.Get(params, "uri"))
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []*call
	for _, c := range r.pending {
		if c.request == nil || c.request.method != "subscriptions/listen" {
			continue
		}
		asked, _ := rawjson.Split(c.request.params)
		if asks(rawjson.Get(asked, "notifications"), m.method, uri) {
			out = append(out, c)
		}
	}
	return out
}

// asks reports whether the notifications that a stream asks for have one of the method.
func asks(notifications jsontext.Value, method, uri string) bool {
	var n struct {
		Tools     bool     `json:"toolsListChanged"`
		Prompts   bool     `json:"promptsListChanged"`
		Resources bool     `json:"resourcesListChanged"`
		URIs      []string `json:"resourceSubscriptions"`
	}
	if json.Unmarshal(notifications, &n) != nil {
		return false
	}
	switch method {
	case "notifications/tools/list_changed":
		return n.Tools
	case "notifications/prompts/list_changed":
		return n.Prompts
	case "notifications/resources/list_changed":
		return n.Resources
	case "notifications/resources/updated":
		return slices.Contains(n.URIs, uri)
	}
	return false
}

// withListener returns a notification with the id of the stream that it goes to.
func withListener(m *message, c *call) *message {
	params, meta := metaOf(m.params)
	return withParams(m, rawjson.Set(params, "_meta", rawjson.Join(rawjson.Set(meta, subscriptionID, jsontext.Value(c.request.id)))))
}
