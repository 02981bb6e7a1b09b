package dialog

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/phrase"
	"github.com/spectap/spectap/internal/ascii"
)

// The community of SNMP is a password, and the passphrases of its users stand between the names of
// algorithms. Devices and agents write them in commands of their own.

// snmpServer finds the secrets of snmp-server host 192.0.2.1 version 2c x and snmp-server user ann
// staff v3 auth sha x priv aes 128 y.
func snmpServer(s string, _, j int) (phrase.Span, bool) {
	var args [16]phrase.Span
	n, _ := arguments(s, j, args[:])
	switch {
	case n > 2 && args[0].In(s) == "host":
		return trapCommunity(s, args[2:n])
	case n > 4 && args[0].In(s) == "user":
		return userPassphrases(s, args[2:n])
	}
	return phrase.Span{}, false
}

// trapCommunity finds the community in the words after the host of snmp-server host.
func trapCommunity(s string, args []phrase.Span) (phrase.Span, bool) {
	for k := 0; k < len(args); k++ {
		switch w := args[k].In(s); {
		case w == "vrf":
			k++
		case w == "version":
			if k++; k < len(args) && args[k].In(s) == "3" { // the name of a user follows
				return phrase.Span{}, false
			}
		case w == "traps", w == "informs", w == "trap", w == "poll", w == "community", ascii.IsDigit(w[0]) && strings.Contains(w, "."):
		default:
			return args[k], w != "udp-port" && isConfigValue(w)
		}
	}
	return phrase.Span{}, false
}

// userPassphrases finds the words after the names of algorithms, and after the version of SNMP that
// has communities.
func userPassphrases(s string, args []phrase.Span) (found phrase.Span, ok bool) {
	const algorithms = " md5 sha des 3des aes "
	isAlgorithm := func(k int) bool { return strings.Contains(algorithms, " "+strings.ToLower(args[k].In(s))+" ") }
	for k := 0; k+1 < len(args); k++ {
		switch w := args[k].In(s); {
		case isAlgorithm(k):
			if k++; k+1 < len(args) && len(args[k].In(s)) == 3 && ascii.AllDigits(args[k].In(s)) { // aes 128 x
				k++
			}
		case w == "2c", w == "priv" && !isAlgorithm(k+1):
			k++
		default:
			continue
		}
		if found.End == 0 {
			found.Start = args[k].Start
		}
		found.End = args[k].End
	}
	return found, found.End > 0
}

// community finds the community of snmp-agent community read cipher x, set snmp community x and, in
// a block of SNMP, community x { and community: x.
func community(s string, i, j int) (phrase.Span, bool) {
	start := lineStart(s, i)
	if k := j + len(s[j:]) - len(strings.TrimLeft(s[j:], " ")); k < len(s) && (s[k] == ':' || s[k] == '=') {
		if strings.Trim(s[start:i], " \t-") != "" || !strings.Contains(around(s, start), "snmp") {
			return phrase.Span{}, false
		}
		w := word(s, k+1)
		return w, w.End > w.Start && isConfigValue(w.In(s))
	}
	before := strings.Fields(s[start:i])
	if len(before) > 0 && isDevicePrompt(before[0]) {
		before = before[1:]
	}
	var args [4]phrase.Span
	n, _ := arguments(s, j, args[:])
	k := 0
	switch {
	case n == 0 || s[j] != ' ':
		return phrase.Span{}, false
	case len(before) == 1 && before[0] == "snmp-agent":
		for k < n && strings.Contains(" read write cipher simple ", " "+args[k].In(s)+" ") {
			k++
		}
	case len(before) == 2 && before[0] == "set" && before[1] == "snmp":
	case len(before) > 0 || args[1].In(s) != "{" || !isInBlock(s, start, []string{"snmp {"}):
		return phrase.Span{}, false
	}
	return args[min(k, n-1)], k < n && isConfigValue(args[k].In(s))
}

// agentCommunity finds the community in the configuration of an agent: rocommunity x 192.0.2.0/24.
func agentCommunity(s string, i, j int) (phrase.Span, bool) {
	var args [3]phrase.Span
	n, whole := arguments(s, j, args[:])
	if n == 0 || !whole || strings.TrimSpace(s[lineStart(s, i):i]) != "" || !isConfigValue(args[0].In(s)) {
		return phrase.Span{}, false
	}
	return args[0], n == 1 || ascii.IsDigit(s[args[1].Start]) || args[1].In(s) == "default"
}

// mappedCommunity finds the community that an agent gives the name of a group: com2sec staff
// default x.
func mappedCommunity(s string, i, j int) (phrase.Span, bool) {
	var args [3]phrase.Span
	n, whole := arguments(s, j, args[:])
	return args[2], n == 3 && whole && strings.TrimSpace(s[lineStart(s, i):i]) == "" && isConfigValue(args[2].In(s))
}

// lastWord finds the last word of a command after a name that no prose has: authentication-password
// x.
func lastWord(s string, _, j int) (phrase.Span, bool) {
	var args [2]phrase.Span
	n, whole := arguments(s, j, args[:])
	return args[0], n == 1 && whole && s[j] == ' ' && isConfigValue(args[0].In(s))
}
