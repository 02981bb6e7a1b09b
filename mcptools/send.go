package mcptools

import (
	"context"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/replay"
	"github.com/spectap/spectap/mcptools/source"
)

// These MCP tools send captured requests again, and store values for them.
//
// Requests go only to origins that a person has named. Requests other than reads need consent.

// SendConfig allows tools to send requests.
type SendConfig struct {
	// Client sends the requests. It connects to Origins only.
	Client *egress.Client
	// Origins are origins that a person has named, such as "https://api.example.com". Requests go
	// to these only, with the captured secrets.
	Origins []string
	// Record, unless nil, stores an exchange of replay_flow and returns its number. The flow
	// contains secrets where redaction finds them, and placeholders in place of all others.
	Record func(ctx context.Context, f flow.Flow) (flow.Seq, error)
}

// sendTools has the tools and their state. Its methods may be called from any goroutine.
type sendTools struct {
	*source.Source
	caller    func(context.Context) string
	config    *SendConfig
	variables replay.Variables
}

// DropSession removes the variables of a session that has ended.
func (s *sendTools) DropSession(id string) { s.variables.DropSession(id) }

// Callers returns the number of callers that have variables.
func (s *sendTools) Callers() int { return s.variables.Callers() }
