// Package document has the MCP tools about the inferred document: its operations, the evidence for
// them, and comparisons of a document with the traffic.
//
// Each tool has a file tool_*.go with its definition and handler. Nothing here writes or sends.
// Read document.go first.
package document

import (
	"context"
	"errors"

	"github.com/spectap/spectap/mcptools/apidoc"
	"github.com/spectap/spectap/mcptools/examples"
	"github.com/spectap/spectap/mcptools/search"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/openapi/diff"
)

// Tools has the tools and their state. Its methods may be called from any goroutine.
type Tools struct {
	*source.Source
	specs    *apidoc.Library
	cache    specCache
	encoder  apidoc.Encoder
	comparer diff.Comparer
	examples examples.Finder
	forms    apidoc.Forms
	checks   search.Searches[checkedFlow]
}

// New returns the tools. specs has the documents that callers may name; nil: none.
func New(src *source.Source, specs *apidoc.Library) *Tools {
	if specs == nil {
		specs = &apidoc.Library{}
	}
	return &Tools{Source: src, specs: specs}
}

// All returns the tools.
func (s *Tools) All() []tool.Tool {
	return []tool.Tool{
		s.listOperations(), s.getOperation(), s.exportSpec(), s.explainOperation(), s.diffSpec(), s.listWorkflows(),
	}
}

// Pause stops the searches that run ahead of their calls.
func (s *Tools) Pause() { s.checks.Pause() }

var newestParam = tool.Param{Name: "newest_flows", Kind: tool.Integer, Min: 1,
	Doc: "infer from that many newest flows"}

// selection says what a call does with the document that its arguments select.
type selection struct {
	oneAPI bool     // must not mix several APIs unless the caller asks for it
	hosts  []string // in place of those of domain, if not nil: the hosts of one API
}

// document returns the document that the arguments domain, newest_flows and version select, and its
// hosts.
func (s *Tools) document(ctx context.Context, a tool.Args, sel selection) (source.DocumentResult, []string, error) {
	hosts, err := sel.hosts, error(nil)
	if hosts == nil {
		hosts, err = s.Hosts(ctx, a.String("domain"))
	}
	if err != nil {
		return source.DocumentResult{}, nil, err
	}
	r := source.DocumentRequest{Hosts: hosts, Limit: a.Int(newestParam.Name), Version: a.String("version")}
	r.OneAPI = sel.oneAPI && sel.hosts == nil && a.String(source.DomainParam.Name) != source.AllHosts
	d, err := s.Inferred(ctx, r)
	var several *source.SeveralHosts
	if errors.As(err, &several) {
		return source.DocumentResult{}, nil, source.ChooseHost(several.Hosts)
	}
	return d, hosts, err
}
