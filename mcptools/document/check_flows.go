package document

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/placeholder"
	"github.com/spectap/spectap/mcptools/search"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/openapi/check"
)

// CheckResult lists the rules of a document that flows violate.
type CheckResult struct {
	tool.Untrusted
	Checked    int        `json:"checked"`             // flows that have an operation in the document
	Broken     int        `json:"broken"`              // how many of them violate a rule
	Unchecked  int        `json:"unjudged"`            // values that were not checked, because they are redacted
	TooMuch    int        `json:"too_much,omitempty"`  // flows that were not checked in full: their values and schemas exceed the budget of one check
	Outside    int        `json:"outside"`             // flows without an operation in the document
	Kinds      int        `json:"kinds"`               // how many mismatches there are that differ in more than the flow
	Rules      []Rule     `json:"rules"`               // how many of these each rule has
	Mismatches []Mismatch `json:"mismatches"`          // the most frequent ones
	Truncated  bool       `json:"truncated,omitempty"` // there are more: fix these first, or use a larger limit
	source.Progress

	full bool // as many flows were checked as the call wanted
}

// Rule counts the kinds of mismatches of one rule.
type Rule struct {
	Rule  string `json:"rule"`
	Kinds int    `json:"kinds"`
}

// Continuation implements [tool.Partial].
func (r CheckResult) Continuation(name string) string {
	text := r.Progress.Continuation(name)
	if r.Truncated && r.Kinds > len(r.Mismatches) {
		text = strings.TrimSpace(fmt.Sprintf("These are the %d most frequent of %d mismatches; limit %d lists all. %s",
			len(r.Mismatches), r.Kinds, r.Kinds, text))
	}
	return text
}

// Mismatch is a rule of a document and the flows that violate it.
type Mismatch struct {
	Spec    string   `json:"spec,omitempty"` // the document, if all were asked for
	Method  string   `json:"method"`
	Path    string   `json:"path"`
	Rule    string   `json:"rule"`
	Where   string   `json:"where"`
	Message string   `json:"message"`
	Count   int      `json:"count"`
	Flows   []uint64 `json:"flow_ids"` // some of them
}

// specParam is the parameter for a document. Its description lists the names.
func (s *Tools) specParam() tool.Param {
	doc := "the text of an OpenAPI document, JSON or YAML"
	if s.specs.Files != nil {
		doc += "; or a file below the folder of --files"
	}
	if names := s.specs.Names(); len(names) > 0 {
		doc += "; or one of " + strings.Join(names, ", ")
	}
	if len(s.specs.Named) > 1 {
		doc += "; * for all, with violations"
	}
	isOnly := len(s.specs.Named) == 1
	if isOnly {
		doc += " (default)"
	}
	return tool.Param{Name: "spec", Kind: tool.String, MaxLength: 8 << 20, Required: !isOnly, Doc: doc}
}

// Limits of the kinds of mismatches in one result.
const (
	maxMismatches = 1000
	maxFlows      = 3      // of each kind
	mostFlows     = 10_000 // that one call checks
)

func (s *Tools) check(ctx context.Context, a tool.Args) (CheckResult, error) {
	hosts, err := s.Hosts(ctx, a.String("domain"))
	if err != nil {
		return CheckResult{}, err
	}
	r := checkRequest{
		name: "check", hosts: hosts, domain: a.String("domain"), anyHost: a.Bool("any_host"),
		flows: cmp.Or(a.Int("newest_flows"), mostFlows), cursor: a.String("cursor"),
	}
	var out CheckResult
	if a.String("spec") == allSpecs && len(s.specs.Named) > 0 {
		out, err = s.checkAll(ctx, r)
	} else if r.given, err = s.given(a); err == nil {
		out, err = s.checkWith(ctx, r)
	}
	if len(out.Mismatches) > a.Int("limit") {
		out.Mismatches, out.Truncated = out.Mismatches[:a.Int("limit")], true
	}
	return out, err
}

// checkRequest selects flows and the document to check them against.
type checkRequest struct {
	name    string // of the tool, for the cursor
	given   given
	hosts   []string
	domain  string
	anyHost bool
	flows   int // of the newest ones
	cursor  string
	resume  bool // continue the check before, if its time was up
	patient bool // wait for the document as long as it takes
}

// checkWith checks flows within the time of the call.
func (s *Tools) checkWith(ctx context.Context, r checkRequest) (CheckResult, error) {
	read := s.spec
	if r.patient {
		read = s.cache.read
	}
	spec, err := read(ctx, r.given, r.anyHost)
	if err != nil {
		return CheckResult{}, err
	}
	ctx = s.withOwnTime(ctx)
	key := []string{r.name, r.domain, string(r.given.sum[:]), strconv.FormatBool(r.anyHost)}
	from, err := tool.ReadCursor(r.cursor, key...)
	if err != nil {
		return CheckResult{}, err
	}
	st, err := s.Store.Stat(ctx)
	if err != nil {
		return CheckResult{}, err
	}
	var p search.Page[checkedFlow]
	if r.resume {
		key = append(key, strconv.Itoa(r.flows), strings.Join(r.hosts, " "))
		p = s.cache.checked(st.Last, key)
		from = p.Next
	}
	isFull := func() bool { return p.Done || len(p.Items) >= r.flows }
	if !isFull() {
		more, err := source.Page(ctx, s.Source, search.Request[checkedFlow]{
			From: from, Limit: r.flows - len(p.Items), Search: s.checking(spec.checker, r.hosts),
		})
		if err != nil {
			return CheckResult{}, err
		}
		more.Items, more.Examined = slices.Concat(p.Items, more.Items), p.Examined+more.Examined
		if p = more; r.resume {
			s.cache.keep(st.Last, key, p)
		}
	}
	out := summarize(p.Items)
	out.full = isFull()
	out.Progress, err = source.ProgressOf(ctx, s.Source, p, key, true, r.flows)
	return out, err
}

// summarize counts the mismatches of checked flows, the most frequent first.
func summarize(flows []checkedFlow) CheckResult {
	out := CheckResult{Untrusted: tool.Notice(), Mismatches: []Mismatch{}}
	kinds := map[check.Mismatch]*Mismatch{}
	for _, f := range flows {
		if f.outside {
			out.Outside++
			continue
		}
		out.Checked++
		out.Unchecked += f.unchecked
		if f.tooMuch {
			out.TooMuch++
		}
		for _, m := range f.mismatches {
			out.Truncated = !count(kinds, m) || out.Truncated
		}
		if len(f.mismatches) > 0 {
			out.Broken++
		}
	}
	rules := map[string]int{}
	for _, m := range kinds {
		out.Mismatches = append(out.Mismatches, *m)
		rules[m.Rule]++
	}
	out.Kinds, out.Rules = len(kinds), rulesOf(rules)
	slices.SortFunc(out.Mismatches, func(x, y Mismatch) int {
		return cmp.Or(cmp.Compare(y.Count, x.Count), cmp.Compare(x.Path, y.Path), cmp.Compare(x.Method, y.Method),
			cmp.Compare(x.Where, y.Where), cmp.Compare(x.Rule, y.Rule), cmp.Compare(x.Message, y.Message))
	})
	return out
}

// rulesOf returns the numbers of kinds by rule, the largest first. It is not nil.
func rulesOf(kinds map[string]int) []Rule {
	out := make([]Rule, 0, len(kinds))
	for rule, n := range kinds {
		out = append(out, Rule{rule, n})
	}
	slices.SortFunc(out, func(x, y Rule) int { return cmp.Or(cmp.Compare(y.Kinds, x.Kinds), cmp.Compare(x.Rule, y.Rule)) })
	return out
}

// checkedFlow is the result for one flow.
type checkedFlow struct {
	outside    bool
	unchecked  int  // redacted values
	tooMuch    bool // not checked in full
	mismatches []check.Mismatch
}

// checking checks flows, newest first. from is 0 for the newest flow, 1 for the end, otherwise the
// number above the next record.
func (s *Tools) checking(c *check.Checker, hosts []string) search.Func[checkedFlow] {
	return func(ctx context.Context, from flow.Seq) iter.Seq2[search.Step[checkedFlow], error] {
		return func(yield func(search.Step[checkedFlow], error) bool) {
			if from == 1 {
				return
			}
			for f, err := range s.Descending(ctx, hosts, max(from, 1)-1, false) {
				step := search.Step[checkedFlow]{Next: f.Last, Examined: 1}
				if err == nil && source.IsOneOf(hosts, f.Request.Authority) {
					step.Items = []checkedFlow{s.checkOne(ctx, c, &f)}
				}
				if !yield(step, err) || err != nil {
					return
				}
			}
		}
	}
}

// checkOne checks a redacted flow: with the secrets, a document could contain patterns to guess
// them.
func (s *Tools) checkOne(ctx context.Context, c *check.Checker, raw *flow.Flow) (out checkedFlow) {
	f := s.Redact.Flow(*raw)
	res := c.Check(ctx, &f)
	out.outside = res.Operation == nil
	for _, s := range res.Skipped {
		out.tooMuch = out.tooMuch || strings.HasSuffix(s, check.SkipTooMuch)
	}
	for _, m := range res.Mismatches {
		if placeholder.Affects(&f, m) {
			out.unchecked++
		} else {
			out.mismatches = append(out.mismatches, m)
		}
	}
	return out
}

// count adds a mismatch to its kind. It reports false if there are too many kinds.
func count(kinds map[check.Mismatch]*Mismatch, m check.Mismatch) bool {
	kind := m
	kind.Flow = 0
	if kinds[kind] == nil {
		if len(kinds) == maxMismatches {
			return false
		}
		kinds[kind] = &Mismatch{
			Method: view.Visible(m.Method), Path: view.Visible(m.Path), Rule: m.Rule,
			Where: view.Visible(m.Where), Message: view.Visible(m.Message), Flows: []uint64{},
		}
	}
	k := kinds[kind]
	if k.Count++; len(k.Flows) < maxFlows {
		k.Flows = append(k.Flows, uint64(m.Flow))
	}
	return true
}

// allSpecs selects all documents that have a name.
const allSpecs = "*"

// checkAll checks flows against all documents that have a name: each flow against those whose
// servers name its host. The flows are the newest ones, without further pages.
func (s *Tools) checkAll(ctx context.Context, r checkRequest) (CheckResult, error) {
	if r.cursor != "" {
		return CheckResult{}, tool.BadArgument("cursor", "is not for spec %s: pass the name of a document, or a larger newest_flows", allSpecs)
	}
	// With more documents than are kept, a call that did not wait would never end.
	r.name, r.anyHost, r.resume, r.patient = "check all", false, true, true
	out := CheckResult{Untrusted: tool.Notice(), Rules: []Rule{}, Mismatches: []Mismatch{}}
	out.Complete = true
	kinds := map[string]int{}
	for _, n := range s.specs.Named {
		var err error
		if r.given, err = s.read(n.Name); err != nil {
			return CheckResult{}, err
		}
		one, err := s.checkWith(ctx, r)
		if err != nil {
			return CheckResult{}, err
		}
		out.Checked, out.Broken, out.Unchecked = out.Checked+one.Checked, out.Broken+one.Broken, out.Unchecked+one.Unchecked
		out.TooMuch, out.Kinds = out.TooMuch+one.TooMuch, out.Kinds+one.Kinds
		out.Truncated = out.Truncated || one.Truncated
		out.Searched, out.Total = max(out.Searched, one.Searched), one.Total
		out.Complete = out.Complete && one.full
		for _, k := range one.Rules {
			kinds[k.Rule] += k.Kinds
		}
		for _, m := range one.Mismatches {
			m.Spec = n.Name
			out.Mismatches = append(out.Mismatches, m)
		}
	}
	out.Outside = max(out.Searched-out.Checked, 0)
	out.Rules = rulesOf(kinds)
	slices.SortStableFunc(out.Mismatches, func(x, y Mismatch) int { return cmp.Compare(y.Count, x.Count) })
	return out, nil
}
