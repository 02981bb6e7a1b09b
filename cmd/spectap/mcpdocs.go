package main

import (
	"context"
	"fmt"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/mcptools"
)

// documents lets MCP tools ask a catalog.
type documents struct{ catalog *catalog }

// Document implements mcptools.Documenter.
func (d documents) Document(ctx context.Context, r mcptools.DocumentRequest) (mcptools.DocumentResult, error) {
	e, err := d.catalog.document(ctx, exportOf(r))
	if err != nil {
		return mcptools.DocumentResult{}, err
	}
	out := mcptools.DocumentResult{Decided: e.decided, OpenAPI: e.doc}
	if r.Limit > 0 {
		out.Note = fmt.Sprintf("inferred anew from the newest %d flows alone", r.Limit)
	}
	return out, nil
}

// Explain implements mcptools.Documenter.
func (d documents) Explain(ctx context.Context, r mcptools.DocumentRequest, method, path string) (*infer.Explanation, error) {
	return d.catalog.explain(ctx, exportOf(r), method, path)
}

func exportOf(r mcptools.DocumentRequest) exportRequest {
	return exportRequest{hosts: r.Hosts, mergeHosts: len(r.Hosts) == 0, limit: r.Limit, version: r.Version}
}
