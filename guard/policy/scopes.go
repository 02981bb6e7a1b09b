package policy

import "slices"

// scopesOf returns the scopes of a caller that make a condition come out as wanted, or may with
// others: those that it compares identity.scopes with. Alternatives are all there.
func scopesOf(cond condition, wanted truth) (scopes []string) {
	switch q := cond.(type) {
	case *comparison:
		if wanted == yes {
			return q.scopes()
		}
	case negation:
		return scopesOf(q.cond, wanted.not())
	case group:
		for _, c := range q.conds {
			for _, s := range scopesOf(c, wanted) {
				if !slices.Contains(scopes, s) {
					scopes = append(scopes, s)
				}
			}
		}
	}
	return scopes
}

// scopes returns the scopes of which a comparison asks the caller for one.
func (q *comparison) scopes() (scopes []string) {
	isList := q.path.root == "identity" && len(q.path.steps) > 0 && q.path.steps[0] == step{name: "scopes"}
	isAny := len(q.path.steps) == 2 && q.path.steps[1].kind == everyElement && !q.every
	var all []any
	switch {
	case isList && len(q.path.steps) == 1 && q.op == opContains, isList && isAny && q.op == opEq:
		all = []any{q.want}
	case isList && isAny && q.op == opIn:
		all = q.want.([]any)
	}
	for _, v := range all {
		if s, ok := v.(string); ok {
			scopes = append(scopes, s)
		}
	}
	return scopes
}
