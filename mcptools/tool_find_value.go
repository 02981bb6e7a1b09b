package mcptools

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/mcptools/search"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

// ValueResult lists the occurrences of a value.
type ValueResult struct {
	tool.Untrusted
	Occurrences []Occurrence `json:"occurrences" jsonschema_description:"oldest first: the value came from the first one in a response"`
	Origin      *Occurrence  `json:"origin,omitempty" jsonschema_description:"the first response with the value, on the first page"`
	Capped      []uint64     `json:"capped_flows,omitempty" jsonschema_description:"flows with more occurrences than are listed: extract_from_flow and inspect_flow show all of a flow"`
	Progress
}

// Occurrence is one occurrence of a value.
type Occurrence struct {
	FlowID    uint64 `json:"flow_id"`
	Method    string `json:"method"`
	URL       string `json:"url"`
	Side      string `json:"side" jsonschema_description:"request or response"`
	Location  string `json:"place" jsonschema_description:"path, query, header, cookie, body or message"`
	Name      string `json:"name" jsonschema_description:"segment number, parameter, header, field, or JSON Pointer in the body; for a message its number and the pointer"`
	Whole     bool   `json:"whole" jsonschema_description:"the value is the whole text, not a substring"`
	Timestamp string `json:"timestamp"`

	capped bool // the last listed occurrence of its flow, which has more
}

func (s *service) findValue() tool.Tool {
	params := []tool.Param{
		{Name: "value", Kind: tool.String, Required: true,
			Doc: "the exact value; for a secret its placeholder, such as [redacted:jwt:0123456789]"},
		domainParam,
		{Name: "limit", Kind: tool.Integer, Min: 1, Max: 500, Default: 50, Doc: "maximum number of occurrences"},
		cursorParam,
	}
	return tool.New("find_value", "Trace a value",
		"Finds where a value came from and where it was sent: every occurrence in requests and responses, oldest first.",
		params, s.trace)
}

func (s *service) trace(ctx context.Context, a tool.Args) (ValueResult, error) {
	value := a.String("value")
	if value == "" {
		return ValueResult{}, tool.BadArgument("value", "must not be empty")
	}
	hosts, err := s.hosts(ctx, a.String("domain"))
	if err != nil {
		return ValueResult{}, err
	}
	key := []string{"value", value, a.String("domain")}
	after, err := tool.ReadCursor(a.String("cursor"), key...)
	if err != nil {
		return ValueResult{}, err
	}
	p, err := page(ctx, s, &s.traces, search.Request[Occurrence]{
		Key: key, From: after, Limit: a.Int("limit"), Search: s.tracing(value, hosts),
	})
	if err != nil {
		return ValueResult{}, err
	}
	out := ValueResult{Untrusted: tool.Notice(), Occurrences: append([]Occurrence{}, p.Items...)}
	for i, o := range out.Occurrences {
		if o.capped {
			out.Capped = append(out.Capped, o.FlowID)
		}
		if o.Side == "response" && out.Origin == nil && a.String("cursor") == "" {
			out.Origin = &out.Occurrences[i]
		}
	}
	out.Progress, err = progress(ctx, s, p, key, false, a.Int("limit"))
	return out, err
}

// tracing searches flows, oldest first.
func (s *service) tracing(value string, hosts []string) search.Func[Occurrence] {
	filter := &search.Filter{Hosts: hosts, Query: search.ForWords(value)}
	return func(ctx context.Context, after flow.Seq) iter.Seq2[search.Step[Occurrence], error] {
		return func(yield func(search.Step[Occurrence], error) bool) {
			for v, err := range s.index.Ascending(ctx, filter, after) {
				step := search.Step[Occurrence]{Next: v.Next, Examined: v.Examined}
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
func (s *service) occurrences(value string, f *flow.Flow) []Occurrence {
	shown := s.Redact.Flow(*f)
	t := tracer{value: value, row: view.Row(&shown)}
	t.flow(&shown)
	if t.more {
		t.found[len(t.found)-1].capped = true
	}
	return t.found
}

// maxOccurrences limits the occurrences in one flow: a value such as "a" is everywhere.
const maxOccurrences = 20

// tracer finds a value in one redacted flow.
type tracer struct {
	value string
	row   view.FlowRow
	found []Occurrence
	more  bool // there are more than maxOccurrences
}

// text searches one text.
func (t *tracer) text(side, location, name, text string) {
	if t.more || !strings.Contains(text, t.value) {
		return
	}
	if len(t.found) == maxOccurrences {
		t.more = true
		return
	}
	t.found = append(t.found, Occurrence{
		FlowID: t.row.FlowID, Method: t.row.Method, URL: t.row.URL, Timestamp: t.row.Timestamp,
		Side: side, Location: location, Name: view.Visible(name), Whole: text == t.value,
	})
}

// flow searches a redacted flow.
func (t *tracer) flow(f *flow.Flow) {
	for i, seg := range strings.Split(strings.TrimPrefix(f.Request.Path, "/"), "/") {
		t.text("request", "path", strconv.Itoa(i+1), view.Unescape(strings.ReplaceAll(seg, "+", "%2B")))
	}
	t.pairs("request", "query", f.Request.RawQuery)
	t.message("request", f.Request.Header, f.Request.Body)
	if f.Response != nil {
		t.message("response", f.Response.Header, f.Response.Body)
	}
	for i := range f.Messages {
		m := &f.Messages[i]
		text, side := view.MessageText(m), "response"
		if m.FromClient {
			side = "request"
		}
		if v, err := readJSON(text); err == nil {
			t.json(side, "message", strconv.Itoa(i+1), v)
		} else {
			t.text(side, "message", strconv.Itoa(i+1), text)
		}
	}
}

// readJSON decodes one JSON value and keeps numbers as written.
func readJSON(text string) (v any, err error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err = d.Decode(&v); err == nil && d.More() {
		err = errors.New("more than one value")
	}
	return v, err
}

// pairs searches the values of a query or form.
func (t *tracer) pairs(side, location, text string) {
	for pair := range strings.SplitSeq(text, "&") {
		name, value, _ := strings.Cut(pair, "=")
		t.text(side, location, view.Unescape(name), view.Unescape(value))
	}
}

// message searches the header and the body of a request or response.
func (t *tracer) message(side string, h flow.Header, b flow.Body) {
	for _, line := range h {
		if !strings.EqualFold(line.Name, "Cookie") && !strings.EqualFold(line.Name, "Set-Cookie") {
			t.text(side, "header", line.Name, line.Value)
			continue
		}
		pairs := strings.Split(line.Value, ";")
		if strings.EqualFold(line.Name, "Set-Cookie") {
			pairs = pairs[:1] // attributes follow
		}
		for _, pair := range pairs {
			name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
			t.text(side, "cookie", name, value)
		}
	}
	text, _, _, ok := view.BodyText(h, b)
	// A value in JSON may contain escapes.
	if !ok || !decode.IsJSON(h.MediaType()) && !strings.Contains(text, t.value) && !decode.IsForm(h.MediaType()) {
		return
	}
	if decode.IsForm(h.MediaType()) {
		t.pairs(side, "body", text)
		return
	}
	if decode.IsJSON(h.MediaType()) {
		if v, err := readJSON(text); err == nil {
			t.json(side, "body", "", v)
			return
		}
	}
	t.text(side, "body", "", text)
}

// json searches the values in a decoded JSON value. pointer is its JSON Pointer (RFC 6901).
func (t *tracer) json(side, location, pointer string, v any) {
	if t.more {
		return
	}
	switch x := v.(type) {
	case string:
		t.text(side, location, pointer, x)
	case json.Number:
		if x.String() == t.value {
			t.text(side, location, pointer, x.String())
		}
	case []any:
		for i, y := range x {
			t.json(side, location, pointer+"/"+strconv.Itoa(i), y)
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(x)) {
			key := strings.ReplaceAll(strings.ReplaceAll(k, "~", "~0"), "/", "~1")
			t.json(side, location, pointer+"/"+key, x[k])
		}
	}
}
