// Package document has the MCP tools about the inferred document: its operations, the evidence for
// them, and comparisons of a document with the traffic.
//
// Each tool has a file tool_*.go with its definition and handler. Nothing here writes or sends.
// Read document.go first.
package document

import (
	"cmp"
	"context"
	"errors"

	"github.com/spectap/spectap/mcptools/apidoc"
	"github.com/spectap/spectap/mcptools/opname"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/diff"
)

// Tools has the tools and their state. Its methods may be called from any goroutine.
type Tools struct {
	*source.Source
	specs    *apidoc.Library
	cache    specCache
	encoder  apidoc.Encoder
	comparer diff.Comparer
	examples exampleFinder
	forms    apidoc.Forms
}

// New returns the tools. specs has the documents that callers may name, or is nil.
func New(src *source.Source, specs *apidoc.Library) *Tools {
	specs = cmp.Or(specs, &apidoc.Library{})
	return &Tools{Source: src, specs: specs}
}

// All returns the tools.
func (s *Tools) All() []tool.Tool {
	return []tool.Tool{
		s.listOperations(), s.getOperation(), s.exportSpec(), s.explainOperation(), s.diffSpec(), s.listWorkflows(),
	}
}

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
	if several, ok := errors.AsType[*source.SeveralHosts](err); ok {
		return source.DocumentResult{}, nil, source.ChooseHost(several.Hosts)
	}
	return d, hosts, err
}

// SpecsResult lists the documents that the parameter spec may name.
type SpecsResult struct {
	Specs []string `json:"specs"`
	// Files reports whether spec may be a file below the folder of --files.
	Files bool `json:"files"`
}

// Specs lists the documents that a caller may name.
func (s *Tools) Specs() SpecsResult { return SpecsResult{s.specs.Names(), s.specs.Files != nil} }

// of returns the document of a host ("": all hosts).
func (s *Tools) of(ctx context.Context, host string) (source.DocumentResult, error) {
	d, _, err := s.document(ctx, hostArgs(host), selection{})
	return d, err
}

// hostArgs returns the arguments of a tool that describes a host.
func hostArgs(host string) tool.Args { return tool.Args{source.DomainParam.Name: host} }

// Text returns the document of a host.
func (s *Tools) Text(ctx context.Context, host string, format openapi.Format) (string, error) {
	d, err := s.of(ctx, host)
	if err != nil {
		return "", err
	}
	text, err := s.encoder.Encode(d.OpenAPI, format)
	return string(text), err
}

// Compact returns the compact form of a host's document.
func (s *Tools) Compact(ctx context.Context, host string) (string, error) {
	d, err := s.of(ctx, host)
	if err != nil {
		return "", err
	}
	form, err := s.forms.Compact(d.OpenAPI, d.Decided.Counts())
	if err != nil {
		return "", err
	}
	return form.String(), nil
}

// Patterns returns the operations of a host.
func (s *Tools) Patterns(ctx context.Context, host string) (PatternsResult, error) {
	return s.patterns(ctx, hostArgs(host))
}

// Operation returns the operation of a host with an id.
func (s *Tools) Operation(ctx context.Context, host, id string) (OperationResult, error) {
	d, err := s.of(ctx, host)
	if err != nil {
		return OperationResult{}, err
	}
	for i := range d.Decided.Operations {
		x := &d.Decided.Operations[i]
		if x.ID != id {
			continue
		}
		o, err := apidoc.Find(d.OpenAPI, opname.Name{Method: x.Method, Path: x.Path})
		if err != nil {
			return OperationResult{}, err
		}
		return s.operationResult(&d, o)
	}
	return OperationResult{}, tool.Errorf(tool.CodeUnknownOperation, "list_operations lists all operations",
		"the host has no operation with this id")
}
