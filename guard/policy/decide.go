package policy

import (
	"cmp"
	"fmt"
	"slices"
)

// Decide decides on a call. It is pure: equal calls get equal decisions. A call must pass all
// entries that match it, and "all_tools".
func (p *Policy) Decide(c *Call) Decision {
	if c.Kind >= kinds {
		return Decision{Rule: RuleDefaultDeny, Reason: "the policy does not know this kind of call"}
	}
	if c.Kind == Tool && p.isHidden(c.Name) {
		return Decision{Hidden: true, Rule: RuleHidden, Reason: "there is no tool of this name"}
	}
	if c.Kind == Resource && isUnclear(c.Name) {
		return Decision{Rule: RuleDefaultDeny,
			Reason: "the URI has a segment . or .., an empty segment, or a character that some readers drop, so the policy cannot tell what it names"}
	}
	d := Decision{Rule: RuleDefaultAllow, Allowed: true}
	if p.AllowsAll() {
		d.Rule = ""
		return d
	}
	listed, denied := false, false
	p.sections[c.Kind].matching(c.Name, func(e *entry) bool {
		if !listed {
			d.Rule = e.pointer
		}
		listed = true
		denied = !e.apply(c, &d)
		d.IsConditional = denied && !e.deny
		return !denied
	})
	switch {
	case denied:
		return d
	case !listed && !p.allow:
		return Decision{Hidden: true, Rule: RuleDefaultDeny, Reason: fmt.Sprintf("the policy does not allow this %s", c.Kind)}
	}
	if c.Kind == Tool && p.all != nil {
		d.IsConditional = !p.all.apply(c, &d) && !p.all.deny
	}
	return d
}

// And combines d, the decision on a call within a call, with o, the decision that allows the outer
// call. A counter that both would charge is charged for d alone. Settled is that of d.
func (d Decision) And(o Decision) Decision {
	if !d.Allowed {
		return d
	}
	d.Charges = slices.Clip(d.Charges)
	for _, c := range o.Charges {
		if !slices.ContainsFunc(d.Charges, func(e Charge) bool { return e.Key == c.Key }) {
			d.Charges = append(d.Charges, c)
		}
	}
	d.Results = d.Results.and(o.Results)
	d.Approval = d.Approval.And(o.Approval)
	d.Taints, d.Keeps = union(d.Taints, o.Taints), union(d.Keeps, o.Keeps)
	return d
}

// apply adds the effect of an entry on a call to d. If it denies, d becomes the denial, and the
// result is false.
func (e *entry) apply(c *Call, d *Decision) bool {
	if e.deny {
		*d = Decision{Rule: e.pointer, Reason: cmp.Or(e.reason, "the policy denies this "+c.Kind.String())}
		return false
	}
	for _, rules := range [...][]rule{e.after, e.require} {
		for i := range rules {
			if r := &rules[i]; r.cond.eval(c) != yes {
				*d = Decision{Rule: r.pointer, Reason: cmp.Or(r.reason, e.reason, "the call must meet: "+r.cond.String()), Scopes: r.scopes}
				return false
			}
		}
	}
	for i := range e.denyIf {
		r, why := &e.denyIf[i], "the policy denies calls where: "
		switch r.cond.eval(c) {
		case no:
			continue
		case unknown:
			why = "the call cannot be checked for: "
		}
		*d = Decision{Rule: r.pointer, Reason: cmp.Or(r.reason, e.reason, why+r.cond.String()), Scopes: r.scopes}
		return false
	}
	for i := range e.limits {
		charge, err := e.limits[i].charge(c)
		if err != nil {
			*d = Decision{Rule: e.limits[i].pointer, Reason: err.Error()}
			return false
		}
		d.Charges = append(d.Charges, charge)
	}
	d.Results = d.Results.and(e.results)
	d.Taints, d.Keeps = union(d.Taints, e.taints), union(d.Keeps, e.keeps)
	d.Settled = d.Settled || e.approval != nil
	if e.approval != nil && e.approval.applies(c) {
		d.Approval = d.Approval.And(&e.approval.Approval)
	}
	return true
}
