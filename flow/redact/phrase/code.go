package phrase

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/internal/ascii"
)

// Codes that people type stand in prose after their label ("verification code: 482913", "OTP
// 482913", "Your PIN is 4829") or before it ("482913 is your login code"). The same words label the
// codes of errors and countries, so the label must say which code it is.

// codeLabel tells what the label of a code needs between it and the code.
type codeLabel uint8

const (
	noLabel    codeLabel = iota
	weakLabel            // a colon, an equals sign or a verb
	codeLabels           // nothing
)

// labelOf returns the kind of label whose last word is s[i:j].
func labelOf(s string, i, j int) codeLabel {
	switch w := s[i:j]; {
	case strings.EqualFold(w, "otp"), strings.EqualFold(w, "passcode"):
		return codeLabels
	case strings.EqualFold(w, "pin"), strings.EqualFold(w, "puk"), strings.EqualFold(w, "cvv"), strings.EqualFold(w, "cvc"), strings.EqualFold(w, "password"):
		return weakLabel
	case strings.EqualFold(w, "code"), strings.EqualFold(w, "codes"):
		switch names.SensitivityOf(s[Start(s, i):j]) {
		case names.Secret:
			return codeLabels
		case names.OneTime:
			return weakLabel
		}
	}
	return noLabel
}

// Code finds the code after the label whose last word is s[i:j].
func Code(s string, i, j int) (Span, bool) {
	label := labelOf(s, i, j)
	if label == noLabel {
		if sp, ok := ownCode(s, i, j); ok {
			return sp, true
		}
		if from := skipTag(s, j+1); strings.EqualFold(s[i:j], "code") && from < len(s) && s[j] == ' ' && ascii.IsDigit(s[from]) {
			end := codeEnd(s, from)
			return Span{from, end}, end > from && isForLogin(s[skipTag(s, end):])
		}
		return Span{}, false
	}
	from, said := afterLabel(s, j)
	if from >= len(s) {
		return Span{}, false
	}
	end := codeEnd(s, from)
	value := s[from:end]
	isCVV := len(value) == 3 && ascii.AllDigits(value) && (strings.EqualFold(s[i:j], "cvv") || strings.EqualFold(s[i:j], "cvc"))
	switch {
	case isCVV:
		return Span{from, end}, true
	case label == weakLabel && !said && !isTold(s[:i]):
		return Span{}, false
	case strings.EqualFold(s[i:j], "password") && (s[j] != ')' || !ascii.AllDigits(value)): // one-time password (code)
		return Span{}, false
	case len(value) > 5 && value[1] == '-' && ascii.IsUpper(value[0]) && ascii.AllDigits(value[2:]): // G-482913
		return Span{from + 2, end}, true
	case !isCode(value, said):
		return Span{}, false
	}
	for { // a list of codes
		at := nextCode(s, end, ascii.IsLower(s[j-1]|0x20) && s[j-1]|0x20 == 's')
		next := codeEnd(s, at)
		if at == end || !isCode(s[at:next], said) {
			break
		}
		end = next
	}
	return Span{from, end}, true
}

// isTold reports whether a text ends with what tells to use the code that follows its label: Use
// PIN 482913.
func isTold(before string) bool {
	for _, verb := range [...]string{"Use ", "use ", "nter ", "Type ", "type ", "ntering ", "sing "} {
		if strings.HasSuffix(before, verb) {
			return true
		}
	}
	return false
}

// nextCode returns where the code after the one that ends at k starts in a list of codes, or k.
// isLabelled tells whether the label says that there are several, which may then have a line each.
func nextCode(s string, k int, isLabelled bool) int {
	if strings.HasPrefix(s[k:], ", ") {
		return k + len(", ")
	}
	if line := skipSpace(s, k); isLabelled && strings.IndexByte(s[k:line], '\n') >= 0 {
		return skipBullet(s, line)
	}
	return k
}

// skipBullet skips the number or sign before an item of a list at k: "1. ", "- ".
func skipBullet(s string, k int) int {
	n := k
	for n < len(s) && n < k+2 && ascii.IsDigit(s[n]) {
		n++
	}
	if n == k && n < len(s) && (s[n] == '-' || s[n] == '*') || n > k && n < len(s) && (s[n] == '.' || s[n] == ')') {
		if n++; n < len(s) && s[n] == ' ' {
			return n + 1
		}
	}
	return k
}

// ownCode finds a code of digits after the word code alone, s[i:j], if the text says whose code it
// is or has it in a line of its own: "Your code: 482913", "Enter the code below:" and the code.
func ownCode(s string, i, j int) (Span, bool) {
	if !strings.EqualFold(s[i:j], "code") {
		return Span{}, false
	}
	before := strings.ToLower(s[max(0, i-len("following ")):i])
	if strings.HasSuffix(before, "your ") || strings.HasSuffix(before, "this ") || strings.HasSuffix(before, "following ") || isOwn(s, i) {
		from, said := afterLabel(s, j)
		for range maxTags {
			from = skipSpace(s, skipTag(s, from))
		}
		if end := codeEnd(s, from); said && isDigits(s[from:end]) && (end == len(s) || s[end] != '-' && s[end] != '/') {
			return Span{from, end}, true
		}
	}
	if from := lineAfterColon(s, j); from > 0 && before != "" && before[len(before)-1] == ' ' {
		end := codeEnd(s, from)
		return Span{from, end}, isDigits(s[from:end]) && endsLine(s, end)
	}
	return Span{}, false
}

// isOwn reports whether the word at i has up to two names before it and "your" before these: your
// Acme code.
func isOwn(s string, i int) bool {
	const most = 48
	k := i
	for range 2 {
		word := k - 1
		for word > max(0, i-most) && s[word-1] > ' ' {
			word--
		}
		if word < 0 || k == 0 || s[k-1] != ' ' || word >= k-1 || !ascii.IsUpper(s[word]) || isPlaceCode(s[word:k-1]) {
			return false
		}
		if k = word; strings.HasSuffix(s[:k], "your ") || strings.HasSuffix(s[:k], "Your ") {
			return true
		}
	}
	return false
}

// isDigits reports whether a value has four to eight digits and nothing else.
func isDigits(v string) bool { return len(v) >= 4 && len(v) <= 8 && ascii.AllDigits(v) }

// IsGroupedCode reports whether a value has two to six groups of the same length, with digits in
// one of them at least: abcd1-efgh2, ABCD-EFGH-1234.
func IsGroupedCode(v string) bool {
	n := strings.IndexByte(v, '-')
	if n < 3 || n > 6 || (len(v)+1)%(n+1) != 0 || len(v) > 6*n+5 || form.Count(v).Digit == 0 {
		return false
	}
	for i := range len(v) {
		if v[i] == '-' != (i%(n+1) == n) {
			return false
		}
	}
	return true
}

const (
	maxTag  = 100 // bytes of a tag around a code
	maxTags = 4   // between a label and its code
)

// skipTag skips the tag at k, if there is one.
func skipTag(s string, k int) int {
	if k < len(s) && s[k] == '<' {
		if n := strings.IndexByte(s[k:min(len(s), k+maxTag)], '>'); n > 0 {
			return k + n + 1
		}
	}
	return k
}

// isCode reports whether a value after a label is a code. Without a word between them it must have
// digits and no small letters.
func isCode(v string, said bool) bool {
	if !names.IsOneTimeCode(v) {
		return said && IsGroupedCode(v)
	}
	c := form.Count(v)
	if c.Digit == 0 { // WDJB-MJHT
		return said && len(v) == 9 && v[4] == '-'
	}
	return said || c.Lower == 0 && len(v) <= 9
}

// codeSeparators stand between a label and its code.
var codeSeparators = [...]string{"is:", "is ", "are:", "are ", ":", "=>", "=", "->", "→", "- ", "– ", "— ", "lautet "}

// afterLabel returns where the code after the label that ends at j starts, and whether a separator
// or a line break stands between them.
func afterLabel(s string, j int) (from int, said bool) {
	k := lex.SkipQuote(s, j)
	if k < len(s) && s[k] == ')' {
		k++
	}
	k = skipPurpose(s, k)
	for k < len(s) && (s[k] == ' ' || s[k] == '\t') {
		k++
	}
	for _, sep := range &codeSeparators {
		if strings.HasPrefix(s[k:], sep) {
			k, said = k+len(sep), true
			break
		}
	}
	line := k
	k = skipSpace(s, k)
	if strings.IndexByte(s[line:k], '\n') >= 0 {
		k = skipBullet(s, k)
		end := codeEnd(s, k)
		if end < len(s) && s[end] != '\n' && s[end] != '\r' {
			return len(s), false // the line has more than the code
		}
		said = true
	}
	for k < len(s) && s[k] == '*' { // of Markdown
		k++
	}
	return lex.SkipQuote(s, k), said
}

// skipPurpose skips the words between a label and its separator in "OTP for login is 482913" and
// "code for joe: 482913".
func skipPurpose(s string, k int) int {
	const lead = " for "
	if !strings.HasPrefix(s[k:], lead) {
		return k
	}
	within := s[k:min(len(s), k+48)]
	for n := len(lead); n < len(within); n++ {
		switch c := within[n]; {
		case c == ':' && strings.HasPrefix(within[n:], "://"): // Password for 'https://ann@example.com': x
			n += len("//")
		case c == ':':
			return k + n
		case c == ' ':
			if strings.HasPrefix(within[n:], " is ") {
				return k + n
			}
		case !ascii.IsAlnum(c) && strings.IndexByte(".-@'\"/_~", c) < 0 || c == '.' && n+1 < len(within) && within[n+1] == ' ':
			return k
		}
	}
	return k
}

// codeEnd returns the end of the code that starts at k: letters and digits, in one group or two.
func codeEnd(s string, k int) int {
	end := k
	for end < len(s) && (ascii.IsAlnum(s[end]) || s[end] == '-' && end > k) {
		end++
	}
	if end > k && end < len(s) && s[end] == ' ' && ascii.AllDigits(s[k:end]) {
		next := end + 1
		for next < len(s) && ascii.IsDigit(s[next]) {
			next++
		}
		if next-end > 2 && (next == len(s) || wordEnd(s, next) == next || s[next] == '.') && names.IsOneTimeCode(s[k:next]) {
			return next
		}
	}
	return end
}

// isForLogin reports whether a text after a code says that it proves who somebody is.
func isForLogin(after string) bool {
	for _, verb := range [...]string{" to sign in", " to log in", " to login", " to verify", " to confirm your", " to reset", " to authenticate"} {
		if strings.HasPrefix(after, verb) {
			return true
		}
	}
	return false
}

// CodeBefore finds a code before its label: "482913 is your login code", "use 482913 as your
// PIN". The code is or ends the word s[i:j].
func CodeBefore(s string, i, j int) (Span, bool) {
	if hyphen := strings.LastIndexByte(s[i:j], '-'); hyphen >= 0 {
		i += hyphen + 1 // G-482913
	}
	if j-i < 4 || j-i > 8 || !ascii.AllDigits(s[i:j]) {
		return Span{}, false
	}
	rest := s[j:min(len(s), j+72)]
	if isForLogin(rest) && (strings.HasSuffix(s[:i], "Use ") || strings.HasSuffix(s[:i], "use ") || strings.HasSuffix(s[:i], "nter ")) {
		return Span{i, j}, true
	}
	if tail, ok := strings.CutPrefix(rest, " - your "); ok {
		rest = " is your " + tail
	}
	if !strings.HasPrefix(rest, " is ") && !strings.HasPrefix(rest, " as ") {
		return Span{}, false
	}
	rest = rest[len(" is "):]
	if !strings.HasPrefix(rest, "your ") && !strings.HasPrefix(rest, "the ") && !strings.HasPrefix(rest, "my ") {
		return Span{}, false
	}
	if n := strings.IndexAny(rest, ".,;:!?\n<("); n >= 0 {
		rest = rest[:n]
	}
	for k := 0; k < len(rest); {
		end := k
		for end < len(rest) && rest[end] != ' ' {
			end++
		}
		if label := labelOf(rest, k, end); label != noLabel || strings.EqualFold(rest[k:end], "code") && !isPlaceCode(rest[:k]) {
			return Span{i, j}, true
		}
		k = end + 1
	}
	return Span{}, false
}

// isPlaceCode reports whether the words before code say that it is one of a place or a thing.
func isPlaceCode(before string) bool {
	switch names.LastWord(before) {
	case "zip", "postal", "post", "country", "area", "error", "exit", "status", "product", "promo", "discount", "coupon", "dial", "dialing",
		"currency", "language", "tax", "order", "tracking", "reference", "source", "qr", "bar", "color", "colour", "voucher", "team", "dress":
		return true
	}
	return false
}

// LabelsCode reports whether the word s[i:j] ends the label of a code.
func LabelsCode(s string, i, j int) bool { return labelOf(s, i, j) != noLabel }
