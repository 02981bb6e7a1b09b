package redact

import "strings"

// span is a part of a text that must go.
type span struct {
	start, end int
	kind       string // "" when only the name or place told, see kindOf
	basic      bool   // base64 of user and password
}

// wordByte marks the bytes that words are made of: what tokens hold between separators.
var wordByte = func() (t [256]bool) {
	for c := range t {
		b := byte(c)
		t[c] = isLower(b) || isUpper(b) || isDigit(b) || b >= 0x80 || strings.IndexByte("_-.+~$", b) >= 0
	}
	return t
}()

// find returns the first span of s at or after i. The class is that of the name that the text has.
func find(s string, i int, class Class) (span, bool) {
	for i < len(s) {
		if !wordByte[s[i]] {
			if s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
				i += 3 // an escaped character, perhaps escaped again
				for strings.HasPrefix(s[i-2:], "25") && i+1 < len(s) && isHex(s[i]) && isHex(s[i+1]) {
					i += 2
				}
				continue
			}
			if s[i] == '[' {
				if n := markLen(s[i:]); n > 0 {
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
		if j-i >= 9 || isName(s, i, j) {
			if sp, ok := findInWord(s, i, j, class); ok {
				return sp, true
			}
		}
		i = j
	}
	return span{}, false
}

// isName is a quick test of a short word: what comes after it decides whether it can matter.
func isName(s string, i, j int) bool {
	if j == len(s) {
		return false
	}
	switch s[j] {
	case '@', '%', '=', ':', '"', '\'', ']', '\\', '>', '&':
		return true
	case ' ':
		if s[i] == '-' || isPhrase(s[i:j]) {
			return true
		}
		return isDigit(s[i]) || isDigit(s[j-1]) || i > 0 && (s[i-1] == '<' || s[i-1] == ':') || j+1 < len(s) && (s[j+1] == '=' || s[j+1] == ':' || s[j+1] == ' ')
	}
	return false
}

// findInWord judges the word s[i:j]: a value by itself, the first part of an address, or a name with a value after
// it, in that order, which is the order of the spans.
func findInWord(s string, i, j int, class Class) (span, bool) {
	if sp, ok := shape(s, i, j, class); ok {
		return sp, true
	}
	if j < len(s) {
		switch s[j] {
		case '@', '%':
			if sp, ok := email(s, i, j); ok || s[j] == '@' {
				return sp, ok
			}
			return pair(s, i, j)
		case ' ':
			if sp, ok := phrase(s, i, j); ok {
				return sp, true
			}
			return pair(s, i, j)
		case '=', ':', '"', '\'', ']', '\\', '>', '&':
			return pair(s, i, j)
		}
	}
	return span{}, false
}

// shape judges the word s[i:j] by what it looks like.
func shape(s string, i, j int, class Class) (span, bool) {
	for i < j && isJoiner(s[i]) {
		i++
	}
	if class != Identifier {
		if sp, ok := grouped(s, i, j); ok {
			return sp, true
		}
	}
	for j > i && isJoiner(s[j-1]) {
		j--
	}
	if j-i < 9 {
		return span{}, false
	}
	w := s[i:j]
	kind, ok := isKnownShape(w)
	if !ok {
		if sp, ok := webhook(s, i, j); ok {
			return sp, true
		}
		if from, end, kind, ok := framed(w); ok {
			return span{start: i + from, end: i + end, kind: kind}, true
		}
	}
	if !ok && class != Identifier {
		kind, ok = personalShape(w)
		if !ok && looksRandom(w) {
			kind, ok = kindSecret, true
		}
	}
	if !ok {
		return span{}, false
	}
	for j < len(s) && s[j] == '=' && (j+1 == len(s) || s[j+1] == '=' || !wordByte[s[j+1]]) {
		j++ // base64's padding
	}
	return span{start: i, end: j, kind: kind}, true
}

// isJoiner says whether a byte of words is none at their ends.
func isJoiner(c byte) bool { return c == '-' || c == '.' || c == '+' || c == '~' || c == '$' }

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

// pair finds the value of a name in forms such as name=value, "name": "value", name: value and
// <name>value</name>, when the name calls for it. The name is s[i:j].
func pair(s string, i, j int) (span, bool) {
	if s[j] == ':' && strings.HasPrefix(s[j:], "://") {
		return userinfo(s, j+3)
	}
	if isDigit(s[i]) || j-i > maxName {
		return span{}, false
	}
	start, quote, ok := valueAfter(s, i, j)
	if !ok {
		return span{}, false
	}
	if sp, ok := markup(s, i, j, start, quote); ok {
		return sp, true
	}
	class := ClassOf(s[i:j])
	if class == Plain || class == Identifier {
		return span{}, false
	}
	if s[j] == ':' && start == j+1 && quote == 0 && strings.IndexByte(s[i:j], '.') >= 0 {
		return span{}, false // io.example.token:module, the coordinates of a package
	}
	if quote == 0 && s[start] == '{' {
		return span{}, false // its members have names of their own
	}
	if quote == 0 && s[start] == '[' && markLen(s[start:]) == 0 {
		start++ // a list: all of it goes
		quote = ']'
	}
	if class != Secret { // of which longer values are none, and each name has to be looked at
		s = s[:min(len(s), start+maxJudged)]
	}
	end := valueEnd(s, start, quote, class)
	if quote == '<' && end+1 < len(s) && s[end+1] != '/' {
		return span{}, false // <name> stands for something here
	}
	value := s[start:end]
	if class == Weak && isCodeName(s[i:j]) && isCode(value) && grantAround(s, i) {
		class = Secret
	}
	if class == Secret {
		sp, ok := secretSpan(value)
		sp.start, sp.end = sp.start+start, sp.end+start
		return sp, ok
	}
	if class.judges(value) { // names in the value have their turn
		return span{start: start, end: end}, true
	}
	return span{}, false
}

// maxJudged bounds the values that are judged by what they look like, in bytes.
const maxJudged = 4<<10 + 1 // what is longer is none of them

// valueAfter returns where the value of the name s[i:j] starts and which quote stands before it.
func valueAfter(s string, i, j int) (start int, quote byte, ok bool) {
	k := j
	if i > 0 && (s[i-1] == '<' || s[i-1] == ':' && strings.LastIndexByte(s[max(0, i-32):i], '<') >= 0) {
		// An XML element, perhaps with a prefix before its name and attributes after it.
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

// skipQuote steps over a quote, which may be escaped.
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

// valueEnd returns where a value that starts at k ends.
func valueEnd(s string, k int, quote byte, class Class) int {
	switch quote {
	case ';': // of &quot;
		return until(s, k, "&<>\"")
	case '%': // all is escaped, what ends it too
		return until(s, k, "%& \t\r\n\"'<>\\")
	}
	if quote != 0 {
		for e := k; e < len(s); e++ {
			if s[e] == '[' && quote == ']' {
				if n := markLen(s[e:]); n > 0 {
					e += n - 1
					continue
				}
			}
			if s[e] == quote && (e == k || s[e-1] != '\\' || quote == '<') {
				return e
			}
			if s[e] == '\\' && e+1 < len(s) && s[e+1] == quote && k >= 2 && s[k-2] == '\\' {
				return e // the opening quote was escaped too
			}
		}
		return len(s)
	}
	stop := " \t\r\n&;,\"'`<>(){}|\\"
	if class == Secret && schemeLen(s[k:]) > 0 {
		stop = "\r\n&;\"'`<>{}|\\" // the rest of the line
	}
	e := k
	for e < len(s) && strings.IndexByte(stop, s[e]) < 0 {
		e++
	}
	return e
}
