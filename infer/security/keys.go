package security

import "slices"

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
// have been keys.
func (a *Access) withKeys(keys map[string]bool) *Access {
	out := &Access{challenges: a.challenges}
	for key, o := range a.attempts {
		var set []Credential
		for _, c := range credentialsOf(key) {
			if c.Kind == kindMaybe && keys[c.Name] {
				c.Kind = kindHeader
			}
			if c.Kind != kindMaybe {
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
