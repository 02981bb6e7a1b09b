package route

import (
	"slices"

	"github.com/spectap/spectap/infer/noun"
)

// isAccepting reports whether a status cannot be the answer to a malformed identifier.
func isAccepting(status int) bool {
	switch status {
	case 0, 400, 404, 405, 410, 422:
		return false
	}
	return true
}

// hasAccepted reports whether anything at or below a node was answered by more than a refusal.
func (d *decider) hasAccepted(n *node) bool { return n.wasAnswered(isAccepting, d.acceptedCache) }

// withoutRefused returns the candidates with an accepted request, or all if there are no such
// candidates. Names that tests send to see them refused are no evidence about the names of a level.
func withoutRefused(all []*candidate) []*candidate {
	accepted := slices.DeleteFunc(slices.Clone(all), func(c *candidate) bool { return c.refused && c.ownNode && c.requests > 0 })
	if len(accepted) == 0 {
		return all
	}
	return accepted
}

// isMalformedName reports whether a segment calls itself malformed, as tests do: not-a-uuid.
func isMalformedName(s string) bool {
	return slices.ContainsFunc(noun.Words(s), func(w string) bool {
		return malformedWords[w]
	})
}

// malformedWords are words that tests, and defects of clients, use as malformed values.
var malformedWords = set("not", "invalid", "malformed", "nonexistent", "bogus", "missing", "undefined", "null", "nan", "nil", "fake")

// refused finds a malformed identifier.
func (q *question) refused() finding {
	return finding{times: float64(boolToInt(q.c.refusedValue)), count: q.c.requests}
}

// isRefusedValue reports whether a name may be a malformed identifier: it was requested, always
// refused, and its siblings are identifiers or it calls itself malformed. A verb or a word of
// routes may be an operation that expects other arguments.
func (c *candidate) isRefusedValue(s *siblings) bool {
	if !c.refused || !c.ownNode || c.isStrong() || noun.IsVerb(c.decoded) || commonLiterals[c.decoded] {
		return false
	}
	return !c.notFound && c.requests > 0 && (isMalformedName(c.decoded) || s.hasServedIDs() && !noun.IsPlural(c.decoded))
}

// hasServedIDs reports whether requests with identifiers were accepted at a level.
func hasServedIDs(all []*candidate) bool {
	return slices.ContainsFunc(all, func(c *candidate) bool { return c.isStrong() && !c.refused })
}

// markRefused records the nodes of values that were always refused. They alone do not make an
// operation.
func (d *decider) markRefused(all, values []*candidate) {
	accepted := slices.ContainsFunc(values, func(c *candidate) bool { return !c.refused })
	for _, c := range all {
		isValue := slices.Contains(values, c)
		isMalformed := c.ownNode && c.refused && c.requests > 0 && isMalformedName(c.decoded)
		if isMalformed || c.refusedValue && isValue && accepted {
			for _, n := range c.nodes {
				d.markRefusedNode(n)
			}
		}
	}
}

func (d *decider) markRefusedNode(n *node) {
	d.refusedNodes[n] = true
	for _, k := range n.children {
		d.markRefusedNode(k)
	}
}
