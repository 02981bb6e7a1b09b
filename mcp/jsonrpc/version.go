package jsonrpc

import (
	"time"

	"github.com/spectap/spectap/mcp/rawjson"
)

// statelessSince is the first revision without sessions.
const statelessSince = "2026-07-28"

// SessionVersions are the revisions with sessions.
var SessionVersions = []string{"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"}

// IsStateless reports whether a revision has no sessions. Later revisions than the gateway knows
// count as such: the server answers for them.
func IsStateless(version string) bool {
	_, err := time.Parse(time.DateOnly, version)
	return err == nil && version >= statelessSince
}

// VersionOf returns the revision that a stateless request names, "" for others.
func VersionOf(m *Message) string {
	_, meta := MetaOf(m.Params)
	return rawjson.String(rawjson.Get(meta, "io.modelcontextprotocol/protocolVersion"))
}

// ServerInfo is the member of _meta with the name and version of a server.
const ServerInfo = "io.modelcontextprotocol/serverInfo"
