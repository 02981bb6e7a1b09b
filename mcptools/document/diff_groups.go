package document

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/openapi/diff"
)

// contradiction is the kind of what flows prove, besides the kinds of [diff.Kind].
const contradiction = "contradiction"

// Group is a rule with the differences that it found.
type Group struct {
	Kind  string `json:"kind" jsonschema_description:"contradiction: captured flows violate the document; undocumented: the traffic has what the document lacks; lost: no answer had a member that the document says all have; not_shown: the document has or restricts what the traffic did not show"`
	Rule  string `json:"rule"`
	Level string `json:"level" jsonschema_description:"breaking, warning or info"`
	Count int    `json:"count" jsonschema_description:"differences, or flows of a contradiction"`
	// Operations is the number of operations with such a difference.
	Operations int      `json:"operations"`
	Examples   []string `json:"examples"`
}

// Unseen counts what the document has and the traffic did not show.
type Unseen struct {
	Operations int `json:"operations"`
	Parameters int `json:"parameters"`
	Statuses   int `json:"statuses"`
	Members    int `json:"members" jsonschema_description:"of bodies"`
	Other      int `json:"other" jsonschema_description:"such as restrictions of values, which traffic cannot show"`
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

func newGroups() *groups {
	return &groups{map[string]*Group{}, map[string]map[string]bool{}}
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
	slices.SortFunc(out, func(x, y Group) int {
		return cmp.Or(cmp.Compare(slices.Index(kinds, x.Kind), slices.Index(kinds, y.Kind)), compareLevels(x.Level, y.Level),
			cmp.Compare(y.Count, x.Count), cmp.Compare(x.Rule, y.Rule))
	})
	return out
}

// compareLevels orders levels from breaking to info.
func compareLevels(x, y string) int {
	order := []string{string(diff.Breaking), string(diff.Warning), string(diff.Info)}
	return cmp.Compare(slices.Index(order, x), slices.Index(order, y))
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
