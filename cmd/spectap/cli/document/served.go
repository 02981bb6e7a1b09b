package document

import (
	"context"
	"fmt"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/bundle"
	"github.com/spectap/spectap/openapi/lint"
	"github.com/spectap/spectap/store"
)

// ServedDocument loads a document or, if spec is empty, that of the capture.
func ServedDocument(ctx context.Context, p *cli.Program, spec, host string) (*openapi3.T, error) {
	if spec == "" {
		st, err := p.Open(store.Options{ReadOnly: true})
		if err != nil {
			return nil, err
		}
		defer st.Close()
		e, err := p.NewCatalog(st, catalog.SaveNever).Document(ctx, catalog.Request{Host: host})
		if err != nil {
			return nil, err
		}
		return e.OpenAPI, nil
	}
	r, err := p.ReadDocument(ctx, spec, "")
	if err != nil {
		return nil, err
	}
	return partialDocument(ctx, p, spec, r)
}

// partialDocument loads a document with broken references. It leaves out the parts that need them.
func partialDocument(ctx context.Context, p *cli.Program, spec string, r *bundle.Result) (*openapi3.T, error) {
	for i, problem := range r.Problems {
		if i == mostProblems {
			p.Say("spectap: %s more cannot be followed", cli.Plural(len(r.Problems)-i, "reference"))
			break
		}
		p.Say("spectap: %v", problem)
	}
	doc, err := openapi.LoadPartial(r.Text)
	if err != nil {
		if lint.Explain(ctx, r.Text, nil, err) != err {
			return nil, unreadable(ctx, spec, r, err)
		}
		return nil, cli.WithHint(fmt.Errorf("read %s: %w", spec, err), "an OpenAPI document (2.0 to 3.2; JSON or YAML): spectap serve api.yaml")
	}
	return doc, nil
}

// mostProblems bounds the broken references that are listed.
const mostProblems = 5
