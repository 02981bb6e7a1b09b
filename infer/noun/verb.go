package noun

import (
	"strings"

	"github.com/spectap/spectap/internal/verb"
)

// IsVerb reports whether an identifier begins with a verb that API paths end in: "copy",
// "rotate-keys".
func IsVerb(s string) bool {
	words := Words(s)
	return len(words) > 0 && verb.Is(words[0])
}

// IsReadVerb reports whether an identifier is a verb that reads, such as "search" in GET
// /orders/search.
func IsReadVerb(s string) bool {
	switch strings.ToLower(s) {
	case "search", "find", "lookup", "preview", "export", "download", "compare", "count", "autocomplete", "validate",
		"verify":
		return true
	}
	return false
}
