package dialog

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/flow/redact/phrase"
	"github.com/spectap/spectap/internal/ascii"
)

// send finds what a script of expect sends to a prompt for a secret: send "x\r".
func send(s string, i, j int) (phrase.Span, bool) {
	k := j
	if s[k] == '(' {
		k++
	}
	for k < len(s) && (s[k] == ' ' || strings.HasPrefix(s[k:], "-- ") || strings.HasPrefix(s[k:], "-s ")) {
		if s[k] == '-' {
			k += 2
		}
		k++
	}
	if k == j || k+1 >= len(s) || !lex.IsQuote(s[k]) && s[k] != '{' && s[k] != '\\' {
		return phrase.Span{}, false
	}
	closing := s[k]
	if closing == '{' {
		closing, k = '}', k+1
	} else {
		k = lex.SkipQuote(s, k)
		closing = s[k-1]
	}
	end := strings.IndexByte(s[k:min(len(s), k+maxLine)], closing)
	if end < 0 {
		return phrase.Span{}, false
	}
	value := strings.TrimRight(s[k:k+end], `\`)
	enter := false
	for strings.HasSuffix(value, `\r`) || strings.HasSuffix(value, `\n`) {
		value, enter = strings.TrimRight(value[:len(value)-2], `\`), true
	}
	if !enter && s[j] != '(' || value == "" || strings.ContainsAny(value, "[]{}\n") {
		return phrase.Span{}, false
	}
	before := textBefore(s, i, maxDialog)
	if s[j] == '(' { // of a program
		return phrase.Span{Start: k, End: k + len(value)}, strings.HasSuffix(s[i:j], "line") && asksForSecret(before)
	}
	return phrase.Span{Start: k, End: k + len(value)}, asksForSecret(before) ||
		strings.IndexByte(value, ' ') < 0 && form.IsMixed(value) && len(value) >= 6
}

// expect finds what a script sends after the prompt for a secret that it waits for in the line
// before. The prompt may look like a name with a value.
func expect(s string, _, j int) (phrase.Span, bool) {
	k := lineEnd(s, j)
	if s[j] != ' ' || !asksForSecret("expect"+s[j:k]) {
		return phrase.Span{}, false
	}
	for k < len(s) && lex.IsBlank(s[k]) {
		k++
	}
	end := k
	for end < len(s) && (ascii.IsLower(s[end]) || s[end] == '_') {
		end++
	}
	if w := s[k:end]; w != "send" && w != "exp_send" || end == len(s) {
		return phrase.Span{}, false
	}
	return send(s, k, end)
}

// asksForSecret reports whether the last thing that a script waits for is a prompt for a secret.
func asksForSecret(before string) bool {
	n := strings.LastIndex(before, "expect")
	if n < 0 {
		return false
	}
	prompt := strings.ToLower(before[n:])
	for _, w := range [...]string{"assword", "passphrase", "passcode", " pin", "secret", "token", "otp", "verification code"} {
		if strings.Contains(prompt, w) {
			return true
		}
	}
	return false
}

// maxBlock bounds the inspected bytes of a block of Terraform.
const maxBlock = 2000

// variable finds the default of a variable of Terraform with the name of a secret: variable
// "db_password" { default = "x" }.
func variable(s string, i, j int) (phrase.Span, bool) {
	if !strings.HasPrefix(s[j:], ` "`) && !strings.HasPrefix(s[j:], ` \"`) {
		return phrase.Span{}, false
	}
	from := lex.SkipQuote(s, j+1)
	end := from
	for end < len(s) && end < from+names.MaxLen && s[end] != '"' && s[end] != '\\' {
		end++
	}
	if names.SensitivityOf(s[from:end]) != names.Secret {
		return phrase.Span{}, false
	}
	block := s[end:min(len(s), end+maxBlock)]
	open := strings.IndexByte(block, '{')
	if open < 0 || open > 4 {
		return phrase.Span{}, false
	}
	if n := strings.Index(block, "\n}"); n >= 0 {
		block = block[:n]
	} else if n := strings.Index(block, `\n}`); n >= 0 {
		block = block[:n]
	}
	member := "default"
	if s[i] == 'o' { // output
		member = "value"
	}
	n := strings.Index(block, member)
	if n < 0 {
		return phrase.Span{}, false
	}
	for n += len(member); n < len(block) && (block[n] == ' ' || block[n] == '='); n++ {
	}
	if k := lex.SkipQuote(block, n); k > n {
		if close := strings.IndexByte(block[k:], '"'); close > 0 {
			return phrase.Span{Start: end + k, End: end + k + len(strings.TrimRight(block[k:k+close], `\`))}, true
		}
	}
	return phrase.Span{}, false
}

// addLogin finds the password in a call of a procedure of SQL Server, its second argument:
// EXEC sp_addlogin 'ann', 'x'.
func addLogin(s string, _, j int) (phrase.Span, bool) {
	line := s[:lineEnd(s, j)]
	_, rest, ok := strings.Cut(line[j:], ",")
	if !ok {
		return phrase.Span{}, false
	}
	from := len(line) - len(strings.TrimLeft(rest, " Nn@abcdefghijklmopqrstuvwxyz_="))
	if from >= len(line) || !lex.IsQuote(line[from]) {
		return phrase.Span{}, false
	}
	end := strings.IndexByte(line[from+1:], line[from])
	return phrase.Span{Start: from + 1, End: from + 1 + end}, end > 0
}

// column finds the literal that a statement selects under the name of a secret: SELECT 'x' AS
// password.
func column(s string, _, j int) (phrase.Span, bool) {
	for k, most := j, min(len(s), j+maxLine); k < most; k++ {
		if s[k] != '\'' && s[k] != '"' {
			continue
		}
		n := strings.IndexByte(s[k+1:most], s[k])
		if n < 0 {
			break
		}
		end := k + 1 + n
		rest := s[end+1 : most]
		if len(rest) > 4 && strings.EqualFold(rest[:4], " as ") {
			name := strings.TrimLeft(rest[4:], "\"'`[")
			name = name[:lex.IndexFrom(name, 0, " \t\r\n,;\"'`])\\")]
			if names.SensitivityOf(name) == names.Secret {
				return phrase.Span{Start: k + 1, End: end}, true
			}
		}
		k = end
	}
	return phrase.Span{}, false
}
