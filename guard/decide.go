package guard

import (
	"slices"
	"strings"
)

// Verdict is what becomes of a call.
type Verdict uint8

// The verdicts. The zero value denies.
const (
	Deny  Verdict = iota // refused
	Hold                 // waits for a confirmation; nothing may leave
	Allow                // may leave, once
)

// String names the verdict as the audit writes it.
func (v Verdict) String() string {
	switch v {
	case Allow:
		return "allow"
	case Hold:
		return "hold"
	}
	return "deny"
}

// Consent is who agreed to a call that had to be confirmed.
type Consent uint8

// The kinds of consent.
const (
	NoConsent Consent = iota // nobody
	ByModel                  // the caller said `__confirmed: true` for a call that was held
	ByPerson                 // a person answered a question that the client put to them
	Refused                  // a person was asked, and did not agree
)

// String names the consent as the audit writes it.
func (c Consent) String() string {
	switch c {
	case ByModel:
		return "model"
	case ByPerson:
		return "person"
	case Refused:
		return "refused"
	}
	return ""
}

// Policy is what the operator decided. The zero value holds every method but GET, HEAD and OPTIONS.
type Policy struct {
	// NoConfirmDangerous lets calls through unconfirmed, except those that Confirm names.
	NoConfirmDangerous bool
	// RequireHuman takes only a person's consent.
	RequireHuman bool
	// ReadOnly refuses every method but GET, HEAD and OPTIONS.
	ReadOnly bool
	// Confirm names methods, in any case, and tools that are held whatever their method.
	Confirm []string
}

// Holds says whether a call of tool, which sends method, needs a confirmation.
func (p Policy) Holds(method, tool string) bool {
	if slices.ContainsFunc(p.Confirm, func(c string) bool { return c == tool && tool != "" || strings.EqualFold(c, method) }) {
		return true
	}
	return !p.NoConfirmDangerous && !Safe(method)
}

// Safe says whether the method reads only: GET, HEAD and OPTIONS (RFC 9110 section 9.2.1, without TRACE,
// which sends the request's own headers back).
func Safe(method string) bool {
	switch strings.ToUpper(method) {
	case "GET", "HEAD", "OPTIONS":
		return true
	}
	return false
}

// Call is all that a decision rests on.
type Call struct {
	Principal string // who calls
	Tool      string
	Method    string // HTTP method that would be sent
	Digest    Digest // of the arguments
	// Checked says that the arguments were found valid and the request could be built from them.
	Checked bool
	Consent Consent
	Policy  Policy
}

// Decision is the answer. The zero value denies.
type Decision struct {
	Verdict Verdict
	// Reason says why, in words for people and for the audit; it has no values from the call.
	Reason string
}

// Decide says what becomes of c. It is pure: equal calls get equal decisions.
func Decide(c Call) Decision {
	switch {
	case !c.Checked:
		return Decision{Deny, "the arguments were not checked"}
	case c.Tool == "" || c.Method == "":
		return Decision{Deny, "the call names no tool or no method"}
	case c.Policy.ReadOnly && !Safe(c.Method):
		return Decision{Deny, "only reading is allowed here, and " + strings.ToUpper(c.Method) + " writes"}
	case c.Consent == Refused:
		return Decision{Deny, "the person who was asked did not agree"}
	case !c.Policy.Holds(c.Method, c.Tool):
		return Decision{Allow, "no confirmation is needed"}
	}
	switch c.Consent {
	case ByPerson:
		return Decision{Allow, "confirmed by a person"}
	case ByModel:
		if c.Policy.RequireHuman {
			return Decision{Deny, "only a person may confirm this, and the client cannot ask one"}
		}
		return Decision{Allow, "confirmed by the model"}
	}
	return Decision{Hold, "needs a confirmation"}
}
