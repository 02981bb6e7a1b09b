package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Offer is what a server offers, for [Policy.Against].
type Offer struct {
	// Tools has the names of the arguments of each tool, by name of the tool; nil for a tool that
	// takes any.
	Tools map[string][]string
}

// Against compares the policy with what a server offers. It returns what has no effect there: names
// of tools that the server does not have, and arguments that its tools do not take. Both are often
// misspelled. unnamed are the tools that the policy does not name, sorted.
func (p *Policy) Against(o Offer) (problems []Problem, unnamed []string) {
	names := slices.Sorted(maps.Keys(o.Tools))
	note := func(pointer, format string, args ...any) {
		problems = append(problems, Problem{Pointer: pointer, Message: fmt.Sprintf(format, args...)})
	}
	matched := map[string]bool{}
	match := func(q pattern) (tools []string) {
		for _, name := range names {
			if q.matches(name) {
				matched[name] = true
				tools = append(tools, name)
			}
		}
		return tools
	}
	for i, h := range p.hide {
		if len(match(h)) == 0 {
			note(fmt.Sprintf("/hide/%d", i), "the server has no tool %q", h)
		}
	}
	s := &p.sections[Tool]
	for _, e := range slices.Concat(slices.Collect(maps.Values(s.exact)), s.globs) {
		tools := match(e.name)
		if len(tools) == 0 {
			note(e.pointer, "the server has no tool %q", e.name)
			continue
		}
		for pointer, argument := range e.arguments {
			takes := func(tool string) bool {
				return o.Tools[tool] == nil || slices.Contains(o.Tools[tool], argument)
			}
			if !slices.ContainsFunc(tools, takes) {
				note(pointer, "%s takes no argument %q: it has %s", tools[0], argument, strings.Join(o.Tools[tools[0]], ", "))
			}
		}
	}
	for _, a := range p.orders {
		if !slices.ContainsFunc(names, a.tool.matches) {
			note(a.pointer, "the server has no tool %q, so that nothing can come after it", a.tool)
		}
	}
	for _, name := range names {
		if !matched[name] {
			unnamed = append(unnamed, name)
		}
	}
	slices.SortFunc(problems, func(a, b Problem) int { return strings.Compare(a.Pointer, b.Pointer) })
	return problems, unnamed
}

// arguments calls yield with the argument that each condition and limit of an entry starts from.
func (e *entry) arguments(yield func(pointer, argument string) bool) {
	ok := true
	visit := func(pointer string, p *path) {
		if ok && p != nil && p.root == "args" && p.steps[0].kind == member {
			ok = yield(pointer, p.steps[0].name)
		}
	}
	var walk func(pointer string, c condition)
	walk = func(pointer string, c condition) {
		switch c := c.(type) {
		case *comparison:
			visit(pointer, &c.path)
		case group:
			for _, q := range c.conds {
				walk(pointer, q)
			}
		case negation:
			walk(pointer, c.cond)
		}
	}
	for _, r := range slices.Concat(e.require, e.denyIf) {
		walk(r.pointer, r.cond)
	}
	for i := range e.limits {
		visit(e.limits[i].pointer, e.limits[i].from)
	}
}
