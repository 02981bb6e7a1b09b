package merge

import (
	"strings"

	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/rawjson"
)

// A task belongs to one server, and one session there. Several servers may give the same id, and
// would ask a client for the tasks of each other. A gateway in front of several servers has no
// tasks therefore: it does not announce them, and lets no side ask for one.

// withoutTasks returns a request that neither asks for a task nor says that its sender knows tasks.
// What does not announce tasks must ignore the wish for one (revision 2025-11-25, Tasks).
func withoutTasks(m *jsonrpc.Message) *jsonrpc.Message {
	params, meta := jsonrpc.MetaOf(m.Params)
	stateless, inSession := rawjson.Get(meta, jsonrpc.MetaCapabilities), rawjson.Get(params, "capabilities")
	if rawjson.Get(params, "task") == nil && stateless == nil && inSession == nil {
		return m
	}
	params = rawjson.Without(params, "task")
	if stateless != nil {
		meta = rawjson.Set(meta, jsonrpc.MetaCapabilities, jsonrpc.WithoutTasks(stateless))
		params = rawjson.Set(params, "_meta", rawjson.Join(meta))
	}
	if inSession != nil {
		params = rawjson.Set(params, "capabilities", jsonrpc.WithoutTasks(inSession))
	}
	return jsonrpc.WithParams(m, params)
}

// isTaskNote reports whether a notification is about a task.
func isTaskNote(m *jsonrpc.Message) bool {
	return m.IsNotification() && strings.HasPrefix(m.Method, "notifications/tasks")
}

// answered returns the answer of a server to a request of the client: an error if the server made a
// task of the request, as servers may in revision 2026-07-28.
func answered(m *jsonrpc.Message) *jsonrpc.Message {
	if rawjson.String(rawjson.At(m.Result, "resultType")) != "task" {
		return m
	}
	return jsonrpc.Failure(m.ID, jsonrpc.CodeInternal,
		"the MCP server made a task of the request, which a gateway in front of several servers does not support", nil)
}
