package phrase

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/internal/ascii"
)

// Calls in programs have secrets as arguments: setPassword("x"), define('DB_PASSWORD', 'x'),
// SetBasicAuth("name", "x").

// maxCall bounds the length of the arguments of a call that are inspected, in bytes.
const maxCall = 400

// Call finds a secret in the arguments of the call whose name is the word s[i:j].
func Call(s string, i, j int) (Span, bool) {
	s = s[:min(len(s), j+maxCall)]
	name, first := s[i:j], j+1
	if IsLogin(name) {
		first = skipVariable(s, first) // getConnection(url, "name", "x")
	}
	if first >= len(s) || !lex.IsQuote(s[first]) {
		return Span{}, false
	}
	var args [4]Span
	n, closed := readArguments(s, first, &args)
	if n == 0 {
		return Span{}, false
	}
	last := args[n-1]
	switch {
	case n > 1 && names.SensitivityOf(s[args[0].Start:args[0].End]) == names.Secret:
		last = args[1]
	case hashesPassword(name): // crypt('x', gen_salt('bf'))
		last = args[0]
	case n > 1 && IsLogin(name):
	case n == 1 && closed && setsSecret(name):
	default:
		return Span{}, false
	}
	value := s[last.Start:last.End]
	return last, isSecretArgument(value)
}

// isSecretArgument reports whether a string in a call may be a secret: a word that is no name.
func isSecretArgument(v string) bool {
	return len(v) >= 4 && !strings.ContainsAny(v, " \t{}$") && !names.IsNameLike(v) && form.Count(v).Digit > 0
}

// IsLogin reports whether a call of this name takes a name and a password.
func IsLogin(name string) bool {
	switch names.LastWord(name) {
	case "auth", "login", "signin", "authenticate", "credential", "credentials", "creds", "connect", "connection", "basicauth", "authentication":
		return true
	case "basic": // Credentials.basic
		return strings.Contains(name, "redential") || strings.Contains(name, "uth")
	}
	return false
}

// hashesPassword reports whether a call of this name takes a password to hash.
func hashesPassword(name string) bool {
	low := strings.ToLower(name)
	return low == "crypt" || low == "hashpw" || low == "password_hash" || low == "generate_password_hash" ||
		strings.Contains(low, "bcrypt.") || strings.Contains(low, "scrypt.") || strings.Contains(low, "argon2.")
}

// setsSecret reports whether a call of this name takes a secret: setPassword, but not getPassword.
func setsSecret(name string) bool {
	if name = name[strings.LastIndexByte(name, '.')+1:]; names.SensitivityOf(name) != names.Secret {
		return false
	}
	low := strings.ToLower(name)
	for _, verb := range [...]string{"get", "has", "is", "find", "read", "delete", "remove", "load", "fetch"} {
		if strings.HasPrefix(low, verb) {
			return false
		}
	}
	return true
}

// skipVariable skips the variable that is the first of several arguments, which starts at k.
func skipVariable(s string, k int) int {
	end := k
	for end < len(s) && (ascii.IsAlnum(s[end]) || s[end] == '_' || s[end] == '.') {
		end++
	}
	if end == k || end == len(s) || s[end] != ',' {
		return k
	}
	return skipSpace(s, end+1)
}

// readArguments reads the strings that a call has as its first arguments, which start at k. closed
// tells whether the call has no others.
func readArguments(s string, k int, args *[4]Span) (n int, closed bool) {
	for n < len(args) && k < len(s) && lex.IsQuote(s[k]) {
		end := quoteEnd(s, k+1, s[k])
		if end >= len(s) {
			return n, false
		}
		args[n] = Span{k + 1, end}
		n++
		k = skipSpace(s, end+1)
		if k >= len(s) || s[k] != ',' {
			return n, k < len(s) && s[k] == ')'
		}
		k = skipSpace(s, k+1)
	}
	return n, false
}

// quoteEnd returns the index of the quote that ends the string at k, or len(s).
func quoteEnd(s string, k int, quote byte) int {
	for ; k < len(s); k++ {
		switch s[k] {
		case quote:
			return k
		case '\\':
			if k+1 < len(s) && s[k+1] == quote && s[k-1] == quote && k >= 2 && s[k-2] == '\\' {
				return k // the opening quote was escaped, too
			}
			k++
		}
	}
	return len(s)
}
