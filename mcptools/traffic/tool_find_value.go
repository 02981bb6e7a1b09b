package traffic

import (
	"context"
	"iter"
	"slices"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/search"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/trace"
)

// ValueResult lists the occurrences of a value.
type ValueResult struct {
	tool.Untrusted
	Occurrences []trace.Occurrence `json:"occurrences"`                 // oldest first: the value came from the first one in a response
	Origin      *trace.Occurrence  `json:"origin,omitempty"`            // the response that brought the value first, unless a request had it before
	FromClient  *trace.Occurrence  `json:"client_sent_first,omitempty"` // the request that had the value before any response: responses repeat it
	Source      string             `json:"source,omitempty"`            // where the value came from, in words; on the first page
	Capped      []uint64           `json:"capped_flows,omitempty"`      // flows with more occurrences than are listed: extract_from_flow and inspect_flows show all of a flow
	source.Progress

	nowhere bool // the first page was the complete search, and is empty
}

// Continuation implements [tool.Partial].
func (r ValueResult) Continuation(name string) string {
	if r.nowhere {
		return "No flow shows this value. Redaction hides secrets and personal data, such as e-mail addresses: " +
			"they are found by their placeholder, as inspect_flows shows it. search_traffic with query finds parts of a text."
	}
	return r.Progress.Continuation(name)
}

func (s *Tools) findValue() tool.Tool {
	params := []tool.Param{
		{Name: "value", Kind: tool.String, Required: true,
			Doc: "the exact value; for a secret its placeholder"},
		source.DomainParam,
		{Name: "limit", Kind: tool.Integer, Min: 1, Max: 500, Default: 50, Doc: "maximum rows"},
		tool.CursorParam,
	}
	return tool.New("find_value", "Trace a value",
		"Finds where a value came from and where it was sent, oldest first.",
		params, s.traceValue)
}

func (s *Tools) traceValue(ctx context.Context, a tool.Args) (ValueResult, error) {
	value := a.String("value")
	if value == "" {
		err := tool.BadArgument("value", "must not be empty")
		err.Hint = "copy a value from inspect_flows; search_traffic lists flows"
		return ValueResult{}, err
	}
	hosts, err := s.Hosts(ctx, a.String("domain"))
	if err != nil {
		return ValueResult{}, err
	}
	key := []string{"value", value, a.String("domain")}
	p, key, err := s.tracePage(ctx, a, value, key, hosts)
	if err != nil {
		return ValueResult{}, err
	}
	out := ValueResult{Untrusted: tool.Notice(), Occurrences: append([]trace.Occurrence{}, p.Items...)}
	// A store has flows in the order in which they ended, and an import in that of its file.
	trace.Sort(out.Occurrences)
	for _, o := range out.Occurrences {
		if o.Capped {
			out.Capped = append(out.Capped, o.FlowID)
		}
	}
	if a.String("cursor") == "" {
		first, given := trace.First(out.Occurrences)
		out.Source = trace.Source(value, out.Occurrences)
		if given {
			out.Origin = first
		} else {
			out.FromClient = first
		}
	}
	out.Progress, err = source.ProgressOf(ctx, s.Source, p, key, false, a.Int("limit"))
	out.nowhere = len(out.Occurrences) == 0 && out.Complete && a.String("cursor") == ""
	return out, err
}

// The stages of a trace, as part of its key. A value such as 17 is in many longer words: these
// count only if it never stands alone.
const (
	traceAlone   = ""         // the value as a word of its own
	traceNoneYet = "none yet" // the same, and no page had one
	traceInWords = "in words"
)

// tracePage returns the page that the cursor of a call asks for, and the key of the next one.
func (s *Tools) tracePage(
	ctx context.Context, a tool.Args, value string, key, hosts []string,
) (search.Page[trace.Occurrence], []string, error) {
	with := func(stage string) []string { return append(slices.Clone(key), stage) }
	stage, cursor := traceNoneYet, a.String("cursor")
	after, err := tool.ReadCursor(cursor, with(stage)...)
	for _, other := range []string{traceAlone, traceInWords} {
		if err != nil {
			stage = other
			after, err = tool.ReadCursor(cursor, with(stage)...)
		}
	}
	if err != nil {
		return search.Page[trace.Occurrence]{}, nil, err
	}
	request := search.Request[trace.Occurrence]{From: after, Limit: a.Int("limit"), Search: s.tracing(value, hosts, true)}
	inWords := request
	inWords.Search = s.tracing(value, hosts, false)
	if stage == traceInWords {
		p, err := source.Page(ctx, s.Source, inWords)
		return p, with(stage), err
	}
	p, err := source.Page(ctx, s.Source, request)
	switch {
	case len(p.Items) > 0:
		stage = traceAlone
	case err == nil && p.Done && stage == traceNoneYet:
		stage, inWords.From = traceInWords, 0
		p, err = source.Page(ctx, s.Source, inWords)
	}
	return p, with(stage), err
}

// tracing searches flows, oldest first; alone: for the value as a word of its own.
func (s *Tools) tracing(value string, hosts []string, alone bool) search.Func[trace.Occurrence] {
	filter := &search.Filter{Hosts: hosts, Query: search.ForWords(value)}
	return func(ctx context.Context, after flow.Seq) iter.Seq2[search.Step[trace.Occurrence], error] {
		return func(yield func(search.Step[trace.Occurrence], error) bool) {
			for v, err := range s.Index.Ascending(ctx, filter, after) {
				step := search.Step[trace.Occurrence]{Next: v.Next, Examined: v.Examined}
				if err == nil && v.Flow != nil {
					shown := s.Redact.Flow(*v.Flow)
					step.Items = trace.Find(value, &shown, alone)
				}
				if !yield(step, err) || err != nil {
					return
				}
			}
		}
	}
}
