package phrase

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/internal/ascii"
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
	if host != "*" && host != "localhost" && strings.IndexByte(host, '.') < 0 ||
		port != "*" && (len(port) < 2 || len(port) > 5 || !ascii.AllDigits(port)) || form.Count(s[i:j]).Lower == 0 {
		return Span{}, false
	}
	end := wordEnd(s, j+1)
	return Span{j + 1, end}, end-j > 4 && (end == len(s) || s[end] == '\n' || s[end] == '\r')
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
	if k == i-1 || k > 0 && strings.IndexByte(" \t\n\"'`=([,", s[k-1]) < 0 {
		return Span{}, false
	}
	switch strings.ToLower(s[k : i-1]) { // schemes of URIs, and what introduces an address
	case "mailto", "acct", "sip", "sips", "xmpp", "im", "cid", "mid", "ssh", "email", "mail", "from", "to", "cc", "bcc", "reply-to", "contact", "user", "name", "login":
		return Span{}, false
	}
	return Span{i, j}, true
}
