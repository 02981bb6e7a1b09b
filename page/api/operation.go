package api

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/flow/filter"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/amend"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/page/wire"
)

// OperationQuery names an operation of the document of a host.
type OperationQuery struct {
	Host   string `json:"host"`
	Method string `json:"method"`
	Path   string `json:"path"` // the template
}

// Shown is the content of the document about an operation, with the reasons for it.
type Shown struct {
	Operation   Operation `json:"operation"`
	Summary     string    `json:"summary"`
	Description string    `json:"description"`
	Filter      string    `json:"filter"` // selects its flows
	// At names the operation in corrections, and Segments its path, segment by segment.
	At       string    `json:"at"`
	Segments []Segment `json:"segments"`
	// Security are the alternatives, each the schemes that a request needs together.
	Security   []string    `json:"security"`
	Parameters []Parameter `json:"parameters"`
	Request    []Content   `json:"request"`
	Responses  []Response  `json:"responses"`
	Decisions  []Decision  `json:"decisions"`
	// Pointer is the JSON pointer of the operation in the document.
	Pointer string `json:"pointer"`
}

// Segment is one segment of the path of an operation.
type Segment struct {
	Text      string `json:"text"`
	At        string `json:"at"` // the path up to it
	Parameter bool   `json:"parameter,omitzero"`
}

// segmentsOf returns the segments of a path.
func segmentsOf(path string) []Segment {
	path, _, _ = strings.Cut(path, "#")
	out := []Segment{}
	at := ""
	for s := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		if s != "" {
			at += "/" + s
			out = append(out, Segment{s, at, strings.Contains(s, "{")})
		}
	}
	return out
}

// Parameter is a parameter of an operation.
type Parameter struct {
	In     string `json:"in"`
	Schema Node   `json:"schema"` // with the name of the parameter
}

// Content is the schema of bodies of one media type.
type Content struct {
	Type   string `json:"type"`
	Schema Node   `json:"schema"`
	Cut    bool   `json:"cut,omitzero"` // the tree lacks parts of a large schema
}

// Response is the answer with one status.
type Response struct {
	Status      string    `json:"status"`
	Description string    `json:"description"`
	Headers     []Node    `json:"headers"`
	Content     []Content `json:"content"`
	Pointer     string    `json:"pointer"`
}

// Decision is one decision with the evidence for and against it; see [infer.Finding].
type Decision struct {
	About    string           `json:"about"`
	Subject  string           `json:"subject"`
	Result   string           `json:"result"`
	For      []infer.Evidence `json:"for"`
	Against  []infer.Evidence `json:"against"`
	Supports int64            `json:"supports"`
	Opposes  int64            `json:"opposes"`
	// Because has the strongest reasons in one sentence, as spectap explain prints it. Certainty is
	// between 0.5 and 1 if the decision was weighed, else 0.
	Because   string  `json:"because,omitzero"`
	Certainty float64 `json:"certainty,omitzero"`
}

// operation returns the details of an operation.
func (p *panel) operation(ctx context.Context, in OperationQuery) (Shown, error) {
	d, err := p.get(ctx, in.Host)
	if err != nil {
		return Shown{}, err
	}
	gone := &wire.Error{Message: "the document no longer has this operation: later flows or a correction changed it", NotFound: true}
	ops := d.Decided.Operations
	i := slices.IndexFunc(ops, func(o infer.Operation) bool { return o.Method == in.Method && o.Path == in.Path })
	if i < 0 {
		return Shown{}, gone
	}
	item := d.OpenAPI.Paths.Value(in.Path)
	if item == nil || item.Operations()[in.Method] == nil {
		return Shown{}, gone
	}
	op := item.Operations()[in.Method]
	out := Shown{
		Operation: listed(&ops[i]), Summary: op.Summary, Description: op.Description, Security: alternatives(ops[i].Security, d.OpenAPI),
		Parameters: []Parameter{}, Request: []Content{}, Responses: []Response{},
	}
	all := make([]filter.Operation, len(ops))
	for j := range ops {
		all[j] = filter.Operation{Host: in.Host, Method: ops[j].Method, Path: ops[j].Path, Servers: ops[j].Servers}
		if ops[j].Servers == nil {
			all[j].Servers = d.Decided.Servers
		}
	}
	out.Filter = filter.OfOperation(all[i], all)
	full := amend.Prefix(&d.Decided) + in.Path
	out.At, out.Segments = in.Method+" "+full, segmentsOf(full)
	out.describe(item, op, jsonvalue.Pointer("paths", in.Path), jsonvalue.Pointer(openapi.OperationKeys(in.Method)...))
	x, err := p.Documents.Explain(ctx, catalog.Request{Hosts: []string{in.Host}}, describeTime, in.Method, in.Path)
	if err != nil {
		return Shown{}, explained(err)
	}
	for _, f := range x.Findings {
		out.Decisions = append(out.Decisions, decision(f, p.Redact.Text))
	}
	out.count(x.Findings)
	out.mark(x.Findings)
	return out, nil
}

// alternatives returns requirements in words, with what their schemes are.
func alternatives(requirements [][]string, doc *openapi3.T) []string {
	out := []string{}
	for _, names := range requirements {
		words := slices.Clone(names)
		for i, name := range words {
			if doc.Components == nil {
				break
			}
			if ref := doc.Components.SecuritySchemes[name]; ref != nil && ref.Value != nil {
				words[i] += schemeText(ref.Value)
			}
		}
		text := cmp.Or(strings.Join(words, " and "), "nothing")
		out = append(out, text)
	}
	return out
}

// schemeText returns the name of a scheme followed by the way in which it authenticates requests.
func schemeText(s *openapi3.SecurityScheme) string {
	switch {
	case s.Type == "apiKey":
		return ": the " + s.In + " " + s.Name
	case s.Type == "http" && strings.EqualFold(s.Scheme, "basic"):
		return ": user and password (HTTP Basic)"
	case s.Type == "http":
		return ": a token (HTTP " + s.Scheme + ")"
	case s.Type == "oauth2":
		return ": an access token of OAuth"
	case s.Type == "openIdConnect":
		return ": a token of OpenID Connect"
	}
	return ""
}

// describe adds the parameters and bodies. path is the JSON pointer of the path item, and method
// the rest of the pointer of the operation.
func (s *Shown) describe(item *openapi3.PathItem, op *openapi3.Operation, path, method string) {
	pointers := map[*openapi3.Parameter]string{}
	for from, list := range map[string]openapi3.Parameters{path: item.Parameters, path + method: op.Parameters} {
		for i, q := range list {
			at := from + "/parameters/" + strconv.Itoa(i)
			if q.Ref != "" {
				at = strings.TrimPrefix(q.Ref, "#")
			}
			pointers[q.Value] = at
		}
	}
	for _, q := range openapi.Parameters(item, op) {
		n, _ := tree(q.Name, q.Schema, place{s.At + " " + q.In + " " + q.Name, pointers[q] + "/schema"})
		n.Required, n.Pointer = q.Required, pointers[q]
		if q.Description != "" {
			n.Description = q.Description
		}
		s.Parameters = append(s.Parameters, Parameter{In: q.In, Schema: n})
	}
	s.Pointer = path + method
	if op.RequestBody != nil && op.RequestBody.Value != nil {
		in := place{s.At + " request", s.Pointer + "/requestBody"}
		if op.RequestBody.Ref != "" {
			in.pointer = strings.TrimPrefix(op.RequestBody.Ref, "#")
		}
		s.Request = contents(op.RequestBody.Value.Content, op.RequestBody.Value.Required, in)
	}
	if op.Responses == nil {
		return
	}
	for _, status := range sorted(op.Responses.Map()) {
		ref := op.Responses.Value(status)
		r := ref.Value
		if r == nil {
			continue
		}
		in := place{s.At + " response " + status, s.Pointer + "/responses/" + status}
		if ref.Ref != "" {
			in.pointer = strings.TrimPrefix(ref.Ref, "#")
		}
		out := Response{Status: status, Pointer: in.pointer, Headers: []Node{}, Content: contents(r.Content, false, in)}
		if r.Description != nil {
			out.Description = *r.Description
		}
		for _, name := range sorted(r.Headers) {
			if h := r.Headers[name].Value; h != nil {
				n, _ := tree(name, h.Schema, place{"", in.pointer + jsonvalue.Pointer("headers", name, "schema")})
				n.Required, n.Pointer = h.Required, in.pointer+jsonvalue.Pointer("headers", name)
				out.Headers = append(out.Headers, n)
			}
		}
		s.Responses = append(s.Responses, out)
	}
}

func contents(c openapi3.Content, required bool, in place) []Content {
	out := []Content{}
	for _, t := range sorted(c) {
		if c[t] == nil {
			continue
		}
		n, cut := tree("", c[t].Schema, place{in.at, in.pointer + jsonvalue.Pointer("content", t, "schema")})
		n.Required = required
		out = append(out, Content{Type: t, Schema: n, Cut: cut})
	}
	return out
}

// decision returns a decision. redact removes secrets from a text.
func decision(f infer.Finding, redact func(string) string) Decision {
	all := func(list []infer.Evidence) []infer.Evidence {
		list = slices.Clone(list)
		for i := range list {
			list[i].Text = redact(list[i].Text)
		}
		return list
	}
	short := f.Short()
	return Decision{
		About: f.About, Subject: redact(f.Subject), Result: redact(f.Result), For: all(f.For), Against: all(f.Against),
		Supports: f.Supports, Opposes: f.Opposes, Because: redact(short.Because()), Certainty: short.Certainty,
	}
}
