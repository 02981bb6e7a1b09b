package traffic

import (
	"context"
	"iter"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/search"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

// SearchResult is a page of found flows.
type SearchResult struct {
	tool.Untrusted
	Flows []Hit `json:"flows" jsonschema_description:"newest first"`
	source.Progress
}

// Hit is a found flow.
type Hit struct {
	view.FlowRow
	Where   string `json:"matched_in,omitempty" jsonschema_description:"url, request_headers, request_body, response_headers, response_body or messages"`
	Excerpt string `json:"excerpt,omitempty" jsonschema_description:"the text around the first match"`
}

func (s *Tools) searchTraffic() tool.Tool {
	params := []tool.Param{
		{Name: "query", Kind: tool.String,
			Doc: "text in URL, headers, bodies or messages, in any case; placeholders, not redacted values"},
		source.DomainParam,
		{Name: "method", Kind: tool.String, MaxLength: 40, Doc: "only this HTTP method"},
		{Name: "limit", Kind: tool.Integer, Min: 1, Max: 500, Default: 50, Doc: "maximum number of flows"},
		tool.CursorParam,
		{Name: "status", Kind: tool.String, MaxLength: 40,
			Doc: "404, 4xx, 400-499, or none: no response"},
		{Name: "content_type", Kind: tool.String, MaxLength: 255,
			Doc: "text in the media type of the response, such as json"},
		{Name: "regex", Kind: tool.Boolean, Default: false,
			Doc: "query is a regular expression (RE2)"},
		{Name: "since", Kind: tool.String, MaxLength: 40,
			Doc: "started at this time (RFC 3339) or later"},
		{Name: "before", Kind: tool.String, MaxLength: 40, Doc: "started before this time"},
	}
	return tool.New("search_traffic", "Search flows",
		"Finds captured flows by text, method, status, type and time, newest first. "+
			"It searches the redacted flows that other tools show.",
		params, s.search)
}

func (s *Tools) search(ctx context.Context, a tool.Args) (SearchResult, error) {
	query, err := newSearchQuery(a)
	if err != nil {
		return SearchResult{}, err
	}
	hosts, err := s.Hosts(ctx, a.String("domain"))
	if err != nil {
		return SearchResult{}, err
	}
	key := append([]string{"search"}, query.key...)
	from, err := tool.ReadCursor(a.String("cursor"), key...)
	if err != nil {
		return SearchResult{}, err
	}
	p, err := source.Page(ctx, s.Source, &s.searches, search.Request[Hit]{
		Key: key, From: from, Limit: a.Int("limit"), Search: s.searching(query, hosts),
	})
	if err != nil {
		return SearchResult{}, err
	}
	out := SearchResult{Untrusted: tool.Notice(), Flows: append([]Hit{}, p.Items...)}
	out.Progress, err = source.ProgressOf(ctx, s.Source, p, key, true, a.Int("limit"))
	return out, err
}

// searching searches flows, newest first.
func (s *Tools) searching(q *searchQuery, hosts []string) search.Func[Hit] {
	filter := &search.Filter{Hosts: hosts, Match: q.matchesEntry, Query: q.trigrams()}
	return func(ctx context.Context, from flow.Seq) iter.Seq2[search.Step[Hit], error] {
		return func(yield func(search.Step[Hit], error) bool) {
			for v, err := range s.Index.Descending(ctx, filter, from) {
				step := search.Step[Hit]{Next: v.Next, Examined: v.Examined}
				if err == nil && v.Flow != nil {
					f := s.Redact.Flow(*v.Flow)
					if h, ok := q.match(&f); ok {
						step.Items = []Hit{h}
					}
				}
				if !yield(step, err) || err != nil {
					return
				}
			}
		}
	}
}

// searchQuery holds the arguments of a search.
type searchQuery struct {
	key           []string // the arguments, which the cursor is bound to
	pattern       *regexp.Regexp
	literal       string // the text that pattern matches, unless it is an expression
	method        string
	contentType   string
	minStatus     int // 0: any status
	maxStatus     int
	noResponse    bool
	since, before time.Time
}

// trigrams returns the query for the index.
func (q *searchQuery) trigrams() *search.Query {
	switch {
	case q.pattern == nil:
		return nil
	case q.literal != "":
		return search.ForText(q.literal)
	}
	return search.ForRegexp(q.pattern.String())
}

// newSearchQuery checks the arguments of a search.
func newSearchQuery(a tool.Args) (*searchQuery, error) {
	q := &searchQuery{
		method: strings.ToUpper(a.String("method")), contentType: strings.ToLower(a.String("content_type")),
	}
	for _, name := range []string{"query", "domain", "method", "status", "content_type", "since", "before"} {
		q.key = append(q.key, a.String(name))
	}
	q.key = append(q.key, strconv.FormatBool(a.Bool("regex")))
	var err error
	if expression := a.String("query"); expression != "" {
		if !a.Bool("regex") {
			q.literal = expression
			expression = "(?i)" + regexp.QuoteMeta(expression)
		}
		if q.pattern, err = tool.CompileRegexp("query", expression); err != nil {
			return nil, err
		}
	}
	if q.minStatus, q.maxStatus, q.noResponse, err = parseStatus(a.String("status")); err != nil {
		return nil, err
	}
	if q.since, err = parseTime(a, "since"); err != nil {
		return nil, err
	}
	q.before, err = parseTime(a, "before")
	return q, err
}

// parseTime reads a time in RFC 3339; "" is the zero time.
func parseTime(a tool.Args, name string) (time.Time, error) {
	if a.String(name) == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, a.String(name))
	if err != nil {
		return t, tool.BadArgument(name, "must be an RFC 3339 time such as 2026-03-02T09:00:00Z")
	}
	return t, nil
}

// parseStatus reads 404, 4xx, 400-499 or none. For "" it returns zero values.
func parseStatus(s string) (lowest, highest int, noResponse bool, err error) {
	s = strings.ToLower(strings.TrimSpace(s))
	bad := tool.BadArgument("status", "must be a status such as 404, 4xx, 400-499 or none")
	switch {
	case s == "":
		return 0, 0, false, nil
	case s == "none":
		return 0, 0, true, nil
	case len(s) == 3 && strings.HasSuffix(s, "xx") && s[0] >= '1' && s[0] <= '9':
		n := int(s[0]-'0') * 100
		return n, n + 99, false, nil
	}
	from, to, isRange := strings.Cut(s, "-")
	if !isRange {
		to = from
	}
	lowest, err1 := strconv.Atoi(from)
	highest, err2 := strconv.Atoi(to)
	if err1 != nil || err2 != nil || lowest < 100 || highest > 999 || lowest > highest {
		return 0, 0, false, bad
	}
	return lowest, highest, false, nil
}

// matchesEntry tests the properties that are never secret.
func (q *searchQuery) matchesEntry(e *search.Entry) bool {
	switch {
	case q.method != "" && !strings.EqualFold(q.method, e.Method),
		q.noResponse && e.Status != 0,
		q.maxStatus != 0 && (e.Status < q.minStatus || e.Status > q.maxStatus),
		q.contentType != "" && !strings.Contains(e.MediaType, q.contentType),
		!q.since.IsZero() && e.Started.Before(q.since),
		!q.before.IsZero() && !e.Started.Before(q.before):
		return false
	}
	return true
}

// match searches a redacted flow for the text.
func (q *searchQuery) match(f *flow.Flow) (Hit, bool) {
	h := Hit{FlowRow: view.Row(f)}
	if q.pattern == nil {
		return h, true
	}
	for _, t := range view.Texts(f) {
		if at := q.pattern.FindStringIndex(t.Text); at != nil {
			h.Where, h.Excerpt = t.Name, view.Excerpt(t.Text, at)
			return h, true
		}
	}
	return Hit{}, false
}
