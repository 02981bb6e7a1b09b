package bridge

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/mirror"
	"github.com/spectap/spectap/mcp/rawjson"
)

// asked is a request to a client of the first era for an input of a call.
type asked struct {
	call   *call
	name   string // of the input
	method string
}

// maxRounds bounds how often the server may ask for input in one call.
const maxRounds = 32

// toModern sends a message of a client of the first era. The caller holds c.mu.
func (c *conn) toModern(m *jsonrpc.Message) error {
	params, _ := rawjson.Split(m.Params)
	switch m.Method {
	case "": // a response
		a, ok := c.asked[jsonrpc.Key(m.ID)]
		if !ok {
			return nil
		}
		delete(c.asked, jsonrpc.Key(m.ID))
		return c.input(a, m)
	case "notifications/initialized":
		c.relisten()
		return nil
	case "notifications/cancelled":
		c.cancelled(m)
		return nil
	case "ping":
		c.answer(m, jsontext.Value("{}"))
		return nil
	case "logging/setLevel":
		c.level = rawjson.String(rawjson.Get(params, "level"))
		c.answer(m, jsontext.Value("{}"))
		return nil
	case "resources/subscribe", "resources/unsubscribe":
		uri := rawjson.String(rawjson.Get(params, "uri"))
		if delete(c.uris, uri); m.Method == "resources/subscribe" {
			c.uris[uri] = true
		}
		c.relisten()
		c.answer(m, jsontext.Value("{}"))
		return nil
	}
	if m.IsNotification() {
		return nil // the others of a client have no counterpart
	}
	return c.call(&call{request: m, waits: true, id: m.ID})
}

// call sends a call with the input that the client has given so far. The caller holds c.mu.
func (c *conn) call(call *call) error {
	params, meta := jsonrpc.MetaOf(call.request.Params)
	meta = slices.Clone(meta)
	for _, h := range c.hello {
		meta = rawjson.Set(meta, h.Name, h.Value)
	}
	if c.level != "" {
		meta = rawjson.Set(meta, jsonrpc.MetaLevel, jsonvalue.Encode(c.level))
	}
	params = rawjson.Set(slices.Clone(params), "_meta", rawjson.Join(meta))
	if call.inputs != nil {
		params = rawjson.Set(params, jsonrpc.MemberResponses, rawjson.Join(call.inputs))
	}
	if call.opaque != nil {
		params = rawjson.Set(params, jsonrpc.MemberState, call.opaque)
	}
	out := jsonrpc.Request(call.id, call.request.Method, rawjson.Join(params))
	if call.request.Method == "tools/call" {
		_ = mirror.Set(jsonrpc.Packet{Message: out}, c.headers[rawjson.String(rawjson.Get(params, "name"))]) // errors are those of a client's headers
	}
	c.calls[jsonrpc.Key(call.id)] = call
	return c.up.Send(out, nil)
}

// fromModern returns what a client of the first era gets of a message. The caller holds c.mu.
func (c *conn) fromModern(p jsonrpc.Packet) (jsonrpc.Packet, error, bool) {
	if call := c.calls[jsonrpc.Key(p.Stream)]; call != nil {
		p.Stream = call.request.ID
	}
	switch {
	case p.IsRequest():
		_ = c.up.Send(jsonrpc.Failure(p.ID, jsonrpc.CodeMethodNotFound, "a client of this revision takes no requests", nil), nil)
		return p, nil, false
	case p.IsNotification():
		members, meta := jsonrpc.MetaOf(p.Params)
		if rawjson.Get(meta, jsonrpc.SubscriptionID) == nil {
			return p, nil, true
		}
		members = rawjson.Without(members, "_meta")
		if meta = rawjson.Without(meta, jsonrpc.SubscriptionID); len(meta) > 0 {
			members = append(members, rawjson.Member{Name: "_meta", Value: rawjson.Join(meta)})
		}
		p.Message, p.Stream = jsonrpc.WithParams(p.Message, members), ""
		return p, nil, p.Method != "notifications/subscriptions/acknowledged"
	}
	call := c.calls[jsonrpc.Key(p.ID)]
	if call == nil {
		return p, nil, true
	}
	delete(c.calls, jsonrpc.Key(call.id))
	if p.Err != nil {
		return jsonrpc.Packet{Message: jsonrpc.Error(call.request.ID, p.Err), Stream: call.request.ID}, nil, true
	}
	members, err := rawjson.Split(p.Result)
	if err != nil {
		return jsonrpc.Packet{Message: jsonrpc.Response(call.request.ID, p.Result), Stream: call.request.ID}, nil, true
	}
	if rawjson.String(rawjson.Get(members, jsonrpc.MemberType)) == jsonrpc.InputRequired {
		c.request(call, members)
		return p, nil, false
	}
	if call.request.Method == "tools/list" {
		c.learn(rawjson.Get(members, "tools"))
	}
	if !c.newest {
		for _, name := range []string{jsonrpc.MemberType, "ttlMs", "cacheScope"} {
			members = rawjson.Without(members, name)
		}
	}
	return jsonrpc.Packet{Message: jsonrpc.Response(call.request.ID, rawjson.Join(members)), Stream: call.request.ID}, nil, true
}

// learn keeps which arguments of tools are repeated in headers. The caller holds c.mu.
func (c *conn) learn(tools jsontext.Value) {
	if !jsonrpc.SendsApart(c.up) {
		return
	}
	list, _ := rawjson.Elements(tools)
	for _, t := range list {
		var tool struct {
			Name        string
			InputSchema any
		}
		if json.Unmarshal(t, &tool) != nil {
			continue
		}
		if c.headers == nil {
			c.headers = map[string]map[string][]string{}
		}
		delete(c.headers, tool.Name)
		if bindings := mirror.Bindings(tool.InputSchema); bindings != nil {
			c.headers[tool.Name] = bindings
		}
	}
}

// request asks the client for the inputs of a call. The caller holds c.mu.
func (c *conn) request(call *call, result []rawjson.Member) {
	call.id, call.inputs, call.opaque = "", nil, rawjson.Get(result, jsonrpc.MemberState)
	inputs, err := rawjson.Split(rawjson.Get(result, jsonrpc.MemberRequests))
	if call.rounds++; call.rounds > maxRounds || len(inputs) > maxQuestions || rawjson.Get(result, jsonrpc.MemberRequests) != nil && err != nil {
		c.refuse(call.request, jsonrpc.CodeInternal, "the MCP server asks for too much input, or does not say for what", nil)
		return
	}
	call.open = len(inputs)
	if call.open == 0 {
		c.again(call)
		return
	}
	for _, in := range inputs {
		if !jsonrpc.IsInput(rawjson.String(rawjson.At(in.Value, "method"))) {
			c.refuse(call.request, jsonrpc.CodeInternal, "the MCP server asks for an input with a method that is no question", nil)
			return
		}
	}
	for _, in := range inputs {
		method, params := rawjson.String(rawjson.At(in.Value, "method")), rawjson.At(in.Value, "params")
		if params == nil {
			params = jsontext.Value("{}")
		}
		m := jsonrpc.Request(c.nextID(), method, params)
		c.asked[jsonrpc.Key(m.ID)] = asked{call, in.Name, method}
		c.deliver(jsonrpc.Packet{Message: m, Stream: call.request.ID})
	}
}

// input takes an answer of the client, and sends the call again when it has all. A person who was
// not asked has cancelled. The caller holds c.mu.
func (c *conn) input(a asked, m *jsonrpc.Message) error {
	value := m.Result
	if m.Err != nil && a.method == "elicitation/create" {
		value = jsontext.Value(`{"action":"cancel"}`)
	}
	if value == nil {
		c.forget(a.call)
		c.refuse(a.call.request, jsonrpc.CodeInternal, fmt.Sprintf("the client did not answer %.60s, which the MCP server needs for this call", a.method), nil)
		return nil
	}
	a.call.inputs = append(a.call.inputs, rawjson.Member{Name: a.name, Value: value})
	if a.call.open--; a.call.open > 0 {
		return nil
	}
	return c.again(a.call)
}

// again sends a call again, with its input. The caller holds c.mu.
func (c *conn) again(call *call) error {
	call.id = c.nextID()
	err := c.call(call)
	if err != nil {
		c.forget(call)
		c.deliver(jsonrpc.Packet{Stream: call.request.ID, Lost: jsonrpc.ErrEnded})
	}
	return nil
}

// errStopped ends the wait for a stream of notifications that another one replaces.
var errStopped = errors.New("replaced")

// relisten opens the stream of notifications that a client of the first era gets without asking, in
// place of the one that is open. The caller holds c.mu.
func (c *conn) relisten() {
	if c.stream != "" {
		c.reply(jsonrpc.Key(c.stream), jsonrpc.Packet{Lost: errStopped})
		_ = c.up.Send(jsonrpc.Notification("notifications/cancelled", fmt.Appendf(nil, `{"requestId":%s}`, c.stream)), nil)
	}
	wanted := map[string]any{"resourceSubscriptions": slices.Sorted(maps.Keys(c.uris))}
	for _, k := range listed {
		wanted[k.member] = true
	}
	params := []rawjson.Member{{Name: "notifications", Value: jsonvalue.Encode(wanted)}, {Name: "_meta", Value: rawjson.Join(c.hello)}}
	m := jsonrpc.Request(c.nextID(), "subscriptions/listen", rawjson.Join(params))
	c.stream = m.ID
	go c.stayListening(m)
}

// stayListening opens a stream of notifications again when it ends, unless the server does not
// offer one.
func (c *conn) stayListening(m *jsonrpc.Message) {
	for wait := jsonrpc.FirstPause; ; wait = min(2*wait, jsonrpc.MaxPause) {
		p := c.ask(m, 0)
		if p.Lost == errStopped || p.Message != nil && p.Err != nil || pause.For(c.ctx, wait) != nil {
			return
		}
		c.mu.Lock()
		isCurrent := c.stream == m.ID
		c.mu.Unlock()
		if !isCurrent {
			return
		}
	}
}
