package policy

import (
	"slices"
	"strconv"
	"strings"
	"time"

	yaml "github.com/oasdiff/yaml3"
)

// Approval requires that a person agrees to a call before it is forwarded.
type Approval struct {
	// Rule is the JSON pointer of the first rule that requires it.
	Rule   string
	Reason string
	// Approvers is the number of people who must agree: the largest that a rule requires, at least
	// one.
	Approvers int
	// Within is how long the hold and the consent are valid: the shortest time of all rules; zero
	// means the caller's default.
	Within time.Duration
	// Also are the pointers of the other rules that require it.
	Also []string
	// Caller means that the person who uses the client may approve.
	Caller bool
	// Once means that no standing approval may cover the call.
	Once bool
}

// And returns an approval that satisfies both; each may be nil.
func (a *Approval) And(b *Approval) *Approval {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	both := *a
	both.Approvers = max(a.Approvers, b.Approvers)
	both.Also = slices.Clone(a.Also)
	for _, rule := range slices.Insert(slices.Clone(b.Also), 0, b.Rule) {
		if rule != a.Rule && !slices.Contains(both.Also, rule) {
			both.Also = append(both.Also, rule)
		}
	}
	both.Caller, both.Once = a.Caller && b.Caller, a.Once || b.Once
	if a.Within == 0 || b.Within != 0 && b.Within < a.Within {
		both.Within = b.Within
	}
	return &both
}

// Covers reports whether an approval that satisfies a also satisfies b; each may be nil.
func (a *Approval) Covers(b *Approval) bool {
	switch {
	case b == nil:
		return true
	case a == nil || a.Approvers < b.Approvers || a.Caller && !b.Caller:
		return false
	}
	has := func(rule string) bool { return rule == a.Rule || slices.Contains(a.Also, rule) }
	return has(b.Rule) && !slices.ContainsFunc(b.Also, func(rule string) bool { return !has(rule) })
}

// approvalRule is "require_approval" of an entry.
type approvalRule struct {
	Approval
	when  []rule // any of them; an empty list means always
	never bool   // false: the call needs none, unless another entry says so
}

// applies reports whether a call needs the approval. A condition that cannot be evaluated requires
// it.
func (r *approvalRule) applies(c *Call) bool {
	if r.never {
		return false
	}
	for i := range r.when {
		if r.when[i].cond.eval(c) != no {
			return true
		}
	}
	return len(r.when) == 0
}

// NeedsApproval reports whether a call may need a person's approval.
func (p *Policy) NeedsApproval() bool { return p.approves }

// Settles reports whether an entry for a tool decides whether its calls need an approval.
func (p *Policy) Settles(tool string) bool {
	settled := p.all != nil && p.all.approval != nil
	p.sections[Tool].matching(tool, func(e *entry) bool {
		settled = settled || e.approval != nil
		return !settled
	})
	return settled
}

// maxApprovers bounds the people who must agree.
const maxApprovers = 10

// newApproval returns the rule by which each call needs an approval.
func (l *loader) newApproval(v value) *approvalRule {
	if !strings.HasPrefix(v.at, "/tools/") && !strings.HasPrefix(v.at, "/all_tools/") {
		l.wrong(v, "require_approval is for tools: calls of nothing else are held")
	}
	l.policy.approves = true
	return &approvalRule{Approval: Approval{Rule: v.at, Approvers: 1}}
}

// approval reads "require_approval": true, false, or an object.
func (l *loader) approval(v value) *approvalRule {
	before := l.policy.approves
	r := l.newApproval(v)
	if v.Kind == yaml.ScalarNode {
		r.never = !l.flag(v, "require_approval")
		l.policy.approves = before || !r.never
		return r
	}
	l.object(v, "require_approval",
		field{"if", func(v value) {
			if r.when = l.rules(v, "if", no); v.Kind == yaml.SequenceNode && len(v.Content) == 0 {
				l.wrong(v, "the list of conditions is empty: remove it to require approval of every call")
			}
		}},
		field{"approvers", func(v value) {
			if v.Kind == yaml.ScalarNode && v.Value == "caller" {
				r.Caller = true
				return
			}
			n, err := strconv.Atoi(v.Value)
			if err != nil || v.Kind != yaml.ScalarNode || n < 1 || n > maxApprovers {
				l.wrong(v, "approvers must be a number from 1 to %d, or caller, not %s", maxApprovers, kindText(v))
			}
			r.Approvers = n
		}},
		field{"within", func(v value) { r.Within = l.window(v) }},
		field{"standing", func(v value) {
			if r.Once = !l.flag(v, "standing"); !r.Once {
				l.wrong(v, "standing: true has no effect: remove it")
			}
		}},
		field{"reason", func(v value) { r.Reason = l.text(v, "the reason") }},
	)
	return r
}
