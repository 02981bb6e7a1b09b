package naming

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
