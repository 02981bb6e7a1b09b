package document

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

// PatternsResult lists operations at length.
type PatternsResult struct {
	tool.Untrusted
	Patterns []Pattern  `json:"patterns"` // most used first
	Servers  []string   `json:"servers"`  // origins with the path prefix of all operations
	Flows    int64      `json:"flows"`    // flows that are the evidence
	Excluded []Excluded `json:"excluded"` // flows without an operation, by reason
	Note     string     `json:"note,omitempty"`
	tool.Page
}

// Pattern is one operation.
type Pattern struct {
	Method       string   `json:"method"`
	Path         string   `json:"path"`              // template after the servers' prefix
	Servers      []string `json:"servers,omitempty"` // if they are not those of the document
	OperationID  string   `json:"operation_id"`
	Count        int64    `json:"count"`
	Summary      string   `json:"summary,omitempty"`
	PathParams   []string `json:"path_params"`
	QueryParams  []string `json:"query_params"`
	HeaderParams []string `json:"header_params"`
	RequestTypes []string `json:"request_types"` // media types of request bodies
	Statuses     []Status `json:"statuses"`
	Security     []string `json:"security"` // accepted security schemes
	Flows        []uint64 `json:"flow_ids"` // some of its newest flows, successful ones first
}

// Status describes the responses of an operation with one status.
type Status struct {
	Status int      `json:"status_code"`
	Count  int64    `json:"count"`
	Types  []string `json:"content_types"`
}

// Excluded counts flows without an operation.
type Excluded struct {
	Reason string `json:"reason"`
	Count  int64  `json:"count"`
}

func (s *Tools) patterns(ctx context.Context, a tool.Args) (PatternsResult, error) {
	l, err := s.listing(ctx, a, selection{oneAPI: true})
	if err != nil {
		return PatternsResult{}, err
	}
	flows, complete, err := s.exampleFlows(ctx, &l.DocumentResult, l.hosts, s.TimeLeft(ctx))
	if err != nil {
		return PatternsResult{}, err
	}
	out := PatternsResult{
		Untrusted: tool.Notice(), Patterns: []Pattern{}, Servers: view.VisibleAll(l.Decided.Servers),
		Flows: l.Decided.Flows, Excluded: excluded(l.Decided.Excluded), Note: l.Note,
	}
	selected := map[operationKey]bool{}
	for _, i := range l.selected {
		o := &l.form.Operations()[i]
		selected[operationKey{Method: o.Method, Template: o.Template}] = true
	}
	for i := range l.Decided.Operations {
		p := pattern(&l.Decided.Operations[i])
		key := operationKey{Method: p.Method, Template: l.Decided.Operations[i].Path}
		if !l.filter.IsZero() && !selected[key] {
			continue
		}
		p.Flows = append(p.Flows, flows[key]...)
		out.Patterns = append(out.Patterns, p)
	}
	if !complete {
		out.Note = strings.TrimSpace(out.Note + " " + noteExamples)
	}
	slices.SortStableFunc(out.Patterns, func(x, y Pattern) int { return cmp.Compare(y.Count, x.Count) })
	out.Patterns, out.Page = tool.PageOf(out.Patterns, a.Int("offset"), min(cmp.Or(a.Int("limit"), maxPatterns), maxPatterns))
	return out, nil
}

const noteExamples = "flow_ids are incomplete: the time of the call was over; call again"

// exampleFlows returns examples of the operations of a document. complete is false if the time of
// the call was over before all were found.
func (s *Tools) exampleFlows(
	ctx context.Context, d *source.DocumentResult, hosts []string, limit time.Duration,
) (flows exampleFlows, complete bool, err error) {
	var read atomic.Int64
	defer s.Report(ctx, read.Load)()
	source := func(ctx context.Context, bodies bool) iter.Seq2[flow.Flow, error] {
		return func(yield func(flow.Flow, error) bool) {
			for f, err := range s.Descending(ctx, hosts, 0, !bodies) {
				read.Add(1)
				if err == nil && !source.IsOneOf(hosts, f.Request.Authority) {
					continue
				}
				if !yield(f, err) || err != nil {
					return
				}
			}
		}
	}
	return s.examples.Find(ctx, d.OpenAPI, &d.Decided, source, time.Now().Add(limit))
}

func excluded(list []infer.Exclusion) []Excluded {
	out := make([]Excluded, len(list))
	for i, x := range list {
		out[i] = Excluded{x.Reason, x.Count}
	}
	return out
}

// pattern returns one operation.
func pattern(o *infer.Operation) Pattern {
	p := Pattern{
		Method: o.Method, Path: view.Visible(o.Path), OperationID: view.Visible(o.ID),
		Count: o.Seen, Summary: view.Visible(o.Summary),
		PathParams: []string{}, QueryParams: []string{}, HeaderParams: []string{}, RequestTypes: []string{},
		Statuses: []Status{}, Security: []string{}, Flows: []uint64{},
	}
	if len(o.Servers) > 0 {
		p.Servers = view.VisibleAll(o.Servers)
	}
	for _, x := range o.Params {
		name := view.Visible(x.Name)
		switch x.In {
		case infer.InPath:
			p.PathParams = append(p.PathParams, name)
		case infer.InQuery:
			p.QueryParams = append(p.QueryParams, name)
		case infer.InHeader:
			p.HeaderParams = append(p.HeaderParams, name)
		}
	}
	if o.Request != nil {
		p.RequestTypes = mediaTypes(o.Request.Content)
	}
	for _, r := range o.Responses {
		p.Statuses = append(p.Statuses, Status{r.Status, r.Seen, mediaTypes(r.Content)})
	}
	for _, alternative := range o.Security {
		if p.Security = append(p.Security, strings.Join(alternative, " + ")); len(alternative) == 0 {
			p.Security[len(p.Security)-1] = "none"
		}
	}
	return p
}

func mediaTypes(content []infer.Media) []string {
	out := make([]string, len(content))
	for i, m := range content {
		out[i] = view.Visible(m.Type)
	}
	return out
}
