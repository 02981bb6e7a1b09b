package judge

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/rules"
	"github.com/spectap/spectap/internal/ascii"
	"github.com/spectap/spectap/internal/verb"
)

// IsPathSecret reports whether a segment of a path, percent-decoded, is a secret because of the
// segment before it: /reset/token/swordfish, /login/password/hunter2.
func IsPathSecret(before, segment string) bool {
	if len(before) < 3 || len(before) > rules.MaxName {
		return false
	}
	if rules.ClassOf(before) == rules.Secret && !isPlural(before) && !strings.HasSuffix(strings.ToLower(before), "authorization") {
		return !isPathLiteral(before, segment)
	}
	opens := linkWords[rules.LastWord(before)]
	if !opens && !isPlural(before) {
		return false
	}
	if IsPrefixedID(segment) {
		return false
	}
	return LooksGenerated(segment) || opens && isLinkSecret(segment)
}

// isPlural reports whether a segment lists secrets: what follows is an id.
func isPlural(segment string) bool {
	switch strings.ToLower(segment) {
	case "tokens", "secrets", "incomingwebhook":
		return true
	}
	return false
}

// linkWords stand in paths before what opens something for who has it.
var linkWords = wordSet(`share shared link invite invites invitation invitations verify verification reset activate activation confirm
	confirmation unsubscribe recovery recover magic autologin passwordless join`)

// isLinkSecret reports whether a segment is no word or id: sesam4horse, Zq8rT2mW.
func isLinkSecret(segment string) bool {
	c := Count(segment)
	if len(segment) < 8 || ascii.IsUUID(segment) || c.Other > 0 || c.Digit == 0 || c.Lower+c.Upper < 2 {
		return c.Lower == len(segment) && len(segment) >= 14
	}
	return c.Lower > 1 && c.Upper > 1 || c.DigitChanges > 1
}

// isPathLiteral reports whether a segment after the name of a secret is a word of the API, such as
// the action in /token/refresh, or an id.
func isPathLiteral(before, segment string) bool {
	switch {
	case segment == "" || strings.IndexByte("{:*<[$", segment[0]) >= 0: // a template or placeholder
		return true
	case IsPrefixedID(segment):
		return true
	case ascii.AllDigits(segment):
		return len(segment) < 3 || strings.HasSuffix(strings.ToLower(before), "token")
	case rules.LastWord(before) == "pin": // a PIN is digits: /TripPin/People is a service of OData
		return true
	case len(segment) < 4 && segment[0]|0x20 == 'v' && ascii.AllDigits(segment[1:]):
		return true
	}
	for i := range len(segment) {
		if c := segment[i]; ascii.IsDigit(c) || !ascii.IsAlnum(c) && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	first := segment
	for i := 1; i < len(segment); i++ {
		if !ascii.IsLower(segment[i]) && !(ascii.IsUpper(segment[i]) && ascii.IsUpper(segment[i-1])) {
			first = segment[:i]
			break
		}
	}
	first = strings.ToLower(first)
	return verb.Is(first) || pathNouns[first] || pathNouns[rules.LastWord(segment)]
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

// IsWebhookToken reports whether a segment of a path is the secret of a webhook by the two segments
// before it: webhooks/123456789012345678/x. In random letters and digits, every second one differs
// in class from the one before. Names, and ids of deliveries, do not.
func IsWebhookToken(kind, id, segment string) bool {
	if kind != "webhooks" && kind != "hooks" || len(segment) < 16 || len(id) < 6 || !ascii.AllDigits(id) || IsPrefixedID(segment) {
		return false
	}
	c := Count(segment)
	return c.Upper >= 3 && c.Lower >= 3 && c.Changes*2 >= len(segment)-1 && c.Other*6 <= len(segment)
}

// ChangesSecret reports whether one of the last two segments of a path names a secret that people
// choose: /me/password, /password/change.
func ChangesSecret(path string) bool {
	for range 2 {
		i := strings.LastIndexByte(path, '/')
		if segment := path[i+1:]; isChosen(segment) && rules.ClassOf(segment) == rules.Secret || strings.HasPrefix(segment, "change-password") {
			return true
		}
		path = path[:max(i, 0)]
	}
	return false
}

// OpensLink reports whether one of the last two segments of a path has a word of a link that opens
// something for who has it: /auth/magic, /accept-invite.
func OpensLink(path string) bool {
	for range 2 {
		i := strings.LastIndexByte(path, '/')
		if hasLinkWord(path[i+1:]) {
			return true
		}
		path = path[:max(i, 0)]
	}
	return false
}

// NamesLink reports whether a member of this name has such a link: reset_link, inviteUrl.
func NamesLink(name string) bool {
	switch rules.LastWord(name) {
	case "link", "url", "uri", "href":
		return hasLinkWord(name)
	}
	return false
}

func hasLinkWord(name string) bool {
	low := strings.ToLower(name)
	for _, w := range linkStems {
		if strings.Contains(low, w) {
			return true
		}
	}
	return false
}

// linkStems are the parts of such names; "reset" is one of "reset_link".
var linkStems = strings.Fields("invit verif reset activat confirm unsubscribe recover magic autologin passwordless")

// IsLinkToken reports whether a segment of a path is the token of a link by the segment two before
// it: /reset/MjM/c5q2xz-8d7f6e5d4c3b2a19, as Django has it.
func IsLinkToken(kind, segment string) bool {
	return linkWords[rules.LastWord(kind)] && kind != "share" && kind != "link" && LooksGenerated(segment) && !IsPrefixedID(segment)
}

// TakesCode reports whether the last segments of a path say that the body has a code that people
// type: /auth/verify-otp, /login/2fa, /email/verify.
func TakesCode(path string) bool {
	checks, checked := false, false
	segments := strings.Split(strings.Trim(path, "/"), "/")
	segments = segments[max(0, len(segments)-4):]
	for n, segment := range segments {
		segment = strings.ToLower(segment)
		if codeWords[unjoined.Replace(segment)] {
			return true
		}
		isNear := n >= len(segments)-2
		for _, w := range strings.FieldsFunc(segment, func(c rune) bool { return c == '-' || c == '_' || c == '.' }) {
			if codeWords[w] {
				return true
			}
			checks, checked = checks || isNear && checkWords[w], checked || isNear && checkedWords[w]
		}
	}
	return checks && checked
}

// unjoined removes the signs that join the words of a name.
var unjoined = strings.NewReplacer("-", "", "_", "")

var (
	codeWords    = wordSet(`otp totp hotp 2fa mfa tfa twofactor passcode onetime otc verification verifications verificationcheck`)
	checkWords   = wordSet(`verify confirm validate check activate challenge verifycode confirmcode checkcode validatecode`)
	checkedWords = wordSet(`phone email mail mobile sms login signin signup auth authenticate account accounts me device registration
		register session sessions password code magic identity user users pin`)
)

// IsHeaderToken reports whether the value of a header whose name ends with auth, session, key,
// crumb or macaroon is a short token that looks random. Headers have less vocabulary under such
// names than other values.
func IsHeaderToken(name, value string) bool {
	if len(value) < 10 || len(value) > 4096 || !ascii.AllAlnum(value) || !EndsHeaderToken(name) {
		return false
	}
	c := Count(value)
	return c.DigitChanges*3 >= len(value) || c.Upper > 0 && c.Lower > 0 && c.DigitChanges >= 3 || c.Upper >= 3 && c.Lower >= 3 && c.Changes*2 > len(value)
}

// EndsHeaderToken reports whether a header has such a name.
func EndsHeaderToken(name string) bool {
	switch rules.LastWord(name) {
	case "auth", "session", "key", "crumb", "macaroon":
		return rules.ClassOf(name) != rules.Identifier
	}
	return false
}
