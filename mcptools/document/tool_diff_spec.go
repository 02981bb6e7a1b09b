package document

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/openapi/diff"
)

// DiffResult lists how a document and the traffic differ: groups, or the differences of one rule.
type DiffResult struct {
	tool.Untrusted
	Breaking int  `json:"breaking"` // groups of contradictions and undocumented parts that break clients of the document
	Warning  int  `json:"warning"`  // groups that may break clients
	Info     int  `json:"info"`
	Checked  int  `json:"checked"`  // flows that were checked against the document
	Complete bool `json:"complete"` // as many flows were checked as newest_flows says, and the documents were compared
	// Comparing is set when only the contradictions are known yet.
	Comparing bool `json:"comparing,omitempty"` // the documents are still being compared, so there are contradictions only: repeat the call
	// NotShown has no contradictions: the traffic is a sample.
	NotShown Unseen   `json:"not_shown"`         // what the document has and the traffic did not show
	Groups   []Group  `json:"groups,omitempty"`  // most important first
	Changes  []Change `json:"changes,omitempty"` // with rule: its differences
	tool.Page
}

// Change is one difference.
type Change struct {
	ID     string   `json:"id"`    // the rule
	Level  string   `json:"level"` // breaking, warning or info
	Method string   `json:"method,omitempty"`
	Path   string   `json:"path,omitempty"`
	Text   string   `json:"text"`
	Count  int      `json:"count,omitempty"`    // flows of a contradiction
	Flows  []uint64 `json:"flow_ids,omitempty"` // some of them
}

// Limits of one result: of its rows, and of the flows that are checked.
const (
	someGroups  = 25
	maxChanges  = 1000
	diffedFlows = 1000
	// namedOperations bounds the operations that are named for one difference.
	namedOperations = 10
)

// Continuation implements [tool.Partial].
func (r DiffResult) Continuation(name string) string {
	text := ""
	switch {
	case r.Comparing:
		text = "The documents are still being compared, so this has contradictions only: repeat the call of " + name + ". "
	case !r.Complete:
		text = "Not all flows were checked, since the time was up: repeat the call of " + name + ", which continues. "
	}
	return strings.TrimSpace(text + r.Page.Continuation(name))
}

func (s *Tools) diffSpec() tool.Tool {
	params := []tool.Param{
		s.specParam(), source.APIParam,
		{Name: newestParam.Name, Kind: tool.Integer, Min: 1, Max: mostFlows,
			Doc: "only that many newest flows"},
		{Name: "level", Kind: tool.String, Enum: []string{"breaking", "warning", "info"}, Doc: "only this level"},
		{Name: "rule", Kind: tool.String, MaxLength: 200, Doc: "list the differences of this rule"},
		{Name: "violations", Kind: tool.Boolean, Default: false,
			Doc: "list the flows that violate the document, not the differences"},
		{Name: "any_host", Kind: tool.Boolean, Default: true, Doc: "with violations: ignore the document's servers"},
		{Name: "limit", Kind: tool.Integer, Min: 1, Max: maxChanges, Default: someGroups, Doc: "maximum rows"},
		{Name: "offset", Kind: tool.Integer, Default: 0, Doc: "rows to skip"},
		{Name: "cursor", Kind: tool.String, MaxLength: 64, Doc: "with violations: next_cursor"},
	}
	t := tool.New("diff_spec", "Document against traffic",
		"Finds drift: compares an OpenAPI document with traffic, by rule: contradictions first, what traffic did not show last. With violations, checks the flows only.",
		params, s.diff)
	differences := t.Run
	t.Run = func(ctx context.Context, a tool.Args) (any, error) {
		if !a.Bool("violations") {
			return differences(ctx, a)
		}
		for _, name := range []string{"level", "rule"} {
			if a.Has(name) {
				return nil, tool.BadArgument(name, "is for differences: leave out violations")
			}
		}
		if a.Int("offset") > 0 {
			return nil, tool.BadArgument("offset", "is for differences: with violations use a larger limit")
		}
		return s.check(ctx, a)
	}
	t.Patience = diffPatience
	return tool.Also[CheckResult](t)
}

// diffPatience is long enough to complete a comparison at the first call, unless the documents are
// very large. A client that gives up after a minute still gets the result.
const diffPatience = 9

func (s *Tools) diff(ctx context.Context, a tool.Args) (DiffResult, error) {
	if a.String("spec") == allSpecs && len(s.specs.Named) > 1 {
		return DiffResult{}, tool.BadArgument("spec", "must be one of %s: with violations, * is all of them",
			strings.Join(s.specs.Names(), ", "))
	}
	g, err := s.given(a)
	if err != nil {
		return DiffResult{}, err
	}
	d, err := s.differences(ctx, a, g)
	if err != nil {
		return DiffResult{}, err
	}
	out := DiffResult{
		Untrusted: tool.Notice(), Checked: d.checked.Checked, Complete: d.checked.full && d.compared, Comparing: !d.compared,
	}
	found := &groups{map[string]*Group{}, map[string]map[string]bool{}}
	rows := []Change{}
	add := func(kind string, c Change, count int) {
		if only := a.String("level"); only != "" && only != c.Level {
			return
		}
		found.add(kind, c, count)
		if kind == contradiction && c.ID == a.String("rule") {
			rows = append(rows, c)
		}
	}
	for _, m := range d.checked.Mismatches {
		add(contradiction, contradicted(m), m.Count)
	}
	for _, g := range diff.Groups(d.changes) {
		if g.ID == a.String("rule") && slices.Contains([]string{"", string(g.Level)}, a.String("level")) {
			rows = append(rows, grouped(&g))
		}
	}
	for _, c := range d.changes {
		kind := c.KindOf()
		if kind == diff.NotShown {
			out.NotShown.add(c.PartOf())
		}
		if kind != diff.Label {
			add(string(kind), Change{ID: c.ID, Level: string(c.Level), Method: c.Method, Path: view.Visible(c.Path),
				Text: view.Visible(c.Text)}, 1)
		}
	}
	all := found.sorted()
	out.countLevels(all)
	if a.String("rule") != "" {
		out.Changes, out.Page = tool.PageOf(rows, a.Int("offset"), a.Int("limit"))
		if !out.Complete {
			return out, nil
		}
		return out, ruleExists(a.String("rule"), all)
	}
	out.Groups, out.Page = tool.PageOf(all, a.Int("offset"), a.Int("limit"))
	return out, nil
}

// differences are how a document and the traffic differ.
type differences struct {
	checked  CheckResult
	changes  []diff.Change
	compared bool // changes are known
}

// differences checks flows against the document of a call and compares it with the inferred one, at
// the same time.
func (s *Tools) differences(ctx context.Context, a tool.Args, g given) (d differences, err error) {
	serving, err := s.serving(ctx, a, g)
	if err != nil {
		return differences{}, err
	}
	defer s.Busy(ctx, "comparing the document with the traffic")()
	inferred, hosts, err := s.document(ctx, a, selection{oneAPI: true, hosts: serving})
	if err != nil {
		return differences{}, err
	}
	if _, _, err = s.comparison(g, inferred.OpenAPI); err != nil { // runs concurrently with the check
		return differences{}, err
	}
	d.checked, err = s.checkWith(ctx, checkRequest{
		name: "diff", given: g, hosts: hosts, domain: strings.Join(serving, " ") + " " + a.String("domain"), anyHost: true,
		flows: cmp.Or(a.Int("newest_flows"), diffedFlows), resume: true,
	})
	if err == nil {
		d.changes, d.compared, err = s.compare(ctx, g, inferred.OpenAPI)
	}
	return d, err
}

// serving returns the captured hosts that the servers of a document name, or nil. If the caller
// chose hosts, it returns nil.
func (s *Tools) serving(ctx context.Context, a tool.Args, g given) ([]string, error) {
	if a.String(source.DomainParam.Name) != "" {
		return nil, nil
	}
	spec, err := s.spec(ctx, g, true)
	if err != nil {
		return nil, err
	}
	st, err := s.Store.Stat(ctx)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, h := range spec.hosts {
		if _, has := st.Hosts[h]; has {
			out = append(out, h)
		}
	}
	return out, nil
}

// contradicted returns a mismatch as a difference. A response that the document forbids can break
// its clients; a request that it forbids was sent by one.
func contradicted(m Mismatch) Change {
	level := diff.Breaking
	if !strings.HasPrefix(m.Rule, "response") && m.Rule != "status" {
		level = diff.Warning
	}
	text := m.Message
	if m.Where != "" {
		text = m.Where + ": " + text
	}
	return Change{
		ID: m.Rule, Level: string(level), Method: m.Method, Path: m.Path, Text: text, Count: m.Count, Flows: m.Flows,
	}
}

// grouped returns a difference that operations share as one.
func grouped(g *diff.Group) Change {
	c := Change{ID: g.ID, Level: string(g.Level), Text: view.Visible(g.Text)}
	if len(g.Operations) > 1 {
		c.Text += view.Visible(" (" + g.Place(namedOperations) + ")")
	} else if len(g.Operations) == 1 {
		c.Method, c.Path, _ = strings.Cut(view.Visible(g.Operations[0]), " ")
	}
	return c
}

// countLevels counts the groups of each level, without those that were not shown.
func (r *DiffResult) countLevels(all []Group) {
	for _, g := range all {
		switch {
		case g.Kind == string(diff.NotShown):
		case g.Level == string(diff.Breaking):
			r.Breaking++
		case g.Level == string(diff.Warning):
			r.Warning++
		default:
			r.Info++
		}
	}
}

// ruleExists returns an error for a rule without differences.
func ruleExists(rule string, all []Group) error {
	if slices.ContainsFunc(all, func(g Group) bool { return g.Rule == rule }) {
		return nil
	}
	e := tool.BadArgument("rule", "no difference has this rule")
	e.Hint = "call diff_spec without rule: it lists them"
	return e
}

// contradiction is the kind of a difference that flows prove, in addition to those of [diff.Kind].
const contradiction = "contradiction"

// Group is a rule with the differences that it found.
type Group struct {
	Kind  string `json:"kind"` // contradiction: captured flows violate the document; undocumented: the traffic has what the document lacks; lost: no answer had a member that the document says all have; not_shown: the document has or restricts what the traffic did not show
	Rule  string `json:"rule"`
	Level string `json:"level"` // breaking, warning or info
	Count int    `json:"count"` // differences, or flows of a contradiction
	// Operations is the number of operations with such a difference.
	Operations int      `json:"operations"`
	Examples   []string `json:"examples"`
}

// Unseen counts what the document has and the traffic did not show.
type Unseen struct {
	Operations int `json:"operations"`
	Parameters int `json:"parameters"`
	Statuses   int `json:"statuses"`
	Members    int `json:"members"` // of bodies
	Other      int `json:"other"`   // such as restrictions of values, which traffic cannot show
}

func (u *Unseen) add(p diff.Part) {
	switch p {
	case diff.PartOperation:
		u.Operations++
	case diff.PartParameter:
		u.Parameters++
	case diff.PartStatus:
		u.Statuses++
	case diff.PartMember:
		u.Members++
	default:
		u.Other++
	}
}

// Limits of the examples of a group.
const (
	someExamples = 2
	maxExample   = 150 // bytes
)

// groups collects groups.
type groups struct {
	list       map[string]*Group
	operations map[string]map[string]bool // by key of the group
}

// add counts a difference. An example of each operation is kept, until there are enough.
func (g *groups) add(kind string, c Change, count int) {
	key := kind + " " + c.ID
	x := g.list[key]
	if x == nil {
		x = &Group{Kind: kind, Rule: c.ID, Level: c.Level, Examples: []string{}}
		g.list[key], g.operations[key] = x, map[string]bool{}
	}
	x.Count += count
	operation := c.Method + " " + c.Path
	if g.operations[key][operation] {
		return
	}
	g.operations[key][operation] = true
	if x.Operations++; len(x.Examples) < someExamples {
		x.Examples = append(x.Examples, view.Cut(strings.TrimSpace(operation+": "+c.Text), maxExample))
	}
}

// sorted returns the groups: contradictions, what was lost, undocumented ones, those that were not
// shown, each from breaking to info and from frequent to rare.
func (g *groups) sorted() []Group {
	out := []Group{}
	for _, x := range g.list {
		out = append(out, *x)
	}
	kinds := []string{contradiction, string(diff.Lost), string(diff.Undocumented), string(diff.NotShown)}
	levels := []string{string(diff.Breaking), string(diff.Warning), string(diff.Info)}
	slices.SortFunc(out, func(x, y Group) int {
		return cmp.Or(cmp.Compare(slices.Index(kinds, x.Kind), slices.Index(kinds, y.Kind)), cmp.Compare(slices.Index(levels, x.Level), slices.Index(levels, y.Level)),
			cmp.Compare(y.Count, x.Count), cmp.Compare(x.Rule, y.Rule))
	})
	return out
}

// Lines implements [tool.Lines].
func (r DiffResult) Lines() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d breaking, %d warning, %d info; %s checked", r.Breaking, r.Warning, r.Info, view.Count(r.Checked, "flow"))
	if u := r.NotShown; !r.Comparing {
		fmt.Fprintf(&b, "\nnot shown by the traffic: %s, %s, %s, %s, %d other", view.Count(u.Operations, "operation"),
			view.Count(u.Parameters, "parameter"), view.Count(u.Statuses, "status"), view.Count(u.Members, "member"), u.Other)
	}
	b.WriteByte('\n')
	kind := ""
	for _, g := range r.Groups {
		if g.Kind != kind {
			kind = g.Kind
			fmt.Fprintf(&b, "\n%s\n", kind)
		}
		fmt.Fprintf(&b, "%s %s n=%d in %s\n", g.Level, g.Rule, g.Count, view.Count(g.Operations, "operation"))
		for _, e := range g.Examples {
			fmt.Fprintf(&b, "  %s\n", oneLine(e))
		}
	}
	for _, c := range r.Changes {
		fmt.Fprintf(&b, "%s %s %s: %s", c.Level, c.Method, oneLine(c.Path), oneLine(c.Text))
		if len(c.Flows) > 0 {
			fmt.Fprintf(&b, " flows %s", strings.Trim(fmt.Sprint(c.Flows), "[]"))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// oneLine returns a text without line breaks: a name of a document must not begin a line.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
