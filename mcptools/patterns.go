package mcptools

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/openapi"
)

// PatternsResult lists the operations that traffic shows.
type PatternsResult struct {
	tool.Untrusted
	Patterns []Pattern  `json:"patterns" jsonschema_description:"most used first"`
	Servers  []string   `json:"servers" jsonschema_description:"origins and the path prefix that all operations share"`
	Flows    int64      `json:"flows" jsonschema_description:"flows that this rests on"`
	Excluded []Excluded `json:"excluded" jsonschema_description:"flows without an operation, by reason"`
	Note     string     `json:"note,omitempty"`
	tool.Page
}

// Pattern is one operation.
type Pattern struct {
	Method       string   `json:"method"`
	Path         string   `json:"path" jsonschema_description:"template below the servers' prefix"`
	OperationID  string   `json:"operation_id"`
	Count        int64    `json:"count"`
	Summary      string   `json:"summary,omitempty"`
	PathParams   []string `json:"path_params"`
	QueryParams  []string `json:"query_params"`
	HeaderParams []string `json:"header_params"`
	RequestTypes []string `json:"request_types" jsonschema_description:"media types of request bodies"`
	Statuses     []Status `json:"statuses"`
	Security     []string `json:"security" jsonschema_description:"security schemes that it takes"`
	Flows        []uint64 `json:"flow_ids" jsonschema_description:"a few of the newest flows of it, the ones that went well first"`
}

// Status is how often an operation answered so, and with what.
type Status struct {
	Status int      `json:"status_code"`
	Count  int64    `json:"count"`
	Types  []string `json:"content_types"`
}

// Excluded counts flows left out.
type Excluded struct {
	Reason string `json:"reason"`
	Count  int64  `json:"count"`
}

var newestParam = tool.Param{Name: "limit", Kind: tool.Integer, Min: 1, Max: 1 << 31,
	Doc: "infer from the newest so many flows alone. Default: from all"}

func (s *service) apiPatterns() tool.Tool {
	return tool.New("get_api_patterns", "API operations",
		"Lists the API's operations as inferred from traffic: method, path template, parameters, statuses, counts.",
		[]tool.Param{domainParam, newestParam, operationsOffset, learnMSParam}, s.patterns)
}

func (s *service) patterns(ctx context.Context, a tool.Args) (PatternsResult, error) {
	d, hosts, err := s.document(ctx, a, false)
	if err != nil {
		return PatternsResult{}, err
	}
	wait, err := s.wait(ctx, a)
	if err != nil {
		return PatternsResult{}, err
	}
	samples, err := s.samples(ctx, d.OpenAPI, hosts, time.Now().Add(min(wait, defaultWait/2)))
	if err != nil {
		return PatternsResult{}, err
	}
	out := PatternsResult{
		Untrusted: tool.Notice(), Patterns: []Pattern{}, Servers: view.VisibleAll(d.Decided.Servers), Flows: d.Decided.Flows,
		Excluded: excluded(d.Decided.Excluded), Note: d.Note,
	}
	for i := range d.Decided.Operations {
		p := pattern(&d.Decided.Operations[i])
		p.Flows = append(p.Flows, samples[[2]string{p.Method, d.Decided.Operations[i].Path}]...)
		out.Patterns = append(out.Patterns, p)
	}
	slices.SortStableFunc(out.Patterns, func(x, y Pattern) int { return cmp.Compare(y.Count, x.Count) })
	out.Patterns, out.Page = tool.PageOf(out.Patterns, a.Int("offset"), maxPatterns)
	return out, nil
}

// sampled is how many of the newest flows are looked at for examples of operations.
const (
	sampled     = 2000
	maxExamples = 5
)

// samples finds a few of the newest flows of each operation, by method and template, as far as the time goes.
func (s *service) samples(ctx context.Context, doc *openapi3.T, hosts []string, end time.Time) (map[[2]string][]uint64, error) {
	r, err := openapi.NewRouter(doc)
	if err != nil {
		return nil, err
	}
	good, bad := map[[2]string][]uint64{}, map[[2]string][]uint64{}
	n := 0
	for f, err := range s.newest(ctx, hosts, 0, true, end) {
		if errors.As(err, new(*outOfTime)) {
			break // they are examples
		}
		if err != nil {
			return nil, err
		}
		if n++; n > sampled {
			break
		}
		m, ok := r.FindPath(f.Request.Method, f.Request.Authority, f.Request.Path)
		if !ok || f.Response == nil {
			continue
		}
		into, key := good, [2]string{m.Method, m.Template}
		if f.Response.Status >= 400 {
			into = bad
		}
		if len(into[key]) < maxExamples {
			into[key] = append(into[key], uint64(f.Seq))
		}
	}
	for key, ids := range bad {
		good[key] = append(good[key], ids[:min(len(ids), maxExamples-len(good[key]))]...)
	}
	return good, nil
}

// document infers what the arguments domain, limit and version ask for, and returns the hosts it is of. spec says that the
// document as a whole is asked for.
func (s *service) document(ctx context.Context, a tool.Args, spec bool) (DocumentResult, []string, error) {
	hosts, err := s.hosts(ctx, a.String("domain"))
	if err != nil {
		return DocumentResult{}, nil, err
	}
	r := DocumentRequest{Hosts: hosts, Limit: a.Int("limit"), Version: a.String("version")}
	if r.Wait, r.FirstWait, err = s.learning(ctx, a, spec); err != nil {
		return DocumentResult{}, nil, err
	}
	d, err := s.Documents.Document(ctx, r)
	if err != nil {
		return DocumentResult{}, nil, err
	}
	return d, hosts, nil
}

func excluded(list []infer.Exclusion) []Excluded {
	out := make([]Excluded, len(list))
	for i, x := range list {
		out[i] = Excluded{x.Reason, x.Count}
	}
	return out
}

func pattern(o *infer.Operation) Pattern {
	p := Pattern{
		Method: o.Method, Path: view.Visible(o.Path), OperationID: view.Visible(o.ID), Count: o.Seen, Summary: view.Visible(o.Summary),
		PathParams: []string{}, QueryParams: []string{}, HeaderParams: []string{}, RequestTypes: []string{},
		Statuses: []Status{}, Security: []string{}, Flows: []uint64{},
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
