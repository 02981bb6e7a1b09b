package bridge

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/rawjson"
)

// era is what a server speaks.
type era int

const (
	unknown era = iota
	legacy      // up to 2025-11-25
	modern      // from 2026-07-28
)

// The revisions that represent the eras.
const (
	modernVersion = jsonrpc.StatelessSince
	legacyVersion = "2025-11-25"
)

// The errors that exist in the second era only.
const (
	codeHeader     = -32020
	codeCapability = -32021
	codeVersion    = -32022
)

// How long a server may take to answer a probe: one of the first era may ignore it. An initialize
// may have to wait until the server has started.
const (
	probeTime      = 5 * time.Second
	initializeTime = time.Minute
)

// decide finds out the era of the server with the first request of the client, and then sends what
// waited for that.
func (c *conn) decide(first *jsonrpc.Message) {
	e, lost := legacy, error(nil) // a client that does not begin as it should gets what the server says
	switch {
	case jsonrpc.VersionOf(first) != "":
		e, lost = c.decideModern(first)
	case first.Method == "initialize":
		e = c.decideLegacy(first)
	default:
		c.push(first)
	}
	c.mu.Lock()
	c.era = e
	for len(c.queue) > 0 {
		m := c.queue[0]
		c.queue = c.queue[1:]
		c.mu.Unlock()
		if e == unknown && m.IsRequest() {
			c.lose(m, lost)
		} else if err := c.forward(m, nil); err != nil && m.IsRequest() {
			c.lose(m, nil)
		}
		c.mu.Lock()
	}
	c.deciding = false
	c.mu.Unlock()
}

// push puts a message before those that wait.
func (c *conn) push(m *jsonrpc.Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue = append([]*jsonrpc.Message{m}, c.queue...)
}

// lose tells the client that its request will not be answered.
func (c *conn) lose(m *jsonrpc.Message, why error) {
	why = cmp.Or(why, jsonrpc.ErrEnded)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deliver(jsonrpc.Packet{Stream: m.ID, Lost: why})
}

// pass gives the client an answer of the server to a request.
func (c *conn) pass(m *jsonrpc.Message, p jsonrpc.Packet) {
	if p.Message == nil {
		c.lose(m, p.Lost)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deliver(p)
}

// decideModern finds out the era for a client of the second one. A request that changes nothing is
// sent as it is, and its answer shows the era, so that a server of the same era gets no other
// requests. Before any other request, and if that answer is inconclusive, server/discover is sent.
// Signs of the first era are confirmed by initialize. The error says why the server cannot be
// reached.
func (c *conn) decideModern(first *jsonrpc.Message) (era, error) {
	var answer jsonrpc.Packet
	// A server of both eras may take a revision that it does not know for one of the first.
	isHarmless := jsonrpc.VersionOf(first) == modernVersion && (first.Method == "server/discover" || strings.HasSuffix(first.Method, "/list"))
	if isHarmless {
		if answer = c.ask(first, probeTime); isModern(answer) {
			c.pass(first, answer)
			return modern, nil
		}
	}
	if first.Method != "server/discover" || !isHarmless || answer.Message != nil { // which may be wrong
		_, meta := jsonrpc.MetaOf(first.Params)
		if isModern(c.ask(c.discover(meta), probeTime)) {
			if answer.Message != nil {
				c.pass(first, answer)
			} else {
				c.push(first)
			}
			return modern, nil
		}
	}
	greeting := c.ask(c.initialize(first), initializeTime)
	if greeting.Message != nil && greeting.Err == nil {
		c.mu.Lock()
		c.greeting = greeting.Result
		c.mu.Unlock()
		_ = c.up.Send(jsonrpc.Notification("notifications/initialized", nil), nil) // the connection fails otherwise if it cannot
		c.push(first)
		return legacy, nil
	}
	switch {
	case answer.Message != nil:
		c.pass(first, answer)
	case answer.Lost != nil:
		c.lose(first, answer.Lost)
	case greeting.Message != nil: // it refuses both
		c.push(first)
		return modern, nil
	default:
		c.lose(first, greeting.Lost)
	}
	return unknown, greeting.Lost
}

// decideLegacy finds out the era for a client of the first one.
func (c *conn) decideLegacy(first *jsonrpc.Message) era {
	if c.newest && c.greetModern(first) {
		return modern
	}
	answer := c.ask(first, 0)
	if answer.Message != nil && answer.Err == nil {
		c.pass(first, answer)
		return legacy
	}
	if c.greetModern(first) {
		return modern
	}
	c.pass(first, answer)
	return unknown
}

// greetModern answers an initialize for a server of the second era. It reports false for others.
func (c *conn) greetModern(first *jsonrpc.Message) bool {
	meta := c.metaOf(first)
	found := c.ask(c.discover(meta), probeTime)
	if !isModern(found) || found.Err != nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hello = meta
	c.answer(first, c.greetingOf(first, found.Result))
	return true
}

// isModern reports whether an answer is one of the second era. A server of both may say that it
// only has revisions of the first one here.
func isModern(p jsonrpc.Packet) bool {
	if p.Message == nil {
		return false
	}
	if p.Err != nil {
		var e struct {
			Code int
			Data struct{ Supported []string }
		}
		return json.Unmarshal(p.Err, &e) == nil && codeVersion <= e.Code && e.Code <= codeHeader &&
			(e.Code != codeVersion || slices.ContainsFunc(e.Data.Supported, jsonrpc.IsStateless))
	}
	var r struct {
		ResultType        string
		SupportedVersions []string
	}
	return json.Unmarshal(p.Result, &r) == nil &&
		(slices.ContainsFunc(r.SupportedVersions, jsonrpc.IsStateless) || r.SupportedVersions == nil && r.ResultType != "")
}

var errSilent = errors.New("the MCP server does not answer")

// ask sends a request of its own, and returns the answer: a message, or the reason for its absence.
// 0 means that it waits as long as the connection lasts.
func (c *conn) ask(m *jsonrpc.Message, within time.Duration) jsonrpc.Packet {
	ctx := c.ctx
	if within > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, within)
		defer cancel()
	}
	key, answer := jsonrpc.Key(m.ID), make(chan jsonrpc.Packet, 1)
	c.mu.Lock()
	ended := c.ended
	c.own[key] = answer
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.own, key)
	}()
	if ended || c.up.Send(m, nil) != nil {
		return jsonrpc.Packet{Lost: jsonrpc.ErrEnded}
	}
	select {
	case p := <-answer:
		return p
	case <-ctx.Done():
		return jsonrpc.Packet{Lost: errSilent}
	}
}

// discover returns the request that asks a server of the second era what it is.
func (c *conn) discover(meta []rawjson.Member) *jsonrpc.Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	meta = rawjson.Set(rawjson.Without(meta, "progressToken"), jsonrpc.MetaVersion, jsonvalue.Encode(modernVersion))
	if rawjson.Get(meta, jsonrpc.MetaCapabilities).Kind() != '{' {
		meta = rawjson.Set(meta, jsonrpc.MetaCapabilities, jsontext.Value("{}"))
	}
	if rawjson.Get(meta, jsonrpc.MetaClient).Kind() != '{' {
		meta = rawjson.Without(meta, jsonrpc.MetaClient)
	}
	return jsonrpc.Request(c.nextID(), "server/discover", rawjson.Join([]rawjson.Member{{Name: "_meta", Value: rawjson.Join(meta)}}))
}

// initialize returns the handshake for the client that sent a request of the second era.
func (c *conn) initialize(m *jsonrpc.Message) *jsonrpc.Message {
	client, capabilities := c.clientOf(rawjson.At(m.Params, "_meta"), jsonrpc.MetaClient, jsonrpc.MetaCapabilities)
	c.mu.Lock()
	defer c.mu.Unlock()
	return jsonrpc.Request(c.nextID(), "initialize", rawjson.Join([]rawjson.Member{
		{Name: "protocolVersion", Value: jsonvalue.Encode(legacyVersion)}, {Name: "capabilities", Value: capabilities}, {Name: "clientInfo", Value: client},
	}))
}

// clientOf returns who the client is and what it can do, as two members of an object say.
func (c *conn) clientOf(object jsontext.Value, info, can string) (client, capabilities jsontext.Value) {
	client, capabilities = rawjson.At(object, info), rawjson.At(object, can)
	if client == nil {
		client = c.self
	}
	if capabilities.Kind() != '{' {
		capabilities = jsontext.Value("{}")
	}
	return client, capabilities
}

// metaOf returns the _meta of requests of the client that sent an initialize.
func (c *conn) metaOf(m *jsonrpc.Message) []rawjson.Member {
	client, capabilities := c.clientOf(m.Params, "clientInfo", "capabilities")
	return []rawjson.Member{
		{Name: jsonrpc.MetaVersion, Value: jsonvalue.Encode(modernVersion)},
		{Name: jsonrpc.MetaClient, Value: client},
		{Name: jsonrpc.MetaCapabilities, Value: capabilities},
	}
}

// greetingOf returns the answer to initialize for a server of the second era, from its answer to
// server/discover.
func (c *conn) greetingOf(m *jsonrpc.Message, found jsontext.Value) jsontext.Value {
	members, meta := jsonrpc.MetaOf(found)
	server := rawjson.Get(meta, jsonrpc.ServerInfo)
	if server == nil {
		server = implementation("MCP server", "")
	}
	if c.newest {
		members = rawjson.Set(members, "protocolVersion", jsonvalue.Encode(modernVersion))
		return rawjson.Join(rawjson.Set(members, "serverInfo", server))
	}
	version := rawjson.String(rawjson.At(m.Params, "protocolVersion"))
	if !slices.Contains(jsonrpc.SessionVersions, version) {
		version = legacyVersion
	}
	out := []rawjson.Member{
		{Name: "protocolVersion", Value: jsonvalue.Encode(version)}, {Name: "capabilities", Value: jsonrpc.WithoutTasks(rawjson.Get(members, "capabilities"))},
		{Name: "serverInfo", Value: server},
	}
	if text := rawjson.Get(members, "instructions"); text != nil {
		out = append(out, rawjson.Member{Name: "instructions", Value: text})
	}
	return rawjson.Join(out)
}

// discoveryOf returns the answer to server/discover of a server of the first era, by its answer to
// initialize.
func discoveryOf(greeting jsontext.Value) jsontext.Value {
	members, _ := rawjson.Split(greeting)
	out := []rawjson.Member{
		{Name: "supportedVersions", Value: jsonvalue.Encode([]string{modernVersion})}, {Name: "capabilities", Value: jsonrpc.WithoutTasks(rawjson.Get(members, "capabilities"))},
	}
	if text := rawjson.Get(members, "instructions"); text != nil {
		out = append(out, rawjson.Member{Name: "instructions", Value: text})
	}
	if server := rawjson.Get(members, "serverInfo"); server != nil {
		out = append(out, rawjson.Member{Name: "_meta", Value: rawjson.Join([]rawjson.Member{{Name: jsonrpc.ServerInfo, Value: server}})})
	}
	return complete("server/discover", out)
}

// implementation returns who a client or server is.
func implementation(name, version string) jsontext.Value {
	return jsonvalue.Encode(map[string]any{"name": name, "version": version})
}
