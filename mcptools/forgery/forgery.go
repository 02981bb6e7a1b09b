// Package forgery reads from an answer whether an app took a request for a forged one: one that
// another site makes a browser send (CSRF). The status 403 alone may also mean that an account may
// not do something. The tools of serve, replay_flow, the command replay and the page ask it.
//
// It reads the words of the answer, so an app that gives none is not recognized.
package forgery

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
)

// Reason says why an app took a request for a forged one.
type Reason string

// The reasons, as a person reads them.
const (
	None Reason = ""
	// Token: it is sent in a header, a field or a cookie.
	Token Reason = "the app found no valid token against forged requests (CSRF)"
	// Origin: the app reads Origin, Referer or Sec-Fetch-Site.
	Origin Reason = "the app does not accept requests from this origin"
)

// maxRead bounds the body that is read, in bytes.
const maxRead = 64 << 10

// statusExpired is the status that Laravel made up for a token that is missing or over.
const statusExpired = 419

var (
	// tokenFault is a complaint about the token. An answer to invalid arguments may repeat them, so
	// the name of the attack alone is none.
	tokenFault = near(`(?:[cx]srf|forgery|authenticity)`,
		`(?:token|cookie|header|argument|missing|invalid|fail|verif|validat|mismatch|expired|check|protect)`)
	originFault = near(`\borigins?\b`,
		`\b(?:not|null|missing|invalid|unknown|untrusted|disallowed|forbidden|mismatch|check\w*|match\w*|block\w*|den\w+|reject\w*)\b`)
	cross = regexp.MustCompile(`(?i)\bcross[- ]?(origin|site)\b`)
	// unsaid is what people do not read in a page, where pages of all apps have tokens, and a
	// member of JSON that has a token, rather than a complaint about it.
	unsaid = regexp.MustCompile(`(?is)<(script|style)\b.*?</|<[^>]*>|"[^"]*[cx]srf[^"]*"\s*:\s*"[^"\s]{8,}"`)
)

// near matches two words of a sentence in either order.
func near(a, b string) *regexp.Regexp {
	return regexp.MustCompile(`(?is)` + a + `.{0,50}?` + b + `|` + b + `.{0,50}?` + a)
}

// Of returns why the app took a request for a forged one that gave an answer: its status, the words
// after it in the status line ("" if they are not known), its header and its body.
func Of(status int, words string, h flow.Header, b flow.Body) Reason {
	switch status {
	case http.StatusBadRequest, http.StatusForbidden, http.StatusUnprocessableEntity:
	case statusExpired:
		return Token
	default:
		return None
	}
	data, _, _ := decode.Body(h, b, maxRead) // what cannot be decoded has no words
	words += "\n" + string(unsaid.ReplaceAll(data[:min(len(data), maxRead)], []byte(" ")))
	for _, x := range h {
		if strings.EqualFold(x.Value, "required") { // gateways of SAP ask for the token so
			words += "\n" + x.Name
		}
	}
	switch {
	case status == http.StatusForbidden && originFault.MatchString(words):
		return Origin
	case tokenFault.MatchString(words):
		return Token
	case cross.MatchString(words):
		return Origin
	}
	return None
}
