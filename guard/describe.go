package guard

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/spectap/spectap/internal/visible"
)

// maxHex is how many bytes of a body that is not text are described.
const maxHex = 64

// IsText reports whether a body is text in UTF-8 without control characters, but for tabs and line
// breaks.
func IsText(body []byte) bool {
	return !strings.ContainsFunc(string(body), func(r rune) bool { return !isText(r) }) && utf8.Valid(body)
}

func isText(r rune) bool {
	return r != utf8.RuneError && (r >= ' ' || r == '\t' || r == '\n' || r == '\r')
}

// DescribeBody describes a body for the person who decides, to follow its size. It shows text,
// whatever its media type, because the caller may choose that. A body that is not all text is
// identified by its digest, and one that is mostly other bytes begins in hexadecimal.
func DescribeBody(body []byte, limit int) string {
	total, text := 0, 0
	for _, r := range string(body) {
		total++
		if isText(r) {
			text++
		}
	}
	switch {
	case total == 0:
		return ""
	case text == total:
		return ": " + Excerpt(string(body), limit)
	}
	digest := fmt.Sprintf(" with the SHA-256 digest %x", sha256.Sum256(body))
	if text*10 >= total*8 {
		return digest + ": " + Excerpt(string(body), limit)
	}
	return fmt.Sprintf("%s that begin in hexadecimal with %x", digest, body[:min(len(body), maxHex)])
}

// Excerpt returns text of the caller for the person who decides: on one line, with escapes for
// characters that do not show, so that it can neither pass for the text around it nor hide. Of more
// than limit characters it returns both ends, and says how many are missing.
func Excerpt(s string, limit int) string {
	r := []rune(visible.Line(s))
	if len(r) <= limit {
		return string(r)
	}
	tail := limit / 4
	head, end := string(r[:limit-tail]), string(r[len(r)-tail:])
	return fmt.Sprintf("%s … (%d characters are not shown) … %s", head, len(r)-limit, end)
}
