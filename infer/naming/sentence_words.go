package naming

import (
	"strings"

	"github.com/spectap/spectap/internal/verb"
)

// isSearch reports whether a literal selects among the things that the next one names.
func isSearch(literal string) bool {
	switch literal {
	case "search", "find", "lookup":
		return true
	}
	return false
}

// isOfMany reports whether a verb is about several things: search orders.
func isOfMany(v string) bool {
	switch v {
	case "search", "list", "find", "lookup", "query", "filter", "count", "export", "autocomplete":
		return true
	}
	return false
}

// isCreation reports whether a verb makes a new thing.
func isCreation(v string) bool {
	switch v {
	case "create", "add", "generate", "request", "send", "insert", "issue", "post", "register", "schedule":
		return true
	}
	return false
}

// isIntransitive reports whether a verb needs no object: log in.
func isIntransitive(v string) bool {
	switch v {
	case "auth", "login", "logout", "signin", "signout", "signup":
		return true
	}
	return false
}

// isAct reports whether a whole literal names what somebody does and nothing that is created, read or
// replaced, whatever the method.
func isAct(literal string) bool {
	return isIntransitive(literal) && literal != "auth" || literal == "register" || literal == "sync"
}

// isManner reports whether a word says how the verb after it is done.
func isManner(word string) bool {
	switch word {
	case "force", "bulk", "batch", "mass", "soft", "hard", "multi", "auto", "quick":
		return true
	}
	return false
}

func isPreposition(word string) bool {
	switch word {
	case "by", "from", "to", "with", "for", "as", "in", "into", "on", "at", "of", "via", "without":
		return true
	}
	return false
}

// isGerund reports whether a word is the form of a verb in -ing, or looks like one.
func isGerund(word string) bool {
	return len(word) > 5 && strings.HasSuffix(word, "ing") && !verb.Is(word)
}

// isActivity reports whether a word is what somebody does for a while (typing), and no thing that
// is made by it (a booking).
func isActivity(word string) bool {
	switch word {
	case "billing", "booking", "building", "clothing", "drawing", "filing", "finding", "heading", "hearing", "holding",
		"listing", "mapping", "meeting", "offering", "opening", "painting", "posting", "pricing", "ranking", "rating",
		"reading", "recording", "ruling", "saving", "setting", "shipping", "sibling", "string", "training", "warning":
		return false
	}
	return isGerund(word)
}

// isView reports whether the last part of the name of a procedure is what it returns: users.info.
func isView(literal string) bool {
	switch literal {
	case "info", "status", "history", "details", "summary", "stats", "count", "permalink":
		return true
	}
	return false
}
