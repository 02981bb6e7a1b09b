package traffic

import (
	"cmp"
	"context"
	"errors"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/mcptools/extract"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

// ExtractResult lists the matches of an expression in a body.
type ExtractResult struct {
	tool.Untrusted
	FlowID  uint64          `json:"flow_id"`
	Side    string          `json:"side"` // request or response
	Kind    string          `json:"kind"` // json_path or css_selector
	Matches []extract.Match `json:"matches"`
	tool.Page
	Note       string `json:"note,omitempty"`       // how much of the body was recorded, if not all
	Incomplete bool   `json:"incomplete,omitempty"` // the recorder kept only the beginning of the body
}

func (s *Tools) extractFromFlow() tool.Tool {
	params := []tool.Param{
		tool.FlowParam,
		{Name: "json_path", Kind: tool.String, MaxLength: 1000, Doc: "JSONPath, such as $.items[*].id"},
		{Name: "css_selector", Kind: tool.String, MaxLength: 1000, Doc: "CSS selector, for HTML; XML is read as HTML"},
		{Name: "side", Kind: tool.String, Enum: []string{"response", "request"}, Default: "response",
			Doc: "the body to search"},
		{Name: "limit", Kind: tool.Integer, Min: 1, Max: 1000, Default: 100, Doc: "maximum rows"},
		{Name: "offset", Kind: tool.Integer, Default: 0, Doc: "matches to skip"},
	}
	return tool.New("extract_from_flow", "Values in a body",
		"Finds values in a flow's whole body with a JSONPath or a CSS selector.",
		params, s.extract)
}

// expressionExamples are expressions of each kind.
var expressionExamples = map[string]string{
	extract.JSONPath: "$.items[*].id", extract.CSSSelector: "form > input[name]",
}

func (s *Tools) extract(ctx context.Context, a tool.Args) (ExtractResult, error) {
	kind, err := expressionKind(a)
	if err != nil {
		return ExtractResult{}, err
	}
	find, err := extract.Compile(kind, a.String(kind))
	if err != nil {
		e := tool.BadArgument(kind, "cannot be read: %s", view.Cut(view.Visible(err.Error()), 300))
		e.Hint = "write it as in " + expressionExamples[kind]
		return ExtractResult{}, e
	}
	f, err := s.Flow(ctx, a.Flow("flow_id"))
	if err != nil {
		return ExtractResult{}, err
	}
	h, b := f.Request.Header, f.Request.Body
	if a.String("side") == "response" {
		h, b = nil, flow.Body{}
		if f.Response != nil {
			h, b = f.Response.Header, f.Response.Body
		}
	}
	text, incomplete, _, ok := view.ReadableText(h, b)
	if !ok || text == "" {
		return ExtractResult{}, tool.Errorf(tool.CodeNoBody, "inspect_flows shows the bodies", "the %s has no text body",
			a.String("side"))
	}
	all, err := find(ctx, text)
	switch {
	case ctx.Err() != nil:
		return ExtractResult{}, ctx.Err()
	case errors.Is(err, extract.ErrTooMuch):
		return ExtractResult{}, tool.Errorf(tool.CodeNoBody, "use an expression that names the way from the root",
			"%s", view.Visible(err.Error()))
	case err != nil:
		what := cmp.Or(view.Visible(h.MediaType()), "of unknown type")
		if t := b.Truncation(h); t != "" {
			what += ", " + t
		} else if kind == extract.JSONPath && decode.IsJSON(decode.Kind(h.MediaType(), b.Data)) {
			what += ", but not valid JSON"
		}
		return ExtractResult{}, tool.Errorf(tool.CodeNoBody, "inspect_flows shows the body",
			"the expression does not apply to this body, which is %s", what)
	}
	found, page := tool.PageOf(all, a.Int("offset"), a.Int("limit"))
	out := ExtractResult{
		Untrusted: tool.Notice(), FlowID: uint64(f.Seq), Side: a.String("side"), Kind: kind,
		Matches: []extract.Match{}, Page: page, Incomplete: incomplete, Note: b.Truncation(h),
	}
	for i := range found {
		out.Matches = append(out.Matches, found[i].Match())
	}
	return out, nil
}

// expressionKind returns the kind of the one expression in the arguments.
func expressionKind(a tool.Args) (kind string, err error) {
	for _, name := range extract.Kinds() {
		if a.String(name) == "" {
			continue
		}
		if kind != "" {
			return "", tool.BadArgument(name, "cannot be combined with %s", kind)
		}
		kind = name
	}
	if kind == "" {
		return "", tool.BadArgument("json_path", "is missing: pass json_path or css_selector")
	}
	return kind, nil
}
