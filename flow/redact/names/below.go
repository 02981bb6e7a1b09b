package names

import "github.com/spectap/spectap/internal/ascii"

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
	lifetime duration interval period index position order page total in`)

// IsDescription reports whether a name ends in a word for what describes a secret: its type, its
// owner.
func IsDescription(name string) bool { return metadataWords[LastWord(name)] }

// OfBelow returns the sensitivity of a name below a secret one. own is what the name means
// by itself.
func OfBelow(name string, own Sensitivity) Sensitivity {
	switch {
	case own == Secret || own == Personal || own == OneTime || own == Below:
		return own
	case HoldsValue(name):
		return Secret
	case IsDescriptiveSuffix(name): // "password": {"current": …} is the current password
		return Secret
	case name == "enum": // values of a schema, or words that describe it
		return Shown
	case own == Identifier || IsDescription(name):
		return own
	}
	return Below
}

// HoldsErrors reports whether an object of this name describes errors in values. Its members have
// the names of the values: {"errors": {"password": ["is too short"]}}.
func HoldsErrors(name string) bool {
	if len(name) < len("errors") {
		return false
	}
	switch LastWord(name) {
	case "errors", "violations":
		return true
	}
	return false
}

// LastWord returns the last word of a name in lower case.
func LastWord(name string) string {
	if len(name) == 0 || len(name) > MaxLen {
		return ""
	}
	var ws words
	ws.split(name)
	last := ws.get(0)
	if at := len(name) - len(last); name[at:] == string(last) {
		return name[at:] // most names end in their last word as it is, which needs no memory
	}
	return string(last)
}

// bracketSensitivity returns the sensitivity of base[inner], as in forms.
func bracketSensitivity(base, inner string) Sensitivity {
	own, outer := SensitivityOf(inner), SensitivityOf(base)
	switch {
	case outer != Secret && outer != Below:
		if joined := OfJoined(base, inner, own); joined != own {
			return joined
		}
		if own == Plain && (inner == "" || ascii.AllDigits(inner)) { // an element of a list
			return outer
		}
		return own
	case inner == "" || ascii.AllDigits(inner):
		return outer
	}
	return OfBelow(inner, own)
}

// OfJoined returns the sensitivity of a name that says more together with the name above
// it: "card": {"number": …}, "verification": {"code": …}. own is what the name means by itself.
func OfJoined(above, name string, own Sensitivity) Sensitivity {
	if (name == "id" || name == "Id" || name == "ID") && LastWord(above) == "session" {
		return Weak
	}
	if own != Plain && own != Weak || len(above)+len(name)+1 > MaxLen {
		return own
	}
	switch name {
	case "code", "key", "number", "answer", "phrase", "pattern", "seed", "community", "Code", "Key", "Number", "Answer":
	default:
		return own
	}
	var buf [MaxLen]byte
	joined := append(append(append(buf[:0], above...), '_'), name...)
	switch s := SensitivityOf(string(joined)); {
	case s == Secret && (name == "code" || name == "Code"):
		return OneTime
	case s == Secret, s == Personal, s == OneTime:
		return s
	}
	return own
}
