package mcptools

import (
	"context"
	"regexp"
	"strings"

	"github.com/spectap/spectap/mcptools/replay"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

// variableResult shows a stored variable.
type variableResult struct {
	tool.Untrusted
	Name  string `json:"name"`
	Value string `json:"value,omitempty"` // a value of a flow, with placeholders instead of secrets
}

// maxVariable limits the text of a variable, in bytes.
const maxVariable = 64 << 10

func (s *sendTools) setVariable(ctx context.Context, a tool.Args) (variableResult, error) {
	out, err := s.storeVariable(ctx, a.String("name"), replay.Variable{Text: a.String("value")})
	out.Value = "" // its placeholder would reveal whether a secret of the capture is equal
	return out, err
}

func (s *sendTools) extractVariable(ctx context.Context, a tool.Args) (variableResult, error) {
	re, err := tool.CompileRegexp("regex_pattern", a.String("regex_pattern"))
	if err != nil {
		return variableResult{}, err
	}
	group := a.Int("group_index")
	if group > re.NumSubexp() {
		e := tool.BadArgument("group_index", "is %d, but the expression has %d groups in parentheses", group, re.NumSubexp())
		e.Hint = "put the part to store in parentheses, or pass group_index 0 for the whole match"
		return variableResult{}, e
	}
	raw, err := s.Store.Get(ctx, a.Flow("flow_id"))
	if err != nil {
		return variableResult{}, err
	}
	redacted := s.Redact.Flow(raw)
	if redacted.Response == nil {
		return variableResult{}, tool.Errorf(tool.CodeNoBody, "", "the flow has no response")
	}
	body, _, _, _ := view.BodyText(redacted.Response.Header, redacted.Response.Body)
	for _, text := range []string{body, view.HeaderText(redacted.Response.Header)} {
		m, err := findWithin(ctx, re, text)
		if err != nil {
			return variableResult{}, err
		}
		if m != nil {
			v := replay.ExtractedVariable(m[group], &raw, &redacted)
			return s.storeVariable(ctx, a.String("name"), v)
		}
	}
	return variableResult{}, tool.Errorf(tool.CodeNoBody, "extract_from_flow and inspect_flows show the response",
		"the expression matches nothing in the response")
}

// findWithin is re.FindStringSubmatch that ends with ctx. A match takes time in proportion to the
// text and the expression: seconds for the largest of both.
func findWithin(ctx context.Context, re *regexp.Regexp, text string) ([]string, error) {
	at := re.FindReaderSubmatchIndex(&contextRunes{ctx: ctx, Reader: strings.NewReader(text)})
	if err := ctx.Err(); err != nil || at == nil {
		return nil, err
	}
	out := make([]string, len(at)/2)
	for i := range out {
		if at[2*i] >= 0 {
			out[i] = text[at[2*i]:at[2*i+1]]
		}
	}
	return out, nil
}

// contextRunes ends when its context does.
type contextRunes struct {
	ctx  context.Context
	read int
	*strings.Reader
}

func (r *contextRunes) ReadRune() (rune, int, error) {
	if r.read++; r.read%4096 == 1 && r.ctx.Err() != nil {
		return 0, 0, r.ctx.Err()
	}
	return r.Reader.ReadRune()
}

func (s *sendTools) storeVariable(ctx context.Context, name string, v replay.Variable) (variableResult, error) {
	if !replay.IsVariableName(name) {
		return variableResult{}, tool.BadArgument("name", "must be letters, digits and _")
	}
	if len(v.Text) > maxVariable {
		return variableResult{}, tool.BadArgument("name", "would have a text of %d bytes: the limit is %d", len(v.Text),
			maxVariable)
	}
	if !s.variables.Set(s.caller(ctx), name, v) {
		return variableResult{}, tool.BadArgument("name", "is one too many: the limit is %d variables",
			replay.MaxVariables)
	}
	return variableResult{tool.Notice(), name, view.Cut(view.Visible(v.Text), view.PreviewBytes)}, nil
}
