package mcptools

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/mcptools/apidoc"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

// OperationsResult lists operations briefly.
type OperationsResult struct {
	tool.Untrusted
	Operations []OperationRow `json:"operations" jsonschema_description:"by path and method"`
	Servers    []string       `json:"servers"`
	Note       string         `json:"note,omitempty"`
	tool.Page
}

// Limits of the operations in one result: rows have about 100 bytes, patterns several hundred.
const (
	maxOperations = 1000
	maxPatterns   = 500
)

var operationsOffset = tool.Param{Name: "offset", Kind: tool.Integer, Default: 0, Doc: "operations to skip"}

// OperationRow is one operation in a list.
type OperationRow struct {
	Method      string `json:"method"`
	Path        string `json:"path"`
	OperationID string `json:"operation_id"`
	Summary     string `json:"summary,omitempty"`
	Count       int64  `json:"count"`
}

func (s *service) listOperations() tool.Tool {
	return tool.New("list_operations", "List of operations",
		"Lists the operations of the inferred API: method, path, id, count. get_operation has the details.",
		[]tool.Param{domainParam, operationsOffset}, s.operations)
}

func (s *service) operations(ctx context.Context, a tool.Args) (OperationsResult, error) {
	d, _, err := s.document(ctx, a, selection{})
	if err != nil {
		return OperationsResult{}, err
	}
	out := OperationsResult{
		Untrusted: tool.Notice(), Operations: []OperationRow{},
		Servers: view.VisibleAll(d.Decided.Servers), Note: d.Note,
	}
	for _, o := range d.Decided.Operations {
		out.Operations = append(out.Operations,
			OperationRow{o.Method, view.Visible(o.Path), view.Visible(o.ID), view.Visible(o.Summary), o.Seen})
	}
	out.Operations, out.Page = tool.PageOf(out.Operations, a.Int("offset"), maxOperations)
	return out, nil
}

// OperationResult is one operation of the document, with the components that it references.
type OperationResult struct {
	tool.Untrusted
	Method     string         `json:"method"`
	Path       string         `json:"path" jsonschema_description:"the template"`
	Servers    []string       `json:"servers"`
	Count      int64          `json:"count"`
	Operation  map[string]any `json:"operation" jsonschema_description:"the OpenAPI operation object"`
	Components map[string]any `json:"components" jsonschema_description:"the components that it references"`
}

var (
	methodParam = tool.Param{Name: "method", Kind: tool.String, MaxLength: 40, Required: true, Doc: "the HTTP method"}
	pathParam   = tool.Param{Name: "path", Kind: tool.String, Required: true,
		Doc: "the path template, or a requested path"}
)

func (s *service) getOperation() tool.Tool {
	return tool.New("get_operation", "One operation",
		"Returns one OpenAPI operation object of the inferred document, and only the components that it references.",
		[]tool.Param{methodParam, pathParam, domainParam}, s.operation)
}

func (s *service) operation(ctx context.Context, a tool.Args) (OperationResult, error) {
	d, _, err := s.document(ctx, a, selection{})
	if err != nil {
		return OperationResult{}, err
	}
	o, template, err := apidoc.Find(d.OpenAPI, a.String("method"), a.String("path"))
	if err != nil {
		return OperationResult{}, err
	}
	return operationResult(&d, o, strings.ToUpper(a.String("method")), template)
}

// operationResult returns an operation with its components.
func operationResult(
	d *DocumentResult, o *openapi3.Operation, method, template string,
) (out OperationResult, err error) {
	out = OperationResult{
		Untrusted: tool.Notice(), Method: method, Path: view.Visible(template),
		Servers: view.VisibleAll(d.Decided.Servers),
	}
	if out.Operation, out.Components, err = apidoc.Extract(d.OpenAPI, o); err != nil {
		return OperationResult{}, err
	}
	i := slices.IndexFunc(d.Decided.Operations,
		func(x infer.Operation) bool { return x.Method == method && x.Path == template })
	if i >= 0 {
		out.Count = d.Decided.Operations[i].Seen
	}
	return out, nil
}

// ExplainResult holds the evidence for an operation.
type ExplainResult struct {
	tool.Untrusted
	Method      string    `json:"method"`
	Path        string    `json:"path" jsonschema_description:"the template"`
	OperationID string    `json:"operation_id,omitempty"`
	Count       int64     `json:"count"`
	Excluded    string    `json:"excluded,omitempty" jsonschema_description:"why the document does not have this operation"`
	Findings    []Finding `json:"findings"`
}

// Finding is one decision and its evidence.
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
	Weight float64 `json:"weight,omitempty" jsonschema_description:"log-odds, if the evidence is weighed"`
	Count  int64   `json:"count,omitempty"`
}

func (s *service) explainOperation() tool.Tool {
	return tool.New("explain_operation", "Evidence",
		"Explains an operation of the document: the decisions and the evidence for and against each.",
		[]tool.Param{methodParam, pathParam, domainParam}, s.explain)
}

func (s *service) explain(ctx context.Context, a tool.Args) (ExplainResult, error) {
	hosts, err := s.hosts(ctx, a.String("domain"))
	if err != nil {
		return ExplainResult{}, err
	}
	r := DocumentRequest{Hosts: hosts}
	var x *infer.Explanation
	err = s.learned(ctx, &r, func() (err error) {
		x, err = s.Documents.Explain(ctx, r, strings.ToUpper(a.String("method")), a.String("path"))
		return err
	})
	if err != nil {
		return ExplainResult{}, s.explainError(ctx, a, err)
	}
	out := ExplainResult{
		Untrusted: tool.Notice(), Method: x.Method, Path: view.Visible(x.Path), OperationID: view.Visible(x.ID),
		Count: x.Seen, Excluded: x.Excluded, Findings: []Finding{},
	}
	for _, f := range x.Findings {
		out.Findings = append(out.Findings,
			Finding{f.About, view.Visible(f.Subject), view.Visible(f.Result), evidence(f.For), evidence(f.Against)})
	}
	return out, nil
}

// explainError returns an error of Explain as a tool's error. If the document does not have the
// operation, the error names similar ones.
func (s *service) explainError(ctx context.Context, a tool.Args, err error) error {
	if ctx.Err() != nil || errors.As(err, new(*NotReady)) {
		return err
	}
	if d, _, docErr := s.document(ctx, a, selection{}); docErr == nil {
		if _, _, findErr := apidoc.Find(d.OpenAPI, a.String("method"), a.String("path")); findErr != nil {
			return findErr
		}
	}
	e := tool.Errorf(tool.CodeUnknownOperation, "list_operations lists all operations", "%s", s.hideSecrets(err))
	e.Argument = "path"
	return e
}

// evidence returns the reasons of a finding.
func evidence(list []infer.Evidence) []Reason {
	out := make([]Reason, len(list))
	for i, r := range list {
		out[i] = Reason{view.Visible(r.Text), r.Weight, r.Count}
	}
	return out
}
