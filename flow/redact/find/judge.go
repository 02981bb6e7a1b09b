package find

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/command"
	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/flow/redact/grant"
	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/flow/redact/phrase"
	"github.com/spectap/spectap/internal/ascii"
)

// findJudged returns the value of the name s[i:j], at the span, if it is to be redacted.
func findJudged(s string, i, j int, at Span, name string, quote byte, sensitivity names.Sensitivity) (Span, bool) {
	start, end := at.Start, at.End
	value := s[start:end]
	if quote == 0 && isTerraformName(value) {
		return Span{}, false
	}
	if quote == 0 && (describesValue(s, j, value) || isCall(s, end, value)) {
		return Span{}, false
	}
	if quote == 0 && command.IsPositional(value) {
		return Span{}, false // it takes the password as its argument
	}
	if sensitivity == names.Weak && grant.In(s, i, j, value) {
		sensitivity = names.Secret
	}
	if sensitivity == names.Weak && isNetworkKey(s, i, name, value) {
		sensitivity = names.Secret
	}
	if sensitivity == names.Secret {
		sp, ok := OfSecret(value)
		sp.Start, sp.End = sp.Start+start, sp.End+start
		return sp, ok
	}
	if from, ok := phrase.OfAccount(name, value); ok {
		return Span{Start: start + from, End: end}, !mark.IsPair(value[from:])
	}
	if HidesWhole(sensitivity, value) { // names within the value come later
		return Span{Start: start, End: end}, true
	}
	return Span{}, false
}

// findAfterWords finds the value at start of a name of several words, the last of which is s[i:j].
// found tells whether there is one, ok whether it is not in a region.
func (sc *Scanner) findAfterWords(i, j, start int, quote byte) (sp Span, found, ok bool) {
	s := sc.Text
	if sc.YAML && quote == 0 && names.SensitivityOf(s[phrase.Start(s, i):j]) == names.Secret && sc.openYAML(i, start) {
		return Span{}, true, false
	}
	p, ok := phrase.Value(s, i, j, start, valueEnd(s, start, quote, names.Plain))
	sp, ok = inPhrase(s, p, ok)
	return sp, ok, ok
}

// describesValue reports whether a value without quotes after the name that ends at j is the type
// of a parameter or the size of a value: "password: string", "password:  8 bytes".
func describesValue(s string, j int, value string) bool {
	if s[j] != ':' {
		return false
	}
	switch value {
	case "string", "String", "integer", "boolean":
		return true
	}
	_, after, _ := strings.Cut(s[j:min(len(s), j+names.MaxLen)], value)
	return ascii.AllDigits(value) && strings.HasPrefix(after, " bytes")
}

// isNetworkKey reports whether the value of the name at i is the key of a wireless network that is
// named before it: "SSID: Guests, Key: x".
func isNetworkKey(s string, i int, name, value string) bool {
	const near = 64
	if !equalFold(name, "key") || !IsNetworkKey(value) {
		return false
	}
	before := strings.ToLower(s[max(0, i-near):i])
	for _, word := range [...]string{"ssid", "wifi", "wi-fi", "wlan"} {
		if strings.Contains(before, word) {
			return true
		}
	}
	return false
}

// IsNetworkKey reports whether the key of a wireless network may be value.
func IsNetworkKey(value string) bool {
	const least = 8 // of WPA
	return len(value) >= least && form.IsMixed(value)
}

// isCall reports whether a value without quotes, which ends at end, is a call without arguments:
// getpass.getpass().
func isCall(s string, end int, value string) bool {
	return value == "await" || strings.HasPrefix(s[end:], "()") && names.IsNameLike(strings.ReplaceAll(value, ".", "_"))
}

// The values of weak names that contain each other, as in key=key=key=…, are looked at again and
// again. Beyond so many times the length of the text, plus a floor, they are taken for secrets.
const (
	maxJudgedShare = 16
	maxJudgedFloor = 64 << 10
)

// isWorn reports whether so many bytes of values were looked at that the next one of a name that is
// not secret by itself is taken for a secret unseen.
func (sc *Scanner) isWorn(sensitivity names.Sensitivity, n int) bool {
	if sensitivity == names.Secret {
		return false
	}
	sc.judged += n
	return sc.judged > maxJudgedShare*len(sc.Text)+maxJudgedFloor
}

// findExpression finds the string in the expression at start, the value of a secret's name. found
// tells whether it has one, ok whether that is to be redacted.
func findExpression(s string, start, end int, quote byte) (sp Span, found, ok bool) {
	if quote != 0 || end >= len(s) || mark.Len(s[start:]) > 0 {
		return Span{}, false, false
	}
	if s[end] == '(' {
		if end+1 < len(s) && mark.Len(s[skipQuote(s, end+1):]) > 0 {
			return Span{}, true, false
		}
		if p, ok := phrase.Argument(s, start, end); ok { // SecretStr('x')
			sp, ok = inPhrase(s, p, true)
			return sp, true, ok
		}
	}
	p, found := phrase.Expression(s, start)
	if !found {
		return Span{}, false, false
	}
	sp, ok = inPhrase(s, p, true)
	return sp, true, ok
}

// isTerraformName reports whether a value refers to another one in Terraform: var.password,
// local.keys["a"].
func isTerraformName(value string) bool {
	kind, name, _ := strings.Cut(value, ".")
	switch kind {
	case "var", "local", "module", "data", "each":
	default:
		return false
	}
	for i := range len(name) {
		if c := name[i]; !ascii.IsLower(c) && c != '_' && (i == 0 || !ascii.IsDigit(c) && strings.IndexByte(`.-[]"`, c) < 0) {
			return false
		}
	}
	return name != ""
}
