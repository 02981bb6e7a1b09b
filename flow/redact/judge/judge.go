// Package judge decides whether a value is a secret: by the class of its name, by its shape, and by
// its context.
//
// [Classes] gives each value of a tree its class; [Hides] decides on a value of a class; [Kind]
// recognizes personal data by its shape alone. Read judge.go first, then context.go, shape.go and
// random.go.
package judge

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/rules"
	"github.com/spectap/spectap/internal/ascii"
	"github.com/spectap/spectap/internal/lazyregexp"
)

// Part is the part of a value to replace.
type Part struct {
	Start, End int
	Basic      bool // base64 of a name and a password
}

// Hides returns the part of a value that is a secret because of its class. It does not search for
// secrets within the value.
func Hides(c rules.Class, value string) (Part, bool) {
	w := strings.TrimSpace(value)
	for _, sign := range [...]string{":", "=", "–", "-", "→"} { // behind a label
		if rest, ok := strings.CutPrefix(w, sign); ok && strings.HasPrefix(rest, " ") {
			w = strings.TrimSpace(rest)
		}
	}
	start := strings.LastIndex(value, w)
	p := Part{Start: start, End: start + len(w)}
	switch c {
	case rules.Secret:
		if n := SchemeLen(w); n > 0 && n < len(w) {
			p.Start += n
			p.Basic = strings.EqualFold(strings.TrimSpace(w[:n]), "basic")
			if user, password, ok := strings.Cut(w[n:], ":"); p.Basic && ok && IsUserName(user) && mark.Is(password) {
				return p, false // it is replaced already
			}
		}
		return p, !isHarmless(value[p.Start:p.End])
	case rules.Below:
		return p, !isHarmlessBelow(w)
	case rules.Shown:
		return p, IsShown(w)
	case rules.Code:
		return p, IsCode(w) || LooksGenerated(w)
	case rules.Weak:
		return p, LooksGenerated(w) || isEncodedAccount(w) || mnemonic.MatchString(w)
	case rules.Identity:
		return p, IsPersonal(w)
	}
	return p, false
}

// mnemonic matches the words of the seed of a wallet (BIP 39, Monero).
var mnemonic = lazyregexp.New(`^(?:[a-z]{3,12} ){11,24}[a-z]{3,12}$`)

// isHarmless reports whether a value under the name of a secret reveals nothing: it is empty,
// masked, a placeholder, a reference or a public key.
func isHarmless(v string) bool {
	switch v {
	case "", "null", "true", "false", "none", "None", "undefined", "True", "False", "nil", "ssh-rsa", "ssh-dss", "ssh-ed25519":
		return true
	}
	return mark.HasNothingElse(v) || hasPrefix(v, publicKeys) || isReference(v) || strings.Trim(v, "*•x") == "" && len(v) > 2 || strings.Trim(v, "*•-:") == ""
}

// isReference reports whether a value names another one: $1, ${NAME}, {{ .Values.password }}.
func isReference(v string) bool {
	if len(v) == 2 && v[0] == '$' && ascii.IsDigit(v[1]) {
		return true
	}
	for _, b := range [...][2]string{{"{{", "}}"}, {"${", "}"}, {"$(", ")"}, {"<", ">"}} {
		name, opened := strings.CutPrefix(v, b[0])
		if name, closed := strings.CutSuffix(name, b[1]); opened && closed {
			return IsName(strings.NewReplacer(".", "_", " ", "").Replace(name))
		}
	}
	return false
}

// IsName reports whether a text may be a name: letters and the signs that join words.
func IsName(v string) bool { return v != "" && strings.Trim(v, letters+"_-") == "" }

// isHarmlessBelow reports whether a value below the name of a secret is no secret: a short number,
// a date or a link.
func isHarmlessBelow(v string) bool {
	return len(v) < 3 && (len(v) < 2 || ascii.AllDigits(v)) || isHarmless(v) || IsDateLike(v) ||
		strings.HasPrefix(v, "https://") || strings.HasPrefix(v, "http://")
}

// IsShown reports whether a text next to the label of a secret is the secret, and not a text about
// it: a code, or a word with letters and digits.
func IsShown(w string) bool {
	if mark.Is(w) || IsTypeWord(w) {
		return false
	}
	if IsCode(w) || LooksGenerated(w) {
		return true
	}
	return len(w) >= 6 && len(w) <= rules.MaxName && isMixed(w) && !strings.ContainsAny(w, " \t\r\n<>{}/") &&
		!strings.Contains(w, mark.Prefix) && !IsDateLike(w) && rules.ClassOf(w) == rules.Plain
}

// IsTypeWord reports whether a word behind a label describes the value: its type, that it is
// required.
func IsTypeWord(v string) bool { return typeWords[strings.ToLower(v)] }

var typeWords = rules.Set("types")

// IsCode reports whether a value is a code that people type: four to ten digits, or letters and
// digits, in one group or two; or two groups of capitals, as in "WDJB-MJHT".
func IsCode(v string) bool {
	if i := strings.IndexAny(v, " -"); i >= 2 {
		left, right := v[:i], v[i+1:]
		if ascii.AllAlnum(left) && len(right) >= 2 && ascii.AllAlnum(right) && len(v) <= 12 && Count(v).Lower == 0 {
			return true
		}
	}
	return len(v) >= 4 && len(v) <= 10 && ascii.AllAlnum(v) && Count(v).Digit > 0
}

// LooksGenerated reports whether a word has letters and digits mixed as machines mix them, or is
// long and hexadecimal. UUIDs, dates and public keys do not count.
func LooksGenerated(w string) bool {
	if len(w) < 16 || len(w) > 4096 || strings.ContainsAny(w, " \n\t") || ascii.IsUUID(w) || isSID(w) || IsPublicKey(w) ||
		IsDateLike(w) || strings.Contains(w, mark.Prefix) || strings.HasPrefix(w, "-----BEGIN") {
		return false
	}
	s := Count(w)
	if s.Other*6 > len(w) {
		return false
	}
	return s.Upper+s.Lower >= 4 && s.DigitChanges >= 3 || s.Upper >= 3 && s.Lower >= 3 && s.Changes*100 >= 38*(len(w)-1)
}

// isSID reports whether a word is an id of Twilio, which a member called "sid" has:
// SM2003cbd5e6a3701999aa3e5f20ff2787.
func isSID(w string) bool {
	return len(w) == 34 && Matches(w[:2], "AA") && Count(w[2:]).Upper == 0 && ascii.AllAlnum(w)
}

// isEncodedAccount reports whether a word is base64 of a name and a password, as in the
// configuration of container registries.
func isEncodedAccount(w string) bool {
	if len(w) > 256 || len(w)%4 == 1 || strings.ContainsAny(w, " :.") {
		return false
	}
	data, ok := DecodeBase64(w)
	user, password, isPair := strings.Cut(string(data), ":")
	return ok && isPair && IsUserName(user) && len(password) >= 4 && !ascii.AllDigits(password) &&
		!strings.ContainsFunc(password, func(c rune) bool { return c < ' ' || c >= 0x7f || c == ':' })
}

// maxUserName is the length of the longest word that passes for the name of a user, in bytes. Keys
// that are sent as the user are longer or have many digits.
const maxUserName = 24

// IsUserName reports whether the user of a pair of credentials is a name. Others may be a key.
//
// A user name identifies and opens nothing, and paths have it: hidden in one place it would be
// hidden in the rest of the flow. APIs that take a key as the user send generated text or no
// password.
func IsUserName(s string) bool {
	if isSID(s) {
		return true
	}
	digits := 0
	for i := range len(s) {
		switch c := s[i]; {
		case ascii.IsDigit(c):
			digits++
		case !ascii.IsAlnum(c) && (i == 0 || strings.IndexByte("._-", c) < 0):
			return false
		}
	}
	return s != "" && len(s) <= maxUserName && !ascii.IsDigit(s[0]) && digits <= 4
}

// SchemeLen returns the length of an authentication scheme and the blanks behind it: "Bearer x".
func SchemeLen(v string) int {
	i := strings.IndexByte(v, ' ')
	if i < 3 || i > 20 || !schemes[strings.ToLower(v[:i])] {
		return 0
	}
	for i < len(v) && v[i] == ' ' {
		i++
	}
	return i
}

var schemes = rules.Set("schemes")
