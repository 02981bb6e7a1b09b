package names

import (
	"strings"
	"unicode/utf8"

	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/internal/ascii"
	"github.com/spectap/spectap/internal/verb"
)

// OfNextSegment returns the sensitivity of the segment after the given one. After a plural it is
// Weak, since a segment such as /tokens/17 is an id.
func OfNextSegment(segment string) Sensitivity {
	if len(segment) < 3 || len(segment) > MaxLen {
		return Plain
	}
	if MayEndSecret(segment) && SensitivityOf(segment) == Secret {
		return Secret
	}
	switch strings.ToLower(segment) {
	case "tokens", "secrets", "incomingwebhook":
		return Weak
	}
	if OpensByLink(segment) {
		return Weak
	}
	if strings.Contains(segment, "password") || strings.Contains(segment, "token") && SensitivityOf(segment) == Secret {
		return Weak
	}
	return Plain
}

// MayEndSecret is a quick check whether a text may end with the name of a secret.
func MayEndSecret(text string) bool {
	n := len(text)
	return n >= 3 && (text[n-1]|text[n-2] >= utf8.RuneSelf || secretEnds[endIndex(text[n-3], text[n-2], text[n-1])])
}

// secretEnds has the last three characters of names of secrets, as endIndex numbers them.
var secretEnds = func() (t [32 * 32 * 32]bool) {
	for _, end := range strings.Fields(`ord ort nha ana ola slo wrd psw ahl psk ass swd pwd ret ken otp pin jwt ode ase key rka dis ool ona imi nya nal tza ial cvv cvc _pw _id -id nid`) {
		t[endIndex(end[0], end[1], end[2])] = true
	}
	return t
}()

// endIndex numbers three characters, regardless of case. Other characters than letters may share
// the number of a letter.
func endIndex(a, b, c byte) int { return int(a&31)<<10 | int(b&31)<<5 | int(c&31) }

// IsPathLiteral reports whether a segment after the name of a secret is a word of the API, such as
// the action in /token/refresh, or an id.
func IsPathLiteral(before, segment string) bool {
	switch {
	case segment == "" || strings.IndexByte("{:*<[$", segment[0]) >= 0: // a template or placeholder
		return true
	case form.IsPrefixedID(segment):
		return true
	case ascii.AllDigits(segment):
		return len(segment) < 3 || strings.HasSuffix(strings.ToLower(before), "token")
	case len(segment) < 4 && segment[0]|0x20 == 'v' && ascii.AllDigits(segment[1:]):
		return true
	}
	for i := range len(segment) {
		if c := segment[i]; ascii.IsDigit(c) || !ascii.IsAlnum(c) && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	first := strings.ToLower(segment[:camelWordEnd(segment, 0)])
	return verb.Is(first) || pathNouns[first] || pathNouns[LastWord(segment)]
}

// pathNouns are words of APIs that follow the name of a secret in a path without being one.
var pathNouns = wordSet(`
	policy policies settings setting config configuration status info information details detail
	history strength rule rules requirements options option count stats statistics self me my current
	public private metadata meta scoped scope scopes email mail sms phone url uri form page pages
	success succeeded error errors failed failure done complete completed callback callbacks key keys
	type types list lists all any new old default defaults data datas index id ids name names user
	users session sessions permission permissions webhook webhooks device devices client clients role
	roles log logs audit expiry expired expiration lifetime quota quotas usage limit limits version
	versions template templates schema schemas docs help health ping forgot forgotten lost recovery
	reminder instructions hint hints hash salt field fields input change changed management manager
	introspection revocation rotation generation creation validation verification confirmation
	exchange issuer certs jwks access refresh bearer admin service services account accounts group
	groups by for from to of in on with and or html json xml txt php aspx jsp bulk batch tree
	effective inherited shared endpoint endpoints profile profiles method methods step steps
	activity activities event events api has is can balance balances holder holders pair pairs price prices
	supply transaction transactions transfers market markets pool pools swaps`)

// EndsWithChosen reports whether one of the last two segments of a path names a secret that people
// choose: /me/password, /password/change.
func EndsWithChosen(path string) bool {
	path = strings.TrimSuffix(path, "/")
	for range 2 {
		i := strings.LastIndexByte(path, '/')
		if segment := path[i+1:]; MayEndSecret(segment) && SensitivityOf(segment) == Secret && IsChosen(segment) {
			return true
		}
		path = path[:max(i, 0)]
	}
	return false
}

// EndsWithSecret reports whether the last segment of a path, percent-decoded, is the name of one
// secret.
func EndsWithSecret(path string) bool {
	segment := path[strings.LastIndexByte(path, '/')+1:]
	return MayEndSecret(segment) && SensitivityOf(segment) == Secret && !strings.HasSuffix(segment, "s")
}

// IsStateOfSecret reports whether a member of this name has a secret that its path names: the old
// or the new one, or its repetition.
func IsStateOfSecret(name string) bool {
	switch name {
	case "curr", "next", "previous", "prev", "retype", "verify", "reenter":
		return true
	}
	return HoldsValue(name) || IsDescriptiveSuffix(name)
}

// OpensByLink reports whether the segment of a path after this one is known only to who got a link:
// to an invitation, or to set a new password.
func OpensByLink(segment string) bool {
	if len(segment) > len("accept-invitation") {
		return false
	}
	switch strings.ToLower(segment) {
	case "invite", "invites", "invitation", "invitations", "accept-invite", "accept-invitation", "unsubscribe", "magic", "magic-link", "magiclink",
		"activate", "activation", "verify", "verify-email", "confirm", "confirm-email", "reset", "password-reset", "share", "link", "share-link",
		"sso", "autologin", "join":
		return true
	}
	return false
}

// OpensOnlyByLink reports whether the segment after this one is hardly ever a word of the API.
func OpensOnlyByLink(segment string) bool {
	switch strings.ToLower(segment) {
	case "magic-link", "magiclink", "password-reset", "share-link":
		return true
	}
	return false
}
