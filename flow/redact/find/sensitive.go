package find

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/internal/ascii"
	"github.com/spectap/spectap/internal/hexdigit"
)

// IsSensitive reports whether a value must not be kept, shown or used as an example, because its
// name or its form shows that it is a secret or personal. It needs no key, and agrees with what
// every redactor redacts.
func IsSensitive(name, value string) bool { return IsSensitiveAs(names.SensitivityOf(name), value) }

// IsSensitive is like the function [IsSensitive], for a name of known sensitivity.
func IsSensitiveAs(s names.Sensitivity, value string) bool {
	if whole := HidesWhole(s, value); whole || s == names.Secret {
		return whole
	}
	return Contains(value, s)
}

// HidesWhole reports whether a value as a whole is redacted, without searching it.
func HidesWhole(s names.Sensitivity, value string) bool {
	w := strings.TrimSpace(value)
	switch {
	case s == names.Secret:
		_, ok := OfSecret(value)
		return ok
	case HidesWord(s, w):
		return true
	case s == names.Below && !IsHarmlessBelow(w):
		_, ok := OfSecret(w)
		return ok
	}
	return s != names.Identifier && IsRandomBase64(value)
}

// HidesWord reports whether the form of a word makes it a secret under a name of this sensitivity.
func HidesWord(s names.Sensitivity, w string) bool {
	switch s {
	case names.Personal:
		return form.IsPersonal(w)
	case names.Weak:
		return IsWeakSecret(w)
	case names.OneTime:
		return names.IsOneTimeCode(w) || LooksGenerated(w)
	case names.Shown:
		return IsShownSecret(w)
	}
	return false
}

// maxBase64Len bounds the random base64 that is recognized in spite of slashes, in bytes.
const maxBase64Len = 1024

// IsRandomBase64 recognizes random base64 whose slashes would split it into several words.
func IsRandomBase64(s string) bool {
	if len(s) < 32 || len(s) > maxBase64Len || s[0] == '/' || strings.IndexByte(s, '/') < 0 ||
		strings.Count(s, "/")*12 > len(s) ||
		form.IsEncodedFile(s, 0) {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !ascii.IsDigit(c) && !ascii.IsLower(c) && !ascii.IsUpper(c) && c != '/' && c != '+' && c != '=' {
			return false
		}
	}
	return form.IsRandom(s)
}

// OfSecret returns the span to redact in the value of a secret name: all of it, except an
// authentication scheme. ok is false if the value is harmless.
func OfSecret(value string) (Span, bool) {
	start, end := 0, len(value)
	for start < end && lex.IsBlank(value[start]) {
		start++
	}
	for end > start && lex.IsBlank(value[end-1]) {
		end--
	}
	sp := Span{Start: start, End: end}
	if n := form.SchemeLen(value[start:end]); n > 0 && start+n < end {
		sp.Start = start + n
		sp.Basic = strings.EqualFold(strings.TrimSpace(value[start:sp.Start]), "basic")
	}
	if sp.Basic {
		if user, password, ok := strings.Cut(value[sp.Start:sp.End], ":"); ok && IsUserName(user) && mark.Is(password) {
			return sp, false // redacted already
		}
	}
	return sp, !IsHarmless(value[sp.Start:sp.End])
}

// maxUserName is the length in bytes of the longest word that passes for a user's name. Keys that
// are sent as the user, with any password, are longer or have many digits.
const maxUserName = 24

// IsUserName reports whether the user of a pair of credentials is a name, as user names stand
// anywhere else: a word that begins with a letter and has few digits. Others may be a key.
func IsUserName(s string) bool {
	digits := 0
	for i := range len(s) {
		switch c := s[i]; {
		case ascii.IsDigit(c):
			digits++
		case !ascii.IsLower(c) && !ascii.IsUpper(c) && (i == 0 || strings.IndexByte("._-", c) < 0):
			return false
		}
	}
	return s != "" && len(s) <= maxUserName && !ascii.IsDigit(s[0]) && digits <= 4 && !IsSensitive("", s)
}

// IsHarmless reports whether a value under a secret name reveals nothing: it is empty, a
// placeholder, masked, or a public key.
func IsHarmless(v string) bool {
	switch v {
	case "", "null", "true", "false", "none", "None", "undefined", "True", "False", "nil",
		"ssh-rsa", "ssh-dss", "ssh-ed25519": // algorithms
		return true
	}
	if mark.IsPair(v) || form.IsPublicKey(v) || isReference(v) {
		return true
	}
	for i := range len(v) {
		if v[i] != '*' {
			return false
		}
	}
	return true
}

// isReference reports whether a value is a reference to a parameter by its number, $1, or to a
// variable of a template, with nothing but its name: {{token}}, {{ .Values.password }}.
func isReference(v string) bool {
	if len(v) == 2 && v[0] == '$' && ascii.IsDigit(v[1]) {
		return true
	}
	if !strings.HasPrefix(v, "{{") || !strings.HasSuffix(v, "}}") || len(v) < len("{{}}") {
		return false
	}
	name := strings.TrimPrefix(strings.Trim(v[2:len(v)-2], " "), ".")
	return names.IsNameLike(strings.ReplaceAll(name, ".", "_"))
}

// startsReference reports whether such a reference starts at k.
func startsReference(s string, k int) bool {
	if !strings.HasPrefix(s[k:], "{{") {
		return false
	}
	n := strings.Index(s[k:min(len(s), k+names.MaxLen)], "}}")
	return n > 0 && isReference(s[k:k+n+len("}}")])
}

// IsWeakSecret reports whether a value under a Weak name is a secret: a word that machines
// generate, or base64 of a name and a password, as in the configuration of container registries.
func IsWeakSecret(w string) bool { return LooksGenerated(w) || isEncodedAccount(w) }

// maxAccount bounds the length of an encoded account, in bytes.
const maxAccount = 256

// isEncodedAccount reports whether a word is base64 of a name and a password.
func isEncodedAccount(w string) bool {
	if len(w) > maxAccount || len(w)%4 == 1 || strings.ContainsAny(w, " :.") {
		return false
	}
	data, ok := form.DecodeBase64(w)
	if !ok {
		return false
	}
	user, password, ok := strings.Cut(string(data), ":")
	if !ok || !IsUserName(user) || len(password) < 4 || ascii.AllDigits(password) || strings.IndexByte(password, ':') >= 0 {
		return false
	}
	for _, c := range []byte(password) {
		if c < ' ' || c >= 0x7f {
			return false
		}
	}
	return true
}

// LooksGenerated reports whether a word under a Weak name ("key", "code") is taken for a secret:
// mixed letters and digits, or long hexadecimal, as machines generate them.
func LooksGenerated(w string) bool {
	if len(w) < 16 || len(w) > 4096 || strings.ContainsAny(w, " \n\t") || hexdigit.IsUUID(w) || form.IsPublicKey(w) ||
		form.IsTimeLike(w) || strings.Contains(w, mark.Prefix) || strings.HasPrefix(w, form.PEMBegin) {
		return false
	}
	s := form.Count(w)
	if s.Other*6 > len(w) {
		return false
	}
	letters := s.Upper + s.Lower
	return letters >= 4 && s.DigitChanges >= 3 || s.Upper >= 3 && s.Lower >= 3 && s.Changes*100 >= 38*(len(w)-1)
}

// IsShownSecret reports whether a text that stands for a secret is the secret, not one about it: a
// code, or a word with letters and digits.
func IsShownSecret(w string) bool {
	if mark.Is(w) || names.IsTypeWord(w) {
		return false
	}
	if names.IsOneTimeCode(w) || LooksGenerated(w) || names.IsTold(w) {
		return true
	}
	return len(w) >= 6 && len(w) <= names.MaxLen && form.IsMixed(w) && !strings.ContainsAny(w, " \t\r\n<>{}/") &&
		!strings.Contains(w, mark.Prefix) && !form.IsDateLike(w) && names.SensitivityOf(w) == names.Plain
}

// IsHarmlessBelow reports whether a value below a secret name reveals nothing: it is a short
// number, a date or a link.
func IsHarmlessBelow(v string) bool {
	return len(v) < 3 && (len(v) < 2 || ascii.AllDigits(v)) || IsHarmless(v) || form.IsDateLike(v) ||
		strings.HasPrefix(v, "https://") || strings.HasPrefix(v, "http://")
}

// IsPathSecret reports whether a segment of a path, percent-decoded, is a secret because of the
// segment before it: /reset/token/swordfish, /login/password/hunter2. It agrees with
// redaction of paths.
func IsPathSecret(before, segment string) bool {
	switch names.OfNextSegment(before) {
	case names.Secret:
		return !names.IsPathLiteral(before, segment)
	case names.Weak:
		if form.IsPrefixedID(segment) {
			return false
		}
		return HidesWhole(names.Weak, segment) || names.OpensByLink(before) && isLinkSecret(segment, names.OpensOnlyByLink(before))
	}
	return false
}

// isLinkSecret reports whether a segment of a link that opens something for who has it is no word
// or id: sesam4horse, Zq8rT2mW. With isStrong it may be a long word.
func isLinkSecret(segment string, isStrong bool) bool {
	if len(segment) < 8 || hexdigit.IsUUID(segment) || names.SensitivityOf(segment) == names.Secret || strings.ContainsAny(segment, ".:,") {
		return false
	}
	c := form.Count(segment)
	switch {
	case c.Digit == 0:
		return (len(segment) >= minLongWord || isStrong && names.IsTold(segment)) && c.Lower == len(segment)
	case c.Lower+c.Upper < 2 || c.Other > 0:
		return false
	}
	return c.Lower > 1 && c.Upper > 1 || c.DigitChanges > 1
}

// minLongWord is the length of a segment of small letters that is no word of an API.
const minLongWord = 14
