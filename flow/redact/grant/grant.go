// Package grant tells the codes and states of OAuth grants, which have harmless names, from other
// codes and states, by the names beside them.
//
// It may import flow/redact/lex, internal/ascii and internal/hexdigit. Read grant.go first.
package grant

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/internal/ascii"
	"github.com/spectap/spectap/internal/hexdigit"
)

// An authorization code, which is exchanged for a token, is called just "code" (RFC 6749, sections
// 4.1.2 and 4.1.3), like the codes of errors and countries. Only the names beside it tell them
// apart.

// IsName reports whether a name occurs beside an authorization code only. In URLs and forms
// "state" is such a name; in JSON it means many things.
func IsName(name string, inJSON bool) bool {
	if len(name) < len("state") || len(name) > len("__code_verifier") || strings.IndexByte("_gcrsGCRS", name[0]) < 0 {
		return false
	}
	switch strings.ToLower(strings.ReplaceAll(name, "_", "")) {
	case "granttype", "codeverifier", "redirecturi", "sessionstate":
		return true
	case "state":
		return !inJSON
	}
	return false
}

// mayBeCode reports whether a value called "code" may be an authorization code. HTTP status
// codes and calling codes are shorter.
func mayBeCode(value string) bool {
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

// Distance is the distance from a code, in bytes, within which other names of a grant are
// looked for.
const Distance = 4096

// IsCode reports whether a name is just "code".
func IsCode(name string) bool { return len(name) == len("code") && strings.EqualFold(name, "code") }

// Form is what the names of a query or form say about a grant.
type Form struct{ hasCode, hasState, hasError, hasGrant bool }

// FormOf returns what the names of a query or form say about a grant.
func FormOf(raw string) (g Form) {
	if !strings.Contains(raw, "ode") && !strings.Contains(raw, "ODE") && !strings.Contains(raw, "tate") &&
		!strings.Contains(raw, "TATE") {
		return g
	}
	for part := range strings.FieldsFuncSeq(raw, func(c rune) bool { return c == '&' || c == ';' }) {
		name, _, _ := strings.Cut(part, "=")
		name = lex.Unescape(name)
		switch {
		case IsCode(name):
			g.hasCode = true
		case IsState(name):
			g.hasState = true
		case strings.EqualFold(name, "error"):
			g.hasError = true
		default:
			g.hasGrant = g.hasGrant || IsName(name, false) || isRequestOfGrant(name)
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

// IsSecret reports whether a value of a query or form is an authorization code, or the state that
// protects its redirect. In the URL of a redirect both are, whatever stands beside them.
func (g Form) IsSecret(name, value string, isRedirect bool) bool {
	switch {
	case IsCode(name):
		return (g.hasState || g.hasGrant || isRedirect) && !g.hasError && mayBeCode(value)
	case IsState(name):
		return (g.hasCode || g.hasGrant || g.hasError || isRedirect) && !IsFilterState(value)
	}
	return false
}

// IsState reports whether a name is just "state".
func IsState(name string) bool {
	return len(name) == len("state") && strings.EqualFold(name, "state")
}

// IsFilterState reports whether a value called "state" selects things by their state or address.
func IsFilterState(value string) bool {
	switch value {
	case "", "open", "opened", "closed", "all", "any", "active", "inactive", "pending", "enabled", "disabled", "merged",
		"draft", "published", "archived", "deleted", "completed", "done", "failed", "success", "running", "queued",
		"new", "started", "stopped", "cancelled", "canceled", "resolved", "unresolved", "online", "offline":
		return true
	}
	return len(value) == 2 && ascii.IsUpper(value[0]) && ascii.IsUpper(value[1]) // of a country
}

// marks are names of a grant in the middle of text, in links that may be escaped once or
// twice.
var (
	marks      = [...]string{"state", "grant_type", "code_verifier", "redirect_uri", "code", "client_id", "response_type"}
	codeMarks  = marks[:4] // beside a code
	stateMarks = marks[1:] // beside a state
)

// isNearby reports whether the word at i belongs to a link or form of a grant, which has one
// of the names beside it.
func isNearby(s string, i int, beside []string) bool {
	const ends = " \t\r\n\"'`<>\\"
	s, i = s[max(0, i-Distance):min(len(s), i+Distance)], min(i, Distance)
	run := s[strings.LastIndexAny(s[:i], ends)+1 : lex.IndexFrom(s, i, ends)]
	for _, name := range beside {
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

// In reports whether the value of the name s[i:j] is a code or state of a grant.
func In(s string, i, j int, value string) bool {
	switch {
	case IsCode(s[i:j]):
		return mayBeCode(value) && isNearby(s, i, codeMarks)
	case IsState(s[i:j]):
		return !IsFilterState(value) && isNearby(s, i, stateMarks)
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
