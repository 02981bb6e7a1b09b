package mcptools

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/mcptools/view"
)

// OperationsResult lists operations, small.
type OperationsResult struct {
	Untrusted
	Operations []OperationRow `json:"operations" jsonschema_description:"by path and method"`
	Servers    []string       `json:"servers"`
	Note       string         `json:"note,omitempty"`
	Part
}

// Part says which part of a long list an answer has.
type Part struct {
	Total      int  `json:"total" jsonschema_description:"how many there are"`
	Truncated  bool `json:"truncated,omitempty" jsonschema_description:"there are more: ask again with offset next_offset"`
	NextOffset int  `json:"next_offset,omitempty"`
}

func (p Part) goOn(tool string) string { return nextOffset(tool, p.Truncated, p.NextOffset) }

// partOf cuts the part out of a list that begins at an offset and has at most n elements.
func partOf[T any](list []T, offset, n int) ([]T, Part) {
	p := Part{Total: len(list)}
	list = list[min(offset, len(list)):]
	if len(list) > n {
		list, p.Truncated, p.NextOffset = list[:n], true, offset+n
	}
	return list, p
}

// How many operations one answer lists, each with a hundred bytes or a few hundred.
const (
	maxOperations = 1000
	maxPatterns   = 500
)

var operationsOffset = param{name: "offset", kind: whole, otherwise: 0, doc: "leave out so many operations"}

// OperationRow is one operation in a list.
type OperationRow struct {
	Method      string `json:"method"`
	Path        string `json:"path"`
	OperationID string `json:"operation_id"`
	Summary     string `json:"summary,omitempty"`
	Count       int64  `json:"count"`
}

func (s *service) listOperations() tool {
	return newTool("list_operations", "Operations, briefly", "Lists the operations of the inferred API: method, path, id, count. get_operation has the details.",
		[]param{domainParam, operationsOffset, learnMSParam}, func(ctx context.Context, a args) (OperationsResult, error) {
			d, _, err := s.document(ctx, a, false)
			if err != nil {
				return OperationsResult{}, err
			}
			out := OperationsResult{Untrusted: untrusted, Operations: []OperationRow{}, Servers: view.VisibleAll(d.Decided.Servers), Note: d.Note}
			for _, o := range d.Decided.Operations {
				out.Operations = append(out.Operations, OperationRow{o.Method, view.Visible(o.Path), view.Visible(o.ID), view.Visible(o.Summary), o.Seen})
			}
			out.Operations, out.Part = partOf(out.Operations, a.whole("offset"), maxOperations)
			return out, nil
		})
}

// OperationResult is one operation of the document, with all that it refers to.
type OperationResult struct {
	Untrusted
	Method  string   `json:"method"`
	Path    string   `json:"path" jsonschema_description:"the template"`
	Servers []string `json:"servers"`
	Count   int64    `json:"count"`
	// Operation is OpenAPI's operation object.
	Operation  map[string]any `json:"operation" jsonschema_description:"the OpenAPI operation object"`
	Components map[string]any `json:"components" jsonschema_description:"the parts of the document's components that it refers to"`
}

var (
	methodParam = param{name: "method", kind: text, maxLen: 40, required: true, doc: "the HTTP method"}
	pathParam   = param{name: "path", kind: text, required: true, doc: "the path template, or a path that was requested"}
)

func (s *service) getOperation() tool {
	return newTool("get_operation", "One operation", "Gives one operation of the inferred document as OpenAPI has it, with the components that it uses and nothing else.",
		[]param{methodParam, pathParam, domainParam, learnMSParam}, func(ctx context.Context, a args) (OperationResult, error) {
			d, _, err := s.document(ctx, a, false)
			if err != nil {
				return OperationResult{}, err
			}
			o, template, err := findOperation(d.OpenAPI, a.text("method"), a.text("path"))
			if err != nil {
				return OperationResult{}, err
			}
			return operationResult(&d, o, strings.ToUpper(a.text("method")), template)
		})
}

func operationResult(d *DocumentResult, o *openapi3.Operation, method, template string) (out OperationResult, err error) {
	out = OperationResult{Untrusted: untrusted, Method: method, Path: view.Visible(template), Servers: view.VisibleAll(d.Decided.Servers)}
	if out.Operation, out.Components, err = excerptOf(d.OpenAPI, o); err != nil {
		return OperationResult{}, err
	}
	i := slices.IndexFunc(d.Decided.Operations, func(x infer.Operation) bool { return x.Method == method && x.Path == template })
	if i >= 0 {
		out.Count = d.Decided.Operations[i].Seen
	}
	return out, nil
}

// ExplainResult says why an operation is as it is.
type ExplainResult struct {
	Untrusted
	Method      string    `json:"method"`
	Path        string    `json:"path" jsonschema_description:"the template"`
	OperationID string    `json:"operation_id,omitempty"`
	Count       int64     `json:"count"`
	Excluded    string    `json:"excluded,omitempty" jsonschema_description:"why the document has no such operation"`
	Findings    []Finding `json:"findings"`
}

// Finding is one decision and what it rests on.
type Finding struct {
	About   string   `json:"about"`
	Subject string   `json:"subject"`
	Result  string   `json:"result"`
	For     []Reason `json:"for"`
	Against []Reason `json:"against"`
}

// Reason is one piece of evidence.
type Reason struct {
	Text   string  `json:"text"`
	Weight float64 `json:"weight,omitempty" jsonschema_description:"log-odds, where evidence is weighed"`
	Count  int64   `json:"count,omitempty"`
}

func (s *service) explainOperation() tool {
	return newTool("explain_operation", "Evidence", "Says why the document has an operation as it has it: the decisions and the evidence for and against each.",
		[]param{methodParam, pathParam, domainParam, learnMSParam}, func(ctx context.Context, a args) (ExplainResult, error) {
			hosts, err := s.hosts(ctx, a.text("domain"))
			if err != nil {
				return ExplainResult{}, err
			}
			r := DocumentRequest{Hosts: hosts}
			if r.Wait, r.FirstWait, err = s.learning(ctx, a, false); err != nil {
				return ExplainResult{}, err
			}
			x, err := s.Documents.Explain(ctx, r, strings.ToUpper(a.text("method")), a.text("path"))
			if err != nil {
				if ctx.Err() != nil || errors.As(err, new(*NotReady)) {
					return ExplainResult{}, err
				}
				if d, _, derr := s.document(ctx, a, false); derr == nil {
					if _, _, derr = findOperation(d.OpenAPI, a.text("method"), a.text("path")); derr != nil {
						return ExplainResult{}, derr
					}
				}
				e := errorf(CodeUnknownOperation, "list_operations lists those there are", "%s", s.hush(err))
				e.Argument = "path"
				return ExplainResult{}, e
			}
			out := ExplainResult{
				Untrusted: untrusted, Method: x.Method, Path: view.Visible(x.Path), OperationID: view.Visible(x.ID), Count: x.Seen,
				Excluded: x.Excluded, Findings: []Finding{},
			}
			for _, f := range x.Findings {
				out.Findings = append(out.Findings, Finding{f.About, view.Visible(f.Subject), view.Visible(f.Result), evidence(f.For), evidence(f.Against)})
			}
			return out, nil
		})
}

func evidence(list []infer.Reason) []Reason {
	out := make([]Reason, len(list))
	for i, r := range list {
		out[i] = Reason{view.Visible(r.Text), r.Weight, r.Count}
	}
	return out
}
