package schema

import (
	"bytes"

	"github.com/spectap/spectap/flow/redact"
)

// sensitiveWords are words that mark a name anywhere in it: its values may be secrets or free text.
var sensitiveWords = wordSet(`
	login email mail username token password passwd pwd passphrase secret credential auth
	authorization cookie session sid key apikey signature hash sha md5 digest nonce salt jwt
	bearer otp pin cvc cvv csrf xsrf ssn iban bic passport birthday dob`)

// sensitiveLastWords are words that mark a name at its end: its values may be personal data or free
// text. author is marked, author_association is not.
var sensitiveLastWords = wordSet(`
	name user phone mobile fax tel address street city zip postal postcode first last surname
	nickname nick birth tax vat card company author owner person contact customer ip host
	hostname url uri href link path file filename title description body text message comment
	note content subject query value data id uuid guid slug by assignee creator member recipient
	sender line1 line2 display handle account number`)

// sensitiveSubstrings mark a name anywhere in it, even within a word.
var sensitiveSubstrings = [...]string{"passw", "secret", "token", "apikey", "credential", "email"}

// canKeepText reports whether short identifier-like values under this name may be kept as text. It
// is called for each new property and does not allocate.
func canKeepText(name string) bool {
	var buf [64]byte
	if len(name) > len(buf) || redact.SensitivityOf(name) >= redact.Secret {
		return false
	}
	low := buf[:len(name)]
	for i := range low {
		if low[i] = name[i]; low[i] >= 'A' && low[i] <= 'Z' {
			low[i] += 'a' - 'A'
		}
	}
	for _, s := range sensitiveSubstrings {
		if bytes.Contains(low, []byte(s)) {
			return false
		}
	}
	for start := 0; start < len(name); {
		end := wordEnd(name, start)
		word := low[start:end]
		last := end == len(name)
		if isSensitiveWord(word, last) ||
			len(word) > 1 && word[len(word)-1] == 's' && isSensitiveWord(word[:len(word)-1], last) {
			return false
		}
		for start = end; start < len(name) && charClass[name[start]] != charDigit && !isLetter(name[start]); start++ {
		}
	}
	return true
}

func isSensitiveWord(word []byte, last bool) bool {
	return sensitiveWords[string(word)] || last && sensitiveLastWords[string(word)]
}

// wordEnd returns the end of the word at i. A word ends before a character that is neither a letter
// nor a digit, and where camelCase begins another word.
func wordEnd(name string, i int) int {
	for j := i + 1; j < len(name); j++ {
		c, before := charClass[name[j]], charClass[name[j-1]]
		switch {
		case c != charDigit && c != charLower && c != charUpper:
			return j
		case c == charUpper && before != charUpper:
			return j
		case c == charUpper && j+1 < len(name) && charClass[name[j+1]] == charLower &&
			!(j+2 == len(name) && name[j+1] == 's'):
			return j
		}
	}
	return len(name)
}
