package traffic

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

// maxBatchBytes limits the text of all bodies in one result about several flows.
const maxBatchBytes = 1 << 20

// FlowsResult lists several flows.
type FlowsResult struct {
	tool.Untrusted
	Flows   []PartialFlow `json:"flows" jsonschema_description:"in the order of flow_ids"`
	Missing []uint64      `json:"missing" jsonschema_description:"numbers without a flow"`
	Rest    []uint64      `json:"rest,omitempty" jsonschema_description:"flows that were left out because of time or size: call again for these"`
}

// Continuation implements [tool.Partial].
func (r FlowsResult) Continuation(name string) string {
	if len(r.Rest) == 0 {
		return ""
	}
	return fmt.Sprintf("This leaves out %s: call %s again with flow_ids %s.",
		view.Count(len(r.Rest), "flow"), name, strings.Trim(strings.ReplaceAll(fmt.Sprint(r.Rest), " ", ","), "[]"))
}

// PartialFlow has the requested fields of a flow.
type PartialFlow struct {
	FlowID          uint64        `json:"flow_id"`
	Method          string        `json:"method,omitempty"`
	URL             string        `json:"url,omitempty"`
	Status          int           `json:"status_code,omitempty"`
	ContentType     string        `json:"content_type,omitempty" jsonschema_description:"of the request"`
	ResponseType    string        `json:"response_content_type,omitempty"`
	Size            *int64        `json:"size,omitempty"`
	Timestamp       string        `json:"timestamp,omitempty"`
	RequestHeaders  []view.Header `json:"request_headers,omitempty"`
	RequestBody     *view.Body    `json:"request_body,omitempty"`
	ResponseHeaders []view.Header `json:"response_headers,omitempty"`
	ResponseBody    *view.Body    `json:"response_body,omitempty"`
	RequestChanged  string        `json:"request_changed_by_rule,omitempty" jsonschema_description:"parts that a rule changed; shown as the client sent them"`
	ResponseChanged string        `json:"response_changed_by_rule,omitempty" jsonschema_description:"parts that a rule changed; shown as the upstream sent them"`
}

var flowFields = []string{
	"id", "url", "method", "status_code", "content_type", "response_content_type", "size", "timestamp",
	"request_headers", "request_body", "response_headers", "response_body",
}

var flowIDsParam = tool.Param{Name: "flow_ids", Kind: tool.FlowIDs, Required: true,
	Doc: "at most 100 flow numbers: a list, or 3,4,9"}

func (s *Tools) inspectFlows() tool.Tool {
	params := []tool.Param{
		flowIDsParam,
		{Name: "fields", Kind: tool.String, MaxLength: 400,
			Doc: "only these, with commas: " + strings.Join(flowFields, ", ") + ". Default: all"},
		{Name: "full_body", Kind: tool.Boolean, Default: false,
			Doc: "up to 256 KiB of each body; 1 MiB in all"},
	}
	return tool.New("inspect_flows", "Several flows", "Shows several flows, with all or some fields.", params,
		s.inspectMany)
}

func (s *Tools) inspectMany(ctx context.Context, a tool.Args) (FlowsResult, error) {
	fields, err := parseFields(a.String("fields"))
	if err != nil {
		return FlowsResult{}, err
	}
	has := func(name string) bool { return len(fields) == 0 || slices.Contains(fields, name) }
	limit, left := view.PreviewBytes, maxBatchBytes
	if a.Bool("full_body") {
		limit = view.FullBytes
	}
	out := FlowsResult{Untrusted: tool.Notice(), Flows: []PartialFlow{}, Missing: []uint64{}}
	end := time.Now().Add(s.TimeLeft(ctx))
	ids := a.Flows("flow_ids")
	for i, id := range ids {
		if i > 0 && (left <= 0 || time.Now().After(end)) {
			for _, id := range ids[i:] {
				out.Rest = append(out.Rest, uint64(id))
			}
			break
		}
		f, row, err := s.FlowAndRow(ctx, id)
		if err != nil && source.ToolError(err).Code == tool.CodeFlowNotFound {
			out.Missing = append(out.Missing, uint64(id))
			continue
		}
		if err != nil {
			return FlowsResult{}, err
		}
		p := partialFlow(&f, row, has, func(h flow.Header, b flow.Body) *view.Body {
			v := view.ShowAnswer(h, b, 0, min(limit, left))
			left -= len(v.Text)
			return &v
		})
		out.Flows = append(out.Flows, p)
	}
	return out, nil
}

// parseFields reads a list of fields with commas.
func parseFields(list string) (fields []string, err error) {
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		if !slices.Contains(flowFields, name) {
			return nil, tool.BadArgument("fields", "has %q, which is not one of %s",
				view.Cut(view.Visible(name), 60), strings.Join(flowFields, ", "))
		}
		fields = append(fields, name)
	}
	return fields, nil
}

// partialFlow returns the fields of a redacted flow, whose row is r, for which has is true.
func partialFlow(f *flow.Flow, r view.FlowRow, has func(string) bool, show func(flow.Header, flow.Body) *view.Body) PartialFlow {
	p := PartialFlow{FlowID: r.FlowID, RequestChanged: f.Request.Changed.String()}
	if has("method") {
		p.Method = r.Method
	}
	if has("url") {
		p.URL = view.Visible(f.Request.URL())
	}
	if has("timestamp") {
		p.Timestamp = r.Timestamp
	}
	if has("content_type") {
		p.ContentType = view.Visible(f.Request.Header.MediaType())
	}
	if has("request_headers") {
		p.RequestHeaders = view.Headers(f.Request.Header)
	}
	if has("request_body") {
		p.RequestBody = show(f.Request.Header, f.Request.Body)
	}
	if f.Response == nil {
		return p
	}
	p.ResponseChanged = f.Response.Changed.String()
	if has("status_code") {
		p.Status = r.Status
	}
	if has("response_content_type") {
		p.ResponseType = r.ContentType
	}
	if has("size") {
		p.Size = &r.Size
	}
	if has("response_headers") {
		p.ResponseHeaders = view.Headers(f.Response.Header)
	}
	if has("response_body") {
		p.ResponseBody = show(f.Response.Header, f.Response.Body)
		p.ResponseBody.Size = r.Size
	}
	return p
}
