package redact

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/internal/ascii"
)

// What stands below a secret name is secret, too: {"password": {"plain": …}}, password[plain]=…,
// <credentials><x>…. What describes the secret is not: its type, policy, owner and times.

// metadataWords end names of what describes a secret.
var metadataWords = wordSet(`
	type kind name names namespace id ids uuid guid description title label labels status state
	visibility algorithm alg format mode scope scopes method methods provider source category policy
	rule rules created updated expires expiry expired revoked issued at on by date time timestamp ttl
	url uri href link links path endpoint count length len size min max minimum maximum limit
	version hint message messages error errors reason level strength score role roles user username
	login owner email tag tags comment note display locale language region country currency model
	object issuer iss audience aud subject sub permission permissions grant grants entity environment
	env enabled required valid active pattern placeholder help widget input autocomplete ref last4
	schema properties items enum severity step steps algorithm encoding charset enctype unit units
	lifetime duration interval period index position order page total`)

// belowSensitivity returns the sensitivity of a name below a secret one. own is what the name means
// by itself.
func belowSensitivity(name string, own Sensitivity) Sensitivity {
	switch {
	case own == Secret || own == Personal || own == OneTime || own == Below:
		return own
	case holdsValue(bytesOf(name)):
		return Secret
	case isDescriptiveSuffix(name): // "password": {"current": …} is the current password
		return Secret
	case own == Identifier || metadataWords[lastWordOf(name)]:
		return own
	}
	return Below
}

// lastWordOf returns the last word of a name in lower case.
func lastWordOf(name string) string {
	if len(name) == 0 || len(name) > maxNameLen {
		return ""
	}
	var ws words
	ws.split(name)
	return string(ws.get(0))
}

// bracketSensitivity returns the sensitivity of base[inner], as in forms.
func bracketSensitivity(base, inner string) Sensitivity {
	own, outer := SensitivityOf(inner), SensitivityOf(base)
	switch {
	case outer != Secret && outer != Below:
		if joined := joinedSensitivity(base, inner, own); joined != own {
			return joined
		}
		if own == Plain && (inner == "" || ascii.AllDigits(inner)) { // an element of a list
			return outer
		}
		return own
	case inner == "" || ascii.AllDigits(inner):
		return outer
	}
	return belowSensitivity(inner, own)
}

// joinedSensitivity returns the sensitivity of a name that says more together with the name above
// it: "card": {"number": …}, "verification": {"code": …}. own is what the name means by itself.
func joinedSensitivity(above, name string, own Sensitivity) Sensitivity {
	if own != Plain && own != Weak || len(above)+len(name)+1 > maxNameLen {
		return own
	}
	switch name {
	case "code", "key", "number", "answer", "phrase", "pattern", "Code", "Key", "Number", "Answer":
	default:
		return own
	}
	var buf [maxNameLen]byte
	joined := append(append(append(buf[:0], above...), '_'), name...)
	switch s := SensitivityOf(stringOf(joined)); {
	case s == Secret && (name == "code" || name == "Code"):
		return OneTime
	case s == Secret, s == Personal, s == OneTime:
		return s
	}
	return own
}

// isHarmlessBelow reports whether a value below a secret name reveals nothing: it is a short
// number, a date or a link.
func isHarmlessBelow(v string) bool {
	return len(v) < 3 && (len(v) < 2 || ascii.AllDigits(v)) || isHarmlessSecret(v) || isDateLike(v) ||
		strings.HasPrefix(v, "https://") || strings.HasPrefix(v, "http://")
}

// isDateLike reports whether v starts with a date as in 2026-11-20.
func isDateLike(v string) bool {
	return len(v) >= 10 && len(v) <= 40 && form.Matches(v[:10], "0000-00-00") &&
		(len(v) == 10 || v[10] == ' ' || v[10]|0x20 == 't')
}
