package subject

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/rawjson"
)

// Requested returns the methods of the input requests in a result, in the revision of 2026-07-28.
func Requested(result jsontext.Value) ([]*jsonrpc.Message, error) {
	members, err := rawjson.Split(result)
	if err != nil || !needsInput(members, jsonrpc.MemberType) && !needsInput(members, "status") {
		return nil, nil // not an object, or complete: it requests no input
	}
	requests := rawjson.Get(members, jsonrpc.MemberRequests)
	if requests == nil {
		return nil, nil
	}
	inputs, err := rawjson.Split(requests)
	if err != nil {
		return nil, errors.New("inputRequests is not an object")
	}
	if len(inputs) > maxInputs {
		return nil, fmt.Errorf("it asks for %d inputs, more than %d", len(inputs), maxInputs)
	}
	var out []*jsonrpc.Message
	for _, in := range inputs {
		m, err := rawjson.Split(in.Value)
		method := rawjson.String(rawjson.Get(m, "method"))
		switch {
		case err != nil || method == "":
			return nil, errors.New("an input request has no method")
		case !jsonrpc.IsInput(method):
			return nil, errors.New("an input request has a method that is no question")
		}
		out = append(out, &jsonrpc.Message{Method: method, Params: rawjson.Get(m, "params")})
	}
	return out, nil
}

// maxInputs bounds the input requests of one result. Each is judged and recorded.
const maxInputs = 64

// needsInput reports whether a result, or the state of a task, waits for the client.
func needsInput(members []rawjson.Member, name string) bool {
	return rawjson.String(rawjson.Get(members, name)) == jsonrpc.InputRequired
}

// RefusalCode returns the form of a refusal: 0 for a tool result, else the code of an error.
func RefusalCode(s enforce.Subject, hidden bool) int {
	switch {
	case s.How == enforce.Refused:
		return jsonrpc.CodeInvalidParams
	case s.How == enforce.ByPolicy && s.Kind == policy.Tool && !hidden:
		return 0
	case s.How == enforce.ByPolicy && s.Kind == policy.Method && hidden:
		return jsonrpc.CodeMethodNotFound
	case hidden:
		return jsonrpc.CodeInvalidParams
	}
	return jsonrpc.CodeInvalidRequest
}

// Unknown is the error for a name that does not exist, or must look as if it did not.
func Unknown(m *jsonrpc.Message) string {
	switch m.Method {
	case "tools/call":
		return "unknown tool"
	case "prompts/get":
		return "unknown prompt"
	case "resources/read", "skills/get", "resources/subscribe", "resources/unsubscribe", "subscriptions/listen":
		return "unknown resource"
	case "completion/complete":
		return "unknown reference"
	}
	return "method not found"
}
