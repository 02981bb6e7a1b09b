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
		if n := len(out); n > 0 && !out[n-1].self && !isVersion(out[n-1].literal) && !strings.EqualFold(out[n-1].literal, "api") {
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
