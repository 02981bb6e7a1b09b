package jsonrpc

import (
	"encoding/json"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/mcp/rawjson"
)

// StatelessSince is the first revision without sessions.
const StatelessSince = "2026-07-28"

// SessionVersions are the revisions with sessions.
var SessionVersions = []string{"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"}

// IsStateless reports whether a revision has no sessions. Later revisions than the gateway knows
// count as such: the server answers for them.
func IsStateless(version string) bool {
	_, err := time.Parse(time.DateOnly, version)
	return err == nil && version >= StatelessSince
}

// VersionOf returns the revision that a stateless request names, "" for others.
func VersionOf(m *Message) string {
	_, meta := MetaOf(m.Params)
	return rawjson.String(rawjson.Get(meta, MetaVersion))
}

// The protocol's own members of _meta, which begin with MetaPrefix: what a stateless request says
// of its client, what a server says of itself, and the request of a stream of notifications.
const (
	MetaPrefix       = "io.modelcontextprotocol/"
	MetaVersion      = MetaPrefix + "protocolVersion"
	MetaClient       = MetaPrefix + "clientInfo"
	MetaCapabilities = MetaPrefix + "clientCapabilities"
	MetaLevel        = MetaPrefix + "logLevel"
	ServerInfo       = MetaPrefix + "serverInfo"
	SubscriptionID   = MetaPrefix + "subscriptionId"
)

// The members of a result that asks for input, its type, and the members of the call that brings
// the input (MCP 2026-07-28, multi round-trip requests).
const (
	MemberType      = "resultType"
	InputRequired   = "input_required"
	MemberRequests  = "inputRequests"
	MemberState     = "requestState"
	MemberResponses = "inputResponses"
)

// ShowsForms reports whether the capabilities of a client say that it shows forms. A declaration
// without details means forms.
func ShowsForms(capabilities jsontext.Value) bool {
	var c struct {
		Elicitation *struct{ Form, URL *struct{} }
	}
	return json.Unmarshal(capabilities, &c) == nil && c.Elicitation != nil && (c.Elicitation.Form != nil || c.Elicitation.URL == nil)
}
