package policy

import (
	"fmt"
	"regexp"
	"strings"
)

// truth is the result of a condition, in Kleene's three-valued logic. A condition that cannot be
// evaluated is unknown, which denies in every rule.
type truth uint8

const (
	unknown truth = iota
	no
	yes
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

func (t truth) not() truth {
	switch t {
	case yes:
		return no
	case no:
		return yes
	}
	return unknown
}

// condition is a predicate on calls. It is immutable.
type condition interface {
	eval(c *Call) truth
	// String describes the condition to people, without values from a call.
	String() string
}

// comparison compares the values at a path with a value of the policy.
type comparison struct {
	path path
	op   operator
	want any // as decoded JSON; the type fits the operator
	text string
	// every means that all values of a path with [*] must meet the condition, else any of them.
	every bool
	// ifAbsent is the result for an argument that is absent: unknown, unless the policy says that
	// the argument is optional.
	ifAbsent truth
	pattern  *regexp.Regexp // of matches
}

func (q *comparison) eval(c *Call) truth {
	if q.op == opExists {
		return q.exists(c)
	}
	result := truthOf(q.every) // of no values: all of none, any of none
	q.path.values(c, func(v any, f found) bool {
		t := q.ifAbsent
		switch f {
		case isValue:
			t = q.op.compare(v, q)
		case isOther, isAmbiguous:
			t = unknown
		}
		result = combine(result, t, q.every)
		return result != truthOf(!q.every) // settled
	})
	return result
}

// exists evaluates the operator "exists": whether the path leads to a value, null included.
func (q *comparison) exists(c *Call) truth {
	result := truthOf(q.every)
	q.path.values(c, func(_ any, f found) bool {
		t := truthOf((f == isValue) == (q.want == true))
		if f == isAmbiguous || f == isOther { // a server may look into a list, or into JSON in a text
			t = unknown
		}
		result = combine(result, t, q.every)
		return true
	})
	return result
}

func (q *comparison) String() string {
	s := q.path.text + " " + q.op.String() + " " + q.text
	if q.path.isMany() && q.every {
		s += " (every element)"
	} else if q.path.isMany() {
		s += " (any element)"
	}
	return s
}

// combine is the conjunction of two truths, or their disjunction.
func combine(a, b truth, and bool) truth {
	decisive := truthOf(!and)
	switch {
	case a == decisive || b == decisive:
		return decisive
	case a == unknown || b == unknown:
		return unknown
	}
	return a
}

// group is a conjunction or a disjunction of conditions.
type group struct {
	all   bool
	conds []condition
}

func (g group) eval(c *Call) truth {
	result := truthOf(g.all)
	for _, q := range g.conds {
		if result = combine(result, q.eval(c), g.all); result == truthOf(!g.all) {
			break
		}
	}
	return result
}

func (g group) String() string {
	parts := make([]string, len(g.conds))
	for i, q := range g.conds {
		parts[i] = q.String()
	}
	if g.all {
		return "(" + strings.Join(parts, " and ") + ")"
	}
	return "(" + strings.Join(parts, " or ") + ")"
}

// negation is true where its condition is false.
type negation struct{ cond condition }

func (n negation) eval(c *Call) truth { return n.cond.eval(c).not() }
func (n negation) String() string     { return fmt.Sprintf("not %s", n.cond) }
