package security

import (
	"slices"
	"strings"
)

// provenKeys returns the names of the headers that carry a key, among those that may by their
// names. It is proven if one operation refused all requests with a set of credentials, and passed a
// request with the same set and the header.
func provenKeys(operations []Operation) map[string]bool {
	proven := map[string]bool{}
	for _, op := range operations {
		for key, with := range op.Access.attempts {
			if with.passed == 0 {
				continue
			}
			set := credentialsOf(key)
			for i, c := range set {
				if c.Kind != kindMaybe {
					continue
				}
				rest := appendKey(nil, slices.Delete(slices.Clone(set), i, i+1))
				without := op.Access.attempts[string(rest)]
				if without != nil && without.refused > 0 && without.passed == 0 {
					proven[c.Name] = true
				}
			}
		}
	}
	return proven
}

// withKeys returns the same counts with these headers as keys, and without the others that might
// have been keys and the ignored credentials.
func (a *Access) withKeys(keys map[string]bool, ignored map[Credential]bool) *Access {
	out := &Access{challenges: a.challenges}
	for key, o := range a.attempts {
		var set []Credential
		for _, c := range credentialsOf(key) {
			if c.Kind == kindMaybe && keys[c.Name] {
				c.Kind = kindHeader
			}
			if c.Kind != kindMaybe && !ignored[withoutFormat(c)] {
				set = append(set, c)
			}
		}
		slices.SortFunc(set, compareCredentials)
		own := out.at(string(appendKey(nil, set)))
		own.passed += o.passed
		own.refused += o.refused
	}
	return out
}

// refusedValues returns the credentials in Authorization that were refused wherever they came,
// while other credentials passed: a wrong value shows no scheme.
func refusedValues(operations []Operation) map[Credential]bool {
	passed, refused := map[Credential]bool{}, map[Credential]bool{}
	for _, op := range operations {
		for key, o := range op.Access.attempts {
			for _, c := range credentialsOf(key) {
				c = withoutFormat(c)
				passed[c] = passed[c] || o.passed > 0
				refused[c] = refused[c] || o.refused > 0
			}
		}
	}
	anyPassed := false
	for _, ok := range passed {
		anyPassed = anyPassed || ok
	}
	out := map[Credential]bool{}
	for c := range refused {
		isAuthorization := c.Kind == kindBearer || c.Kind == kindBasic || c.Kind == kindDigest ||
			c.Kind == kindHeader && strings.HasPrefix(c.Name, "authorization")
		out[c] = anyPassed && isAuthorization && refused[c] && !passed[c]
	}
	return out
}
