package mcptools

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"strconv"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/mcptools/search"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

// ValueResult says where a value stands.
type ValueResult struct {
	tool.Untrusted
	Occurrences []Occurrence `json:"occurrences" jsonschema_description:"oldest first: the first one in an answer is where the value came from"`
	Origin      *Occurrence  `json:"origin,omitempty" jsonschema_description:"the first answer that had the value, on the first page"`
	Capped      []uint64     `json:"capped_flows,omitempty" jsonschema_description:"flows with more places than are listed: extract_from_flow and inspect_flow show all of one"`
	Progress
}

// Occurrence is one place of a value.
type Occurrence struct {
	FlowID    uint64 `json:"flow_id"`
	Method    string `json:"method"`
	URL       string `json:"url"`
	Side      string `json:"side" jsonschema_description:"request or response"`
	Place     string `json:"place" jsonschema_description:"path, query, header, cookie, body or message"`
	Name      string `json:"name" jsonschema_description:"segment number, parameter, header, field, or the JSON pointer in the body; of a message its number and the pointer"`
	Whole     bool   `json:"whole" jsonschema_description:"the value stands there alone, not inside a longer text"`
	Timestamp string `json:"timestamp"`

	capped bool // it is the last that is listed of its flow, and there are more
}

func (s *service) findValue() tool.Tool {
	params := []tool.Param{
		{Name: "value", Kind: tool.String, Required: true, Doc: "the value, to the letter; for a secret its placeholder, such as [redacted:jwt:0123456789]"},
		domainParam,
		{Name: "limit", Kind: tool.Integer, Min: 1, Max: 500, Default: 50, Doc: "how many places at most"},
		cursorParam, maxMSParam,
	}
	return tool.New("find_value", "Trace a value", "Finds where a value came from and where it went: every place in requests and answers, oldest first.",
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
	wait, err := s.wait(ctx, a)
	if err != nil {
		return ValueResult{}, err
	}
	p, err := s.traces.Page(ctx, s.life, search.Request[Occurrence]{
		Key: key, From: after, Limit: a.Int("limit"), Wait: wait, Search: s.tracing(value, hosts),
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
					step.Items = s.placesIn(value, v.Flow)
				}
				if !yield(step, err) || err != nil {
					return
				}
			}
		}
	}
}

// placesIn are the places of a value in a flow.
func (s *service) placesIn(value string, f *flow.Flow) []Occurrence {
	shown := s.Redact.Flow(*f)
	t := tracer{value: value, row: view.Row(&shown)}
	t.flow(&shown)
	if t.more {
		t.found[len(t.found)-1].capped = true
	}
	return t.found
}

// maxPlaces bounds the places of one flow: a value such as "a" is everywhere.
const maxPlaces = 20

// tracer finds a value in one flow that was redacted.
type tracer struct {
	value string
	row   view.FlowRow
	found []Occurrence
	more  bool // there are more than maxPlaces
}

// see looks at one text.
func (t *tracer) see(side, place, name, text string) {
	if t.more || !strings.Contains(text, t.value) {
		return
	}
	if len(t.found) == maxPlaces {
		t.more = true
		return
	}
	t.found = append(t.found, Occurrence{
		FlowID: t.row.FlowID, Method: t.row.Method, URL: t.row.URL, Timestamp: t.row.Timestamp,
		Side: side, Place: place, Name: view.Visible(name), Whole: text == t.value,
	})
}

func (t *tracer) flow(f *flow.Flow) {
	for i, seg := range strings.Split(strings.TrimPrefix(f.Request.Path, "/"), "/") {
		t.see("request", "path", strconv.Itoa(i+1), view.Unescape(strings.ReplaceAll(seg, "+", "%2B")))
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
			t.see(side, "message", strconv.Itoa(i+1), text)
		}
	}
}

// readJSON reads a text with its numbers as they are written.
func readJSON(text string) (v any, err error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err = d.Decode(&v); err == nil && d.More() {
		err = errors.New("more than one value")
	}
	return v, err
}

// pairs looks at the values of a query or form.
func (t *tracer) pairs(side, place, text string) {
	for pair := range strings.SplitSeq(text, "&") {
		name, value, _ := strings.Cut(pair, "=")
		t.see(side, place, view.Unescape(name), view.Unescape(value))
	}
}

func (t *tracer) message(side string, h flow.Header, b flow.Body) {
	for _, line := range h {
		if !strings.EqualFold(line.Name, "Cookie") && !strings.EqualFold(line.Name, "Set-Cookie") {
			t.see(side, "header", line.Name, line.Value)
			continue
		}
		parts := strings.Split(line.Value, ";")
		if strings.EqualFold(line.Name, "Set-Cookie") {
			parts = parts[:1] // what follows are attributes
		}
		for _, part := range parts {
			name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
			t.see(side, "cookie", name, value)
		}
	}
	text, _, _, ok := view.BodyText(h, b)
	// In JSON a value may be written with escapes.
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
	t.see(side, "body", "", text)
}

// json looks at each value of a JSON text; at is its JSON pointer (RFC 6901).
func (t *tracer) json(side, place, at string, v any) {
	if t.more {
		return
	}
	switch x := v.(type) {
	case string:
		t.see(side, place, at, x)
	case json.Number:
		if x.String() == t.value {
			t.see(side, place, at, x.String())
		}
	case []any:
		for i, y := range x {
			t.json(side, place, at+"/"+strconv.Itoa(i), y)
		}
	case map[string]any:
		for _, k := range sortedKeys(x) {
			t.json(side, place, at+"/"+strings.ReplaceAll(strings.ReplaceAll(k, "~", "~0"), "/", "~1"), x[k])
		}
	}
}
