package redact

import (
	"bytes"
	"iter"
	"strings"

	"github.com/spectap/spectap/flow/jsonscan"
	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/internal/ascii"
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
		if !ascii.IsDigit(value[i]) {
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

// grantForm is what the names of a query or form say about a grant.
type grantForm struct{ hasCode, hasState, hasError, hasGrant bool }

// grantOf returns what the names of a query or form say about a grant.
func grantOf(raw string) (g grantForm) {
	if !strings.Contains(raw, "ode") && !strings.Contains(raw, "ODE") && !strings.Contains(raw, "tate") &&
		!strings.Contains(raw, "TATE") {
		return g
	}
	for part := range strings.FieldsFuncSeq(raw, func(c rune) bool { return c == '&' || c == ';' }) {
		name, _, _ := strings.Cut(part, "=")
		name = lex.Unescape(name)
		switch {
		case isCodeName(name):
			g.hasCode = true
		case isStateName(name):
			g.hasState = true
		case strings.EqualFold(name, "error"):
			g.hasError = true
		default:
			g.hasGrant = g.hasGrant || isGrantName(name, false) || isRequestOfGrant(name)
		}
	}
	return g
}

// isRequestOfGrant reports whether a name occurs in requests for authorization (RFC 6749, section
// 4.1.1, RFC 7636).
func isRequestOfGrant(name string) bool {
	switch strings.ToLower(name) {
	case "response_type", "client_id", "code_challenge":
		return true
	}
	return false
}

// isSecret reports whether a value of a query or form is an authorization code, or the state that
// protects its redirect. In the URL of a redirect both are, whatever stands beside them.
func (g grantForm) isSecret(name, value string, isRedirect bool) bool {
	switch {
	case isCodeName(name):
		return (g.hasState || g.hasGrant || isRedirect) && !g.hasError && mayBeGrantCode(value)
	case isStateName(name):
		return (g.hasCode || g.hasGrant || g.hasError || isRedirect) && !isFilterState(value)
	}
	return false
}

// isStateName reports whether a name is just "state".
func isStateName(name string) bool {
	return len(name) == len("state") && strings.EqualFold(name, "state")
}

// isFilterState reports whether a value called "state" selects things by their state or address.
func isFilterState(value string) bool {
	switch value {
	case "", "open", "opened", "closed", "all", "any", "active", "inactive", "pending", "enabled", "disabled", "merged",
		"draft", "published", "archived", "deleted", "completed", "done", "failed", "success", "running", "queued",
		"new", "started", "stopped", "cancelled", "canceled", "resolved", "unresolved", "online", "offline":
		return true
	}
	return len(value) == 2 && ascii.IsUpper(value[0]) && ascii.IsUpper(value[1]) // of a country
}

// grantMarks are names of a grant in the middle of text, in links that may be escaped once or
// twice.
var (
	grantMarks = [...]string{"state", "grant_type", "code_verifier", "redirect_uri", "code", "client_id", "response_type"}
	codeMarks  = grantMarks[:4] // beside a code
	stateMarks = grantMarks[1:] // beside a state
)

// hasGrantNearby reports whether the word at i belongs to a link or form of a grant, which has one
// of the marks.
func hasGrantNearby(s string, i int, marks []string) bool {
	const ends = " \t\r\n\"'`<>\\"
	s, i = s[max(0, i-grantDistance):min(len(s), i+grantDistance)], min(i, grantDistance)
	run := s[strings.LastIndexAny(s[:i], ends)+1 : lex.IndexFrom(s, i, ends)]
	for _, name := range marks {
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

// isInGrant reports whether the value of the name s[i:j] is a code or state of a grant.
func isInGrant(s string, i, j int, value string) bool {
	switch {
	case isCodeName(s[i:j]):
		return mayBeGrantCode(value) && hasGrantNearby(s, i, codeMarks)
	case isStateName(s[i:j]):
		return !isFilterState(value) && hasGrantNearby(s, i, stateMarks)
	}
	return false
}

// hasGrantInput reports whether a form around the tag at i has hidden fields for both the code and
// the state of a grant. name is that of the tag.
func hasGrantInput(s string, i int, name string) bool {
	other := "code"
	if isCodeName(name) {
		other = "state"
	} else if !isStateName(name) {
		return false
	}
	near := s[max(0, i-maxTagLen):min(len(s), i+maxTagLen)]
	for _, quote := range [...]string{`"`, `'`, ""} {
		if strings.Contains(near, "name="+quote+other+quote) {
			return true
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
	for name := range w.laterMembers(i, grantDistance) {
		if isGrantName(stringOf(name), true) {
			return true
		}
	}
	return false
}

// nameAfter returns the sensitivity of the name that a later member of the object gives the value
// of the member that ends at i: {"value": …, "name": "password"}.
func (w *jsonRedactor) nameAfter(i int) names.Sensitivity {
	for name, from := range w.laterMembers(i, maxNameDistance) {
		if !names.HoldsName(stringOf(name)) {
			continue
		}
		if from < len(w.in) && w.in[from] == '"' {
			if end, _ := jsonscan.StringEnd(w.in, from); end > 0 {
				if x := names.OfPair(stringOf(name), unquote(w.in[from:end])); x != names.Plain {
					return x
				}
			}
		}
	}
	return names.Plain
}

// laterMembers yields the members that follow i in the object that i is in, up to a distance in
// bytes: each name, as written, and where its value starts.
func (w *jsonRedactor) laterMembers(i, distance int) iter.Seq2[[]byte, int] {
	return func(yield func([]byte, int) bool) {
		depth := 0
		for i, most := i, min(len(w.in), i+distance); i < most && depth >= 0; i++ {
			switch w.in[i] {
			case '{', '[':
				depth++
			case '}', ']':
				depth--
			case '"':
				end, _ := jsonscan.StringEnd(w.in, i)
				if end < 0 {
					return
				}
				if depth == 0 && w.isMember(end) {
					from := end + bytes.IndexByte(w.in[end:], ':') + 1
					for from < len(w.in) && isBlank(w.in[from]) {
						from++
					}
					if !yield(w.in[i+1:end-1], from) {
						return
					}
				}
				i = end - 1
			}
		}
	}
}

// maxNameDistance is the distance from a value, in bytes, within which its name is looked for.
const maxNameDistance = 1024

// isMember reports whether a colon comes next.
func (w *jsonRedactor) isMember(i int) bool {
	for i < len(w.in) && isBlank(w.in[i]) {
		i++
	}
	return i < len(w.in) && w.in[i] == ':'
}
