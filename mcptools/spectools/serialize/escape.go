package serialize

import (
	"fmt"
	"strings"
)

// escaper escapes one value so that no character of it acts as a delimiter.
type escaper func(string) string

// unreserved are the characters that are never escaped (RFC 3986 section 2.3).
const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

// escapeExcept percent-encodes all bytes that are not in literal.
func escapeExcept(literal string) escaper {
	var isLiteral [256]bool
	for i := range len(literal) {
		isLiteral[literal[i]] = true
	}
	return func(s string) string {
		var b strings.Builder
		for i := range len(s) {
			if c := s[i]; isLiteral[c] {
				b.WriteByte(c)
			} else {
				fmt.Fprintf(&b, "%%%02X", c)
			}
		}
		return b.String()
	}
}

// Escapers for each location. Those for reserved characters (OpenAPI, allowReserved) still escape
// what would end a value: "&", "#", "+", ";" and "%" in a query, "/", "?" and "#" in a path.
var (
	escapePath          = escapeExcept(unreserved)
	escapePathReserved  = escapeExcept(unreserved + ":@!$&'()*+,;=")
	escapePathLiteral   = escapeExcept(unreserved + ":@!$&'()*+,;=/%") // the fixed text of a template
	escapeQuery         = escapeExcept(unreserved)
	escapeQueryReserved = escapeExcept(unreserved + ":/?[]@!$'()*,=")
	escapeFormExceptSp  = escapeExcept(unreserved + " ")
	escapeCookie        = escapeExcept(unreserved + "!#$&'()*+-./:<=>?@[]^_`{|}~")
)

func escapeForm(s string) string { return strings.ReplaceAll(escapeFormExceptSp(s), " ", "+") }

func escapeNothing(s string) string { return s }
