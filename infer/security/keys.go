package security

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// certain are the kinds of credentials that may be some, once that is proven.
var certain = map[string]string{kindMaybe: kindHeader, kindMaybeQuery: kindQuery, kindMaybeCookie: kindCookie}

// provenKeys returns the credentials among those that may be some. It is proven if one operation
// refused all requests with a set of credentials, and passed a request with the same set and this
// one, or if the answer to a sign-in gave a cookie.
func provenKeys(operations []Operation, passed *Passed) map[Credential]bool {
	proven := map[Credential]bool{}
	for _, from := range sourcesOf(passed.cookies) {
		proven[Credential{kindCookie, from.Name}] = true
	}
	for _, op := range operations {
		for key, with := range op.Access.attempts {
			if with.passed == 0 {
				continue
			}
			set := credentialsOf(key)
			for i, c := range set {
				if certain[c.Kind] == "" {
					continue
				}
				rest := appendKey(nil, slices.Delete(slices.Clone(set), i, i+1))
				without := op.Access.attempts[string(rest)]
				if without != nil && without.refused > 0 && without.passed == 0 {
					proven[Credential{certain[c.Kind], c.Name}] = true
				}
			}
		}
	}
	return proven
}

// minCompanions is how many requests show that a query parameter always accompanies a key.
const minCompanions = 3

// mayAccompany reports whether a query parameter of this name can be the other part of a credential
// whose key is known: the token of a key, the application of a key.
func mayAccompany(name string) bool {
	return slices.Contains([]string{"key", "token", "secret", "auth", "sig", "signature", "appid", "applicationid", "clientid", "apiid", "apiuser",
		"apiusername", "apisig", "authid", "accountsid"}, noun.Fold(name))
}

// companions returns the query parameters that are in all requests with a key at a place, and in no
// others: they and the key are one credential. With a key in a header, two operations must have
// them, since a parameter of one operation is in all of its requests, too.
func companions(operations []Operation, place keyPlace) map[string]bool {
	requests, having := map[string]int64{}, map[string]int{}
	for _, op := range operations {
		for name, n := range op.Query {
			if mayAccompany(name) && n > 0 {
				requests[name] += n
				having[name]++
			}
		}
	}
	out := map[string]bool{}
	for name, n := range requests {
		isCompanion := n >= minCompanions && !slices.ContainsFunc(operations, func(op Operation) bool {
			keyed := op.Access.isKeyed(name, place)
			return keyed && op.Query[name] < op.Seen && !op.Access.has(name) || !keyed && op.Query[name] > 0
		})
		if isCompanion && (place == inQuery || having[name] > 1) {
			out[name] = true
		}
	}
	return out
}

// keyPlace is where a key stands whose companions are sought.
type keyPlace bool

const (
	inQuery  keyPlace = false
	inHeader keyPlace = true // Authorization included
)

// holds reports whether a credential stands there.
func (p keyPlace) holds(c Credential) bool {
	if p == inQuery {
		return c.Kind == kindQuery
	}
	return c.Kind == kindHeader || c.Kind == kindBearer || c.Kind == kindJWT || c.Kind == kindBasic
}

// isKeyed reports whether all requests had a key at a place, apart from the parameter of this name.
func (a *Access) isKeyed(name string, place keyPlace) bool {
	for key := range a.attempts {
		isOther := func(c Credential) bool { return place.holds(c) && c.Name != name }
		if !slices.ContainsFunc(credentialsOf(key), isOther) {
			return false
		}
	}
	return len(a.attempts) > 0
}

// has reports whether the parameter of this name was a key by itself in some requests: its values
// are long enough in these.
func (a *Access) has(name string) bool {
	for key := range a.attempts {
		if slices.Contains(credentialsOf(key), Credential{kindQuery, name}) {
			return true
		}
	}
	return false
}

// with returns the same counts with other sets of credentials.
func (a *Access) with(change func(set []Credential) []Credential) *Access {
	out := &Access{challenges: a.challenges}
	for key, o := range a.attempts {
		set := change(credentialsOf(key))
		slices.SortFunc(set, compareCredentials)
		own := out.at(string(appendKey(nil, slices.Compact(set))))
		own.passed += o.passed
		own.refused += o.refused
	}
	return out
}

// withCompanions returns the same counts with the companions of the keys at a place.
func (a *Access) withCompanions(names map[string]bool, place keyPlace) *Access {
	return a.with(func(set []Credential) []Credential {
		if slices.ContainsFunc(set, place.holds) {
			for name := range names {
				set = append(set, Credential{kindQuery, name})
			}
		}
		return set
	})
}

// withKeys returns the same counts with these credentials, and without the others that might have
// been some and the ignored ones.
func (a *Access) withKeys(keys, ignored map[Credential]bool) *Access {
	return a.with(func(all []Credential) (set []Credential) {
		for _, c := range all {
			kind := certain[c.Kind]
			c.Kind = cmp.Or(kind, c.Kind)
			if (kind == "" || keys[c]) && !ignored[withoutFormat(c)] {
				set = append(set, c)
			}
		}
		return set
	})
}

// refusedValues returns the credentials in Authorization that were refused everywhere, while other
// credentials passed: a wrong value shows no scheme. A value that never passed counts as refused by
// an operation that accepted others: servers also answer 400 to a malformed value.
func refusedValues(operations []Operation) map[Credential]bool {
	passed, refused := map[Credential]bool{}, map[Credential]bool{}
	for _, op := range operations {
		othersPassed := op.Access.hasPassed()
		for key, o := range op.Access.attempts {
			for _, c := range credentialsOf(key) {
				c = withoutFormat(c)
				passed[c] = passed[c] || o.passed > 0
				refused[c] = refused[c] || o.refused > 0 || o.passed == 0 && othersPassed
			}
		}
	}
	anyPassed := slices.Contains(slices.Collect(maps.Values(passed)), true)
	out := map[Credential]bool{}
	for c := range refused {
		isAuthorization := c.Kind == kindBearer || c.Kind == kindBasic || c.Kind == kindDigest ||
			c.Kind == kindHeader && strings.HasPrefix(c.Name, "authorization")
		out[c] = anyPassed && isAuthorization && refused[c] && !passed[c]
	}
	return out
}

// hasPassed reports whether requests with some credentials passed.
func (a *Access) hasPassed() bool {
	for key, o := range a.attempts {
		if key != "" && o.passed > 0 {
			return true
		}
	}
	return false
}
