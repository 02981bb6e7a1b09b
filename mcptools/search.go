package mcptools

import (
	"context"
	"iter"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/search"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

// SearchResult is a page of flows that were found.
type SearchResult struct {
	tool.Untrusted
	Flows []Hit `json:"flows" jsonschema_description:"newest first"`
	Progress
}

// Hit is a flow that was found, and where.
type Hit struct {
	view.FlowRow
	Where   string `json:"matched_in,omitempty" jsonschema_description:"url, request_headers, request_body, response_headers, response_body or messages"`
	Excerpt string `json:"excerpt,omitempty" jsonschema_description:"the text around the first match"`
}

func (s *service) searchTraffic() tool.Tool {
	params := []tool.Param{
		{Name: "query", Kind: tool.String, Doc: "text to find in URL, headers, bodies and messages of WebSockets, in any case of letters. Redacted values cannot be found, their placeholders can"},
		domainParam,
		{Name: "method", Kind: tool.String, MaxLength: 40, Doc: "only this HTTP method"},
		{Name: "limit", Kind: tool.Integer, Min: 1, Max: 500, Default: 50, Doc: "how many flows at most"},
		cursorParam,
		{Name: "status", Kind: tool.String, MaxLength: 40, Doc: "only answers of this status: 404, 4xx, 400-499, or none for flows without an answer"},
		{Name: "content_type", Kind: tool.String, MaxLength: 255, Doc: "only answers whose media type has this text in it, such as json"},
		{Name: "regex", Kind: tool.Boolean, Default: false, Doc: "query is a regular expression (RE2), case-sensitive unless it says (?i)"},
		{Name: "since", Kind: tool.String, MaxLength: 40, Doc: "only flows that started at this time (RFC 3339) or later"},
		{Name: "before", Kind: tool.String, MaxLength: 40, Doc: "only flows that started before this time (RFC 3339)"},
		maxMSParam,
	}
	return tool.New("search_traffic", "Search flows",
		"Finds captured flows by text and by method, status, type and time, newest first. It searches what the other tools show: secrets are redacted before.",
		params, s.search)
}

func (s *service) search(ctx context.Context, a tool.Args) (SearchResult, error) {
	w, err := newWanted(a)
	if err != nil {
		return SearchResult{}, err
	}
	hosts, err := s.hosts(ctx, a.String("domain"))
	if err != nil {
		return SearchResult{}, err
	}
	key := append([]string{"search"}, w.parts...)
	from, err := tool.ReadCursor(a.String("cursor"), key...)
	if err != nil {
		return SearchResult{}, err
	}
	wait, err := s.wait(ctx, a)
	if err != nil {
		return SearchResult{}, err
	}
	p, err := s.searches.Page(ctx, s.life, search.Request[Hit]{
		Key: key, From: from, Limit: a.Int("limit"), Wait: wait, Search: s.searching(w, hosts),
	})
	if err != nil {
		return SearchResult{}, err
	}
	out := SearchResult{Untrusted: tool.Notice(), Flows: append([]Hit{}, p.Items...)}
	out.Progress, err = progress(ctx, s, p, key, true, a.Int("limit"))
	return out, err
}

// searching searches flows, newest first.
func (s *service) searching(w *wanted, hosts []string) search.Func[Hit] {
	filter := &search.Filter{Hosts: hosts, Match: w.filters, Query: w.needs()}
	return func(ctx context.Context, from flow.Seq) iter.Seq2[search.Step[Hit], error] {
		return func(yield func(search.Step[Hit], error) bool) {
			for v, err := range s.index.Descending(ctx, filter, from) {
				step := search.Step[Hit]{Next: v.Next, Examined: v.Examined}
				if err == nil && v.Flow != nil {
					f := s.Redact.Flow(*v.Flow)
					if h, ok := w.match(&f); ok {
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

// wanted is what a search looks for.
type wanted struct {
	parts         []string // the arguments, to bind cursors to
	find          *regexp.Regexp
	literal       string // what find looks for, when that is no expression
	method        string
	contentType   string
	least, most   int // of the status; 0, 0: any
	unanswered    bool
	since, before time.Time
}

// needs are the grams that a flow must have to be found.
func (w *wanted) needs() *search.Query {
	switch {
	case w.find == nil:
		return nil
	case w.literal != "":
		return search.ForText(w.literal)
	}
	return search.ForRegexp(w.find.String())
}

func newWanted(a tool.Args) (*wanted, error) {
	w := &wanted{method: strings.ToUpper(a.String("method")), contentType: strings.ToLower(a.String("content_type"))}
	for _, name := range []string{"query", "domain", "method", "status", "content_type", "since", "before"} {
		w.parts = append(w.parts, a.String(name))
	}
	w.parts = append(w.parts, strconv.FormatBool(a.Bool("regex")))
	var err error
	if q := a.String("query"); q != "" {
		if !a.Bool("regex") {
			w.literal = q
			q = "(?i)" + regexp.QuoteMeta(q)
		}
		if w.find, err = regexp.Compile(q); err != nil {
			return nil, tool.BadArgument("query", "is not a regular expression: %s", regexpError(err))
		}
	}
	if w.least, w.most, w.unanswered, err = parseStatus(a.String("status")); err != nil {
		return nil, err
	}
	if w.since, err = parseTime(a, "since"); err != nil {
		return nil, err
	}
	w.before, err = parseTime(a, "before")
	return w, err
}

// regexpError is the fault without the word "error" before it.
func regexpError(err error) string {
	return strings.TrimPrefix(err.Error(), "error parsing regexp: ")
}

func parseTime(a tool.Args, name string) (time.Time, error) {
	if a.String(name) == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, a.String(name))
	if err != nil {
		return t, tool.BadArgument(name, "must be a time such as 2026-03-02T09:00:00Z")
	}
	return t, nil
}

// parseStatus reads 404, 4xx, 400-499 or none.
func parseStatus(s string) (least, most int, unanswered bool, err error) {
	s = strings.ToLower(strings.TrimSpace(s))
	bad := tool.BadArgument("status", "must be such as 404, 4xx, 400-499 or none")
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
	least, err1 := strconv.Atoi(from)
	most, err2 := strconv.Atoi(to)
	if err1 != nil || err2 != nil || least < 100 || most > 999 || least > most {
		return 0, 0, false, bad
	}
	return least, most, false, nil
}

// filters checks what is no secret and needs no redaction.
func (w *wanted) filters(e *search.Entry) bool {
	switch {
	case w.method != "" && !strings.EqualFold(w.method, e.Method),
		w.unanswered && e.Status != 0,
		w.most != 0 && (e.Status < w.least || e.Status > w.most),
		w.contentType != "" && !strings.Contains(e.MediaType, w.contentType),
		!w.since.IsZero() && e.Started.Before(w.since),
		!w.before.IsZero() && !e.Started.Before(w.before):
		return false
	}
	return true
}

// match looks for the text in a redacted flow, as the other tools show it.
func (w *wanted) match(f *flow.Flow) (Hit, bool) {
	h := Hit{FlowRow: view.Row(f)}
	if w.find == nil {
		return h, true
	}
	for _, p := range view.Texts(f) {
		if at := w.find.FindStringIndex(p.Text); at != nil {
			h.Where, h.Excerpt = p.Name, view.Excerpt(p.Text, at)
			return h, true
		}
	}
	return Hit{}, false
}
