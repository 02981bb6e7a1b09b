package infer

import (
	"slices"
	"strings"
)

// maybeHeader is the kind of headers that by their name may be a key of an API, or of a cache, or of a partition.
const maybeHeader = "maybe"

// mayBeKey says whether a header that an API may read could be a credential.
func mayBeKey(name string) bool {
	if len(name) > maxKeyName || !hasKeyPart(name) {
		return false
	}
	n := squeeze(name)
	if strings.Contains(n, "idempot") || strings.Contains(n, "csrf") || strings.Contains(n, "xsrf") {
		return false
	}
	for _, end := range []string{"key", "token", "secret", "auth", "authorization"} {
		if strings.HasSuffix(n, end) {
			return true
		}
	}
	return false
}

// proveKeys finds the headers that may be keys and are: where one operation refused (401, 403) whoever came without, and
// let pass who came with it and else nothing more. Every operation then has an account of its access in which these are
// keys, and the others are not told. Keys are no parameters.
func proveKeys(cs []*candidate) {
	proven := map[string]bool{}
	for _, c := range cs {
		for k, with := range c.facts.access.tries {
			if with.passed == 0 || !strings.Contains(k, maybeHeader+"\x00") {
				continue
			}
			set := comboOf(k)
			for i, cr := range set {
				if cr.kind != maybeHeader {
					continue
				}
				rest := comboKey(nil, slices.Delete(slices.Clone(set), i, i+1))
				if without := c.facts.access.tries[string(rest)]; without != nil && without.refused > 0 && without.passed == 0 {
					proven[cr.name] = true
				}
			}
		}
	}
	for _, c := range cs {
		c.access = c.facts.access.proven(proven)
		c.op.Params = slices.DeleteFunc(c.op.Params, func(p Param) bool { return p.In == InHeader && proven[strings.ToLower(p.Name)] })
	}
}

// proven is the same account with the headers of these names as keys, and without others that might have been some.
func (a *access) proven(keys map[string]bool) access {
	out := access{challenges: a.challenges}
	for k, o := range a.tries {
		if strings.Contains(k, maybeHeader+"\x00") {
			var set []credential
			for _, cr := range comboOf(k) {
				if cr.kind == maybeHeader && keys[cr.name] {
					cr.kind = "header"
				}
				if cr.kind != maybeHeader {
					set = append(set, cr)
				}
			}
			sortCredentials(set)
			k = string(comboKey(nil, set))
		}
		if out.tries == nil {
			out.tries = map[string]*outcome{}
		}
		if out.tries[k] == nil {
			out.tries[k] = &outcome{}
		}
		out.tries[k].passed += o.passed
		out.tries[k].refused += o.refused
	}
	return out
}
