package guard

import "strings"

// Verdict is the decision on a call.
type Verdict uint8

// The verdicts. The zero value denies.
const (
	Deny  Verdict = iota // refused
	Hold                 // waits for consent; nothing may be sent
	Allow                // may be sent, once
)

// String returns the verdict as the audit writes it.
func (v Verdict) String() string {
	switch v {
	case Allow:
		return "allow"
	case Hold:
		return "hold"
	}
	return "deny"
}

// Call has the facts on which a decision depends.
type Call struct {
	Principal string // who calls
	Tool      string
	Method    string // HTTP method that would be sent
	// Methods are all methods as which the request may be handled, from [EffectiveMethods]. Nil
	// means Method alone.
	Methods Methods
	Digest  Digest // of the arguments
	// Checked means that the arguments are valid and that the request could be built from them.
	Checked bool
	Consent Consent
	Policy  Policy
}

// Decision is the result of [Decide]. The zero value denies.
type Decision struct {
	Verdict Verdict
	// Reason explains the verdict to people and in the audit. It has no values from the call.
	Reason string
}

// Decide decides on c. It is pure: equal calls get equal decisions.
func Decide(c Call) Decision {
	switch {
	case !c.Checked:
		return Decision{Deny, "the arguments were not checked"}
	case c.Tool == "" || c.Method == "":
		return Decision{Deny, "the call names no tool or no method"}
	case c.Policy.ReadOnly && !IsSafe(c.Method):
		return Decision{Deny, "only reading is allowed here, and " + strings.ToUpper(c.Method) + " writes"}
	case c.Policy.ReadOnly && len(c.Methods) > 0 && !c.Methods.IsRead():
		return Decision{Deny, "only reading is allowed here, and the request may become one that writes"}
	case c.Consent == Refused:
		return Decision{Deny, "the person who was asked did not agree"}
	case !c.Policy.RequiresConsentOf(c.Tool, c.Method, c.Methods):
		return Decision{Allow, "no confirmation is needed"}
	}
	switch c.Consent {
	case ByPerson:
		return Decision{Allow, "confirmed by a person"}
	case ByApproval:
		return Decision{Allow, "an approval takes the place of a confirmation"}
	case ByModel:
		if c.Policy.RequireHuman {
			return Decision{Deny, "only a person may confirm this, and the client cannot ask one"}
		}
		return Decision{Allow, "confirmed by the model"}
	}
	return Decision{Hold, "needs a confirmation"}
}
