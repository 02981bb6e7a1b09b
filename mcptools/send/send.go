// Package send has the MCP tools that send captured requests again, and those that store values for
// them.
//
// Requests go only to origins that a person has named. What is not a read needs consent. Read
// send.go first.
package send

import (
	"context"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/consent"
	"github.com/spectap/spectap/mcptools/replay"
	"github.com/spectap/spectap/mcptools/source"
)

// Config allows tools to send requests.
type Config struct {
	// Client sends the requests. It connects to Origins only.
	Client *egress.Client
	// Origins are origins that a person has named, such as "https://api.example.com". Requests go
	// to these only, with the captured secrets.
	Origins []string
	// Record, unless nil, stores an exchange of replay_flow and returns its number. The flow
	// contains secrets where redaction finds them, and placeholders in place of all others.
	Record func(ctx context.Context, f flow.Flow) (flow.Seq, error)
}

// Tools has the tools and their state. Its methods may be called from any goroutine.
type Tools struct {
	*source.Source
	*consent.Consents
	config    *Config
	variables replay.Variables
}

// New returns the tools.
func New(src *source.Source, consents *consent.Consents, c *Config) *Tools {
	return &Tools{Source: src, Consents: consents, config: c}
}

// DropSession removes the variables of a session that has ended.
func (s *Tools) DropSession(id string) { s.variables.DropSession(id) }

// Callers returns the number of callers that have variables.
func (s *Tools) Callers() int { return s.variables.Callers() }
