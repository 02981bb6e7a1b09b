package jsonrpc

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcp/rawjson"
)

// Response returns a response with a result.
func Response(id string, result jsontext.Value) *Message {
	return &Message{ID: id, Result: result, Text: fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"result":%s}`, id, result)}
}

// Failure returns a response with an error. data may be nil.
func Failure(id string, code int, text string, data any) *Message {
	id = cmp.Or(id, "null")
	e := map[string]any{"code": code, "message": text}
	if data != nil {
		e["data"] = data
	}
	return Error(id, jsonvalue.Encode(e))
}

// Error returns a response with an error.
func Error(id string, err jsontext.Value) *Message {
	return &Message{ID: id, Err: err, Text: fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"error":%s}`, id, err)}
}

// Request returns a request.
func Request(id, method string, params jsontext.Value) *Message {
	return &Message{ID: id, Method: method, Params: params, Text: fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"method":%q,"params":%s}`, id, method, params)}
}

// Notification returns a notification. params may be nil.
func Notification(method string, params jsontext.Value) *Message {
	m := &Message{Method: method, Params: params, Text: fmt.Appendf(nil, `{"jsonrpc":"2.0","method":%q}`, method)}
	if params != nil {
		m.Text = fmt.Appendf(nil, `{"jsonrpc":"2.0","method":%q,"params":%s}`, method, params)
	}
	return m
}

// WithParams returns a message with other parameters.
func WithParams(m *Message, params []rawjson.Member) *Message {
	out := *m
	out.Params = rawjson.Join(params)
	return out.Encoded()
}

// Encoded returns the message with a text that says what its members say.
func (m *Message) Encoded() *Message {
	members, _ := rawjson.Split(m.Text) // it was parsed
	for name, value := range map[string]jsontext.Value{"id": jsontext.Value(m.ID), "params": m.Params, "result": m.Result, "error": m.Err} {
		if len(value) > 0 {
			members = rawjson.Set(members, name, value)
		}
	}
	m.Text = rawjson.Join(members)
	return m
}

// MetaOf returns the members of an object and of its member _meta.
func MetaOf(object jsontext.Value) (members, meta []rawjson.Member) {
	members, err := rawjson.Split(object)
	if err != nil {
		return nil, nil
	}
	meta, _ = rawjson.Split(rawjson.Get(members, "_meta")) // nil if it is no object
	return members, meta
}

// WithoutTasks returns what a side says it can do, but for tasks: the capability of revision
// 2025-11-25 and the extension of 2026-07-28. What is no object becomes an empty one.
func WithoutTasks(capabilities jsontext.Value) jsontext.Value {
	members, err := rawjson.Split(capabilities)
	if err != nil {
		return jsontext.Value("{}")
	}
	members = rawjson.Without(members, "tasks")
	if extensions, err := rawjson.Split(rawjson.Get(members, "extensions")); err == nil {
		members = rawjson.Set(members, "extensions", rawjson.Join(rawjson.Without(extensions, "io.modelcontextprotocol/tasks")))
	}
	return rawjson.Join(members)
}

// WithoutToken returns parameters that ask for no progress.
func WithoutToken(params jsontext.Value) jsontext.Value {
	members, meta := MetaOf(params)
	if rawjson.Get(meta, "progressToken") == nil {
		return params
	}
	return rawjson.Join(rawjson.Set(members, "_meta", rawjson.Join(rawjson.Without(meta, "progressToken"))))
}

// NewPrefix returns the beginning of the ids of the gateway's own requests, which no client can
// guess.
func NewPrefix() string { return "gateway-" + rand.Text()[:12] + "-" }

// Key returns one form for all ways to write an id. Integers are compared as the numbers of
// JavaScript, where -0 is 0 and several integers beyond 2^53 are one: a server that reads them so
// answers a call under any of its ids.
func Key(id string) string {
	var s string
	if len(id) > 0 && id[0] == '"' && json.Unmarshal([]byte(id), &s) == nil {
		b, _ := json.Marshal(s) // a string
		return string(b)
	}
	if jsontext.Value(id).Kind() == '0' {
		if f, err := strconv.ParseFloat(id, 64); err == nil {
			return strconv.FormatFloat(f+0, 'f', -1, 64) // -0 + 0 is 0
		}
	}
	return id
}
