package command

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/internal/ascii"
)

// Programs of databases take an account as NAME/SECRET@DATABASE.

// oracle: NAME/SECRET@DATABASE, userid=NAME/SECRET@DATABASE.
func (l *line) oracle() (start, end int, ok bool) {
	for n := range l.words {
		if start, end, ok = Oracle(l.s[:l.words[n][1]], l.oracleStart(n)); ok {
			return start, end, true
		}
	}
	return 0, 0, false
}

// oracleStart returns where the account in a word starts.
func (l *line) oracleStart(n int) int {
	if strings.HasPrefix(l.text(n), "userid=") {
		return l.words[n][0] + len("userid=")
	}
	return l.words[n][0]
}

// oracleAccount is oracle, or NAME/SECRET with letters and digits for the database of the machine.
func (l *line) oracleAccount() (start, end int, ok bool) {
	if start, end, ok = l.oracle(); ok {
		return start, end, true
	}
	for n := range l.words {
		at, to := l.oracleStart(n), l.words[n][1]
		user, password, _ := strings.Cut(l.s[at:to], "/")
		if isOracleName(user) && len(password) >= 6 && isOracleName(password) && form.IsMixed(password) {
			return at + len(user) + 1, to, true
		}
	}
	return 0, 0, false
}

// isOracleName reports whether a word has only characters of names of users.
func isOracleName(w string) bool {
	for i := range len(w) {
		if !ascii.IsAlnum(w[i]) && strings.IndexByte("_$#", w[i]) < 0 {
			return false
		}
	}
	return w != ""
}

// Oracle returns where the password of NAME/SECRET@DATABASE is, which starts at k.
func Oracle(s string, k int) (start, end int, ok bool) {
	j := k
	for j < len(s) && (ascii.IsAlnum(s[j]) || s[j] == '_' || s[j] == '$' || s[j] == '#') {
		j++
	}
	if j == k || j == len(s) || s[j] != '/' {
		return 0, 0, false
	}
	if quoted := s[j+1:]; strings.HasPrefix(quoted, `"`) {
		n := strings.Index(quoted[1:], `"@`)
		return j + 2, j + 2 + n, n > 0 && !strings.ContainsAny(quoted[1:n+1], "\r\n")
	}
	n := strings.IndexAny(s[j+1:], "@ \t\r\n\"'/")
	if n <= 0 || s[j+1+n] != '@' {
		return 0, 0, false
	}
	return j + 1, j + 1 + n, true
}
