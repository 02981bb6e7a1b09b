package policy

import (
	"net/url"
	"strings"
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

func hasEitherPrefix(a, b string) bool { return strings.HasPrefix(a, b) || strings.HasPrefix(b, a) }

// hasDotSegment reports whether a URI has a segment "." or "..", also percent-encoded, or a
// backslash, which many servers take for a slash. Such a URI may name something that no pattern of
// the policy was meant for.
func hasDotSegment(uri string) bool {
	for range maxEscapes {
		if strings.ContainsRune(uri, '\\') {
			return true
		}
		path, _, _ := strings.Cut(uri, "#")
		for segment := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '/' || r == '?' || r == ':' || r == ';' }) {
			if segment == "." || segment == ".." {
				return true
			}
		}
		next, err := url.PathUnescape(uri)
		if err != nil || next == uri {
			return false
		}
		uri = next
	}
	return true // escaped more often than any server unescapes
}

// maxEscapes is how often a URI may be percent-encoded.
const maxEscapes = 4
