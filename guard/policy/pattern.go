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

// pattern matches names: "*" stands for any run of characters, the empty one included. Everything
// else stands for itself, in the same case.
type pattern string

// MatchName reports whether a pattern of a policy, such as "read_*", matches a name.
func MatchName(p, name string) bool { return pattern(p).matches(name) }

// isGlob reports whether the pattern may match several names.
func (p pattern) isGlob() bool { return strings.Contains(string(p), "*") }

// start returns what all names that match begin with.
func (p pattern) start() string {
	start, _, _ := strings.Cut(string(p), "*")
	return start
}

// matches reports whether the pattern matches a name. It takes time in the product of the lengths
// at worst.
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

// opaqueTemplate returns a URI template with a character in place of each expression that no
// pattern has. What matches it, with a * for each expression, matches all its expansions.
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

// isUnclear reports whether a URI or path may name something else than it says, which no pattern of
// the policy was meant for: it has a segment "." or "..", also percent-encoded or behind a #, a
// backslash, which many servers take for a slash, an empty segment or a drive in the middle, a
// character in more bytes than UTF-8 has for it, or a control character or a space at an end, which
// readers of URLs leave out (WHATWG URL, 4.4).
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

// slashes end a segment: of URIs, what Unicode has beside the slash and the backslash, and the
// signs of yen and won, which stand for a backslash in the code pages of Japan and Korea.
const slashes = "/?:;#\\\u2044\u2215\u2216\u29f8\u29f9\u00a5\u20a9"

// hasDots reports whether a URI has a segment "." or "..", or one that becomes it: Windows drops
// spaces at the end of a name, and other readers what does not show.
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

// hasRoot reports whether the end of a path reads as an absolute path. A server that joins its
// folder and what follows a prefix of the URI leaves the folder then: os.path.join("/data", "/etc")
// is /etc.
func hasRoot(uri string) bool {
	path, _, _ := strings.Cut(uri, "?")
	return root.MatchString(path)
}

// root is an empty segment, but not what follows a scheme, or a drive in another segment than the
// first.
var root = lazyregexp.New(`[^:/]//|://[^/]*/[^/]+/(?:.*/)?[A-Za-z][:|](?:/|$)`)

// overlong is the beginning of an overlong character, still in percent-encoding.
var overlong = lazyregexp.New(`(?i)%c[01]%[89ab]|%e0%[89]|%f0%8`)

var escape = lazyregexp.New(`%[0-9A-Fa-f]{2}|%u[0-9A-Fa-f]{4}`)

// unescape decodes percent-encoding, also of the form that unescape of JavaScript reads. What is
// none stays as it is: many servers are so lenient.
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
