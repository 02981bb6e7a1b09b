package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/mcptools/source"
)

// documents implements source.Documenter on a catalog.
type documents struct{ *catalog.Background }

// newDocuments returns documents of a store. Its background work ends with life.
func (p *program) newDocuments(life context.Context, st catalog.Store) documents {
	return documents{catalog.NewBackground(life, p.newCatalog(st, catalog.SaveLarge))}
}

// Document implements source.Documenter.
func (d documents) Document(ctx context.Context, r source.DocumentRequest) (source.DocumentResult, error) {
	request, wait := catalogRequest(r)
	doc, err := d.Background.Document(ctx, request, wait)
	if err != nil {
		return source.DocumentResult{}, toolError(err)
	}
	out := source.DocumentResult{Decided: doc.Decided, OpenAPI: doc.OpenAPI}
	if r.Limit > 0 {
		out.Note = fmt.Sprintf("inferred from the newest %d flows only", r.Limit)
	}
	return out, nil
}

// Explain implements source.Documenter.
func (d documents) Explain(
	ctx context.Context, r source.DocumentRequest, method, path string,
) (*infer.Explanation, error) {
	request, wait := catalogRequest(r)
	e, err := d.Background.Explain(ctx, request, wait, method, path)
	return e, toolError(err)
}

func catalogRequest(r source.DocumentRequest) (catalog.Request, time.Duration) {
	return catalog.Request{Hosts: r.Hosts, MergeHosts: len(r.Hosts) == 0 && !r.OneAPI, Limit: r.Limit, Version: r.Version},
		r.Wait
}

// toolError translates the errors that the tools distinguish.
func toolError(err error) error {
	var notReady *catalog.NotReadyError
	if errors.As(err, &notReady) {
		return &source.NotReady{Read: notReady.Read}
	}
	var several *catalog.AmbiguousHostError
	if errors.As(err, &several) {
		return &source.SeveralHosts{Hosts: several.Hosts}
	}
	return err
}
