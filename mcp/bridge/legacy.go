package bridge

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/rawjson"
)

// question is a request of a server of the first era that a client of the second answers with its
// next call.
type question struct {
	id     string // of the server's request
	name   string // among the inputs
	method string
	params jsontext.Value
}

// The bounds of calls that wait for input: how many, the questions of each, and for how long. The
// server waits as well.
const (
	maxHeld      = 64
	maxQuestions = 64
	heldTime     = 10 * time.Minute
)

// stateStart begins the states of calls that are held here.
const stateStart = "spectap-bridge:"

// toLegacy sends a message of a client of the second era. The caller holds c.mu.
func (c *conn) toLegacy(m *jsonrpc.Message) error {
	version := jsonrpc.VersionOf(m)
	switch {
	case m.IsNotification():
		if m.Method == "notifications/cancelled" && !c.cancelled(m) {
			return c.up.Send(m, nil)
		}
		return nil // the others of a client have no counterpart
	case version == "" && m.Method == "initialize":
		c.answer(m, c.greeting)
		return nil
	case version == "": // a request begun in the first era ends in it
		return c.up.Send(m, nil)
	case version != modernVersion:
		c.refuse(m, codeVersion, "Unsupported protocol version", map[string]any{"supported": []string{modernVersion}, "requested": version})
		return nil
	case slices.Contains(removed, m.Method):
		c.refuse(m, jsonrpc.CodeMethodNotFound, "Method not found", nil)
		return nil
	case !hasCapabilities(m):
		c.refuse(m, jsonrpc.CodeInvalidParams, "_meta must have "+jsonrpc.MetaCapabilities+", an object", nil)
		return nil
	case m.Method == "server/discover":
		c.answer(m, discoveryOf(c.greeting))
		return nil
	case m.Method == "subscriptions/listen":
		c.listen(m)
		return nil
	}
	params, meta := jsonrpc.MetaOf(m.Params)
	if state := rawjson.Get(params, jsonrpc.MemberState); state != nil {
		return c.resume(m, rawjson.String(state), rawjson.Get(params, jsonrpc.MemberResponses))
	}
	c.want(rawjson.String(rawjson.Get(meta, jsonrpc.MetaLevel)))
	c.n++
	call := &call{request: m, waits: true, id: m.ID, order: c.n, token: rawjson.Get(meta, "progressToken")}
	c.calls[jsonrpc.Key(m.ID)] = call
	return c.up.Send(jsonrpc.WithParams(m, plain(params, meta)), nil)
}

// removed are the methods that the second era no longer has.
var removed = []string{"initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"}

// hasCapabilities reports whether a request says what its client can do, as each one must.
func hasCapabilities(m *jsonrpc.Message) bool {
	return rawjson.At(m.Params, "_meta", jsonrpc.MetaCapabilities).Kind() == '{'
}

// plain returns parameters without what only the second era has.
func plain(params, meta []rawjson.Member) []rawjson.Member {
	for _, name := range []string{jsonrpc.MetaVersion, jsonrpc.MetaClient, jsonrpc.MetaCapabilities, jsonrpc.MetaLevel} {
		meta = rawjson.Without(meta, name)
	}
	params = rawjson.Without(rawjson.Without(rawjson.Without(params, "_meta"), jsonrpc.MemberState), jsonrpc.MemberResponses)
	if len(meta) > 0 {
		params = append(params, rawjson.Member{Name: "_meta", Value: rawjson.Join(meta)})
	}
	return params
}

// want asks the server for log messages of a level, if the client wants some. The caller holds
// c.mu.
func (c *conn) want(level string) {
	if level == "" || level == c.level {
		return
	}
	c.level = level
	c.tell("logging/setLevel", map[string]any{"level": level})
}

// tell sends a request whose answer is dropped. The caller holds c.mu.
func (c *conn) tell(method string, params map[string]any) {
	_ = c.up.Send(jsonrpc.Request(c.nextID(), method, jsonvalue.Encode(params)), nil) // the connection fails otherwise if it cannot
}

// fromLegacy returns what a client of the second era gets of a message. The caller holds c.mu.
func (c *conn) fromLegacy(p jsonrpc.Packet) (jsonrpc.Packet, error, bool) {
	call := c.calls[jsonrpc.Key(p.Stream)]
	if p.Method == "notifications/progress" { // mcp-go sends it on the stream of any call of the session
		token := rawjson.At(p.Params, "progressToken")
		for _, other := range c.calls {
			if token != nil && bytes.Equal(other.token, token) {
				call = other
			}
		}
	}
	if call != nil && call.waits {
		p.Stream = call.request.ID
	}
	switch {
	case p.IsResponse():
		return c.legacyAnswer(p)
	case p.IsRequest():
		c.question(call, p.Message)
		return p, nil, false
	}
	switch p.Method {
	case "notifications/progress":
		return p, nil, call == nil || call.waits
	case "notifications/message":
		return p, nil, c.level != "" && (call == nil || call.waits)
	case "notifications/cancelled":
		c.withdraw(string(rawjson.At(p.Params, "requestId")))
	default:
		c.notify(p.Message)
	}
	return p, nil, false
}

// legacyAnswer returns the answer to a call as the client gets it.
func (c *conn) legacyAnswer(p jsonrpc.Packet) (jsonrpc.Packet, error, bool) {
	call := c.calls[jsonrpc.Key(p.ID)]
	if call == nil {
		return p, nil, true
	}
	out := translated(call, p.Message)
	if !call.waits { // the client was asked: it gets the answer when it sends the call again
		call.answer, call.questions = out, nil
		return p, nil, false
	}
	c.forget(call)
	return jsonrpc.Packet{Message: out, Stream: out.ID}, nil, true
}

// codeNotFound says in the first era that there is no such resource.
const codeNotFound = -32002

// translated returns the answer to a call as the second era has it.
func translated(call *call, answer *jsonrpc.Message) *jsonrpc.Message {
	request := call.request
	if answer.Err != nil && call.lacks != nil {
		return jsonrpc.Failure(request.ID, codeCapability, "the MCP server needs what the client did not declare",
			map[string]any{"requiredCapabilities": call.lacks})
	}
	if answer.Err != nil {
		members, _ := rawjson.Split(answer.Err)
		if request.Method == "resources/read" && string(rawjson.Get(members, "code")) == fmt.Sprint(codeNotFound) {
			members = rawjson.Set(members, "code", jsonvalue.Encode(jsonrpc.CodeInvalidParams))
		}
		return jsonrpc.Error(request.ID, rawjson.Join(members))
	}
	members, err := rawjson.Split(answer.Result)
	if err != nil {
		return jsonrpc.Failure(request.ID, jsonrpc.CodeInternal, "the result of the MCP server is not an object", nil)
	}
	return jsonrpc.Response(request.ID, complete(request.Method, members))
}

// complete returns a result with what the second era demands: its type, and for how long it may be
// kept, which is not at all.
func complete(method string, members []rawjson.Member) jsontext.Value {
	add := func(name, value string) {
		if rawjson.Get(members, name) == nil {
			members = append(members, rawjson.Member{Name: name, Value: jsontext.Value(value)})
		}
	}
	add(jsonrpc.MemberType, `"complete"`)
	if isCacheable(method) {
		add("ttlMs", "0")
		add("cacheScope", `"private"`)
	}
	return rawjson.Join(members)
}

// isCacheable reports whether the result of a method says for how long it may be kept.
func isCacheable(method string) bool {
	return method == "server/discover" || method == "resources/read" || method == "resources/templates/list" ||
		method == "tools/list" || method == "prompts/list" || method == "resources/list"
}

// question takes a request of the server. It belongs to the call on whose stream it came. Stdio has
// no such streams, so there it belongs to the newest call. The caller holds c.mu.
func (c *conn) question(of *call, m *jsonrpc.Message) {
	if m.Method == "ping" {
		_ = c.up.Send(jsonrpc.Response(m.ID, jsontext.Value("{}")), nil)
		return
	}
	if of == nil {
		of = c.lastAsking()
	}
	why := ""
	switch {
	case of == nil:
		why = "no call is in progress that could ask the person who uses the client"
	case !declares(of.request, m):
		of.lacks = map[string]any{capabilityOf[m.Method]: map[string]any{}}
		why = "the client did not declare that it answers " + m.Method
	case len(of.questions) >= maxQuestions || len(c.held) >= maxHeld && of.waits:
		why = "too many requests are not answered yet"
	}
	if why != "" {
		_ = c.up.Send(jsonrpc.Failure(m.ID, jsonrpc.CodeMethodNotFound, why, nil), nil)
		return
	}
	of.rounds++
	of.questions = append(of.questions, question{id: m.ID, name: fmt.Sprintf("input-%d", of.rounds), method: m.Method, params: m.Params})
	if of.waits {
		c.hold(of)
	}
}

// lastAsking returns the newest call whose result may ask for input. The caller holds c.mu.
func (c *conn) lastAsking() *call {
	var last *call
	for _, call := range c.calls {
		if mayAsk(call.request.Method) && (last == nil || call.order > last.order) {
			last = call
		}
	}
	return last
}

// capabilityOf are the capabilities of clients that answer requests.
var capabilityOf = map[string]string{"elicitation/create": "elicitation", "sampling/createMessage": "sampling", "roots/list": "roots"}

// mayAsk reports whether the result of a method may ask for input.
func mayAsk(method string) bool {
	return method == "tools/call" || method == "prompts/get" || method == "resources/read"
}

// declares reports whether the client that sent a call declared that it answers a request.
func declares(call, m *jsonrpc.Message) bool {
	capabilities := rawjson.At(call.Params, "_meta", jsonrpc.MetaCapabilities)
	var can struct {
		Elicitation     struct{ URL *struct{} }
		Sampling, Roots *struct{}
	}
	if json.Unmarshal(capabilities, &can) != nil {
		return false
	}
	switch m.Method {
	case "elicitation/create":
		if rawjson.String(rawjson.At(m.Params, "mode")) == "url" {
			return can.Elicitation.URL != nil
		}
		return jsonrpc.ShowsForms(capabilities)
	case "sampling/createMessage":
		return can.Sampling != nil
	case "roots/list":
		return can.Roots != nil
	}
	return false
}

// hold asks the client for what the server wants to know: by the result of its call. The caller
// holds c.mu.
func (c *conn) hold(call *call) {
	var inputs []rawjson.Member
	for _, q := range call.questions {
		in := []rawjson.Member{{Name: "method", Value: jsonvalue.Encode(q.method)}}
		if q.params != nil {
			in = append(in, rawjson.Member{Name: "params", Value: q.params})
		}
		inputs = append(inputs, rawjson.Member{Name: q.name, Value: rawjson.Join(in)})
	}
	call.state, call.waits = stateStart+rand.Text(), false
	c.held[call.state] = call
	state := call.state
	timer := time.AfterFunc(heldTime, func() { c.tooLate(state) })
	call.expire = timer.Stop
	c.answer(call.request, rawjson.Join([]rawjson.Member{
		{Name: jsonrpc.MemberType, Value: jsonvalue.Encode(jsonrpc.InputRequired)}, {Name: jsonrpc.MemberRequests, Value: rawjson.Join(inputs)},
		{Name: jsonrpc.MemberState, Value: jsonvalue.Encode(call.state)},
	}))
}

// tooLate ends a call whose client does not send the input.
func (c *conn) tooLate(state string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if call := c.held[state]; call != nil {
		c.forget(call)
		c.tellCancelled(call)
	}
}

// resume gives the server the input that a call brings. It must be the call that was asked. The
// caller holds c.mu.
func (c *conn) resume(m *jsonrpc.Message, state string, responses jsontext.Value) error {
	call := c.held[state]
	if call == nil || !strings.HasPrefix(state, stateStart) || call.request.Method != m.Method || !bytes.Equal(subjectOf(call.request), subjectOf(m)) {
		c.refuse(m, jsonrpc.CodeInvalidParams, "requestState is that of no call which waits for input: send the call again without it", nil)
		return nil
	}
	given, _ := rawjson.Split(responses) // empty if it is not an object
	delete(c.held, state)
	call.expire()
	call.request, call.waits, call.state = m, true, ""
	if call.answer != nil {
		call.answer.ID = m.ID
		c.forget(call)
		c.deliver(jsonrpc.Packet{Message: call.answer.Encoded(), Stream: m.ID})
		return nil
	}
	var open []question
	for _, q := range call.questions {
		in := rawjson.Get(given, q.name)
		if in.Kind() != '{' {
			open = append(open, q)
			continue
		}
		if err := c.up.Send(jsonrpc.Response(q.id, in), nil); err != nil {
			return err
		}
	}
	if call.questions = open; len(open) > 0 {
		c.hold(call)
	}
	return nil
}

// subjectOf returns what a call asks for: its parameters but for those of the protocol.
func subjectOf(m *jsonrpc.Message) jsontext.Value {
	params, _ := rawjson.Split(m.Params)
	out := plain(params, nil)
	slices.SortFunc(out, func(a, b rawjson.Member) int { return strings.Compare(a.Name, b.Name) })
	return rawjson.Join(out)
}

// withdraw forgets a question that the server no longer asks. A client that has it already may
// still answer it. The caller holds c.mu.
func (c *conn) withdraw(id string) {
	for _, call := range c.calls {
		call.questions = slices.DeleteFunc(call.questions, func(q question) bool { return jsonrpc.Key(q.id) == jsonrpc.Key(id) })
	}
}

// listener is a stream of notifications.
type listener struct {
	id    string
	lists map[string]bool // the notifications that it gets
	uris  []string        // of resources
}

// listed are the capabilities of a server by the notification that its lists change, and the
// members of a listen request.
var listed = []struct{ method, capability, member string }{
	{"notifications/tools/list_changed", "tools", "toolsListChanged"},
	{"notifications/prompts/list_changed", "prompts", "promptsListChanged"},
	{"notifications/resources/list_changed", "resources", "resourcesListChanged"},
}

// listen opens a stream of notifications: the request is not answered before it ends. The caller
// holds c.mu.
func (c *conn) listen(m *jsonrpc.Message) {
	var wanted map[string]any
	_ = json.Unmarshal(rawjson.At(m.Params, "notifications"), &wanted) // empty if it is not an object
	var can map[string]struct{ ListChanged, Subscribe bool }
	_ = json.Unmarshal(rawjson.At(c.greeting, "capabilities"), &can)
	l, agreed := &listener{id: m.ID, lists: map[string]bool{}}, map[string]any{}
	for _, k := range listed {
		if wanted[k.member] == true && can[k.capability].ListChanged {
			l.lists[k.method], agreed[k.member] = true, true
		}
	}
	if uris, ok := wanted["resourceSubscriptions"].([]any); ok && can["resources"].Subscribe {
		for _, u := range uris {
			if uri, ok := u.(string); ok {
				l.uris = append(l.uris, uri)
				c.tell("resources/subscribe", map[string]any{"uri": uri})
			}
		}
		agreed["resourceSubscriptions"] = l.uris
	}
	c.listens[jsonrpc.Key(m.ID)] = l
	c.deliver(l.note("notifications/subscriptions/acknowledged", []rawjson.Member{{Name: "notifications", Value: jsonvalue.Encode(agreed)}}))
}

// note returns a notification of a stream.
func (l *listener) note(method string, params []rawjson.Member) jsonrpc.Packet {
	_, meta := jsonrpc.MetaOf(rawjson.Join(params))
	meta = rawjson.Set(meta, jsonrpc.SubscriptionID, jsontext.Value(l.id))
	params = rawjson.Set(slices.Clone(params), "_meta", rawjson.Join(meta))
	return jsonrpc.Packet{Message: jsonrpc.Notification(method, rawjson.Join(params)), Stream: l.id}
}

// notify gives the streams that asked for it a notification. The caller holds c.mu.
func (c *conn) notify(m *jsonrpc.Message) {
	params, _ := rawjson.Split(m.Params)
	uri := rawjson.String(rawjson.Get(params, "uri"))
	for _, l := range c.listens {
		if l.lists[m.Method] || m.Method == "notifications/resources/updated" && slices.Contains(l.uris, uri) {
			c.deliver(l.note(m.Method, params))
		}
	}
}

// endListen ends a stream that the client closed. The caller holds c.mu.
func (c *conn) endListen(l *listener) {
	delete(c.listens, jsonrpc.Key(l.id))
	for _, uri := range l.uris {
		isWanted := false
		for _, other := range c.listens {
			isWanted = isWanted || slices.Contains(other.uris, uri)
		}
		if !isWanted {
			c.tell("resources/unsubscribe", map[string]any{"uri": uri})
		}
	}
}
