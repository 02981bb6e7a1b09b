package policy

import "slices"

// Scope is a scope that a caller may request from an issuer of access tokens.
type Scope struct {
	Issuer string // the member of the identity with the issuer's claims, or "" for the identity itself
	Name   string
}

// scopesOf returns the scopes that can give a condition the wanted result, alone or together with
// others: those with which it compares identity.scopes or identity.ISSUER.scopes. It includes all
// alternatives.
func scopesOf(cond condition, wanted truth) (scopes []Scope) {
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

// scopes returns the scopes of which a comparison requires one.
func (q *comparison) scopes() (scopes []Scope) {
	steps, issuer := q.path.steps, ""
	if len(steps) > 1 && steps[0].kind == steps[1].kind && steps[1] == (step{name: "scopes"}) {
		issuer, steps = steps[0].name, steps[1:]
	}
	isList := q.path.root == "identity" && len(steps) > 0 && steps[0] == step{name: "scopes"}
	isAny := len(steps) == 2 && steps[1].kind == everyElement && !q.every
	var all []any
	switch {
	case isList && len(steps) == 1 && q.op == opContains, isList && isAny && q.op == opEq:
		all = []any{q.want}
	case isList && isAny && q.op == opIn:
		all = q.want.([]any)
	}
	for _, v := range all {
		if s, ok := v.(string); ok {
			scopes = append(scopes, Scope{issuer, s})
		}
	}
	return scopes
}
