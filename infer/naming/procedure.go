package naming

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/internal/verb"
)

// minProcedures is the number of paths that must end in the dotted name of a procedure, unless it
// begins with a plural. A single one may be the name of a file.
const minProcedures = 3

// splitProcedures divides the dotted names at the end of paths, if an API calls procedures that
// way: conversations.archive is named like conversations/archive.
func splitProcedures(paths [][]Segment) [][]Segment {
	procedures := 0
	for _, p := range paths {
		if parts := dottedWords(p, "."); endInVerb(parts) {
			procedures++
		}
	}
	out := slices.Clone(paths)
	for i, p := range paths {
		parts := dottedWords(p, ".")
		if procedures < minProcedures && !(endInVerb(parts) && noun.IsPlural(parts[0])) {
			parts = nil
		}
		if custom := dottedWords(p, ":"); len(custom) == 2 && endInVerb(custom) { // policies:get
			parts = custom
		}
		if parts == nil {
			continue
		}
		out[i] = slices.Clone(p[:len(p)-1])
		for _, part := range parts {
			out[i] = append(out[i], Segment{Literal: part})
		}
		out[i][len(out[i])-1].isProcedure = true
	}
	return out
}

// endInVerb reports whether the last part of a dotted name begins with a verb, or with a noun that
// is a verb before an object: chat.postMessage.
func endInVerb(parts []string) bool {
	if parts == nil {
		return false
	}
	last := parts[len(parts)-1]
	return verb.Is(noun.Words(last)[0]) || isCamelPhrase(last)
}

// dottedWords returns the parts of a name that ends a path, as words in lower case, between dots or
// another separator. It returns nil if the path does not end in such a name.
func dottedWords(path []Segment, separator string) []string {
	if len(path) == 0 || !strings.Contains(path[len(path)-1].Literal, separator) {
		return nil
	}
	parts := strings.Split(path[len(path)-1].Literal, separator)
	for _, part := range parts {
		if part == "" || part[0] < 'a' || part[0] > 'z' || len(noun.Words(part)) == 0 {
			return nil
		}
	}
	return parts
}

// isReadPhrase reports whether a literal begins with a verb that reads and is no noun as well:
// "getInfo", "find-by-status". Those of "list-items" and "search-history" may be nouns.
func isReadPhrase(literal string) bool {
	words := noun.Words(literal)
	if len(words) < 2 {
		return false
	}
	switch words[0] {
	case "get", "fetch", "find", "retrieve", "lookup":
		return true
	}
	return false
}

// isCamelPhrase reports whether a literal is a verb and its object in camel case, as names of
// functions are: "refreshCache".
func isCamelPhrase(literal string) bool {
	if strings.ContainsAny(literal, "-_.") || strings.ToLower(literal) == literal {
		return false
	}
	switch words := noun.Words(literal); {
	case len(words) < 2:
		return false
	default:
		switch words[0] {
		case "change", "save", "edit", "import", "upload", "post", "open", "join":
			return true
		}
	}
	return isPhrase(literal)
}

// isCall reports whether the literal at segment i calls a function with the parameter behind it:
// GET /orders/getOrderById/{id}, POST /orders/cancelOrder/{id}, POST /bots/{id}/assign/{user}.
func (o Operation) isCall(i int) bool {
	literal := o.Segments[i].Literal
	return o.Method == "GET" && isReadPhrase(literal) || o.Method != "GET" && isCamelPhrase(literal) ||
		o.Method == "POST" && isOnlyVerb(literal) && o.isParamAt(i-1)
}

// linking returns the verb of an operation that puts an item into another thing or takes it out:
// PUT /groups/{id}/members/{id} without a body, and the DELETE of that path. It returns "" for
// others.
func (o Operation) linking(i int) string {
	switch {
	case !o.isParamAt(i+1) || !o.isParamAt(i-1):
		return ""
	case o.Method == "PUT" && o.IsBodiless:
		return "add"
	case o.Method == "DELETE" && o.HasBodilessPut:
		return "remove"
	}
	return ""
}
