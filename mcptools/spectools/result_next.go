package spectools

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
	"github.com/spectap/spectap/openapi"
)

// nextCall is the call that returns the next page of a list.
type nextCall struct {
	Tool      string          `json:"tool"`
	Arguments json.RawMessage `json:"arguments"`
	// Maybe reports that the next page may be empty: the answer does not say whether there is one.
	Maybe bool `json:"maybe,omitempty"`
}

// String returns the line of a text that names the call.
func (n *nextCall) String() string {
	label := "Next page: "
	if n.Maybe {
		label = "Next page, if there is one: "
	}
	return label + n.Tool + " " + string(n.Arguments)
}

// maxNextCall limits the arguments of such a call, in bytes.
const maxNextCall = 4 << 10

// nextPage returns the call for the next page of an answer, or nil.
func (s *Set) nextPage(ctx context.Context, op *operation, args *orderedjson.Object, a *answer) *nextCall {
	if a.resp.StatusCode/100 != 2 || a.truncated || args == nil {
		return nil
	}
	p := listPage{
		Parameters: op.pageParameters(), Hint: openapi.PagingOf(op.doc), Arguments: args,
		FromURL: func(target string) (*orderedjson.Object, bool) { return op.argumentsOf(args, a, target) },
	}
	links := linkTargets(a.resp.Header.Values("Link"))
	p.HasLinks, p.NextLink = len(links) > 0, links["next"]
	if len(p.Parameters) == 0 {
		return nil
	}
	if a.isJSON() {
		p.Body, _ = orderedjson.Decode(a.data)
	}
	next, isSure, ok := p.Next()
	if !ok || len(op.check(ctx, next)) > 0 {
		return nil
	}
	raw := orderedjson.Encode(next)
	if len(raw) > maxNextCall || string(raw) == string(orderedjson.Encode(args)) {
		return nil
	}
	tool := calledTool(ctx)
	if tool == "" {
		return &nextCall{op.toolName, raw, !isSure}
	}
	outer := orderedjson.New()
	outer.Set("operation", op.toolName)
	outer.Set("arguments", next)
	return &nextCall{tool, orderedjson.Encode(outer), !isSure}
}

// dynamicKey is the key of contexts for calls of operations by name: the name of the tool.
type dynamicKey struct{}

// calledTool returns the name of the tool that calls an operation by name, or "".
func calledTool(ctx context.Context) string {
	name, _ := ctx.Value(dynamicKey{}).(string)
	return name
}

// pageParameters returns the arguments that may select a page: those in the query of a read, and
// the members of a JSON body.
func (op *operation) pageParameters() (out []pageParameter) {
	for _, p := range op.Parameters {
		if p.In == openapi3.ParameterInQuery && op.Method == "GET" {
			out = addPageParameter(out, []string{p.Argument}, p.Name, p.Schema)
		}
	}
	if len(op.Bodies) > 0 && op.Bodies[0].Kind == serialize.JSON {
		schema := op.Bodies[0].Doc.Schema
		for _, name := range openapi.SchemaPropertyNames(schema) {
			out = addPageParameter(out, []string{serialize.BodyArgument, name}, name, openapi.SchemaProperty(schema, name))
		}
	}
	slices.SortStableFunc(out, func(x, y pageParameter) int {
		return strings.Compare(strings.Join(x.Argument, "."), strings.Join(y.Argument, "."))
	})
	return out
}

// addPageParameter adds a parameter unless its type cannot select a page.
func addPageParameter(
	all []pageParameter, argument []string, name string, r *openapi3.SchemaRef,
) []pageParameter {
	p := pageParameter{Argument: argument, Name: name}
	if r != nil && r.Value != nil {
		v := r.Value
		if v.Type.Is("array") || v.Type.Is("object") || v.Type.Is("boolean") || strings.HasPrefix(v.Format, "date") {
			return all
		}
		p.Integer = v.Type.Is("integer") || v.Type.Is("number")
		p.FromZero = v.Min != nil && *v.Min == 0
		if raw, err := json.Marshal(v.Default); err == nil && v.Default != nil {
			p.Default, _ = orderedjson.Decode(raw)
		}
	}
	return append(all, p)
}

// argumentsOf returns the arguments of the call behind a URL, or false if it is not a call of the
// operation with the same path. The API may know its own address by another name.
func (op *operation) argumentsOf(args *orderedjson.Object, a *answer, target string) (*orderedjson.Object, bool) {
	if a.resp.Request == nil || a.resp.Request.URL == nil || op.Method != "GET" {
		return nil, false
	}
	at := a.resp.Request.URL
	u, err := at.Parse(target)
	if err != nil || !isSamePath(u, at) {
		return nil, false
	}
	query, err := op.QueryArguments(u.RawQuery)
	if err != nil || query.Len() == 0 {
		return nil, false
	}
	out := cloneArguments(args)
	for _, p := range op.Parameters {
		if p.In == openapi3.ParameterInQuery {
			out.Delete(p.Argument)
		}
	}
	for _, name := range query.Names() {
		out.Set(name, query.Value(name))
	}
	return out, true
}

// isSamePath reports whether two URLs have the same path, one perhaps with more before it.
func isSamePath(a, b *url.URL) bool {
	x, y := strings.TrimSuffix(a.EscapedPath(), "/"), strings.TrimSuffix(b.EscapedPath(), "/")
	if len(x) < len(y) {
		x, y = y, x
	}
	return x == y || strings.HasPrefix(y, "/") && strings.HasSuffix(x, y)
}
