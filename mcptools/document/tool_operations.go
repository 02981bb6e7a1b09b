package document

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/spelling"
	"github.com/spectap/spectap/mcptools/apidoc"
	"github.com/spectap/spectap/mcptools/opname"
	"github.com/spectap/spectap/mcptools/opsearch"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/openapi/compact"
	"github.com/spectap/spectap/openapi/router"
)

// OperationsResult lists operations briefly.
type OperationsResult struct {
	tool.Untrusted
	Outline    []TagRow   `json:"outline,omitempty"` // for a large API: its tags. Call again with one of them
	Operations []string   `json:"operations"`        // a line for each, in the compact form: METHOD PATH ID PARAMETERS body:TYPE -> STATUS:TYPE SECURITY n=COUNT flow=EXAMPLE
	Servers    []string   `json:"servers"`
	Flows      int64      `json:"flows"`    // flows that are the evidence
	Excluded   []Excluded `json:"excluded"` // flows without an operation, by reason
	Note       string     `json:"note,omitempty"`
	tool.Page
}

// TagRow is a tag with its operations.
type TagRow struct {
	Tag     string         `json:"tag"`
	Count   int            `json:"operations"`
	Methods map[string]int `json:"methods"`
	Example string         `json:"path"` // of its first operation
}

// Lines implements [tool.Lines].
func (r OperationsResult) Lines() string {
	var b strings.Builder
	for _, s := range r.Servers {
		fmt.Fprintf(&b, "server %s\n", s)
	}
	for _, g := range r.Outline {
		fmt.Fprintf(&b, "tag %q: %s, %s, such as %s\n", g.Tag, view.Count(g.Count, "operation"), countsText(g.Methods), g.Example)
	}
	for _, line := range r.Operations {
		b.WriteString(line + "\n")
	}
	b.WriteString(view.Count(r.Total, "operation") + " from " + view.Count(r.Flows, "flow"))
	writeExcluded(&b, r.Excluded)
	b.WriteByte('\n')
	if r.Note != "" {
		b.WriteString(r.Note + "\n")
	}
	if r.Outline == nil {
		b.WriteString("?a is optional, ?a! required; sent: in all requests; n counts flows, flow is an example. Types: get_operation. Flows: inspect_flows.\n")
	}
	return b.String()
}

// writeExcluded writes the numbers of flows without an operation.
func writeExcluded(b *strings.Builder, list []Excluded) {
	for i, x := range list {
		fmt.Fprintf(b, "%s%d %s", []string{"; left out: ", ", "}[min(i, 1)], x.Count, x.Reason)
	}
}

// Continuation implements [tool.Partial].
func (r OperationsResult) Continuation(name string) string {
	if r.Outline != nil {
		return fmt.Sprintf("The API has %d operations. Call %s again with tag, query, method or offset to list them.", r.Total, name)
	}
	return r.Page.Continuation(name)
}

// countsText writes counts as "3 GET, 1 POST".
func countsText(counts map[string]int) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%d %s", counts[name], name))
	}
	return strings.Join(parts, ", ")
}

// Limits of the operations in one result: lines have about 150 bytes, patterns several hundred.
const (
	maxOperations  = 1000
	someOperations = 100
	maxPatterns    = 100
)

var (
	operationsOffset = tool.Param{Name: "offset", Kind: tool.Integer, Default: 0, Doc: "operations to skip"}
	tagParam         = tool.Param{Name: "tag", Kind: tool.String, MaxLength: 200, Doc: "only this tag"}
)

func (s *Tools) listOperations() tool.Tool {
	params := []tool.Param{
		{Name: "query", Kind: tool.String, MaxLength: 400, Doc: "what it does, or words of its path, id, parameters or types"},
		tagParam,
		{Name: "method", Kind: tool.String, MaxLength: 40, Doc: "HTTP method"},
		source.APIParam,
		{Name: "limit", Kind: tool.Integer, Min: 1, Max: maxOperations, Default: someOperations, Doc: "maximum rows"},
		operationsOffset,
		{Name: "details", Kind: tool.Boolean, Default: false,
			Doc: "at length: parameters, statuses, counts, flows"},
		newestParam,
	}
	t := tool.New("list_operations", "Operations",
		"Start here. Lists the operations of the inferred API, one line each. "+
			"More than 100 are first outlined by tag. Next: get_operation.",
		params, s.operations)
	brief := t.Run
	t.Run = func(ctx context.Context, a tool.Args) (any, error) {
		if !a.Bool("details") {
			return brief(ctx, a)
		}
		return s.patterns(ctx, a)
	}
	return tool.Also[PatternsResult](t)
}

// filter returns what the arguments select.
func (s *Tools) filter(a tool.Args, doc *openapi3.T, form *compact.Form) operationFilter {
	return operationFilter{
		Query: a.String("query"), Tag: a.String("tag"), Method: a.String("method"), Prefix: router.Prefix(doc.Servers),
		Rank: func(query string, matches func(int) bool) []int {
			found, _ := s.forms.Search(doc, form).Find(query, matches)
			return found
		},
	}
}

// listing is what the arguments of list_operations select.
type listing struct {
	source.DocumentResult
	hosts    []string
	form     *compact.Form
	filter   operationFilter
	selected []int // places in the form
}

// listing reads the document and selects operations. The note says what is remarkable of these.
func (s *Tools) listing(ctx context.Context, a tool.Args, sel selection) (l listing, err error) {
	if l.DocumentResult, l.hosts, err = s.document(ctx, a, sel); err != nil {
		return l, err
	}
	if l.form, err = s.forms.Compact(l.OpenAPI, l.Decided.Counts()); err != nil {
		return l, err
	}
	l.filter = s.filter(a, l.OpenAPI, l.form)
	selected, partial := l.filter.Select(l.form.Operations())
	switch l.selected = selected; {
	case len(selected) == 0 && !l.filter.IsZero():
		return l, noOperations(l.form, l.filter.Tag, "query, tag and method")
	case partial:
		l.Note = strings.TrimSpace(l.Note + " No operation has all words of the query; these fit best.")
	}
	return l, nil
}

func (s *Tools) operations(ctx context.Context, a tool.Args) (OperationsResult, error) {
	l, err := s.listing(ctx, a, selection{})
	if err != nil {
		return OperationsResult{}, err
	}
	out := OperationsResult{
		Untrusted: tool.Notice(), Operations: []string{}, Servers: view.VisibleAll(l.Decided.Servers),
		Flows: l.Decided.Flows, Excluded: excluded(l.Decided.Excluded), Note: l.Note,
	}
	selected := l.selected
	if len(selected) > someOperations && l.filter.IsZero() && a.Int("offset") == 0 && a.Int("limit") == someOperations {
		out.Total, out.Outline = len(selected), outline(l.form)
		return out, nil
	}
	selected, out.Page = tool.PageOf(selected, a.Int("offset"), a.Int("limit"))
	// The examples are no more than a help here: a second is enough.
	flows, _, err := s.exampleFlows(ctx, &l.DocumentResult, l.hosts, min(s.TimeLeft(ctx), time.Second))
	if err != nil {
		return OperationsResult{}, err
	}
	for _, i := range selected {
		o := &l.form.Operations()[i]
		line := o.Line
		if ids := flows[operationKey{Method: o.Method, Template: o.Template}]; len(ids) > 0 {
			line += fmt.Sprintf(" flow=%d", ids[0])
		}
		out.Operations = append(out.Operations, line)
	}
	return out, nil
}

// noOperations is the error of a filter that leaves no operation. It names the tags, and the one
// that tag was meant to be.
func noOperations(form *compact.Form, tag, arguments string) error {
	var names, quoted []string
	known := tag == ""
	for i := range form.Operations() {
		for _, t := range form.Operations()[i].Tags {
			names, known = append(names, t), known || strings.EqualFold(t, tag)
		}
	}
	for _, g := range tagGroups(form.Operations()) {
		quoted = append(quoted, fmt.Sprintf("%q", g.Tag))
	}
	hint := "list_operations lists all operations"
	if len(quoted) > 0 {
		hint = "the tags are " + view.Cut(view.Visible(strings.Join(quoted, ", ")), 2000)
	}
	if known || tag == noTag {
		return tool.Errorf(tool.CodeUnknownOperation, hint, "no operation fits %s", arguments)
	}
	slices.Sort(names)
	if near := spelling.Nearest(tag, slices.Compact(names)); near != "" {
		hint = fmt.Sprintf("did you mean %q? ", view.Visible(near)) + hint
	}
	return &tool.Error{Code: tool.CodeUnknownOperation, Argument: "tag", Hint: hint,
		Message: fmt.Sprintf("no operation has the tag %q", view.Cut(view.Visible(tag), 200))}
}

func outline(form *compact.Form) []TagRow {
	rows := tagGroups(form.Operations())
	for i, g := range rows {
		rows[i].Tag, rows[i].Example = view.Visible(g.Tag), view.Visible(g.Example)
	}
	return rows
}

// OperationResult is one operation of the document, with the components that it references.
type OperationResult struct {
	tool.Untrusted
	Method     string         `json:"method"`
	Path       string         `json:"path"` // the template
	Servers    []string       `json:"servers"`
	Count      int64          `json:"count"`
	Operation  map[string]any `json:"operation,omitempty"`  // the OpenAPI operation object
	Components map[string]any `json:"components,omitempty"` // the components that it references
	Compact    []string       `json:"compact,omitempty"`    // the operation, then its types
}

// Lines implements [tool.Lines].
func (r OperationResult) Lines() string {
	if r.Compact == nil {
		return ""
	}
	return "server " + strings.Join(r.Servers, " ") + "\n" + strings.Join(r.Compact, "\n") +
		"\nx? is optional, ?x! required; sent: all requests had it; a name without a type is a string\n"
}

// operationParams name one operation: by operation, or by method and path, as many callers do.
var operationParams = []tool.Param{
	tool.OperationParam,
	{Name: "method", Kind: tool.String, MaxLength: 40, Doc: "with path", Hidden: true},
	{Name: "path", Kind: tool.String, Doc: "instead of operation", Hidden: true},
}

// operationName returns the name of an operation that a call has in operationParams.
func operationName(a tool.Args) (opname.Name, error) {
	text := strings.TrimSpace(a.String("operation") + " " + a.String("path"))
	switch {
	case text == "" && a.Has("method"):
		return opname.Name{}, tool.BadArgument("method", "needs path: or pass operation, METHOD PATH in one")
	case text == "":
		return opname.Name{}, blamed(a, tool.BadArgument("operation", "is missing: %s", tool.OperationParam.Doc))
	}
	if a.Has("operation") && a.Has("path") {
		return opname.Name{}, tool.BadArgument("path", "must not be given with operation, which names all that is needed")
	}
	n := opname.Parse(text)
	if method := strings.ToUpper(strings.TrimSpace(a.String("method"))); method != "" {
		if n.Method != "" && n.Method != method {
			return opname.Name{}, tool.BadArgument("method", "is not %s, as in %s", n.Method, view.Cut(view.Visible(text), 200))
		}
		n.Method = method
	}
	return n, nil
}

// blamed returns an error about the operation of a call that names it by its path.
func blamed(a tool.Args, err error) error {
	if a.Has("path") {
		return tool.Blame(err, "operation", "path")
	}
	return err
}

func (s *Tools) getOperation() tool.Tool {
	params := append(slices.Clone(operationParams), source.DomainParam,
		tool.Param{Name: "format", Kind: tool.String, Enum: []string{"json", "compact"}, Default: "json",
			Doc: "compact: a line for the operation and for each type"})
	return tool.New("get_operation", "One operation",
		"Returns one operation of the inferred document with the components that it references.", params, s.operation)
}

func (s *Tools) operation(ctx context.Context, a tool.Args) (OperationResult, error) {
	n, err := operationName(a)
	if err != nil {
		return OperationResult{}, err
	}
	d, _, err := s.document(ctx, a, selection{})
	if err != nil {
		return OperationResult{}, err
	}
	o, err := apidoc.Find(d.OpenAPI, n)
	if err != nil {
		return OperationResult{}, blamed(a, err)
	}
	if a.String("format") != "compact" {
		return s.operationResult(&d, o)
	}
	out := operationHead(&d, o)
	form, err := s.forms.Compact(d.OpenAPI, d.Decided.Counts())
	if err != nil {
		return OperationResult{}, err
	}
	i := slices.IndexFunc(form.Operations(),
		func(x compact.Operation) bool { return x.Method == o.Method && x.Template == o.Template })
	if i >= 0 {
		out.Compact = append([]string{form.Operations()[i].Line}, form.Types([]int{i})...)
		for _, c := range opsearch.Choices(d.OpenAPI.Paths.Value(o.Template).Parameters, o.Parameters) {
			out.Compact = append(out.Compact, view.Visible(c.Text))
		}
	}
	return out, nil
}

// operationHead returns the facts about an operation in addition to the document's own words.
func operationHead(d *source.DocumentResult, found apidoc.Found) OperationResult {
	out := OperationResult{
		Untrusted: tool.Notice(), Method: found.Method, Path: view.Visible(found.Template),
		Servers: view.VisibleAll(d.Decided.Servers),
	}
	i := slices.IndexFunc(d.Decided.Operations,
		func(x infer.Operation) bool { return x.Method == found.Method && x.Path == found.Template })
	if i >= 0 {
		o := &d.Decided.Operations[i]
		if out.Count = o.Seen; len(o.Servers) > 0 {
			out.Servers = view.VisibleAll(o.Servers)
		}
	}
	return out
}

// operationResult returns an operation with its components.
func (s *Tools) operationResult(d *source.DocumentResult, o apidoc.Found) (OperationResult, error) {
	data, err := s.forms.Data(d.OpenAPI)
	if err != nil {
		return OperationResult{}, err
	}
	out := operationHead(d, o)
	out.Operation, out.Components = data.Operation(o.Method, o.Template)
	return out, nil
}
