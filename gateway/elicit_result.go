package gateway

import (
	"strings"

	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/rawjson"
	"github.com/spectap/spectap/mcp/subject"
)

// A client of a stateless revision accepts no requests. The result of its call is the question, and
// the repeated call carries the answer (MCP 2026-07-28, multi round-trip requests).

// questionName is the name of the only question of a result. stateStart begins the state of the
// result, which the client sends back; the id of the held call follows.
const (
	questionName = "approval"
	stateStart   = "spectap-approval:"
)

// reply is the answer in a call to a question of the gateway.
type reply struct {
	held   string // the id of the held call in the question
	answer enforce.Answer
}

// takeReply returns a call without its reply to a question of the gateway. Answers to questions of
// the server stay.
func takeReply(m *jsonrpc.Message) (*jsonrpc.Message, *reply) {
	members, err := rawjson.Split(m.Params)
	if err != nil {
		return m, nil
	}
	held, ours := strings.CutPrefix(rawjson.String(rawjson.Get(members, jsonrpc.MemberState)), stateStart)
	if !ours {
		return m, nil
	}
	a := &reply{held, subject.Agreement(rawjson.At(rawjson.Get(members, jsonrpc.MemberResponses), questionName))}
	return jsonrpc.WithParams(m, rawjson.Without(rawjson.Without(members, jsonrpc.MemberState), jsonrpc.MemberResponses)), a
}

// replier returns a function that reads the decision of the person who uses a stateless client, or
// nil if the client cannot ask. It cannot if the call answers a question of the server, which
// occupies the state.
func replier(m *jsonrpc.Message, said *reply) func(id string) enforce.Answer {
	if !asksByResult(m) {
		return nil
	}
	return func(id string) enforce.Answer {
		if said == nil || said.held != id {
			return enforce.NoAnswer
		}
		return said.answer
	}
}

// asksByResult reports whether the result of a call can be a question to the person who uses the
// client: it is stateless, shows forms, and answers no question of the server.
func asksByResult(m *jsonrpc.Message) bool {
	members, meta := jsonrpc.MetaOf(m.Params)
	for _, name := range []string{jsonrpc.MemberState, jsonrpc.MemberResponses} {
		if rawjson.Get(members, name) != nil {
			return false
		}
	}
	return jsonrpc.IsStateless(jsonrpc.VersionOf(m)) && jsonrpc.ShowsForms(rawjson.Get(meta, jsonrpc.MetaCapabilities))
}

// pendingAnswer answers a call that waits for a person: with a question if the person who uses the
// client may decide and was not asked yet, else with advice on what to do next.
func pendingAnswer(p jsonrpc.Packet, v enforce.Verdict) *jsonrpc.Message {
	if v.Question == "" {
		return jsonrpc.Response(p.ID, enforce.PendingResult(v))
	}
	question := map[string]any{"method": "elicitation/create", "params": question(v.Question)}
	return jsonrpc.Response(p.ID, jsonvalue.Encode(map[string]any{
		jsonrpc.MemberType: jsonrpc.InputRequired, jsonrpc.MemberRequests: map[string]any{questionName: question}, jsonrpc.MemberState: stateStart + v.Pending,
	}))
}
