package gateway

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/gateway/rawjson"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/internal/jsonvalue"
)

// lists are the requests whose result is filtered: the member with the list, and the member of each
// element that the policy knows it by.
var lists = map[string]struct {
	kind       policy.Kind
	list, name string
}{
	"tools/list":               {policy.Tool, "tools", "name"},
	"prompts/list":             {policy.Prompt, "prompts", "name"},
	"resources/list":           {policy.Resource, "resources", "uri"},
	"resources/templates/list": {policy.Resource, "resourceTemplates", "uriTemplate"},
}

// filterList removes from a list what the policy does not show. A result that is no list of this
// kind is an error: it cannot be shown in part.
func filterList(g *enforce.Guard, method string, result jsontext.Value) (jsontext.Value, error) {
	l := lists[method]
	members, err := rawjson.Split(result)
	if err != nil {
		return nil, err
	}
	elements, err := rawjson.Elements(rawjson.Get(members, l.list))
	if err != nil {
		return nil, fmt.Errorf("the member %s: %w", l.list, err)
	}
	var kept []jsontext.Value
	for _, e := range elements {
		m, err := rawjson.Split(e)
		name := rawjson.String(rawjson.Get(m, l.name))
		if err != nil || name == "" {
			continue // it cannot be judged
		}
		if g.Lists(l.kind, name) || method == "resources/templates/list" && g.ListsTemplate(name) {
			kept = append(kept, e)
		}
	}
	members = rawjson.Set(members, l.list, rawjson.Array(kept))
	if rawjson.Get(members, "cacheScope") != nil { // what is shown depends on the caller
		members = rawjson.Set(members, "cacheScope", jsontext.Value(`"private"`))
	}
	return rawjson.Join(members), nil
}

// requested returns what a result asks the client for, in the revision of 2026-07-28: the methods
// of its input requests.
func requested(result jsontext.Value) ([]*message, error) {
	members, err := rawjson.Split(result)
	if err != nil || !needsInput(members, "resultType") && !needsInput(members, "status") {
		return nil, nil // no object, or complete: it asks for nothing
	}
	requests := rawjson.Get(members, "inputRequests")
	if requests == nil {
		return nil, nil
	}
	inputs, err := rawjson.Split(requests)
	if err != nil {
		return nil, errors.New("inputRequests is not an object")
	}
	var out []*message
	for _, in := range inputs {
		m, err := rawjson.Split(in.Value)
		method := rawjson.String(rawjson.Get(m, "method"))
		if err != nil || method == "" {
			return nil, errors.New("an input request has no method")
		}
		out = append(out, &message{method: method, params: rawjson.Get(m, "params")})
	}
	return out, nil
}

// needsInput reports whether a result, or the state of a task, waits for the client.
func needsInput(members []rawjson.Member, name string) bool {
	return rawjson.String(rawjson.Get(members, name)) == "input_required"
}

// response returns a response with a result.
func response(id string, result jsontext.Value) *message {
	return &message{id: id, result: result, text: fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"result":%s}`, id, result)}
}

// failure returns a response with an error. data may be nil.
func failure(id string, code int, text string, data any) *message {
	if id == "" {
		id = "null"
	}
	e := map[string]any{"code": code, "message": text}
	if data != nil {
		e["data"] = data
	}
	err := jsonvalue.Encode(e)
	return &message{id: id, err: err, text: fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"error":%s}`, id, err)}
}

// request returns a request.
func request(id, method string, params jsontext.Value) *message {
	return &message{id: id, method: method, params: params, text: fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"method":%q,"params":%s}`, id, method, params)}
}

// notification returns a notification. params may be nil.
func notification(method string, params jsontext.Value) *message {
	m := &message{method: method, params: params, text: fmt.Appendf(nil, `{"jsonrpc":"2.0","method":%q}`, method)}
	if params != nil {
		m.text = fmt.Appendf(nil, `{"jsonrpc":"2.0","method":%q,"params":%s}`, method, params)
	}
	return m
}

// refusalCode returns how a refusal is said: 0 as a result of a tool, else the code of an error.
func refusalCode(s enforce.Subject, hidden bool) int {
	switch {
	case s.How == enforce.Refused:
		return codeInvalidParams
	case s.How == enforce.ByPolicy && s.Kind == policy.Tool && !hidden:
		return 0
	case s.How == enforce.ByPolicy && s.Kind == policy.Method && hidden:
		return codeMethodNotFound
	case hidden:
		return codeInvalidParams
	}
	return codeInvalidRequest
}

// hiddenText is the error for a name that does not exist, or must look as if it did not.
func hiddenText(m *message) string {
	switch m.method {
	case "tools/call":
		return "unknown tool"
	case "prompts/get":
		return "unknown prompt"
	case "resources/read", "resources/subscribe", "resources/unsubscribe", "subscriptions/listen":
		return "unknown resource"
	case "completion/complete":
		return "unknown reference"
	}
	return "method not found"
}
