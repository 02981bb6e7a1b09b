package guard

import (
	"slices"
	"strings"
	"time"
)

// Policy is what the operator allows. The zero value holds every method but GET, HEAD and OPTIONS.
type Policy struct {
	// NoConfirmDangerous allows calls without confirmation, except those that Confirm names.
	NoConfirmDangerous bool
	// RequireHuman accepts consent only from a person, not from the model.
	RequireHuman bool
	// ReadOnly denies every method but GET, HEAD and OPTIONS.
	ReadOnly bool
	// Confirm names methods, in any case, whose calls are held, and tools whose calls are held
	// regardless of the method.
	Confirm []string
	// HoldFor is how long a call waits for its confirmation; zero means [DefaultHold].
	HoldFor time.Duration
}

// DefaultHold is how long a call waits for its confirmation.
const DefaultHold = 5 * time.Minute

// RequiresConsent reports whether a call of tool that sends method is held until somebody consents
// to it. [AnyMethod] may be each method that Confirm names.
func (p Policy) RequiresConsent(method, tool string) bool {
	named := func(c string) bool { return c == tool && tool != "" || strings.EqualFold(c, method) }
	if slices.ContainsFunc(p.Confirm, named) || method == AnyMethod && len(p.Confirm) > 0 {
		return true
	}
	return !p.NoConfirmDangerous && !IsSafe(method)
}

// RequiresConsentOf reports whether one of the methods as which a request may be handled requires
// consent.
func (p Policy) RequiresConsentOf(tool, method string, methods Methods) bool {
	return p.RequiresConsent(method, tool) || slices.ContainsFunc(methods, func(m string) bool { return p.RequiresConsent(m, tool) })
}

// IsSafe reports whether a method is GET, HEAD or OPTIONS, which only read. Of the safe methods of
// RFC 9110, section 9.2.1, TRACE is left out, because it sends the request's own headers back.
func IsSafe(method string) bool {
	switch strings.ToUpper(method) {
	case "GET", "HEAD", "OPTIONS":
		return true
	}
	return false
}

// Decide reports whether a call waits for a confirmation, or why it is denied. It is pure.
func (p Policy) Decide(v *Preview) (holds bool, denied string) {
	if v.Methods == nil {
		return v.Asks, ""
	}
	method := v.Methods[0]
	switch {
	case p.ReadOnly && !IsSafe(method):
		return false, "only reading is allowed here, and " + strings.ToUpper(method) + " writes"
	case p.ReadOnly && !v.Methods.IsRead():
		return false, "only reading is allowed here, and the request may become one that writes"
	}
	p.NoConfirmDangerous = p.NoConfirmDangerous || v.Reads && len(v.Methods) == 1
	return v.Asks || p.RequiresConsentOf(v.Tool, method, v.Methods), ""
}
