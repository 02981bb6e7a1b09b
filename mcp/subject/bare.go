package subject

import (
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/rawjson"
)

// noteMembers are the members without text for people, by method, of messages that pass under every
// policy. Messages that are not listed have no such members.
var noteMembers = map[string][]string{
	"notifications/cancelled":                  {"requestId", "taskId"},
	"notifications/progress":                   {"progressToken", "progress", "total"},
	"notifications/elicitation/complete":       {"elicitationId"},
	"notifications/subscriptions/acknowledged": {"notifications"},
}

// Bare returns a message that passes under every policy, reduced to the members that the protocol
// needs. It drops the reason of a cancellation, the text of progress, and unknown members, which
// could carry arbitrary text to the receiver.
func Bare(m *jsonrpc.Message) *jsonrpc.Message {
	members, _ := rawjson.Split(m.Params) // nil if it is not an object
	var kept []rawjson.Member
	for _, member := range members {
		switch {
		case member.Name == "_meta":
			meta, _ := rawjson.Split(member.Value)
			meta = slices.DeleteFunc(meta, func(e rawjson.Member) bool {
				return e.Name != "progressToken" && !strings.HasPrefix(e.Name, jsonrpc.MetaPrefix) || !isBare(e.Value)
			})
			kept = append(kept, rawjson.Member{Name: member.Name, Value: rawjson.Join(meta)})
		case slices.Contains(noteMembers[m.Method], member.Name) && isBare(member.Value):
			kept = append(kept, member)
		}
	}
	var params jsontext.Value
	if m.Params != nil {
		params = rawjson.Join(kept)
	}
	if m.IsRequest() {
		return jsonrpc.Request(m.ID, m.Method, params)
	}
	return jsonrpc.Notification(m.Method, params)
}

// prose matches a compact value that has more than numbers and identifiers.
var prose = regexp.MustCompile(`[^!-~]|\\|[^"]{257}`)

// isBare reports whether the strings of a value are identifiers or URIs: they have no spaces, no
// escapes, and at most 256 characters.
func isBare(v jsontext.Value) bool {
	v = slices.Clone(v)
	return v.Compact() == nil && !prose.Match(v)
}
