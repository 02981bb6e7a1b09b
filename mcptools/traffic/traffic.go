// Package traffic has the MCP tools that read captured flows: lists, searches, details, and common
// properties of several flows.
//
// Each tool has a file tool_*.go with its definition and handler. Nothing here writes or sends.
// Read traffic.go first.
package traffic

import (
	"github.com/spectap/spectap/mcptools/apidoc"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
)

// Tools has the tools and their state. Its methods may be called from any goroutine.
type Tools struct {
	*source.Source
	facts    *Facts
	matchers apidoc.MatcherCache
}

// New returns the tools. The index of src must have facts as its observer.
func New(src *source.Source, facts *Facts) *Tools { return &Tools{Source: src, facts: facts} }

// All returns the tools.
func (s *Tools) All() []tool.Tool {
	return []tool.Tool{
		s.trafficSummary(), s.searchTraffic(), s.inspectFlows(), s.hostList(), s.findFailures(), s.compareFlows(),
		s.detectAuth(), s.findValue(), s.extractFromFlow(), s.generateClient(),
	}
}
