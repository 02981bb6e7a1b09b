package mcptools

import (
	"context"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/mcptools/extract"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

// ExtractResult is what an expression found in a body.
type ExtractResult struct {
	tool.Untrusted
	FlowID     uint64          `json:"flow_id"`
	Side       string          `json:"side" jsonschema_description:"request or response"`
	Kind       string          `json:"kind" jsonschema_description:"json_path, css_selector or xpath"`
	Matches    []extract.Match `json:"matches"`
	Total      int             `json:"total" jsonschema_description:"how many matches there are"`
	Truncated  bool            `json:"truncated,omitempty" jsonschema_description:"there are more matches: ask again with offset next_offset"`
	NextOffset int             `json:"next_offset,omitempty"`
	Incomplete bool            `json:"incomplete,omitempty" jsonschema_description:"the recorder kept only the beginning of the body"`
}

func (r ExtractResult) Continuation(name string) string {
	return tool.NextOffset(name, r.Truncated, r.NextOffset)
}

// How much of one match is shown, in bytes, and of all in one answer.
const (
	maxMatch      = 16 << 10
	maxAllMatches = 256 << 10
)

func (s *service) extractFromFlow() tool.Tool {
	params := []tool.Param{
		flowParam,
		{Name: "json_path", Kind: tool.String, MaxLength: 1000, Doc: "JSONPath, such as $.items[*].id"},
		{Name: "css_selector", Kind: tool.String, MaxLength: 1000, Doc: "CSS selector, for HTML"},
		{Name: "xpath", Kind: tool.String, MaxLength: 1000, Doc: "XPath 1.0, for HTML and XML"},
		{Name: "side", Kind: tool.String, Enum: []string{"response", "request"}, Default: "response", Doc: "whose body"},
		{Name: "limit", Kind: tool.Integer, Min: 1, Max: 1000, Default: 100, Doc: "how many matches at most"},
		{Name: "offset", Kind: tool.Integer, Default: 0, Doc: "leave out so many matches"},
	}
	return tool.New("extract_from_flow", "Parts of a body",
		"Takes parts out of a flow's whole body with one of JSONPath, CSS selector and XPath. Secrets are redacted before.", params, s.extract)
}

func (s *service) extract(ctx context.Context, a tool.Args) (ExtractResult, error) {
	kind := ""
	for _, name := range []string{"json_path", "css_selector", "xpath"} {
		if a.String(name) == "" {
			continue
		}
		if kind != "" {
			return ExtractResult{}, tool.BadArgument(name, "stands beside %s: one is enough", kind)
		}
		kind = name
	}
	if kind == "" {
		return ExtractResult{}, tool.BadArgument("json_path", "is missing: one of json_path, css_selector and xpath is needed")
	}
	find, err := extract.Compile(kind, a.String(kind))
	if err != nil {
		return ExtractResult{}, tool.BadArgument(kind, "cannot be read: %s", view.Cut(view.Visible(err.Error()), 300))
	}
	f, err := s.flow(ctx, a.Flow("flow_id"))
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
	text, incomplete, _, ok := view.BodyText(h, b)
	if !ok || text == "" {
		return ExtractResult{}, tool.Errorf(tool.CodeNoBody, "inspect_flow shows what there is", "the %s has no body that is text", a.String("side"))
	}
	all, err := find(text, decode.IsXML(h.MediaType()) && !strings.Contains(h.MediaType(), "html"))
	if err != nil {
		return ExtractResult{}, tool.Errorf(tool.CodeNoBody, "inspect_flow shows the body", "the body cannot be read that way: it is %s", described(h))
	}
	out := ExtractResult{
		Untrusted: tool.Notice(), FlowID: uint64(f.Seq), Side: a.String("side"), Kind: kind, Matches: []extract.Match{}, Total: len(all), Incomplete: incomplete,
	}
	size := 0
	for i := min(a.Int("offset"), len(all)); i < len(all); i++ {
		if len(out.Matches) == a.Int("limit") || size > maxAllMatches {
			out.Truncated, out.NextOffset = true, i
			break
		}
		m, n := all[i].Match()
		size += n
		out.Matches = append(out.Matches, m)
	}
	return out, nil
}

func described(h flow.Header) string {
	if t := h.MediaType(); t != "" {
		return view.Visible(t)
	}
	return "of no known type"
}
