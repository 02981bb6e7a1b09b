package guard

// Consent is the source of the consent to a held call.
type Consent uint8

// The kinds of consent.
const (
	NoConsent  Consent = iota // nobody
	ByModel                   // the caller repeated a held call with `__confirmed: true`
	ByPerson                  // a person agreed when the client asked
	Refused                   // a person was asked and did not agree
	ByApproval                // the call is sent only if a person outside of the client approves it
)

// String returns the consent as the audit writes it.
func (c Consent) String() string {
	switch c {
	case ByModel:
		return "model"
	case ByPerson:
		return "person"
	case Refused:
		return "refused"
	case ByApproval:
		return "approval"
	}
	return ""
}
