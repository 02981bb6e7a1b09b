package traffic

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/har"
	"github.com/spectap/spectap/mcptools/apidoc"
	"github.com/spectap/spectap/mcptools/codegen"
	"github.com/spectap/spectap/mcptools/compare"
	"github.com/spectap/spectap/page/wire"
	"github.com/spectap/spectap/store"
)

// CodeQuery names a flow and the form of a program, one of [codegen.Frameworks].
type CodeQuery struct {
	Seq       flow.Seq `json:"seq"`
	Framework string   `json:"framework"`
}

// Code is a program that sends a request.
type Code struct {
	Code string `json:"code"`
	// Variables are environment variables that it reads secrets from.
	Variables []string `json:"variables"`
}

func (p *panel) code(ctx context.Context, in CodeQuery) (Code, error) {
	flows, err := p.redacted(ctx, []flow.Seq{in.Seq})
	if err != nil {
		return Code{}, err
	}
	var program codegen.Program
	if in.Framework == "curl" {
		program = codegen.CurlCommand(&flows[0])
	} else if slices.Contains(codegen.Frameworks(), in.Framework) {
		var m *apidoc.Matcher
		if d, err := p.Documents.Document(ctx, catalog.Request{Hosts: []string{flows[0].Request.Authority}}, describeTime); err == nil {
			m, _ = apidoc.NewMatcher(d.OpenAPI, &d.Decided)
		}
		program = codegen.Generate(in.Framework, codegen.WithSignIn(ctx, m, p.Store, p.redact, flows))
	}
	out := Code{Code: program.Code}
	for _, v := range program.Variables {
		out.Variables = append(out.Variables, v.Name)
	}
	return out, nil
}

// redact returns a flow without secrets. The placeholders of a replay equal those of the original
// flow, unlike for agents, because a person can reveal both.
func (p *panel) redact(f flow.Flow) flow.Flow {
	source := f.Source
	f.Source = ""
	f = p.Redact.Flow(f)
	f.Source = source
	return f
}

// redacted returns flows without secrets.
func (p *panel) redacted(ctx context.Context, seqs []flow.Seq) ([]flow.Flow, error) {
	var out []flow.Flow
	for _, s := range seqs {
		f, err := p.get(ctx, s)
		if err != nil {
			return nil, err
		}
		out = append(out, p.redact(f))
	}
	return out, nil
}

// ArchiveQuery selects the listed flows, or those of a filter if none is listed.
type ArchiveQuery struct {
	Flows  []flow.Seq `json:"flows"`
	Filter string     `json:"filter"`
}

// archive returns an HTTP archive without secrets.
func (p *panel) archive(ctx context.Context, in ArchiveQuery) (*wire.File, error) {
	where, err := parse(in.Filter)
	if err != nil {
		return nil, err
	}
	write := func(w io.Writer) error {
		hw := har.NewWriter(w, har.WriteConfig{Version: p.Version, Redact: p.Redact.Flow})
		for _, s := range in.Flows {
			f, err := p.Store.Get(ctx, s)
			if errors.Is(err, store.ErrNotFound) {
				continue // it was deleted since it was selected
			}
			if err == nil {
				err = hw.Write(f)
			}
			if err != nil {
				return err
			}
		}
		if len(in.Flows) == 0 {
			s := store.Sieve{Where: where, Redact: p.Redact.Flow}
			for f, err := range s.Scan(ctx, p.Store, store.Query{Authority: where.Host()}, true) {
				if err == nil {
					err = hw.Write(f)
				}
				if err != nil {
					return err
				}
			}
		}
		return hw.Close()
	}
	return &wire.File{Name: "spectap.har", Type: "application/json", Write: write}, nil
}

// CompareQuery names two flows.
type CompareQuery struct {
	A flow.Seq `json:"a"`
	B flow.Seq `json:"b"`
}

// Comparison lists the differences between two flows, the most important first.
type Comparison struct {
	Request  []compare.Difference `json:"request"`
	Response []compare.Difference `json:"response"`
	Partly   bool                 `json:"partly,omitzero"` // there may be more differences
	// Equal names the values that are hidden in both flows and are equal.
	Equal []string `json:"equal"`
}

func (p *panel) compare(ctx context.Context, in CompareQuery) (Comparison, error) {
	flows, err := p.redacted(ctx, []flow.Seq{in.A, in.B})
	if err != nil {
		return Comparison{}, err
	}
	for i := range flows {
		flows[i].Source = "" // as redact: their marks are comparable
	}
	requests, responses := compare.Requests(&flows[0], &flows[1]), compare.Responses(&flows[0], &flows[1])
	return Comparison{
		Request: requests.Differences, Response: responses.Differences, Partly: requests.Partly || responses.Partly,
		Equal: equalHidden(&flows[0].Request, &flows[1].Request),
	}, nil
}

// equalHidden names the parts of two redacted requests that have placeholders, and are equal.
func equalHidden(a, b *flow.Request) []string {
	out := []string{}
	for _, h := range a.Header {
		if strings.Contains(h.Value, "[redacted:") && slices.Contains(b.Header, h) {
			out = append(out, h.Name)
		}
	}
	for _, part := range []struct{ name, a, b string }{
		{"path", a.Path, b.Path}, {"query", a.RawQuery, b.RawQuery}, {"body", string(a.Body.Data), string(b.Body.Data)},
	} {
		if part.a == part.b && strings.Contains(part.a, "[redacted:") {
			out = append(out, part.name)
		}
	}
	return out
}
