package traffic

import (
	"context"
	"iter"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/search"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/trace"
)

// ValueResult lists the occurrences of a value.
type ValueResult struct {
	tool.Untrusted
	Occurrences []trace.Occurrence `json:"occurrences" jsonschema_description:"oldest first: the value came from the first one in a response"`
	Origin      *trace.Occurrence  `json:"origin,omitempty" jsonschema_description:"the first response with the value, on the first page"`
	Capped      []uint64           `json:"capped_flows,omitempty" jsonschema_description:"flows with more occurrences than are listed: extract_from_flow and inspect_flow show all of a flow"`
	source.Progress
}

func (s *Tools) findValue() tool.Tool {
	params := []tool.Param{
		{Name: "value", Kind: tool.String, Required: true,
			Doc: "the exact value; for a secret its placeholder"},
		source.DomainParam,
		{Name: "limit", Kind: tool.Integer, Min: 1, Max: 500, Default: 50, Doc: "maximum number"},
		tool.CursorParam,
	}
	return tool.New("find_value", "Trace a value",
		"Finds where a value came from and where it was sent, oldest first.",
		params, s.trace)
}

func (s *Tools) trace(ctx context.Context, a tool.Args) (ValueResult, error) {
	value := a.String("value")
	if value == "" {
		return ValueResult{}, tool.BadArgument("value", "must not be empty")
	}
	hosts, err := s.Hosts(ctx, a.String("domain"))
	if err != nil {
		return ValueResult{}, err
	}
	key := []string{"value", value, a.String("domain")}
	after, err := tool.ReadCursor(a.String("cursor"), key...)
	if err != nil {
		return ValueResult{}, err
	}
	p, err := source.Page(ctx, s.Source, &s.traces, search.Request[trace.Occurrence]{
		Key: key, From: after, Limit: a.Int("limit"), Search: s.tracing(value, hosts),
	})
	if err != nil {
		return ValueResult{}, err
	}
	out := ValueResult{Untrusted: tool.Notice(), Occurrences: append([]trace.Occurrence{}, p.Items...)}
	for i, o := range out.Occurrences {
		if o.Capped {
			out.Capped = append(out.Capped, o.FlowID)
		}
		if o.Side == "response" && out.Origin == nil && a.String("cursor") == "" {
			out.Origin = &out.Occurrences[i]
		}
	}
	out.Progress, err = source.ProgressOf(ctx, s.Source, p, key, false, a.Int("limit"))
	return out, err
}

// tracing searches flows, oldest first.
func (s *Tools) tracing(value string, hosts []string) search.Func[trace.Occurrence] {
	filter := &search.Filter{Hosts: hosts, Query: search.ForWords(value)}
	return func(ctx context.Context, after flow.Seq) iter.Seq2[search.Step[trace.Occurrence], error] {
		return func(yield func(search.Step[trace.Occurrence], error) bool) {
			for v, err := range s.Index.Ascending(ctx, filter, after) {
				step := search.Step[trace.Occurrence]{Next: v.Next, Examined: v.Examined}
				if err == nil && v.Flow != nil {
					step.Items = s.occurrences(value, v.Flow)
				}
				if !yield(step, err) || err != nil {
					return
				}
			}
		}
	}
}

// occurrences returns the occurrences of a value in a flow that is not redacted.
func (s *Tools) occurrences(value string, f *flow.Flow) []trace.Occurrence {
	shown := s.Redact.Flow(*f)
	return trace.Find(value, &shown)
}
