package redact

import (
	"strings"

	"github.com/spectap/spectap/internal/hexdigit"
)

// span is a piece of text to redact.
type span struct {
	start, end int
	kind       string // "" if only the name or header tells; see kindOf
	basic      bool   // base64 of user and password
}

// wordByte marks the bytes that words consist of: those that tokens contain between separators.
var wordByte = func() (t [256]bool) {
	for c := range t {
		b := byte(c)
		t[c] = isLower(b) || isUpper(b) || isDigit(b) || b >= 0x80 || strings.IndexByte("_-.+~$", b) >= 0
	}
	return t
}()

// findSpan returns the first span of s at or after i. class is the sensitivity of the text's name.
func findSpan(s string, i int, sensitivity Sensitivity) (span, bool) {
	for i < len(s) {
		if !wordByte[s[i]] {
			if s[i] == '%' && i+2 < len(s) && hexdigit.Is(s[i+1]) && hexdigit.Is(s[i+2]) {
				i += 3 // an escaped character, maybe escaped twice
				for strings.HasPrefix(s[i-2:], "25") && i+1 < len(s) && hexdigit.Is(s[i]) && hexdigit.Is(s[i+1]) {
					i += 2
				}
				continue
			}
			if s[i] == '[' {
				if n := PlaceholderLen(s[i:]); n > 0 {
					i += n
					continue
				}
			}
			i++
			continue
		}
		if s[i] == '-' && strings.HasPrefix(s[i:], pemBegin) {
			end, private := pemBlock(s, i)
			if private {
				return span{start: i, end: end, kind: kindKey}, true
			}
			i = end
			continue
		}
		j := i + 1
		for j < len(s) && wordByte[s[j]] {
			j++
		}
		if isPublicKey(s[i:j]) {
			i = base64End(s, j)
			continue
		}
		if j-i >= 9 || mayNameValue(s, i, j) {
			if sp, ok := findInWord(s, i, j, sensitivity); ok {
				return sp, true
			}
		}
		i = j
	}
	return span{}, false
}

// mayNameValue is a quick check whether the text after a short word makes the word relevant.
func mayNameValue(s string, i, j int) bool {
	if j == len(s) {
		return false
	}
	switch s[j] {
	case '@', '%', '=', ':', '"', '\'', ']', '\\', '>', '&':
		return true
	case ' ':
		if s[i] == '-' || mayNamePhrase(s[i:j]) {
			return true
		}
		return isDigit(s[i]) || isDigit(s[j-1]) || i > 0 && (s[i-1] == '<' || s[i-1] == ':') ||
			j+1 < len(s) && (s[j+1] == '=' || s[j+1] == ':' || s[j+1] == ' ')
	}
	return false
}

// findInWord looks for a span at the word s[i:j]: the word as a value, as the first part of an
// address, or as a name with a value after it. This is also the order of the spans.
func findInWord(s string, i, j int, sensitivity Sensitivity) (span, bool) {
	if sp, ok := findByShape(s, i, j, sensitivity); ok {
		return sp, true
	}
	if j < len(s) {
		switch s[j] {
		case '@', '%':
			if sp, ok := findEmail(s, i, j); ok || s[j] == '@' {
				return sp, ok
			}
			return findNameValue(s, i, j)
		case ' ':
			if sp, ok := findPhrase(s, i, j); ok {
				return sp, true
			}
			return findNameValue(s, i, j)
		case '=', ':', '"', '\'', ']', '\\', '>', '&':
			return findNameValue(s, i, j)
		}
	}
	return span{}, false
}

// findByShape classifies the word s[i:j] by its characters.
func findByShape(s string, i, j int, sensitivity Sensitivity) (span, bool) {
	for i < j && isSeparator(s[i]) {
		i++
	}
	if sensitivity != Identifier {
		if sp, ok := findGrouped(s, i, j); ok {
			return sp, true
		}
	}
	for j > i && isSeparator(s[j-1]) {
		j--
	}
	if j-i < 9 {
		return span{}, false
	}
	w := s[i:j]
	kind, ok := knownToken(w)
	if !ok {
		if sp, ok := findWebhook(s, i, j); ok {
			return sp, true
		}
		if from, end, kind, ok := findLengthPrefixed(w); ok {
			return span{start: i + from, end: i + end, kind: kind}, true
		}
	}
	if !ok && sensitivity != Identifier {
		kind, ok = personalShape(w)
		if !ok && looksRandom(w) {
			kind, ok = kindSecret, true
		}
	}
	if !ok {
		return span{}, false
	}
	for j < len(s) && s[j] == '=' && (j+1 == len(s) || s[j+1] == '=' || !wordByte[s[j+1]]) {
		j++ // padding of base64
	}
	return span{start: i, end: j, kind: kind}, true
}

// isSeparator reports whether a byte of words does not belong to them at their ends.
func isSeparator(c byte) bool { return c == '-' || c == '.' || c == '+' || c == '~' || c == '$' }

// personalShape returns the kind of a word that is a card number or national id.
func personalShape(w string) (string, bool) {
	if isDigit(w[0]) {
		var buf [19]byte
		if d, ok := digitsOf(w, &buf); ok && isCard(d) {
			return kindCard, true
		}
	}
	if isNationalID(w) {
		return kindID, true
	}
	return "", false
}

// findNameValue finds the value of a sensitive name in name=value, "name": "value", name: value and
// <name>value</name>. The name is s[i:j].
func findNameValue(s string, i, j int) (span, bool) {
	if s[j] == ':' && strings.HasPrefix(s[j:], "://") {
		return findUserinfo(s, j+3)
	}
	if isDigit(s[i]) || j-i > maxNameLen {
		return span{}, false
	}
	start, quote, ok := valueAfter(s, i, j)
	if !ok {
		return span{}, false
	}
	if sp, ok := findMarkup(s, i, j, start, quote); ok {
		return sp, true
	}
	sensitivity := SensitivityOf(s[i:j])
	if sensitivity == Plain || sensitivity == Identifier {
		return span{}, false
	}
	if s[j] == ':' && start == j+1 && quote == 0 && strings.IndexByte(s[i:j], '.') >= 0 {
		return span{}, false // io.example.token:module, the coordinates of a package
	}
	if quote == 0 && s[start] == '{' {
		return span{}, false // its members have names of their own
	}
	if quote == 0 && s[start] == '[' && PlaceholderLen(s[start:]) == 0 {
		start++ // the whole list is redacted
		quote = ']'
	}
	if sensitivity != Secret { // longer values are never redacted, and the length bounds the work for each name
		s = s[:min(len(s), start+maxJudgedLen)]
	}
	end := valueEnd(s, start, quote, sensitivity)
	if quote == '<' && end+1 < len(s) && s[end+1] != '/' {
		return span{}, false // <name> is a variable here
	}
	value := s[start:end]
	if sensitivity == Weak && isCodeName(s[i:j]) && mayBeGrantCode(value) && hasGrantNearby(s, i) {
		sensitivity = Secret
	}
	if sensitivity == Secret {
		sp, ok := secretSpan(value)
		sp.start, sp.end = sp.start+start, sp.end+start
		return sp, ok
	}
	if sensitivity.hidesWhole(value) { // names within the value come later
		return span{start: start, end: end}, true
	}
	return span{}, false
}

// maxJudgedLen bounds the values that are classified by their characters, in bytes. Longer values
// are never secrets of that kind.
const maxJudgedLen = 4<<10 + 1

// valueAfter returns the start of the value of the name s[i:j] and the quote before it.
func valueAfter(s string, i, j int) (start int, quote byte, ok bool) {
	k := j
	if i > 0 && (s[i-1] == '<' || s[i-1] == ':' && strings.LastIndexByte(s[max(0, i-32):i], '<') >= 0) {
		// An XML element, maybe with a prefix before its name and attributes after it.
		gt := strings.IndexByte(s[k:min(len(s), k+300)], '>')
		if gt < 0 || gt > 0 && s[k+gt-1] == '/' || s[k] != '>' && s[k] != ' ' {
			return 0, 0, false
		}
		k += gt + 1
		if strings.HasPrefix(s[k:], cdata) {
			return k + len(cdata), ']', true
		}
		return k, '<', true
	}
	k = skipQuote(s, k)
	if k < len(s) && s[k] == ']' {
		k = skipQuote(s, k+1)
	}
	for k < len(s) && s[k] == ' ' {
		k++
	}
	if n := escapedEquals(s, k); n > k {
		return n, '%', n < len(s)
	}
	if k >= len(s) || s[k] != '=' && s[k] != ':' {
		return 0, 0, false
	}
	sep := s[k]
	k++
	if k < len(s) && (s[k] == '=' || s[k] == ':' || sep == '=' && s[k] == '>') { // ==, ::, :=, =>
		k++
	}
	for k < len(s) && (s[k] == ' ' || s[k] == '\t') {
		k++
	}
	if k < len(s) {
		if n := skipQuote(s, k); n > k {
			return n, s[n-1], true
		}
	}
	return k, 0, k < len(s)
}

// skipQuote skips a quote, which may be escaped.
func skipQuote(s string, k int) int {
	if strings.HasPrefix(s[k:], "&quot;") {
		return k + len("&quot;")
	}
	n := k
	for n < len(s) && s[n] == '\\' {
		n++
	}
	if n < len(s) && (s[n] == '"' || s[n] == '\'' || s[n] == '`') {
		return n + 1
	}
	return k
}

// valueEnd returns the end of a value that starts at k.
func valueEnd(s string, k int, quote byte, sensitivity Sensitivity) int {
	switch quote {
	case ';': // of &quot;
		return indexFrom(s, k, "&<>\"")
	case '%': // the separator after it is escaped, too
		return indexFrom(s, k, "%& \t\r\n\"'<>\\")
	}
	if quote != 0 {
		for e := k; e < len(s); e++ {
			if s[e] == '[' && quote == ']' {
				if n := PlaceholderLen(s[e:]); n > 0 {
					e += n - 1
					continue
				}
			}
			if s[e] == quote && (e == k || s[e-1] != '\\' || quote == '<') {
				return e
			}
			if s[e] == '\\' && e+1 < len(s) && s[e+1] == quote && k >= 2 && s[k-2] == '\\' {
				return e // the opening quote was escaped, too
			}
		}
		return len(s)
	}
	stop := " \t\r\n&;,\"'`<>(){}|\\"
	if sensitivity == Secret && schemeLen(s[k:]) > 0 {
		stop = "\r\n&;\"'`<>{}|\\" // the rest of the line
	}
	e := k
	for e < len(s) && strings.IndexByte(stop, s[e]) < 0 {
		e++
	}
	return e
}
