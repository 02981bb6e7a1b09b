package security

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/varint"
)

// Access counts, for one operation, the sets of credentials that requests carried, and how the
// server answered. Its zero value is ready. It is not safe for concurrent use.
type Access struct {
	attempts   map[string]*outcome // by the key of the set, "" for no credentials
	challenges map[string]int64    // refusals that demanded a scheme, see [Challenges]
}

// outcome counts responses: passed those below status 400, refused those with status 401 or 403.
type outcome struct{ passed, refused int64 }

// Attempt counts the requests that carried one set of credentials.
type Attempt struct {
	// Credentials is the set, nil for requests without credentials.
	Credentials []Credential
	// Passed counts responses with a status below 400, Refused those with status 401 or 403.
	Passed, Refused int64
}

// Add counts one response to a request with the credentials of this key. See [Reader.Key].
func (a *Access) Add(key []byte, status int) {
	o := a.attempts[string(key)]
	if o == nil {
		o = a.at(string(key))
	}
	switch {
	case status == 401 || status == 403:
		o.refused++
	case status < 400:
		o.passed++
	}
}

// at returns the outcome of a set, and adds an empty one first if necessary.
func (a *Access) at(key string) *outcome {
	if a.attempts == nil {
		a.attempts = map[string]*outcome{}
	}
	if a.attempts[key] == nil {
		a.attempts[key] = &outcome{}
	}
	return a.attempts[key]
}

// Challenge counts n refusals that demanded a scheme.
func (a *Access) Challenge(scheme string, n int64) {
	if a.challenges == nil {
		a.challenges = map[string]int64{}
	}
	a.challenges[scheme] += n
}

// Merge adds the counts of b. It keeps nothing of b.
func (a *Access) Merge(b *Access) {
	for scheme, n := range b.challenges {
		a.Challenge(scheme, n)
	}
	for key, o := range b.attempts {
		own := a.at(key)
		own.passed += o.passed
		own.refused += o.refused
	}
}

// Code encodes the counts. It decodes into a zero value.
func (a *Access) Code(c *varint.Coder) {
	varint.Map(c, &a.attempts, math.MaxInt, 1, c.String, func(p **outcome) {
		o := varint.Ensure(p)
		varint.Naturals(c, &o.passed, &o.refused)
	})
	varint.Map(c, &a.challenges, math.MaxInt, 1, c.String, func(n *int64) { varint.Naturals(c, n) })
}

// Attempts returns the counts of each set of credentials, in a fixed order.
func (a *Access) Attempts() (all []Attempt) {
	for _, key := range sortedKeys(a.attempts) {
		o := a.attempts[key]
		all = append(all, Attempt{credentialsOf(key), o.passed, o.refused})
	}
	return all
}

// Challenges returns the number of refusals that demanded each scheme, see the function
// [Challenges].
func (a *Access) Challenges() map[string]int64 { return a.challenges }

// alternatives returns the sets of credentials that open the operation, smallest first, and whether
// no credentials do. These are the sets that passed or were never refused, since a 404 or 422 is no
// evidence against them. If all sets were refused and none passed, they are all sets. A superset of
// another set is left out.
func (a *Access) alternatives() (sets [][]Credential, anonymous bool) {
	passed := false
	for _, o := range a.attempts {
		passed = passed || o.passed > 0
	}
	none := a.attempts[""]
	anonymous = !a.signsConnections() && none != nil && (none.passed > 0 || !passed && none.refused == 0)
	for _, key := range sortedKeys(a.attempts) {
		if o := a.attempts[key]; key != "" && (o.passed > 0 || o.refused == 0 || !passed) {
			sets = append(sets, credentialsOf(key))
		}
	}
	slices.SortStableFunc(sets, func(x, y []Credential) int { return cmp.Compare(len(x), len(y)) })
	var minimal [][]Credential
	for _, s := range sets {
		lacks := func(c Credential) bool { return !slices.Contains(s, c) }
		if !slices.ContainsFunc(minimal, func(m []Credential) bool { return !slices.ContainsFunc(m, lacks) }) {
			minimal = append(minimal, s)
		}
	}
	return minimal, anonymous
}

// demanded returns the schemes that an operation demanded which got no credentials, and refused all
// requests. Requests may have passed where the scheme signs in connections.
func (a *Access) demanded() (schemes []Credential) {
	none := a.attempts[""]
	if len(a.attempts) != 1 || none == nil {
		return nil
	}
	for _, scheme := range sortedKeys(a.challenges) {
		c := Credential{Kind: scheme}
		if flow.ConnectionScheme(scheme) != "" {
			c = Credential{kindHeader, authorizationWord + scheme}
		} else if none.passed > 0 {
			continue
		}
		schemes = append(schemes, c)
	}
	return schemes
}

// signsConnections reports whether requests signed in connections, or refusals demanded that. Then
// a request without credentials that passed is no evidence of anonymous access.
func (a *Access) signsConnections() bool {
	for key := range a.attempts {
		if slices.ContainsFunc(credentialsOf(key), func(c Credential) bool { return c.connectionScheme() != "" }) {
			return true
		}
	}
	return slices.ContainsFunc(sortedKeys(a.challenges), func(scheme string) bool { return flow.ConnectionScheme(scheme) != "" })
}

// sortedKeys keeps map order out of everything that is encoded or decided.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

func sortedPairs[V any](m map[[2]string]V) [][2]string {
	return slices.SortedFunc(maps.Keys(m), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
}
