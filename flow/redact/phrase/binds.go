package phrase

import (
	"strconv"
	"strings"

	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/internal/ascii"
)

// Binds returns the parameters of a statement of SQL that are the values of columns with the name
// of a secret: p of password = :p, and "2" of INSERT INTO t (name, password) VALUES (?, ?).
func Binds(statement string) (secret []string) {
	s := statement[:min(len(statement), maxQuery)]
	for at := 0; ; at++ {
		n := strings.IndexByte(s[at:], '=')
		if n < 0 {
			break
		}
		at += n
		column := strings.TrimRight(s[:at], " \t\r\n\"`]")
		if name := column[nameStart(column):]; names.SensitivityOf(name) == names.Secret {
			if p := parameter(s, at+1); p != "" {
				secret = append(secret, p)
			}
		}
	}
	return append(secret, insertedBinds(s)...)
}

// insertedBinds returns those of the first list of values that a statement inserts.
func insertedBinds(s string) (secret []string) {
	const values = "VALUES"
	at := strings.Index(s, values)
	if at < 0 {
		if at = strings.Index(s, "values"); at < 0 {
			return nil
		}
	}
	columns := strings.TrimRight(s[:at], " \t\r\n")
	from := strings.LastIndexByte(columns, '(')
	if from < 0 || !strings.HasSuffix(columns, ")") {
		return nil
	}
	k := skipSpace(s, at+len(values))
	if k == len(s) || s[k] != '(' {
		return nil
	}
	for column := range strings.SplitSeq(columns[from+1:len(columns)-1], ",") {
		if names.SensitivityOf(strings.Trim(column, " \t\r\n\"`[]")) == names.Secret {
			if p := parameter(s, k+1); p != "" {
				secret = append(secret, p)
			}
		}
		if k = nextValue(s, k+1); k == len(s) || s[k] != ',' {
			break
		}
	}
	return secret
}

// nextValue returns where the value at k of a list ends: at a comma or the end of the list.
func nextValue(s string, k int) int {
	depth, quoted := 0, false
	for ; k < len(s); k++ {
		switch c := s[k]; {
		case c == '\'':
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case depth == 0 && (c == ',' || c == ')'):
			return k
		}
	}
	return k
}

// parameter returns the name or number of the parameter at k. It returns "" if there is none. The
// parameter may be the first argument of a function.
func parameter(s string, k int) string {
	k = skipSpace(s, k)
	call := k
	for call < len(s) && (ascii.IsAlnum(s[call]) || s[call] == '_') {
		call++
	}
	if call > k && call < len(s) && s[call] == '(' {
		k = skipSpace(s, call+1)
	}
	if k == len(s) {
		return ""
	}
	switch {
	case s[k] == '?':
		return strconv.Itoa(1 + strings.Count(s[:k], "?"))
	case strings.HasPrefix(s[k:], "%s"):
		return strconv.Itoa(1 + strings.Count(s[:k], "%s"))
	case strings.HasPrefix(s[k:], "%("):
		k++
	case strings.IndexByte(":@$", s[k]) < 0:
		return ""
	}
	end := k + 1
	for end < len(s) && (ascii.IsAlnum(s[end]) || s[end] == '_') {
		end++
	}
	return s[k+1 : end]
}

// nameStart returns the start of the name that a text ends with.
func nameStart(s string) int {
	k := len(s)
	for k > 0 && len(s)-k <= names.MaxLen && (ascii.IsAlnum(s[k-1]) || s[k-1] == '_') {
		k--
	}
	return k
}
