package document

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/mcptools/apidoc"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

// ExplainResult holds the evidence for an operation.
type ExplainResult struct {
	tool.Untrusted
	Method      string    `json:"method"`
	Path        string    `json:"path"` // the template
	OperationID string    `json:"operation_id,omitempty"`
	Count       int64     `json:"count"`
	Excluded    string    `json:"excluded,omitempty"` // why the document does not have this operation
	Findings    []Finding `json:"findings"`
	tool.Page
}

// Finding is one decision and its strongest evidence.
type Finding struct {
	About     string   `json:"about"`
	Subject   string   `json:"subject"`
	Result    string   `json:"result"`
	Score     *float64 `json:"score,omitempty"`     // sum of all weights, in log-odds
	Threshold *float64 `json:"threshold,omitempty"` // a segment with a score above this is a parameter
	For       []Reason `json:"for"`
	Against   []Reason `json:"against"`
	More      int      `json:"more,omitempty"` // weaker reasons that are left out: pass whole
}

// Reason is one piece of evidence.
type Reason struct {
	Text   string  `json:"text"`
	Weight float64 `json:"weight,omitempty"` // log-odds, if the evidence is weighed
}

// Lines implements [tool.Lines].
func (r ExplainResult) Lines() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s, %s\n", r.Method, r.Path, r.OperationID, view.Count(r.Count, "flow"))
	if r.Excluded != "" {
		fmt.Fprintf(&b, "not in the document: %s\n", r.Excluded)
	}
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "%s: %s", strings.TrimSpace(f.About+" "+f.Subject), f.Result)
		if f.Score != nil {
			fmt.Fprintf(&b, "; score %+.1f, a parameter above %.1f", *f.Score, *f.Threshold)
		}
		b.WriteByte('\n')
		for i, x := range slices.Concat(f.For, f.Against) {
			mark := "+"
			switch {
			case x.Weight != 0:
				mark = fmt.Sprintf("%+.1f", x.Weight)
			case i >= len(f.For):
				mark = "-"
			}
			fmt.Fprintf(&b, "  %s %s\n", mark, x.Text)
		}
		if f.More > 0 {
			fmt.Fprintf(&b, "  and %d weaker: pass whole\n", f.More)
		}
	}
	return b.String()
}

// Limits of the findings in one result.
const (
	someFindings = 40
	maxFindings  = 500
)

// maxReasons limits the reasons of a finding, if the call does not ask for all of them.
const maxReasons = 5

func (s *Tools) explainOperation() tool.Tool {
	params := append(slices.Clone(operationParams),
		tool.Param{Name: "segment", Kind: tool.String, MaxLength: 400, Doc: "only this segment: its text, or number from 1"},
		tool.Param{Name: "whole", Kind: tool.Boolean, Default: false, Doc: "all reasons"},
		source.DomainParam,
		tool.Param{Name: "limit", Kind: tool.Integer, Min: 1, Max: maxFindings, Default: someFindings, Doc: "maximum rows"},
		tool.Param{Name: "offset", Kind: tool.Integer, Default: 0, Doc: "decisions to skip"})
	return tool.New("explain_operation", "Evidence",
		"Explains the decisions of an operation, each with its five strongest reasons.", params, s.explain)
}

func (s *Tools) explain(ctx context.Context, a tool.Args) (ExplainResult, error) {
	n, err := operationName(a)
	if err != nil {
		return ExplainResult{}, err
	}
	hosts, err := s.Hosts(ctx, a.String("domain"))
	if err != nil {
		return ExplainResult{}, err
	}
	method, path := n.Method, n.Path
	d, _, notFound := s.document(ctx, a, selection{})
	if notFound == nil {
		var o apidoc.Found
		if o, notFound = apidoc.Find(d.OpenAPI, n); notFound == nil {
			method, path = o.Method, o.Template
		}
	}
	if notFound != nil && (method == "" || path == "") {
		return ExplainResult{}, blamed(a, notFound)
	}
	r := source.DocumentRequest{Hosts: hosts} // also of operations that the document does not have
	var x *infer.Explanation
	err = s.Learned(ctx, &r, func() (err error) {
		x, err = s.Documents.Explain(ctx, r, method, path)
		return err
	})
	if err != nil {
		return ExplainResult{}, blamed(a, s.explainError(ctx, err, notFound))
	}
	out := ExplainResult{
		Untrusted: tool.Notice(), Method: x.Method, Path: view.Visible(x.Path), OperationID: view.Visible(x.ID),
		Count: x.Seen, Excluded: x.Excluded, Findings: []Finding{},
	}
	findings := x.Findings
	if a.Has("segment") {
		if findings, err = ofSegment(findings, a.String("segment"), n.Path); err != nil {
			return ExplainResult{}, err
		}
	}
	for _, f := range findings {
		out.Findings = append(out.Findings, finding(&f, a.Bool("whole")))
	}
	out.Findings, out.Page = tool.PageOf(out.Findings, a.Int("offset"), a.Int("limit"))
	return out, nil
}

// ofSegment returns the finding about a segment of the path: its text in the template or in the
// path of the call, or its number.
func ofSegment(all []infer.Finding, segment, path string) ([]infer.Finding, error) {
	var names []string
	var findings []infer.Finding
	for _, f := range all {
		if f.About == "path" {
			names, findings = append(names, f.Subject), append(findings, f)
		}
	}
	at := slices.IndexFunc(names, func(n string) bool { return n == segment || strings.Trim(n, "{}") == segment })
	if at < 0 { // the path of the call may lack the first segments, which the server's URL has
		given := strings.Split(strings.Trim(path, "/"), "/")
		i := slices.IndexFunc(given, func(s string) bool { return s == segment || strings.Trim(s, "{}") == segment })
		if i >= 0 {
			at = len(names) - len(given) + i
		}
	}
	if n, err := strconv.Atoi(segment); at < 0 && err == nil {
		at = n - 1
	}
	if at < 0 || at >= len(findings) {
		return nil, tool.BadArgument("segment", "must be one of %s, or a number from 1 to %d",
			view.Cut(view.Visible(strings.Join(names, ", ")), 1000), len(names))
	}
	return findings[at : at+1], nil
}

// finding returns a decision with its strongest reasons, or all. The score of a segment is the sum
// of all.
func finding(f *infer.Finding, full bool) Finding {
	out := Finding{About: f.About, Subject: view.Visible(f.Subject), Result: view.Visible(f.Result), For: []Reason{}, Against: []Reason{}}
	all := slices.Concat(f.For, f.Against)
	score := 0.0
	for _, e := range all {
		score += e.Weight
	}
	if f.About == "path" && score != 0 {
		score = rounded(score)
		out.Score, out.Threshold = &score, new(float64)
	}
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		return cmp.Compare(math.Abs(all[j].Weight), math.Abs(all[i].Weight))
	})
	strongest := order
	if !full {
		strongest = order[:min(len(order), maxReasons)]
	}
	out.More = len(order) - len(strongest)
	for _, i := range strongest {
		r := Reason{view.Visible(all[i].Text), rounded(all[i].Weight)}
		if i < len(f.For) {
			out.For = append(out.For, r)
		} else {
			out.Against = append(out.Against, r)
		}
	}
	return out
}

// rounded returns a weight with one digit after the point.
func rounded(x float64) float64 { return math.Round(10*x) / 10 }

// explainError returns an error of Explain as a tool's error. If the document does not have the
// operation, that is notFound, which names similar ones.
func (s *Tools) explainError(ctx context.Context, err, notFound error) error {
	if ctx.Err() != nil || errors.As(err, new(*source.NotReady)) {
		return err
	}
	if notFound != nil {
		return notFound
	}
	e := tool.Errorf(tool.CodeUnknownOperation, "list_operations lists all operations", "%s", s.HideSecrets(err))
	e.Argument = tool.OperationParam.Name
	return e
}
