package lines

import (
	"strings"
	"unicode/utf8"

	"github.com/spectap/spectap/mcptools/placeholder"
)

// Page returns the lines of a text from line number from on that have at most limit bytes, and the
// number of the line that follows them, or 0 at the end. Of a longer line it returns the beginning
// only, which does not end within a character or a placeholder.
func Page(text string, from, limit int) (page string, next int) {
	for range from {
		_, text, _ = strings.Cut(text, "\n")
	}
	if len(text) <= limit {
		return text, 0
	}
	if end := strings.LastIndexByte(text[:limit+1], '\n'); end > 0 {
		return text[:end], from + strings.Count(text[:end], "\n") + 1
	}
	end := limit
	for !utf8.RuneStart(text[end]) {
		end--
	}
	line, _, isMore := strings.Cut(text, "\n")
	for _, at := range placeholder.FindAllIndex(line) {
		if at[0] < end && end < at[1] {
			end = at[0]
		}
	}
	if isMore {
		next = from + 1
	}
	return text[:end] + "…", next
}
