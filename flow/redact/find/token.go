package find

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/internal/ascii"
)

// findWebhook finds the secret in the URL of a chat's incoming webhook, /T…/B…/secret, or of its
// workflow, /T…/A…/number/secret, whose first segment is s[i:j].
func findWebhook(s string, i, j int) (Span, bool) {
	if s[i] != 'T' || j-i < 9 || j-i > 14 || j+2 >= len(s) || s[j] != '/' || s[j+1] != 'B' && s[j+1] != 'A' ||
		form.Count(s[i:j]).Lower > 0 {
		return Span{}, false
	}
	k := strings.IndexByte(s[j+1:min(len(s), j+20)], '/')
	if k < 9 {
		return Span{}, false
	}
	from := j + 1 + k + 1
	if s[j+1] == 'A' {
		number := from
		for from < len(s) && ascii.IsDigit(s[from]) {
			from++
		}
		if from-number < 6 || from >= len(s) || s[from] != '/' {
			return Span{}, false
		}
		from++
	}
	end := from
	for end < len(s) && (ascii.IsDigit(s[end]) || ascii.IsLower(s[end]) || ascii.IsUpper(s[end])) {
		end++
	}
	return Span{Start: from, End: end, Kind: mark.Token}, end-from >= 20
}

// minHookID is the least length of the number of a webhook, in bytes.
const minHookID = 6

// IsWebhookToken reports whether a segment of a path is the secret of a webhook by the two segments
// before it: webhooks/123456789012345678/x. In random letters and digits, every second one differs
// in class from the one before. Names, and ids of deliveries, do not.
func IsWebhookToken(kind, id, segment string) bool {
	if kind != "webhooks" && kind != "hooks" || len(segment) < 16 || len(id) < minHookID || !ascii.AllDigits(id) || form.IsPrefixedID(segment) {
		return false
	}
	c := form.Count(segment)
	return c.Upper >= 3 && c.Lower >= 3 && c.Changes*2 >= len(segment)-1 && c.Other*6 <= len(segment)
}

// passwordHashes begin the hashes of passwords in modular crypt format, which can be guessed.
var passwordHashes = [...]string{"$2a$", "$2b$", "$2x$", "$2y$", "$1$", "$5$", "$6$", "$7$", "$y$", "$apr1$",
	"$argon2id$", "$argon2i$", "$argon2d$", "$pbkdf2", "$scrypt$", "$bcrypt"}

// findPasswordHash finds the hash of a password that begins with the word at i.
func findPasswordHash(s string, i int) (Span, bool) {
	for _, p := range &passwordHashes {
		if !strings.HasPrefix(s[i:], p) {
			continue
		}
		end := i + len(p)
		for end < len(s) && (base64Byte[s[end]] || strings.IndexByte(".$=,-", s[end]) >= 0) {
			end++
		}
		end = i + len(strings.TrimRight(s[i:end], ".,"))
		if end-i-len(p) >= 20 {
			return Span{Start: i, End: end, Kind: mark.Secret}, true
		}
	}
	return Span{}, false
}

// findColonToken finds a chat bot's token, a number and base64url with a colon between them. The
// number ends at j.
func findColonToken(s string, i, j int) (Span, bool) {
	from := j
	for from > i && ascii.IsDigit(s[from-1]) {
		from--
	}
	if j-from < 8 || j-from > 12 || !strings.HasPrefix(s[j:], ":AA") {
		return Span{}, false
	}
	end := j + 1
	for end < len(s) && wordByte[s[end]] {
		end++
	}
	return Span{Start: from, End: end, Kind: mark.Token}, end-j > 33 && end-j < 40
}

// sensitivityBefore returns the sensitivity of a name before the text from j on. Connection strings
// of Azure have secrets of any form under one that means other keys elsewhere.
func sensitivityBefore(s, name string, j int) names.Sensitivity {
	if name == "AccountKey" && s[j] == '=' || equalFold(name, "community") && isOfSNMP(s, j) {
		return names.Secret
	}
	return names.SensitivityOf(name)
}

// isOfSNMP reports whether the text near the name that ends at j is of SNMP, whose communities are
// passwords.
func isOfSNMP(s string, j int) bool {
	const near = 96
	around := strings.ToLower(s[max(0, j-near):min(len(s), j+near)])
	return strings.Contains(around, "snmp")
}

// findBraced finds a value in braces of a connection string (ODBC, JDBC): ;Pwd={a;b}}c};. A brace
// in it is written twice. The name starts at i, its value at start.
func findBraced(s string, i, start int, quote byte) (Span, bool) {
	if quote != 0 || s[start] != '{' || s[start-1] != '=' || i == 0 || s[i-1] != ';' {
		return Span{}, false
	}
	for k := start + 1; k < min(len(s), start+maxJudgedLen); k++ {
		switch {
		case s[k] == '\n', s[k] == '"':
			return Span{}, false
		case s[k] != '}':
		case k+1 < len(s) && s[k+1] == '}':
			k++
		default:
			ends := k+1 == len(s) || strings.IndexByte(";\"'\r\n", s[k+1]) >= 0
			return Span{Start: start + 1, End: k}, ends && k > start+1
		}
	}
	return Span{}, false
}
