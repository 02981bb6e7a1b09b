package phrase

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/internal/ascii"
)

// Messages and documents show an account as a name and a password with a slash between them: "log
// in with ann / x", "default credentials (admin/x)", "Credentials: ann:x".

// fillers stand between the word that introduces an account and its name.
var fillers = [...]string{"in", "with", "as", "is", "are", "using", "by", "default", "demo", "test", "details", "data", "info", "account", "attempt", "failed", "for", "user"}

// Account finds the password of an account that the word s[i:j], such as login or credentials,
// introduces.
func Account(s string, i, j int) (Span, bool) {
	line := s[:min(len(s), j+maxLabel)]
	if strings.IndexByte(line[j:], '/') < 0 {
		return Span{}, false
	}
	if n := strings.IndexAny(line[j:], "\r\n"); n >= 0 {
		line = line[:j+n]
	}
	k, said := j, false
	for n := 0; n < 4; n++ {
		from := k
		for k < len(line) && strings.IndexByte(" :=(*`\"'", line[k]) >= 0 {
			said = said || line[k] == ':' || line[k] == '('
			k++
		}
		if k == from || k == len(line) {
			return Span{}, false
		}
		end := accountEnd(line, k)
		if !isFiller(line[k:end]) {
			break
		}
		said = said || strings.EqualFold(line[k:end], "with") || strings.EqualFold(line[k:end], "is") || strings.EqualFold(line[k:end], "are")
		k = end
	}
	end := accountEnd(line, k)
	user := line[k:end]
	from, spaced := skipSlash(line, end)
	if from == 0 || len(user) < 2 || strings.EqualFold(s[i:j], user) {
		return Span{}, false
	}
	end = wordEnd(line, from)
	value := strings.TrimRight(line[from:end], ".!*")
	sp := Span{from, from + len(value)}
	if len(value) < 6 || strings.ContainsAny(value, "/\\$") {
		return Span{}, false
	}
	if form.IsMixed(value) && (said || !strings.EqualFold(s[i:j], "account")) {
		return sp, spaced || strings.IndexByte(value, '.') < 0 && (strings.IndexByte(user, '.') < 0 || strings.IndexByte(user, '@') > 0)
	}
	isWord := said && ascii.AllLower(user) && ascii.AllLower(value) && names.CanKeepText(value) && names.CanKeepText(user) && !names.IsTypeWord(value)
	return sp, isWord
}

// accountEnd returns the end of the name of a user at k.
func accountEnd(s string, k int) int {
	for k < len(s) && (ascii.IsAlnum(s[k]) || strings.IndexByte("_.-@+", s[k]) >= 0) {
		k++
	}
	return k
}

// skipSlash skips the slash between a name and a password, with the quotes and blanks around it. It
// returns 0 if there is none.
func skipSlash(s string, k int) (from int, spaced bool) {
	for k < len(s) && strings.IndexByte("`\"'*", s[k]) >= 0 {
		k++
	}
	for k < len(s) && s[k] == ' ' {
		k, spaced = k+1, true
	}
	if k == len(s) || s[k] != '/' || spaced && k+1 < len(s) && s[k+1] != ' ' {
		return 0, false
	}
	for k++; k < len(s) && strings.IndexByte(" `\"'*", s[k]) >= 0; k++ {
	}
	return k, spaced
}

func isFiller(w string) bool {
	for _, f := range &fillers {
		if strings.EqualFold(w, f) {
			return true
		}
	}
	return false
}

// OfAccount returns where the password of NAME:SECRET is, the value of a name for authentication:
// basicAuth=ann:x.
func OfAccount(name, value string) (start int, ok bool) {
	if strings.IndexByte(value, ':') < 0 {
		return 0, false
	}
	switch names.LastWord(name) {
	case "auth", "authentication", "ident", "basic", "login", "userpwd", "userpass", "user", "username":
	default:
		return 0, false
	}
	user, password, ok := strings.Cut(value, ":")
	if !ok || len(user) < 2 || len(password) < 6 || accountEnd(user, 0) < len(user) || strings.ContainsAny(password, "/: ") {
		return 0, false
	}
	return len(user) + 1, form.IsMixed(password) || len(password) >= minLongWord && ascii.AllLower(password)
}

// minLongWord is the length of a word of letters that is taken for a password, and not for the name
// of a user behind that of a provider, as in github:ann.
const minLongWord = 14

// NamedWord finds the value of a name in another language that is a part of the word s[i:j], or
// stands before it: "Ваш пароль x", "初始密码为x". The value must have letters and digits.
func NamedWord(s string, i, j int) (Span, bool) {
	word := s[i:j]
	if len(word) > names.MaxLen || names.SensitivityOf(word) != names.Secret {
		return Span{}, false
	}
	k := i // the word may go on with the value
	for k < j && s[k] < 0x80 {
		k++
	}
	for seen := false; k < j; k++ {
		seen = seen || s[k] >= 0x80
		if end := accountEnd(s[:j], k); seen && end-k >= 6 && form.IsMixed(s[k:end]) {
			return Span{k, end}, names.SensitivityOf(s[i:k]) == names.Secret
		}
	}
	k = skipJoiner(s, j)
	if k == j {
		return Span{}, false
	}
	from := lex.SkipQuote(s, k)
	end := wordEnd(s, from)
	value := strings.TrimRight(s[from:end], ".!。")
	return Span{from, from + len(value)}, len(value) >= 6 && form.IsMixed(value) && (ascii.IsAlnum(value[0]) || from > k)
}

// skipJoiner skips the blanks after k, and a word or sign between a label and its value.
func skipJoiner(s string, k int) int {
	n := k
	for n < len(s) && s[n] == ' ' {
		n++
	}
	for _, adjective := range [...]string{"temporal ", "provisional ", "nueva "} {
		if strings.HasPrefix(s[n:], adjective) {
			n += len(adjective)
		}
	}
	for _, joiner := range &joiners {
		if rest, ok := strings.CutPrefix(s[n:], joiner); ok && (strings.HasPrefix(rest, " ") || strings.HasPrefix(rest, ": ")) {
			return len(s) - len(strings.TrimLeft(rest, ": "))
		}
	}
	for _, verb := range &promptVerbs {
		if rest, ok := strings.CutPrefix(s[n:], verb); ok && strings.HasPrefix(rest, ": ") {
			return len(s) - len(rest) + len(": ")
		}
	}
	return n
}
