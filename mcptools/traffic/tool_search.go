package traffic

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/filter"
	"github.com/spectap/spectap/mcptools/apidoc"
	"github.com/spectap/spectap/mcptools/search"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

// SearchResult is a page of found flows.
type SearchResult struct {
	tool.Untrusted
	Flows  []Hit   `json:"flows"`           // newest first, or in the order of sort
	Groups []Group `json:"groups,omitzero"` // with group_by: the largest first
	More   int     `json:"more,omitempty"`  // smaller groups, or further flows in the order of sort, that are left out: use a larger limit
	Note   string  `json:"note,omitempty"`
	source.Progress
}

// Hit is a found flow.
type Hit struct {
	view.FlowRow
	Where   string `json:"matched_in,omitempty"` // url, request_headers, request_body, response_headers, response_body or messages
	Excerpt string `json:"excerpt,omitempty"`    // the text around the first match

	entry *search.Entry
}

func (s *Tools) searchTraffic() tool.Tool {
	params := []tool.Param{
		{Name: "query", Kind: tool.String,
			Doc: "text in URL, headers, bodies or messages; placeholders, not secrets"},
		source.DomainParam,
		{Name: "method", Kind: tool.String, MaxLength: 40, Doc: "HTTP method"},
		{Name: "limit", Kind: tool.Integer, Min: 1, Max: 500, Default: 50, Doc: "maximum rows"},
		tool.CursorParam,
		tool.OperationParam,
		{Name: "status", Kind: tool.Statuses, Doc: "404, 4xx, 400-499, >=400, none (no response), or a list"},
		{Name: "group_by", Kind: tool.String, Enum: groupings,
			Doc: "count the flows by this, do not list them"},
		{Name: "sort", Kind: tool.String, Enum: []string{byNewest, bySlowest, byLargest}, Doc: "the order, of groups too"},
		filterParam,
		{Name: "content_type", Kind: tool.String, MaxLength: 255,
			Doc: "text in the response's type"},
		{Name: "regex", Kind: tool.Boolean, Default: false,
			Doc: "query is a regexp (RE2)"},
		{Name: "since", Kind: tool.String, MaxLength: 40,
			Doc: "started then or later: 2026-03-02, 2026-03-02T09:00:00Z, -2h"},
		{Name: "before", Kind: tool.String, MaxLength: 40, Doc: "started before this time"},
	}
	return tool.New("search_traffic", "Search flows",
		"Finds flows, newest first, or counts and times them by group.",
		params, s.search)
}

func (s *Tools) search(ctx context.Context, a tool.Args) (SearchResult, error) {
	query, err := s.newSearchQuery(a)
	if err != nil {
		return SearchResult{}, err
	}
	hosts, err := s.Hosts(ctx, a.String("domain"))
	if err != nil {
		return SearchResult{}, err
	}
	if a.Has("operation") || a.String("group_by") == byOperation {
		query.matcher, err = s.matcher(ctx, hosts)
	} else if !a.Has("group_by") {
		_, query.matcher = s.documentSoon(ctx, hosts)
	}
	if err != nil {
		return SearchResult{}, err
	}
	if a.Has("operation") {
		if query.operations, err = query.matcher.Select(a.String("operation")); err != nil {
			return SearchResult{}, err
		}
	}
	switch {
	case a.Has("group_by"):
		return s.searchGroups(ctx, a, query, hosts)
	case a.Has("sort") && a.String("sort") != byNewest:
		return s.searchSorted(ctx, a, query, hosts)
	}
	key := append([]string{"search"}, query.key...)
	from, err := tool.ReadCursor(a.String("cursor"), key...)
	if err != nil {
		return SearchResult{}, err
	}
	p, err := source.Page(ctx, s.Source, search.Request[Hit]{
		From: from, Limit: a.Int("limit"), Search: s.searching(query, hosts),
	})
	if err != nil {
		return SearchResult{}, err
	}
	out := SearchResult{Untrusted: tool.Notice(), Flows: append([]Hit{}, p.Items...)}
	if len(out.Flows) == 0 {
		out.Note = query.noteOnNothing()
	}
	out.Note = cmp.Or(out.Note, s.noteOnSecrets(query, len(out.Flows) > 0))
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
				if err == nil && v.Flow != nil && !q.excludes(v.Flow) {
					f := s.Redact.Flow(*v.Flow)
					if h, ok := q.match(&f); ok {
						h.entry, h.FlowRow = v.Entry, s.listed(source.RowOf(&f, v.Flow), q.matcher, v.Entry)
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
	key           []string       // the arguments, which the cursor is bound to
	pattern       *regexp.Regexp // nil: any
	filter        *filter.Filter // or nil
	filterText    string         // as it was given
	literal       string         // the text that pattern matches, unless it is an expression
	method        string
	contentType   string
	status        *tool.StatusSet // nil: any
	matcher       *apidoc.Matcher
	operations    map[*apidoc.Operation]bool // nil: any
	since, before time.Time
}

// trigrams returns the query for the index.
func (q *searchQuery) trigrams() *search.Query {
	out := search.ForFilter(q.filter)
	switch {
	case q.pattern == nil:
		return out
	case q.literal != "":
		return search.And(out, search.ForText(q.literal))
	}
	return search.And(out, search.ForRegexp(q.pattern.String()))
}

// newSearchQuery checks the arguments of a search.
func (s *Tools) newSearchQuery(a tool.Args) (*searchQuery, error) {
	q := &searchQuery{
		method: strings.ToUpper(a.String("method")), contentType: strings.ToLower(a.String("content_type")),
	}
	for _, name := range []string{"query", "domain", "method", "operation", "content_type", "since", "before", "filter"} {
		q.key = append(q.key, a.String(name))
	}
	q.key = append(q.key, strconv.FormatBool(a.Bool("regex")))
	if q.status = a.Statuses("status"); q.status != nil {
		q.key = append(q.key, q.status.Text)
	}
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
	if q.filter, err = s.parseFilter(a); err != nil {
		return nil, err
	}
	q.filterText = a.String("filter")
	if q.since, err = parseTime(a, "since"); err != nil {
		return nil, err
	}
	q.before, err = parseTime(a, "before")
	return q, err
}

// parseTime reads a time or a date, which is in UTC, as the times in results are; "" is the zero
// time.
func parseTime(a tool.Args, name string) (time.Time, error) {
	if a.String(name) == "" {
		return time.Time{}, nil
	}
	t, _, err := filter.Instant(a.String(name), time.Now().UTC())
	if err != nil {
		return t, tool.BadArgument(name, "must be a time or date such as 2026-03-02T09:00:00Z, 2026-03-02, yesterday or -2h")
	}
	return t, nil
}

// matchesEntry tests the properties that are never secret.
func (q *searchQuery) matchesEntry(e *search.Entry) bool {
	return q.matchesBrief(e) && (q.operations == nil || q.operations[operationOf(q.matcher, e)])
}

// matchesBrief tests those that need no path.
func (q *searchQuery) matchesBrief(e *search.Entry) bool {
	switch {
	case q.method != "" && !strings.EqualFold(q.method, e.Method),
		q.status != nil && !q.status.Has(e.Status),
		q.contentType != "" && !strings.Contains(e.MediaType, q.contentType),
		!q.since.IsZero() && e.Started.Before(q.since),
		!q.before.IsZero() && !e.Started.Before(q.before):
		return false
	}
	return true
}

// excludes reports whether a flow cannot match the filter, by its parts that are never secret.
func (q *searchQuery) excludes(f *flow.Flow) bool {
	return q.filter != nil && q.filter.Judge(f, filter.View{Redacted: true}) == filter.No
}

// noteOnNothing explains why nothing was found, if the text of the query reads like a filter, or a
// word of the filter like a condition of other languages.
func (q *searchQuery) noteOnNothing() string {
	for _, word := range strings.Fields(q.filterText) {
		if name, value, ok := strings.Cut(word, "="); ok && slices.Contains(filter.FieldNames(), strings.ToLower(name)) {
			return fmt.Sprintf("in filter, %s is text to find in the URL; as a condition it is %s:%s",
				view.Visible(word), name, view.Visible(strings.TrimPrefix(value, "=")))
		}
	}
	name, _, ok := strings.Cut(q.literal, ":")
	if !ok || !slices.Contains(filter.FieldNames(), strings.ToLower(name)) {
		return ""
	}
	if _, err := filter.Parse(q.literal, time.Now()); err != nil {
		return ""
	}
	return "query is plain text; as a condition, it belongs into the argument filter"
}

// noteOnSecrets says that a text may be there although it is not found. It depends on the query and
// on what was found: a note that knew the flows could be asked whether a guess is right.
func (s *Tools) noteOnSecrets(q *searchQuery, found bool) string {
	switch text := q.literal + " " + q.filterText; {
	case q.pattern == nil && (q.filter == nil || !q.filter.NeedsBodies()):
		return ""
	case s.Redact.Text(text) != text:
		return "the query has the form of a secret: captured secrets are searched as placeholders, so flows that have it are not found; " +
			"copy its placeholder from inspect_flows, or list the flows that a client sent credentials in with detect_auth_pattern"
	case found:
		return ""
	}
	return "secrets are searched as placeholders, so flows that have the text inside a secret only are not found"
}

// matchesShown reports whether a filter selects a redacted flow by what the tools show of it.
func matchesShown(where *filter.Filter, f *flow.Flow) bool {
	if !where.NeedsBodies() {
		return where.MatchTexts(f, "", "")
	}
	request, response := view.SideTexts(f)
	return where.MatchTexts(f, request, response)
}

// match searches a redacted flow for the text. The hit has no row yet.
func (q *searchQuery) match(f *flow.Flow) (Hit, bool) {
	if !matchesShown(q.filter, f) {
		return Hit{}, false
	}
	var h Hit
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
