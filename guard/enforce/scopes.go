package enforce

import (
	"maps"
	"slices"

	"github.com/spectap/spectap/guard/policy"
)

// maxLacking bounds the scopes that a caller is asked for, and so the number of trial decisions.
const maxLacking = 16

// Lacking returns the missing scopes of the caller's issuer that would make the policy allow a
// denied message. All of them are required; they are in the order of the rules. It returns nil if
// another rule denies the message, too, if the caller has no list of scopes, or if the policy names
// more than maxLacking. It reserves and writes nothing.
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

// ScopesOf returns the scopes of an identity and the name of their issuer: the member of the
// identity that has them, or "" for the identity itself. It reports false without a list of scopes.
func ScopesOf(identity map[string]any) (issuer string, scopes []any, ok bool) {
	if scopes, ok = identity["scopes"].([]any); ok {
		return "", scopes, true
	}
	for name, said := range identity { // a caller has claims of one issuer
		if m, isObject := said.(map[string]any); isObject {
			if scopes, ok = m["scopes"].([]any); ok {
				return name, scopes, true
			}
		}
	}
	return "", nil, false
}

// askWith asks the policy about the same message with additional scopes of an issuer.
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
