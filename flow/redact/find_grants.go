package redact

import (
	"strings"

	"github.com/spectap/spectap/flow/jsonscan"
	"github.com/spectap/spectap/internal/hexdigit"
)

// An authorization code, which is exchanged for a token, is called just "code" (RFC 6749, sections
// 4.1.2 and 4.1.3), like the codes of errors and countries. Only the names beside it tell them
// apart.

// isGrantName reports whether a name occurs beside an authorization code only. In URLs and forms
// "state" is such a name; in JSON it means many things.
func isGrantName(name string, inJSON bool) bool {
	switch strings.ToLower(strings.ReplaceAll(name, "_", "")) {
	case "granttype", "codeverifier", "redirecturi", "sessionstate":
		return true
	case "state":
		return !inJSON
	}
	return false
}

// mayBeGrantCode reports whether a value called "code" may be an authorization code. HTTP status
// codes and calling codes are shorter.
func mayBeGrantCode(value string) bool {
	if len(value) > 3 {
		return true
	}
	for i := range len(value) {
		if !isDigit(value[i]) {
			return true
		}
	}
	return false
}

// grantDistance is the distance from a code, in bytes, within which other names of a grant are
// looked for.
const grantDistance = 4096

// isCodeName reports whether a name is just "code".
func isCodeName(name string) bool { return len(name) == len("code") && strings.EqualFold(name, "code") }

// isGrantForm reports whether a query or form belongs to a grant.
func isGrantForm(raw string) bool {
	if !strings.Contains(raw, "ode") && !strings.Contains(raw, "ODE") {
		return false // no code at all
	}
	grants := false
	for part := range strings.FieldsFuncSeq(raw, func(c rune) bool { return c == '&' || c == ';' }) {
		name, _, _ := strings.Cut(part, "=")
		if strings.EqualFold(name, "error") {
			return false
		}
		grants = grants || isGrantName(unescape(name), false)
	}
	return grants
}

// grantMarks are names of a grant in the middle of text, in links that may be escaped once or
// twice.
var grantMarks = [...]string{"state", "grant_type", "code_verifier", "redirect_uri"}

// hasGrantNearby reports whether the word at i belongs to a link or form of a grant.
func hasGrantNearby(s string, i int) bool {
	const ends = " \t\r\n\"'`<>\\"
	s, i = s[max(0, i-grantDistance):min(len(s), i+grantDistance)], min(i, grantDistance)
	run := s[strings.LastIndexAny(s[:i], ends)+1 : indexFrom(s, i, ends)]
	for _, name := range &grantMarks {
		for from := 0; ; {
			k := strings.Index(run[from:], name)
			if k < 0 {
				break
			}
			k += from
			from = k + len(name)
			if startsParameter(run, k) && startsWithEquals(run[from:]) {
				return true
			}
		}
	}
	return false
}

// startsParameter reports whether the name of a parameter may start at s[k]: after a separator,
// which may be percent-encoded, or at the start.
func startsParameter(s string, k int) bool {
	return k == 0 || strings.IndexByte("&?;#", s[k-1]) >= 0 ||
		k > 1 && hexdigit.Is(s[k-1]) && hexdigit.Is(s[k-2])
}

// startsWithEquals reports whether s starts with an equals sign, percent-encoded up to twice.
func startsWithEquals(s string) bool {
	for _, equals := range [...]string{"=", "%3D", "%3d", "%253D"} {
		if strings.HasPrefix(s, equals) {
			return true
		}
	}
	return false
}

// hasGrantSibling reports whether the object whose member ends at i has another member that belongs
// to a grant.
func (w *jsonRedactor) hasGrantSibling(i int) bool {
	if w.stack[len(w.stack)-1].hasGrantMember {
		return true
	}
	depth := 0
	for most := min(len(w.in), i+grantDistance); i < most && depth >= 0; {
		switch w.in[i] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case '"':
			end, _ := jsonscan.StringEnd(w.in, i)
			if end < 0 {
				return false
			}
			if depth == 0 && isGrantName(stringOf(w.in[i+1:end-1]), true) && w.isMember(end) {
				return true
			}
			i = end
			continue
		}
		i++
	}
	return false
}

// isMember reports whether a colon comes next.
func (w *jsonRedactor) isMember(i int) bool {
	for i < len(w.in) && isBlank(w.in[i]) {
		i++
	}
	return i < len(w.in) && w.in[i] == ':'
}
