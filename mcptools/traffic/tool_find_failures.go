package traffic

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/flow/filter"
	"github.com/spectap/spectap/mcptools/apidoc"
	"github.com/spectap/spectap/mcptools/compare"
	"github.com/spectap/spectap/mcptools/search"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

// FailuresResult lists the failures of a capture.
type FailuresResult struct {
	tool.Untrusted
	Failures []Failure `json:"failures"`         // the most frequent first
	Failed   int64     `json:"failed"`           // flows that failed
	Others   []Failure `json:"others,omitempty"` // rarer kinds, without differences: use a larger limit for these
	More     int       `json:"more,omitempty"`   // rarer kinds that are left out, beside others
	Note     string    `json:"note,omitempty"`
	source.Progress
}

// Failure is a kind of failure: the flows of one operation with the same status and message.
type Failure struct {
	Operation   string           `json:"operation"`
	Status      string           `json:"status"`            // none: no response
	Message     string           `json:"message,omitempty"` // without ids, numbers and quoted values, if there are several flows
	Example     string           `json:"example,omitempty"` // the message of the first of several flows, if it says more
	Count       int64            `json:"count"`
	Flows       []uint64         `json:"flow_ids"`                 // the newest and the oldest one
	Success     uint64           `json:"success,omitempty"`        // the most similar successful flow of the operation; compare_flows shows all differences
	NoSuccess   bool             `json:"no_success,omitempty"`     // no flow of the operation succeeded, so there is nothing to compare with
	Same        bool             `json:"same_request,omitempty"`   // the successful flow has the same request, apart from headers that explain nothing
	Of          uint64           `json:"differences_of,omitempty"` // the failed flow that has the differences, if not all have them
	Differences []compare.Reason `json:"differences,omitempty"`    // what failed requests have and successful ones do not, the likeliest reason first
}

// Limits of find_failures.
const (
	someFailures  = 20
	maxFailures   = 200
	maxOthers     = 25  // kinds in brief
	sampled       = 5   // failures of a kind that are read
	candidates    = 8   // successes that are read for a kind
	maxEarlier    = 50  // earlier successes that are searched for the same value
	maxReasons    = 4   // of a kind
	maxCandidates = 300 // successes of an operation that are remembered
)

func (s *Tools) findFailures() tool.Tool {
	params := []tool.Param{
		source.DomainParam, tool.OperationParam,
		{Name: "status", Kind: tool.Statuses, Doc: "as in search_traffic. Default: >=400, none, errors of GraphQL and JSON-RPC"},
		filterParam,
		{Name: "limit", Kind: tool.Integer, Min: 1, Max: maxFailures, Default: someFailures, Doc: "maximum rows"},
	}
	return tool.New("find_failures", "Failures",
		"Lists failed requests by operation, status and message, and what differs from the nearest success.",
		params, s.failures)
}

// failureKey identifies a kind of failure.
type failureKey struct {
	operation *apidoc.Operation
	method    string // without an operation
	status    int
	message   string
}

// kind is a kind of failure with some of its flows, newest first.
type kind struct {
	failureKey
	count  int64
	newest []flow.Seq
	oldest flow.Seq
}

func (s *Tools) failures(ctx context.Context, a tool.Args) (FailuresResult, error) {
	hosts, err := s.Hosts(ctx, a.String("domain"))
	if err != nil {
		return FailuresResult{}, err
	}
	c, err := s.newCensus(ctx, a, hosts)
	if err != nil {
		return FailuresResult{}, err
	}
	out := FailuresResult{Untrusted: tool.Notice(), Failures: []Failure{}}
	if out.Progress, err = s.covered(ctx); err != nil {
		if c.learning != nil {
			err = c.learning
		}
		return FailuresResult{}, err
	}
	if err := c.run(ctx); err != nil {
		return FailuresResult{}, err
	}
	kinds := c.sorted()
	limit := a.Int("limit")
	shown := min(len(kinds), limit+maxOthers)
	out.Failed, out.More = c.failed, len(kinds)-shown
	end := time.Now().Add(s.TimeLeft(ctx))
	for i, k := range kinds[:shown] {
		row, err := s.failure(ctx, c, k, i < limit && time.Now().Before(end))
		switch {
		case err != nil:
			return FailuresResult{}, err
		case i < limit:
			out.Failures = append(out.Failures, row)
		default:
			out.Others = append(out.Others, row)
		}
	}
	switch {
	case c.learning != nil:
		out.Complete, out.Note = false, withoutOperations(c.learning)
	case c.late || time.Now().After(end):
		out.Complete = out.Complete && !c.late
		out.Note = "the time of the call was over: not all flows were counted or compared; call again, or select fewer flows"
	}
	if out.Note == "" && slices.ContainsFunc(out.Failures, func(f Failure) bool { return f.Same }) {
		out.Note = "same_request: the captured request is like that of the flow in success, so the reason may be what the " +
			"server had stored at the time, or credentials that the capture lacks"
	}
	return out, nil
}

// census collects the failures and the successes of operations.
type census struct {
	*Tools
	matcher   *apidoc.Matcher
	selected  map[*apidoc.Operation]bool // nil: all
	statuses  *tool.StatusSet            // nil: failures
	hosts     []string
	filter    *filter.Filter // or nil
	kinds     map[failureKey]*kind
	successes map[*apidoc.Operation][]flow.Seq // newest first
	failed    int64
	late      bool // the time was over
	// learning says why there is no matcher.
	learning *source.NotReady
}

func (s *Tools) newCensus(ctx context.Context, a tool.Args, hosts []string) (*census, error) {
	c := &census{
		Tools: s, statuses: a.Statuses("status"), hosts: hosts,
		kinds: map[failureKey]*kind{}, successes: map[*apidoc.Operation][]flow.Seq{},
	}
	var err error
	if c.filter, err = s.parseFilter(a); err != nil {
		return nil, err
	}
	if a.Has("operation") {
		if c.matcher, err = s.matcher(ctx, hosts); err == nil {
			c.selected, err = c.matcher.Select(a.String("operation"))
		}
		return c, err
	}
	c.matcher, c.learning, err = s.matcherSoon(ctx, hosts, 0.6)
	return c, err
}

// run adds the entries of the index.
func (c *census) run(ctx context.Context) error {
	end := time.Now().Add(c.TimeLeft(ctx))
	n := 0
	for e := range c.Index.Entries(&search.Filter{Hosts: c.hosts}) {
		if n++; n%4096 == 0 && time.Now().After(end) { // the newest ones come first
			c.late = true
			break
		}
		if !e.Done && e.Status == 0 {
			continue // its response may come yet
		}
		o := operationOf(c.matcher, e)
		if c.selected != nil && !c.selected[o] {
			continue
		}
		f := c.facts.of(e.Mark)
		isFailure := f.failed
		if c.statuses != nil {
			isFailure = c.statuses.Has(e.Status)
		}
		if !isFailure {
			if list := c.successes[o]; o != nil && !f.failed && len(list) < maxCandidates {
				c.successes[o] = append(list, e.Seq)
			}
			continue
		}
		if c.filter != nil {
			if time.Now().After(end) {
				c.late = true
				return ctx.Err()
			}
			original, err := c.Store.Get(ctx, e.Seq)
			if err != nil || !c.matches(&original) {
				continue
			}
		}
		c.add(e, o, f.message)
	}
	return ctx.Err()
}

// matches reports whether a flow fits the filter, as it is shown.
func (c *census) matches(original *flow.Flow) bool {
	f := c.Redact.Flow(*original)
	return matchesShown(c.filter, &f)
}

func (c *census) add(e *search.Entry, o *apidoc.Operation, message string) {
	c.failed++
	key := failureKey{o, "", e.Status, message}
	if o == nil {
		key.method = e.Method
	} else {
		key.message = nameValues(message, o.Template, e.Path)
	}
	k := c.kinds[key]
	if k == nil {
		k = &kind{failureKey: key}
		c.kinds[key] = k
	}
	if k.count++; len(k.newest) < sampled {
		k.newest = append(k.newest, e.Seq)
	}
	k.oldest = e.Seq
}

// sorted returns the kinds, the most frequent first.
func (c *census) sorted() []*kind {
	return slices.SortedFunc(maps.Values(c.kinds), func(x, y *kind) int {
		return cmp.Or(cmp.Compare(y.count, x.count), cmp.Compare(y.newest[0], x.newest[0]))
	})
}

// failure returns the row of a kind, with differences unless it is for an overview.
func (s *Tools) failure(ctx context.Context, c *census, k *kind, compares bool) (Failure, error) {
	name := view.Visible(k.method)
	if c.learning == nil {
		name = operationName(k.operation, name)
	}
	row := Failure{
		Operation: name, Status: statusName(k.status), Message: k.message,
		Count: k.count, Flows: []uint64{uint64(k.newest[0])},
	}
	if k.oldest != k.newest[0] {
		row.Flows = append(row.Flows, uint64(k.oldest))
	}
	if !compares && k.operation != nil {
		return row, nil
	}
	failed, err := s.read(ctx, k.newest)
	if err != nil || len(failed) == 0 {
		return row, err
	}
	switch text := shortMessage(failureMessage(failed[0])); {
	case text == k.message:
	case k.count == 1:
		row.Message = text
	default:
		row.Example = text
	}
	if k.operation == nil {
		row.Operation = unknownOperation(failed, c.learning == nil)
		return row, nil
	}
	row.NoSuccess = len(c.successes[k.operation]) == 0
	succeeded, err := s.read(ctx, nearest(c.successes[k.operation], k.newest[0]))
	if err != nil || len(succeeded) == 0 {
		return row, err
	}
	message := row.Message + " " + row.Example
	if saysExists(k.status, message) {
		list := c.successes[k.operation]
		at := max(0, slices.IndexFunc(list, func(x flow.Seq) bool { return x < k.newest[0] }))
		earlier, err := s.read(ctx, list[at:min(len(list), at+maxEarlier)])
		if err != nil {
			return row, err
		}
		if row.Differences = compare.Repeated(failed, earlier, message, maxReasons); len(row.Differences) > 0 {
			row.Success = row.Differences[0].Earlier
			return row, nil
		}
	}
	of := row.explain(failed, succeeded, k.status, message)
	row.Same = len(row.Differences) == 0
	namePathSegments(row.Differences, k.operation.Template, of.Request.Path)
	return row, nil
}

// explain sets the success and the differences of a row. It returns the failed flow that has them.
func (row *Failure) explain(failed, succeeded []*flow.Flow, status int, message string) *flow.Flow {
	// The values are those of the flows that the row names.
	compareWith := func(failed []*flow.Flow) {
		similar := mostSimilar(failed[0], succeeded)
		at := slices.Index(succeeded, similar)
		succeeded[0], succeeded[at] = succeeded[at], succeeded[0]
		row.Success = uint64(similar.Seq)
		row.Differences = compare.Explain(failed, succeeded, status, message, maxReasons)
	}
	if compareWith(failed); len(row.Differences) > 0 {
		return failed[0]
	}
	// The failures may have different reasons: those of each are shown.
	var all []compare.Reason
	for _, one := range failed {
		compareWith([]*flow.Flow{one})
		for _, r := range row.Differences {
			isKnown := func(x compare.Reason) bool { return x.Where == r.Where && x.Name == r.Name }
			if r.Strong && !slices.ContainsFunc(all, isKnown) {
				r.Flow = uint64(one.Seq)
				all = append(all, r)
			}
		}
	}
	if row.Differences = all; len(all) > 0 {
		row.Success = uint64(mostSimilar(failed[0], succeeded).Seq)
		return failed[0]
	}
	compareWith(failed[:1])
	if len(row.Differences) == 0 {
		row.Differences = compare.Explain(failed[:1], succeeded[:1], status, message, maxReasons)
	}
	row.ofOne(failed[0])
	return failed[0]
}

// ofOne says that the differences are those of one flow, if there are several.
func (row *Failure) ofOne(f *flow.Flow) {
	if row.Count > 1 && len(row.Differences) > 0 {
		row.Of = uint64(f.Seq)
	}
	for i := range row.Differences {
		row.Differences[i].Strong = false
	}
}

// exists matches what messages say of a value that may not be there twice.
var exists = regexp.MustCompile(`(?i)\b(already|duplicate[ds]?|unique|taken|in use)\b`)

// saysExists reports whether a failure is that something exists already.
func saysExists(status int, message string) bool {
	return status == 409 || status >= 400 && status < 500 && exists.MatchString(message)
}

// unknownOperation names an operation that is not in the document, if that is known, by the paths
// of redacted flows.
func unknownOperation(flows []*flow.Flow, isLearned bool) string {
	r := &flows[0].Request
	name := view.Visible(r.Method) + " " + view.Cut(view.Visible(call.PathOf(flows[0])), 200)
	if slices.ContainsFunc(flows, func(f *flow.Flow) bool { return f.Request.Path != r.Path }) {
		name += " and other paths"
	}
	if !isLearned {
		return name
	}
	return name + " " + notInDocument
}

// namePathSegments names the segments of a path by the parameters of its template. The path may
// have the prefix of a server before it.
func namePathSegments(list []compare.Reason, template, path string) {
	template, _, _ = strings.Cut(template, "#")
	names, prefix := strings.Split(template, "/"), strings.Count(path, "/")-strings.Count(template, "/")
	for i := range list {
		n, err := strconv.Atoi(list[i].Name)
		if at := n - prefix; list[i].Where == "path" && err == nil && at > 0 && at < len(names) {
			list[i].Name = view.Visible(names[at])
		}
	}
}

// read returns redacted flows. It leaves out those that were deleted since.
func (s *Tools) read(ctx context.Context, ids []flow.Seq) ([]*flow.Flow, error) {
	var out []*flow.Flow
	for _, id := range ids {
		f, err := s.Flow(ctx, id)
		if te := source.ToolError(err); err != nil && te.Code != tool.CodeFlowNotFound {
			return nil, err
		}
		if err == nil {
			out = append(out, &f)
		}
	}
	return out, nil
}

// nearest returns the flows with the numbers nearest to id.
func nearest(list []flow.Seq, id flow.Seq) []flow.Seq {
	distance := func(x flow.Seq) flow.Seq { return max(x, id) - min(x, id) }
	out := slices.Clone(list)
	slices.SortStableFunc(out, func(x, y flow.Seq) int { return cmp.Compare(distance(x), distance(y)) })
	return out[:min(len(out), candidates)]
}

// mostSimilar returns the flow whose request differs least, the nearest of several.
func mostSimilar(f *flow.Flow, list []*flow.Flow) *flow.Flow {
	return slices.MinFunc(list, func(x, y *flow.Flow) int {
		return cmp.Compare(len(compare.Requests(f, x).Differences), len(compare.Requests(f, y).Differences))
	})
}

// Continuation implements [tool.Partial].
func (r FailuresResult) Continuation(name string) string {
	var left []string
	if len(r.Others) > 0 {
		left = append(left, "others has "+view.Count(len(r.Others), "rarer kind")+" of failure, without differences")
	}
	if r.More > 0 {
		left = append(left, fmt.Sprintf("%d are left out", r.More))
	}
	rest := r.Progress.Continuation(name)
	if left == nil {
		return rest
	}
	text := fmt.Sprintf("%s: call %s again with limit %d, or with operation or status; search_traffic with group_by counts them.",
		strings.Join(left, "; "), name, min(len(r.Failures)+len(r.Others)+r.More, maxFailures))
	return strings.TrimSpace(rest + " " + text)
}
