package traffic

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcptools/search"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

// ValueResult lists the occurrences of a value.
type ValueResult struct {
	tool.Untrusted
	Occurrences []occurrence `json:"occurrences"`                 // oldest first: the value came from the first one in a response
	Origin      *occurrence  `json:"origin,omitempty"`            // the response that brought the value first, unless a request had it before
	FromClient  *occurrence  `json:"client_sent_first,omitempty"` // the request that had the value before any response: responses repeat it
	Source      string       `json:"source,omitempty"`            // where the value came from, in words; on the first page
	Capped      []uint64     `json:"capped_flows,omitempty"`      // flows with more occurrences than are listed: extract_from_flow and inspect_flows show all of a flow
	source.Progress

	nowhere bool // the first page was the complete search, and is empty
}

// Continuation implements [tool.Partial].
func (r ValueResult) Continuation(name string) string {
	if r.nowhere {
		return "No captured flow has this value. search_traffic with query finds parts of a text; " +
			"a secret is found by its placeholder, as inspect_flows shows it."
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
		params, s.trace)
}

func (s *Tools) trace(ctx context.Context, a tool.Args) (ValueResult, error) {
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
	out := ValueResult{Untrusted: tool.Notice(), Occurrences: append([]occurrence{}, p.Items...)}
	// A store has flows in the order in which they ended, and an import in that of its file.
	slices.SortStableFunc(out.Occurrences, func(a, b occurrence) int { return a.At.Compare(b.At) })
	for _, o := range out.Occurrences {
		if o.Capped {
			out.Capped = append(out.Capped, o.FlowID)
		}
	}
	if a.String("cursor") == "" {
		out.setOrigin()
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
) (search.Page[occurrence], []string, error) {
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
		return search.Page[occurrence]{}, nil, err
	}
	request := search.Request[occurrence]{From: after, Limit: a.Int("limit"), Search: s.tracing(value, hosts, true)}
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

// setOrigin sets the source of the value: the server of the first response that has it, unless a
// request had it before.
func (r *ValueResult) setOrigin() {
	if len(r.Occurrences) == 0 {
		return
	}
	first := &r.Occurrences[0]
	for i := range r.Occurrences { // the complete text of a member is a better example than a part of a URL
		if o := &r.Occurrences[i]; o.Whole && o.FlowID == first.FlowID && o.Side == first.Side {
			first = o
			break
		}
	}
	place := strings.TrimSpace(first.Location + " " + first.Name)
	if !first.Exact {
		place += ", within a longer word"
	}
	if first.Side == "response" {
		r.Origin = first
		r.Source = fmt.Sprintf("the server: flow %d is the first with the value, in its response (%s)", first.FlowID, place)
		return
	}
	r.FromClient = first
	r.Source = fmt.Sprintf("the client: it sent the value in flow %d (%s), before any captured response had it", first.FlowID, place)
}

// tracing searches flows, oldest first; alone: for the value as a word of its own.
func (s *Tools) tracing(value string, hosts []string, alone bool) search.Func[occurrence] {
	filter := &search.Filter{Hosts: hosts, Query: search.ForWords(value)}
	return func(ctx context.Context, after flow.Seq) iter.Seq2[search.Step[occurrence], error] {
		return func(yield func(search.Step[occurrence], error) bool) {
			for v, err := range s.Index.Ascending(ctx, filter, after) {
				step := search.Step[occurrence]{Next: v.Next, Examined: v.Examined}
				if err == nil && v.Flow != nil {
					shown := s.Redact.Flow(*v.Flow)
					step.Items = findOccurrences(value, &shown, alone)
				}
				if !yield(step, err) || err != nil {
					return
				}
			}
		}
	}
}

// A value is traced in all parts of a flow: path, query, headers, cookies, bodies and messages.

// occurrence is one occurrence of a value.
type occurrence struct {
	FlowID    uint64 `json:"flow_id"`
	Method    string `json:"method"`
	URL       string `json:"url"`
	Side      string `json:"side"`  // request or response
	Location  string `json:"place"` // path, query, header, cookie, body or message
	Name      string `json:"name"`  // segment number, parameter, header, field, or JSON Pointer in the body; for a message its number and the pointer
	Whole     bool   `json:"whole"` // the value is the whole text, not a substring
	Timestamp string `json:"timestamp"`

	// At is when the value passed: a response has it when it ends.
	At time.Time `json:"-"`
	// Exact means that the value is a word of its text: no letter, digit, _ or - is next to it.
	Exact bool `json:"-"`
	// Capped means that this is the last listed occurrence of its flow, which has more.
	Capped bool `json:"-"`
}

// findOccurrences returns the occurrences of a value in a redacted flow; with alone, only exact
// ones.
func findOccurrences(value string, f *flow.Flow, alone bool) []occurrence {
	t := tracer{value: value, alone: alone, row: view.Row(f), began: f.Started, ended: f.Started.Add(f.Took)}
	t.flow(f)
	if t.more {
		t.found[len(t.found)-1].Capped = true
	}
	return t.found
}

// maxOccurrences limits the occurrences in one flow: a value such as "a" is everywhere.
const maxOccurrences = 20

// tracer finds a value in one redacted flow.
type tracer struct {
	value string
	alone bool // only as a word of its own
	row   view.FlowRow
	began time.Time
	ended time.Time
	found []occurrence
	more  bool // there are more than Max
}

// text searches one text.
func (t *tracer) text(side, location, name, text string) {
	if t.more || !strings.Contains(text, t.value) {
		return
	}
	exact := standsAlone(text, t.value)
	if t.alone && !exact {
		return
	}
	if len(t.found) == maxOccurrences {
		t.more = true
		return
	}
	at := t.began
	if side == "response" {
		at = t.ended
	}
	t.found = append(t.found, occurrence{
		At:     at,
		FlowID: t.row.FlowID, Method: t.row.Method, URL: t.row.URL, Timestamp: t.row.Timestamp,
		Side: side, Location: location, Name: view.Visible(name), Whole: text == t.value,
		Exact: exact,
	})
}

// standsAlone reports whether a text has a value somewhere as a word of its own.
func standsAlone(text, value string) bool {
	isWord := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '-' }
	for from := 0; ; {
		i := strings.Index(text[from:], value)
		if i < 0 {
			return false
		}
		i += from
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, _ := utf8.DecodeRuneInString(text[i+len(value):])
		if !isWord(before) && !isWord(after) {
			return true
		}
		from = i + 1
	}
}

// flow searches a redacted flow.
func (t *tracer) flow(f *flow.Flow) {
	for i, seg := range strings.Split(strings.TrimPrefix(f.Request.Path, "/"), "/") {
		t.text("request", "path", strconv.Itoa(i+1), decode.Unescape(strings.ReplaceAll(seg, "+", "%2B")))
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
		if v, err := view.ReadJSON(text); err == nil {
			t.json(side, "message", strconv.Itoa(i+1), v)
		} else {
			t.text(side, "message", strconv.Itoa(i+1), text)
		}
	}
}

// pairs searches the values of a query or form.
func (t *tracer) pairs(side, location, text string) {
	for p := range decode.Pairs(text) {
		t.text(side, location, p.Name, p.Value)
	}
}

// message searches the header and the body of a request or response.
func (t *tracer) message(side string, h flow.Header, b flow.Body) {
	for _, line := range h {
		if strings.EqualFold(line.Name, "Content-Length") {
			continue // a number unrelated to other values
		}
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
	text, _, _, ok := view.ReadableText(h, b)
	// A value in JSON may contain escapes.
	if !ok || !decode.IsJSON(decode.Kind(h.MediaType(), b.Data)) && !strings.Contains(text, t.value) && !decode.IsForm(decode.Kind(h.MediaType(), b.Data)) {
		return
	}
	if decode.IsForm(decode.Kind(h.MediaType(), b.Data)) {
		t.pairs(side, "body", text)
		return
	}
	if decode.IsJSON(decode.Kind(h.MediaType(), b.Data)) {
		if v, err := view.ReadJSON(text); err == nil {
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
			t.json(side, location, pointer+jsonvalue.Pointer(k), x[k])
		}
	}
}
