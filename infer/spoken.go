package infer

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// isSelf says whether a segment stands for whoever calls, or for the one of its kind that is in force.
func isSelf(literal string) bool {
	switch strings.ToLower(literal) {
	case "me", "self", "myself", "current":
		return true
	}
	return false
}

// isParticiple says whether a segment tells which of the things before it are meant: featured, archived.
func isParticiple(literal string) bool {
	return len(literal) > 5 && strings.HasSuffix(strings.ToLower(literal), "ed") && len(noun.Words(literal)) == 1
}

// spoken are the steps as one speaks of them: "me" is the current one of what stands before it, or the current user;
// "featured" below products are the featured products.
func spoken(steps []step) []step {
	if !slices.ContainsFunc(steps, func(s step) bool { return isSelf(s.literal) || isParticiple(s.literal) }) {
		return steps
	}
	out := make([]step, 0, len(steps))
	for _, s := range steps {
		above := ""
		if n := len(out); n > 0 && !out[n-1].self && !isVersion(out[n-1].literal) {
			above = out[n-1].literal
		}
		switch {
		case isSelf(s.literal) && above != "":
			out[len(out)-1] = step{literal: "current-" + strings.Join(literalWords(above, true), "-"), self: true}
		case isSelf(s.literal):
			out = append(out, step{literal: "current-user", self: true})
		case isParticiple(s.literal) && noun.IsPlural(above):
			out[len(out)-1] = step{literal: strings.ToLower(s.literal) + "-" + strings.Join(noun.Words(above), "-")}
		default:
			out = append(out, s)
		}
	}
	return out
}

// adjunct are the words of a literal before the noun that they qualify: in the singular, but for nouns that hardly have one.
func adjunct(literal string) []string {
	words := noun.Words(literal)
	if len(words) == 0 {
		return literalWords(literal, false)
	}
	switch words[len(words)-1] {
	case "settings", "preferences", "options", "stats", "statistics", "analytics", "metrics":
		return words
	}
	return literalWords(literal, true)
}

// applicationOperations is from how many operations on a literal before all of them says what the API is, and nothing
// of any operation.
const applicationOperations = 10

// tell finds what names are made of.
func tell(cs []*candidate) {
	shared := sharedSteps(cs)
	for _, c := range cs {
		c.told = told(c.steps, shared)
	}
}

// told are the steps of a path that say something: without what stands before all paths, what leads to an API, the
// domain of a group, and what the next literal says again (build/builds).
func told(steps []step, shared int) []step {
	var out []step
	for i, s := range steps {
		if i < shared || isAPI(steps, i) && saysMore(steps[i+1:]) {
			continue
		}
		s.literal = withoutDomain(s.literal)
		if n := len(out); n > 0 && s.literal != "" && strings.EqualFold(noun.Singular(out[n-1].literal), noun.Singular(s.literal)) {
			out[n-1] = s
			continue
		}
		out = append(out, s)
	}
	return out
}

// sharedSteps counts the leading literals that all paths of an API of some size have, and that are no thing of which
// there are several: one with a parameter behind it is a name when it has a digit in it, else perhaps the thing.
func sharedSteps(cs []*candidate) int {
	if len(cs) < applicationOperations {
		return 0
	}
	n := 0
	for ; ; n++ {
		for _, c := range cs {
			switch first := cs[0].steps; {
			case n >= len(first) || n+1 >= len(c.steps), first[n].literal == "", c.steps[n].literal != first[n].literal:
				return n
			case c.steps[n+1].literal == "" && !strings.ContainsAny(first[n].literal, "0123456789"):
				return n
			case !saysMore(c.steps[n+1:]):
				return n
			}
		}
	}
}

// saysMore says whether there is a literal that is no version.
func saysMore(steps []step) bool {
	return slices.ContainsFunc(steps, func(s step) bool { return s.literal != "" && !isVersion(s.literal) })
}
