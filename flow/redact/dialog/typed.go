package dialog

import (
	"github.com/spectap/spectap/flow/redact/phrase"
	"github.com/spectap/spectap/internal/ascii"
)

// Commands of network devices say with a digit how the secret after it is written, 0 for as it is:
// enable secret level 15 0 x, username ann password 7 x. A word behind such a digit is a secret
// also if it has letters only.

// typedSecret finds the secret at the end of a command that begins with the word s[i:j].
func typedSecret(s string, i, j int) (phrase.Span, bool) {
	if w, ok := configured(s, i, j); ok {
		return w, true
	}
	var args [12]phrase.Span
	n, whole := arguments(s, j, args[:])
	if !whole || n < 3 || s[j] != ' ' || !isType(s, args[n-2]) {
		return phrase.Span{}, false
	}
	at := 0 // of the word that names the secret
	switch second := args[1].In(s); {
	case n > 5 && second == "privilege":
		at = 3
	case n > 3 && second != "level" && args[0].In(s) == "sent-username":
		at = 2
	case n > 3 && second != "level":
		at = 1
	}
	switch args[at].In(s) {
	case "secret", "password", "ascii", "hex":
		isLast := n-3 == at || n-5 == at && args[at+1].In(s) == "level"
		return args[n-1], isLast && args[n-1].End-args[n-1].Start >= minKey
	}
	return phrase.Span{}, false
}

// isType reports whether a word is a single digit.
func isType(s string, w phrase.Span) bool { return w.End == w.Start+1 && ascii.IsDigit(s[w.Start]) }

// encryptionKey finds the key of a wireless network: encryption [vlan 1] key 1 size 128bit [0] x.
func encryptionKey(s string, _, j int) (phrase.Span, bool) {
	var args [9]phrase.Span
	n, _ := arguments(s, j, args[:])
	for k := 0; k+4 < n; k++ {
		if args[k].In(s) != "key" || args[k+2].In(s) != "size" {
			continue
		}
		if k+5 < n && isType(s, args[k+4]) {
			return args[k+5], true
		}
		return args[k+4], isKey(s, args[k+4])
	}
	return phrase.Span{}, false
}

// authenticationKey finds a key of routing and time: authentication-key [7] x, authentication-key 1
// md5 x.
func authenticationKey(s string, i, j int) (phrase.Span, bool) {
	if w, ok := configured(s, i, j); ok {
		return w, true
	}
	var args [4]phrase.Span
	n, whole := arguments(s, j, args[:])
	switch {
	case s[j] != ' ' || n == 0 || !whole:
		return phrase.Span{}, false
	case n > 2 && args[1].In(s) == "md5", n == 2 && isType(s, args[0]):
		return args[min(n, 3)-1], true
	}
	return args[0], n == 1 && isKey(s, args[0])
}
