package phrase

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/internal/ascii"
	"github.com/spectap/spectap/internal/hexdigit"
)

// PassFile finds the password in a line of a password file of PostgreSQL,
// HOST:PORT:DATABASE:NAME:SECRET. The word s[i:j] is the name, between two colons.
func PassFile(s string, i, j int) (Span, bool) {
	line := strings.LastIndexByte(s[max(0, i-maxLabel):i], '\n') + 1 + max(0, i-maxLabel)
	fields := strings.Split(s[line:i-1], ":")
	if len(fields) != 3 || strings.ContainsAny(s[line:i], " \t/=\"") {
		return Span{}, false
	}
	host, port := fields[0], fields[1]
	end := lex.IndexFrom(s, j+1, " \t\r\n") // a colon in it has a backslash
	if host != "*" && host != "localhost" && strings.IndexByte(host, '.') < 0 && !(isDatabasePort(port) && end-j > 6 && !ascii.AllDigits(fields[2])) && (len(port) < 4 || end-j < 7 || !form.IsMixed(s[j+1:end])) ||
		port != "*" && (len(port) < 2 || len(port) > 5 || !ascii.AllDigits(port)) || form.Count(s[i:j]).Lower == 0 {
		return Span{}, false
	}
	return Span{j + 1, end}, end-j > 4 && (end == len(s) || s[end] == '\n' || s[end] == '\r')
}

// isDatabasePort reports whether a port is one that PostgreSQL or its usual pooler listens on, or
// one after it: a second server on the host has the next port.
func isDatabasePort(port string) bool {
	return len(port) == 4 && (port[:3] == "543" || port == "6432")
}

// RelayAccount finds the password in a line of a map of accounts for mail servers, [HOST]:PORT
// NAME:SECRET. The host ends with the word s[i:j], between brackets, or without them and with a
// port of mail.
func RelayAccount(s string, i, j int) (Span, bool) {
	k := j + 1
	if s[j] == ':' {
		if i, k = hostStart(s, i), j; !hasMailPort(s[j+1:]) {
			return Span{}, false
		}
	} else {
		i--
	}
	if i > 0 && s[i-1] != '\n' {
		return Span{}, false
	}
	if k < len(s) && s[k] == ':' {
		for k++; k < len(s) && ascii.IsDigit(s[k]); k++ {
		}
	}
	hasPort := k > j+2
	from := k
	for from < len(s) && (s[from] == ' ' || s[from] == '\t') {
		from++
	}
	colon := accountEnd(s, from)
	if from == k || colon == len(s) || s[colon] != ':' {
		return Span{}, false
	}
	end := lex.IndexFrom(s, colon, " \t\r\n")
	sp := Span{colon + 1, end}
	if s[from:colon] == "" || strings.IndexByte(s[from:colon], '@') >= 0 || !endsLine(s, end) || end-colon < 5 || ascii.AllDigits(s[colon+1:end]) {
		return Span{}, false
	}
	return sp, hasPort || strings.IndexByte(s[i:j], '.') > 0 && form.IsMixed(s[colon+1:end])
}

// StaticMap finds the password in the setting of a mail server that has one account:
// smtp_sasl_password_maps = static:NAME:SECRET. The word static is s[i:j].
func StaticMap(s string, i, j int) (Span, bool) {
	if !strings.HasSuffix(strings.TrimRight(s[:i], " \t="), "password_maps") {
		return Span{}, false
	}
	colon := accountEnd(s, j+1)
	if colon == len(s) || s[colon] != ':' {
		return Span{}, false
	}
	end := lex.IndexFrom(s, colon, " \t\r\n")
	return Span{colon + 1, end}, end > colon+1
}

// IsLoginUser reports whether the word s[i:j] names a user whose password follows, in the options
// of a login module of Java: PlainLoginModule required user_ann="x".
func IsLoginUser(s string, i, j int) bool {
	const prefix = "user_"
	return j-i > len(prefix) && s[i:i+len(prefix)] == prefix && strings.Contains(s[max(0, i-4<<10):i], "LoginModule ")
}

// Quoted returns what is between the quote at k and the next one, an empty span if there is none.
func Quoted(s string, k int) Span {
	if k < len(s) && (s[k] == '"' || s[k] == '\'') {
		if n := strings.IndexByte(s[k+1:], s[k]); n >= 0 {
			return Span{k + 1, k + 1 + n}
		}
	}
	return Span{}
}

// hostStart returns the start of the host that the word at i is a part of.
func hostStart(s string, i int) int {
	for low := max(0, i-255); i > low && (ascii.IsAlnum(s[i-1]) || s[i-1] == '.' || s[i-1] == '-'); {
		i--
	}
	return i
}

// hasMailPort reports whether a text begins with a port of SMTP and a blank.
func hasMailPort(s string) bool {
	for _, port := range [...]string{"25", "465", "587", "2525"} {
		if rest, ok := strings.CutPrefix(s, port); ok && rest != "" && (rest[0] == ' ' || rest[0] == '\t') {
			return true
		}
	}
	return false
}

// UserPassword finds the password in NAME:SECRET@HOST or DOMAIN/NAME:SECRET@HOST without a scheme
// before it. The secret is the word s[i:j], between the colon and the at sign.
func UserPassword(s string, i, j int) (Span, bool) {
	c := form.Count(s[i:j])
	if i < 2 || s[i-1] != ':' || j-i < 6 || c.Digit == 0 || c.Upper+c.Lower == 0 || j+1 >= len(s) || !ascii.IsAlnum(s[j+1]) {
		return Span{}, false
	}
	k := i - 1
	for k > 0 && (ascii.IsAlnum(s[k-1]) || strings.IndexByte("_.-", s[k-1]) >= 0) {
		k--
	}
	if k > 0 && k < i-1 && s[k-1] == '/' && !strings.HasPrefix(s[j:], "@sha256:") { // DOMAIN/NAME:SECRET@HOST
		for k--; k > 0 && ascii.IsAlnum(s[k-1]); {
			k--
		}
	}
	if k == i-1 || k > 0 && strings.IndexByte(" \t\n\"'`=([,", s[k-1]) < 0 && !endsWithScheme(s[:k]) {
		return Span{}, false
	}
	switch strings.ToLower(s[k : i-1]) { // schemes of URIs, and what introduces an address
	case "mailto", "acct", "sip", "sips", "xmpp", "im", "cid", "mid", "ssh", "email", "mail", "from", "to", "cc", "bcc", "reply-to", "contact", "user", "name", "login":
		return Span{}, false
	}
	return Span{i, j}, true
}

// endsWithScheme reports whether a text ends with a scheme of URIs that have no slashes before the
// user.
func endsWithScheme(s string) bool {
	for _, scheme := range [...]string{"sip:", "sips:", "xmpp:", "ssh:", "sftp:", "ftp:", "irc:", "smtp:", "imap:", "pop:", "turn:", "turns:"} {
		if before, ok := strings.CutSuffix(s, scheme); ok && (before == "" || !ascii.IsAlnum(before[len(before)-1])) {
			return true
		}
	}
	return false
}

// PasswordAfter returns the length of a colon and a password after the address that ends at k, as
// in lists of accounts, or 0: ann@example.com:SECRET. A port, a path or a file is no password.
func PasswordAfter(s string, k int) int {
	if k == len(s) || s[k] != ':' {
		return 0
	}
	end := k + 1
	for end < len(s) && end-k <= names.MaxLen && s[end] > ' ' && strings.IndexByte("\"'`<>,;|\\", s[end]) < 0 {
		end++
	}
	password := s[k+1 : end]
	if len(password) < 6 || !form.IsMixed(password) || strings.ContainsAny(password, "/.:[]") {
		return 0
	}
	return end - k
}

// NTHashLen is the length of the hash of a password of Windows, in hexadecimal digits.
const NTHashLen = 32

// NTHash finds the hashes of a Windows account, which log in like its password:
// name:500:HASH:HASH:::. The first is the word s[i:j], and the second ends at end.
func NTHash(s string, i, j int) (end int, ok bool) {
	end = j + 1 + NTHashLen
	if i == 0 || s[i-1] != ':' || end > len(s) || !strings.HasPrefix(s[end:], ":::") || !hexdigit.All(s[i:j]) || !hexdigit.All(s[j+1:end]) {
		return 0, false
	}
	return end, true
}
