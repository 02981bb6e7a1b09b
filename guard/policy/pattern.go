package policy

import (
	"encoding/hex"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/spectap/spectap/internal/lazyregexp"
	"github.com/spectap/spectap/internal/visible"
)

// pattern matches names: "*" matches any sequence of characters, including the empty one. All other
// characters match themselves, with case.
type pattern string

// MatchName reports whether a pattern of a policy, such as "read_*", matches a name.
func MatchName(p, name string) bool { return pattern(p).matches(name) }

// isGlob reports whether the pattern may match several names.
func (p pattern) isGlob() bool { return strings.Contains(string(p), "*") }

// start returns the common prefix of all names that match.
func (p pattern) start() string {
	start, _, _ := strings.Cut(string(p), "*")
	return start
}

// matches reports whether the pattern matches a name. Its worst-case time is the product of the
// lengths.
func (p pattern) matches(name string) bool {
	first, rest, isGlob := strings.Cut(string(p), "*")
	if !isGlob {
		return first == name
	}
	if !strings.HasPrefix(name, first) {
		return false
	}
	name = name[len(first):]
	for {
		part, next, more := strings.Cut(rest, "*")
		if !more {
			return strings.HasSuffix(name, part)
		}
		i := strings.Index(name, part)
		if i < 0 {
			return false
		}
		name, rest = name[i+len(part):], next
	}
}

// literalStart returns the beginning of a URI template up to its first expression.
func literalStart(template string) string {
	start, _, _ := strings.Cut(template, "{")
	return start
}

// opaqueTemplate replaces each expression of a URI template by a character that no pattern
// contains. A pattern that matches the result with its own * matches all expansions.
func opaqueTemplate(template string) string {
	var b strings.Builder
	for {
		literal, rest, more := strings.Cut(template, "{")
		b.WriteString(literal)
		if !more {
			return b.String()
		}
		b.WriteByte(0)
		_, template, _ = strings.Cut(rest, "}")
	}
}

func hasEitherPrefix(a, b string) bool { return strings.HasPrefix(a, b) || strings.HasPrefix(b, a) }

// isUnclear reports whether a server may resolve a URI or path to something other than its text,
// which the patterns of a policy do not foresee. It then has a segment "." or "..", also
// percent-encoded or after a #; a backslash, which many servers treat as a slash; an empty segment
// or a drive in the middle; an overlong UTF-8 character; or a control character or a space at an
// end, which URL parsers drop (WHATWG URL, 4.4).
func isUnclear(uri string) bool {
	if strings.TrimSpace(uri) != uri {
		return true
	}
	for range maxEscapes {
		if strings.ContainsFunc(uri, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' }) || overlong.MatchString(uri) {
			return true
		}
		if hasDots(uri) || hasDots(norm.NFKC.String(uri)) || hasRoot(uri) { // some servers normalize
			return true
		}
		next := unescape(uri)
		if next == uri {
			return false
		}
		uri = next
	}
	return true // escaped more often than any server unescapes
}

// slashes end a segment: the delimiters of URIs, Unicode's variants of the slash and the backslash,
// and the signs of yen and won, which are the backslash in the code pages of Japan and Korea.
const slashes = "/?:;#\\\u2044\u2215\u2216\u29f8\u29f9\u00a5\u20a9"

// hasDots reports whether a URI has a segment "." or "..", or one that becomes it: Windows drops
// spaces at the end of a name, and other parsers drop invisible characters.
func hasDots(uri string) bool {
	for segment := range strings.FieldsFuncSeq(uri, func(r rune) bool { return strings.ContainsRune(slashes, r) }) {
		dots := 0
		for _, r := range segment {
			switch {
			case r == '.':
				dots++
			case !unicode.IsSpace(r) && visible.Shown(r):
				dots += 3 // it has another name
			}
		}
		if dots == 1 || dots == 2 {
			return true
		}
	}
	return false
}

// hasRoot reports whether the end of a path can be read as an absolute path. A server that joins
// its folder and the rest of the URI then leaves the folder: os.path.join("/data", "/etc") is /etc.
func hasRoot(uri string) bool {
	path, _, _ := strings.Cut(uri, "?")
	return root.MatchString(path)
}

// root matches an empty segment that does not follow a scheme, or a drive in a segment after the
// first.
var root = lazyregexp.New(`[^:/]//|://[^/]*/[^/]+/(?:.*/)?[A-Za-z][:|](?:/|$)`)

// overlong matches the beginning of a percent-encoded overlong character.
var overlong = lazyregexp.New(`(?i)%c[01]%[89ab]|%e0%[89]|%f0%8`)

var escape = lazyregexp.New(`%[0-9A-Fa-f]{2}|%u[0-9A-Fa-f]{4}`)

// unescape decodes percent-encoding, including the form of JavaScript's unescape. Invalid escapes
// stay unchanged, as in many lenient servers.
func unescape(uri string) string {
	return escape.Get().ReplaceAllStringFunc(uri, func(e string) string {
		if e[1] == 'u' {
			r, _ := strconv.ParseUint(e[2:], 16, 16) // four digits
			return string(rune(r))
		}
		b, _ := hex.DecodeString(e[1:]) // two digits
		return string(b)
	})
}

// maxEscapes is how often a URI may be percent-encoded.
const maxEscapes = 4
