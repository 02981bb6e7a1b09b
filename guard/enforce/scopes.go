package enforce

import (
	"maps"
	"slices"

	"github.com/spectap/spectap/guard/policy"
)

// maxLacking bounds the scopes that a caller is asked for, and with them how often it is decided.
const maxLacking = 16

// Lacking returns the scopes with which the policy would allow what a verdict denies, all of which
// it needs, in the order of the rules: those of the issuer whose token the caller has. It returns
// nil if something else denies the message too, if the caller has no list of scopes, or if the
// policy names more than a few. It uses nothing up, and writes nothing.
func (g *Guard) Lacking(v *Verdict) (scopes []string) {
	issuer, have, ok := ScopesOf(v.message.From.Identity)
	if !ok || v.Allowed || v.Hidden {
		return nil
	}
	for d := v.Decision; !d.Allowed; d = g.askWith(v, issuer, scopes) {
		before := len(scopes)
		for _, s := range d.Scopes {
			if s.Issuer == issuer && !slices.Contains(have, any(s.Name)) && !slices.Contains(scopes, s.Name) {
				scopes = append(scopes, s.Name)
			}
		}
		if len(scopes) == before || len(scopes) > maxLacking {
			return nil
		}
	}
	for i := len(scopes) - 1; i >= 0; i-- { // of alternatives, the first suffices
		if less := slices.Delete(slices.Clone(scopes), i, i+1); g.askWith(v, issuer, less).Allowed {
			scopes = less
		}
	}
	return scopes
}

// ScopesOf returns the scopes of an identity, and the name of the issuer who says so: the member of
// the identity that has them, "" if the identity itself does. It reports false if there is no list.
func ScopesOf(identity map[string]any) (issuer string, scopes []any, ok bool) {
	if scopes, ok = identity["scopes"].([]any); ok {
		return "", scopes, true
	}
	for name, said := range identity { // one issuer says something of a caller
		if m, isObject := said.(map[string]any); isObject {
			if scopes, ok = m["scopes"].([]any); ok {
				return name, scopes, true
			}
		}
	}
	return "", nil, false
}

// askWith asks the policy about the message of a caller who has more scopes of an issuer.
func (g *Guard) askWith(v *Verdict, issuer string, more []string) policy.Decision {
	m := *v.message
	m.From.Identity = maps.Clone(m.From.Identity)
	said := m.From.Identity
	if issuer != "" {
		said = maps.Clone(said[issuer].(map[string]any))
		m.From.Identity[issuer] = said
	}
	have := slices.Clone(said["scopes"].([]any))
	for _, s := range more {
		have = append(have, s)
	}
	said["scopes"] = have
	return g.ask(&Verdict{message: &m, policy: v.policy, since: v.since})
}
