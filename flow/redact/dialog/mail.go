package dialog

import (
	"bytes"
	"encoding/base64"
	"strings"

	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/flow/redact/phrase"
	"github.com/spectap/spectap/internal/ascii"
)

// maxDialog is the distance, in bytes, within which the other lines of a dialog are looked for.
const maxDialog = 400

// pass finds the password of FTP, POP3 and IRC: PASS x, beside USER or NICK or after a prompt.
func pass(s string, i, j int) (phrase.Span, bool) {
	from := lineStart(s, i)
	var args [1]phrase.Span
	if n, whole := arguments(s, j, args[:]); n != 1 || !whole || s[j] != ' ' || !isPrompt(s, from, i) {
		return phrase.Span{}, false
	}
	if s[i] == 'p' { // in small letters it is a word of prose
		return args[0], strings.HasSuffix(s[from:i], "ftp> ")
	}
	if from < i {
		return args[0], true
	}
	after := s[lineEnd(s, j):min(len(s), lineEnd(s, j)+maxDialog)]
	return args[0], strings.Contains(textBefore(s, from, maxDialog), "USER ") || strings.Contains(after, "\nNICK ") || strings.Contains(after, "\nUSER ")
}

// apop finds the digest of POP3, from which the password can be guessed: APOP name DIGEST.
func apop(s string, i, j int) (phrase.Span, bool) {
	var args [2]phrase.Span
	n, whole := arguments(s, j, args[:])
	return args[1], n == 2 && whole && args[1].End-args[1].Start == 32 && isPrompt(s, lineStart(s, i), i)
}

// ftpUser finds the password in the command of an FTP client: user NAME PASSWORD. A user of the
// rules of Redis is of the same form.
func ftpUser(s string, i, j int) (phrase.Span, bool) {
	if s[j] != ' ' || !isPrompt(s, lineStart(s, i), i) {
		return phrase.Span{}, false
	}
	var args [2]phrase.Span
	if _, whole := arguments(s, j, args[:]); whole && form.IsMixed(args[1].In(s)) && args[1].End-args[1].Start >= 6 {
		return args[1], ascii.IsAlnum(s[args[0].Start]) && !strings.ContainsAny(args[1].In(s), ";{}()=")
	}
	return redisUser(s, i, j)
}

// saslLine finds the answer in a line of IMAP, AUTHENTICATE PLAIN BASE64, or of IRC, AUTHENTICATE
// BASE64.
func saslLine(s string, _, j int) (phrase.Span, bool) {
	var args [2]phrase.Span
	n, whole := arguments(s, j, args[:])
	if n == 1 && whole { // NUL is between the name and the password (RFC 4616)
		answer, err := base64.StdEncoding.DecodeString(args[0].In(s))
		return args[0], err == nil && bytes.IndexByte(answer, 0) >= 0
	}
	return args[1], n == 2 && whole && args[1].End-args[1].Start >= 8 && ascii.IsUpper(s[args[0].Start])
}

// saslPassword finds the answer of the client in the line after UGFzc3dvcmQ6, which is "Password:"
// in base64, as in SMTP.
func saslPassword(s string, _, j int) (phrase.Span, bool) {
	k := j
	for k < len(s) && (s[k] == '\r' || s[k] == '\n' || s[k] == ' ') {
		k++
	}
	if k == j || k == len(s) {
		return phrase.Span{}, false
	}
	var args [3]phrase.Span
	n, _ := words(s, k, args[:])
	for ; n == 0 && k < len(s) && s[k] == '>'; k++ { // the mark of a client's line
		n, _ = words(s, k+1, args[:])
	}
	if n == 0 {
		return phrase.Span{}, false
	}
	return args[n-1], n < 3
}

// nickServ finds the password in a message to a server of nicknames of IRC: NickServ :IDENTIFY x.
func nickServ(s string, i, j int) (phrase.Span, bool) {
	if !strings.Contains(strings.ToLower(s[lineStart(s, i):i]), "nickserv") {
		return phrase.Span{}, false
	}
	var args [2]phrase.Span
	n, whole := arguments(s, j, args[:])
	if n == 0 || !whole {
		return phrase.Span{}, false
	}
	return args[n-1], true
}

// basic finds the base64 of user and password after the name of the scheme.
func basic(s string, _, j int) (phrase.Span, bool) {
	if rest := strings.TrimPrefix(s[j:], " auth: "); len(rest) < len(s)-j { // Basic auth: ann:SECRET
		w := word(s, len(s)-len(rest))
		user, password, ok := strings.Cut(w.In(s), ":")
		w.Start += len(user) + 1
		return w, ok && user != "" && len(password) >= 6 && form.IsMixed(password)
	}
	if s[j] != ' ' {
		return phrase.Span{}, false
	}
	w := word(s, j)
	if w.End-w.Start < 6 {
		return phrase.Span{}, false
	}
	data, ok := form.DecodeBase64(w.In(s))
	if !ok {
		return phrase.Span{}, false
	}
	user, password, ok := strings.Cut(string(data), ":")
	for _, c := range []byte(user + password) {
		ok = ok && c >= ' ' && c < 0x7f
	}
	return w, ok && user != "" && password != ""
}
