package enforce

import (
	"maps"
	"slices"

	"github.com/spectap/spectap/guard/policy"
)

// maxLacking bounds the scopes that a caller is asked for, and with them how often it is decided.
const maxLacking = 16

// Lacking returns the scopes with which the policy would allow what a verdict denies, all of which
// it needs, in the order of the rules. It returns nil if something else denies the message too, if
// the caller has no list of scopes, or if the policy names more than a few. It uses nothing up, and
// writes nothing.
func (g *Guard) Lacking(v *Verdict) (scopes []string) {
	have, ok := v.message.From.Identity["scopes"].([]any)
	if !ok || v.Allowed || v.Hidden {
		return nil
	}
	for d := v.Decision; !d.Allowed; d = g.askWith(v, scopes) {
		before := len(scopes)
		for _, s := range d.Scopes {
			if !slices.Contains(have, any(s)) && !slices.Contains(scopes, s) {
				scopes = append(scopes, s)
			}
		}
		if len(scopes) == before || len(scopes) > maxLacking {
			return nil
		}
	}
	for i := len(scopes) - 1; i >= 0; i-- { // of alternatives, the first suffices
		if less := slices.Delete(slices.Clone(scopes), i, i+1); g.askWith(v, less).Allowed {
			scopes = less
		}
	}
	return scopes
}

// askWith asks the policy about the message of a caller who has more scopes.
func (g *Guard) askWith(v *Verdict, more []string) policy.Decision {
	m := *v.message
	m.From.Identity = maps.Clone(m.From.Identity)
	have, _ := m.From.Identity["scopes"].([]any)
	have = slices.Clone(have)
	for _, s := range more {
		have = append(have, s)
	}
	m.From.Identity["scopes"] = have
	return g.ask(&Verdict{message: &m, policy: v.policy, since: v.since})
}
