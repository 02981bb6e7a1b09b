package main

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/mcptools"
)

// documents lets MCP tools ask a catalog. What takes longer than a call waits goes on: the next call finds it done, or
// waits for it as well.
type documents struct {
	catalog *catalog
	jobs    *jobs
}

// newDocuments works in the background until life ends.
func (p *program) newDocuments(life context.Context, st learnt) documents {
	return documents{p.newCatalog(st, saveMuch), &jobs{life: life}}
}

// Document implements mcptools.Documenter.
func (d documents) Document(ctx context.Context, r mcptools.DocumentRequest) (mcptools.DocumentResult, error) {
	request := exportOf(r)
	key, err := d.key(ctx, request)
	if err != nil {
		return mcptools.DocumentResult{}, err
	}
	v, err := d.await(ctx, r, key, func(ctx context.Context) (any, error) { return d.catalog.document(ctx, request) })
	if err != nil {
		return mcptools.DocumentResult{}, err
	}
	e := v.(*exported)
	out := mcptools.DocumentResult{Decided: e.decided, OpenAPI: e.doc}
	if r.Limit > 0 {
		out.Note = fmt.Sprintf("inferred anew from the newest %d flows alone", r.Limit)
	}
	return out, nil
}

// key names a document. One of the newest flows alone, which the catalog does not keep, is that of a state of the store.
func (d documents) key(ctx context.Context, r exportRequest) (string, error) {
	key := fmt.Sprintf("%#v", r)
	if r.limit == 0 {
		return key, nil
	}
	st, err := d.catalog.store.Stat(ctx)
	return fmt.Sprintf("%s %d %d", key, st.Last, st.Deletions), err
}

// Explain implements mcptools.Documenter.
func (d documents) Explain(ctx context.Context, r mcptools.DocumentRequest, method, path string) (*infer.Explanation, error) {
	request := exportOf(r)
	key := fmt.Sprintf("%#v explain %q %q", request, method, path)
	v, err := d.await(ctx, r, key, func(ctx context.Context) (any, error) { return d.catalog.explain(ctx, request, method, path) })
	if err != nil {
		return nil, err
	}
	return v.(*infer.Explanation), nil
}

// await waits for a job as long as the request says; past that only while nothing is learnt any more, or was before.
func (d documents) await(ctx context.Context, r mcptools.DocumentRequest, key string, work func(context.Context) (any, error)) (any, error) {
	if r.Wait == 0 {
		return work(ctx)
	}
	begun := time.Now()
	impatient := func() bool {
		if r.Limit == 0 && !d.catalog.learning.Load() {
			return false
		}
		return d.catalog.learnt.Load() || time.Since(begun) >= r.FirstWait
	}
	v, err, done := d.jobs.do(ctx, key, r.Limit > 0, r.Wait, impatient, work)
	if !done {
		return nil, &mcptools.NotReady{Read: d.catalog.read.Load()}
	}
	return v, err
}

func exportOf(r mcptools.DocumentRequest) exportRequest {
	// The version is said, so that who asks for none is given the document that others have made.
	return exportRequest{hosts: r.Hosts, mergeHosts: len(r.Hosts) == 0, limit: r.Limit, version: cmp.Or(r.Version, "3.1")}
}
