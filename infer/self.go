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

// spoken are the steps as one speaks of them: "me" is the current one of what stands before it, or the current user.
func spoken(steps []step) []step {
	if !slices.ContainsFunc(steps, func(s step) bool { return isSelf(s.literal) }) {
		return steps
	}
	out := make([]step, 0, len(steps))
	for _, s := range steps {
		if !isSelf(s.literal) {
			out = append(out, s)
			continue
		}
		of := "user"
		if n := len(out); n > 0 && out[n-1].literal != "" && !isVersion(out[n-1].literal) && !strings.EqualFold(out[n-1].literal, "api") && !out[n-1].self {
			of, out = strings.Join(literalWords(out[n-1].literal, true), "-"), out[:n-1]
		}
		out = append(out, step{literal: "current-" + of, self: true})
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
