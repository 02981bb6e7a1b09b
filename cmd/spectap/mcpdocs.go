package main

import (
	"context"
	"fmt"
	"sync"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/mcptools"
)

// documents lets MCP tools ask a catalog. It begins a new one when flows were deleted: a catalog that saves
// nothing does not hear of that.
type documents struct {
	p     *program
	store learnt

	mu      sync.Mutex // guards all below
	catalog *catalog
	flows   int64
	first   flow.Seq
}

// current is a catalog that knows nothing of what is gone.
func (d *documents) current(ctx context.Context) (*catalog, error) {
	st, err := d.store.Stat(ctx)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.catalog == nil || st.Flows < d.flows || d.flows > 0 && st.First != d.first {
		d.catalog = d.p.newCatalog(d.store, true)
	}
	d.flows, d.first = st.Flows, st.First
	return d.catalog, nil
}

// Document implements mcptools.Documenter.
func (d *documents) Document(ctx context.Context, r mcptools.DocumentRequest) (mcptools.DocumentResult, error) {
	c, err := d.current(ctx)
	if err != nil {
		return mcptools.DocumentResult{}, err
	}
	e, err := c.document(ctx, exportOf(r))
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
func (d *documents) Explain(ctx context.Context, r mcptools.DocumentRequest, method, path string) (*infer.Explanation, error) {
	c, err := d.current(ctx)
	if err != nil {
		return nil, err
	}
	return c.explain(ctx, exportOf(r), method, path)
}

func exportOf(r mcptools.DocumentRequest) exportRequest {
	return exportRequest{hosts: r.Hosts, mergeHosts: len(r.Hosts) == 0, limit: r.Limit, version: r.Version}
}
