package dialog

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/phrase"
	"github.com/spectap/spectap/internal/ascii"
)

// maxKey and maxPublicKey bound the inspected bytes of a key and of the public key before it. A
// public RSA key of 16,384 bits has 2.8 KiB.
const (
	maxKey       = 32 << 10
	maxPublicKey = 4 << 10
)

// puttyLines finds the private lines in a key file of PuTTY, which end before its Private-MAC.
func puttyLines(s string, i, j int) (phrase.Span, bool) {
	if s[j] != ':' || !strings.Contains(textBefore(s, i, maxPublicKey), "Public-Lines: ") {
		return phrase.Span{}, false
	}
	return linesUntil(s, j, "Private-MAC")
}

// ssh2Key finds the content of a private key in the format of SSH2: ---- BEGIN SSH2 ENCRYPTED
// PRIVATE KEY ----.
func ssh2Key(s string, i, j int) (phrase.Span, bool) {
	if !strings.HasSuffix(s[:i], "---- BEGIN ") || !strings.HasPrefix(s[j:], " ENCRYPTED PRIVATE KEY ----") {
		return phrase.Span{}, false
	}
	return linesUntil(s, j, "---- END ")
}

// linesUntil returns the lines after that of k up to the one that starts with end. The line breaks
// may be written as escapes.
func linesUntil(s string, k int, end string) (phrase.Span, bool) {
	s = s[:min(len(s), k+maxKey)]
	from, n := lineBreak(s, k)
	if n == 0 {
		return phrase.Span{}, false
	}
	from += n
	to := strings.Index(s[from:], end)
	if to < 0 {
		return phrase.Span{Start: from, End: len(s)}, true // cut off
	}
	to += from
	for to > from && (s[to-1] == '\n' || s[to-1] == '\r') {
		to--
	}
	for _, escape := range [...]string{`\n`, `\r`} {
		to = from + len(strings.TrimSuffix(s[from:to], escape))
	}
	return phrase.Span{Start: from, End: to}, true
}

// lineBreak returns the next line break at or after k, and its length.
func lineBreak(s string, k int) (at, n int) {
	for ; k < len(s); k++ {
		for _, b := range [...]string{"\r\n", "\n", `\r\n`, `\n`} {
			if strings.HasPrefix(s[k:], b) {
				return k, len(b)
			}
		}
	}
	return k, 0
}

// cookieLine finds the value in a line of the cookie file of curl and wget: domain, TRUE or FALSE,
// path, TRUE or FALSE, time, name and value, with tabs between them. The word is the fourth.
func cookieLine(s string, i, j int) (phrase.Span, bool) {
	if s[j] != '\t' || i == 0 || s[i-1] != '\t' {
		return phrase.Span{}, false
	}
	from := lineStart(s, i)
	before := strings.Split(s[from:i], "\t")
	if len(before) != 4 || before[1] != "TRUE" && before[1] != "FALSE" || !strings.HasPrefix(before[2], "/") {
		return phrase.Span{}, false
	}
	end := lineEnd(s, j)
	after := strings.SplitN(s[j+1:end], "\t", 3)
	if len(after) != 3 || after[0] == "" || !ascii.AllDigits(after[0]) {
		return phrase.Span{}, false
	}
	return phrase.Span{Start: end - len(after[2]), End: end}, true
}

// maxHash bounds the length of a hash, in bytes.
const maxHash = 512

// directoryHash finds a password after the name of its hash in braces, as in LDAP: {SSHA}x.
func directoryHash(s string, i, j int) (phrase.Span, bool) {
	if i == 0 || s[i-1] != '{' || s[j] != '}' {
		return phrase.Span{}, false
	}
	end := j + 1
	for end < len(s) && end-j < maxHash && s[end] > ' ' && strings.IndexByte("\"'<>,;\\`{", s[end]) < 0 {
		end++
	}
	least := 16
	switch s[i:j] {
	case "noop", "PLAIN", "CLEAR", "CLEARTEXT": // the password itself
		least = 4
	}
	return phrase.Span{Start: j + 1, End: end}, end-j > least && (ascii.IsAlnum(s[j+1]) || strings.IndexByte("$+/", s[j+1]) >= 0)
}

// wifi finds the password in the text of the code of a network: WIFI:T:WPA;S:home;P:x;;.
func wifi(s string, _, j int) (phrase.Span, bool) {
	if s[j] != ':' {
		return phrase.Span{}, false
	}
	code := s[j:lineEnd(s, j)]
	n := strings.Index(code, ";P:")
	if n < 0 {
		if n = strings.Index(code, ":P:"); n != 0 {
			return phrase.Span{}, false
		}
	}
	from := n + len(";P:")
	end := from
	for end < len(code) && code[end] != ';' && code[end] != '"' {
		if code[end] == '\\' && end+1 < len(code) {
			end++
		}
		end++
	}
	end = min(end, len(code))
	return phrase.Span{Start: j + from, End: j + end}, true
}

// seedWords finds the words that restore a wallet: mnemonic: abandon ability able …
func seedWords(s string, i, j int) (phrase.Span, bool) {
	if s[i]|0x20 == 'p' {
		before := strings.ToLower(textBefore(s, i, 12))
		if !strings.HasSuffix(before, "seed ") && !strings.HasSuffix(before, "recovery ") && !strings.HasSuffix(before, "secret ") &&
			!strings.HasSuffix(before, "backup ") {
			return phrase.Span{}, false
		}
	}
	k := j
	for k < len(s) && strings.IndexByte(": =\"'`\\\r\n\t", s[k]) >= 0 {
		k++
	}
	if s[i]|0x20 == 's' && !strings.ContainsAny(s[j:k], ":=") {
		return phrase.Span{}, false // "seed" is a verb as well
	}
	end, ok := wordsEnd(s, k)
	return phrase.Span{Start: k, End: end}, ok
}

// IsSeed reports whether a text is the 12 to 24 English words that restore a wallet (BIP 39).
func IsSeed(s string) bool {
	end, ok := wordsEnd(s, 0)
	return ok && end == len(s)
}

// wordsEnd returns the end of the words at k, and whether they may restore a wallet.
func wordsEnd(s string, k int) (end int, ok bool) {
	n := 0
	for n < 24 {
		w := k
		for w < len(s) && ascii.IsLower(s[w]) {
			w++
		}
		if w-k < 3 || w-k > 8 {
			break
		}
		end = w
		n++
		if w >= len(s) || s[w] != ' ' {
			break
		}
		k = w + 1
	}
	return end, n >= 12 && n%3 == 0
}
