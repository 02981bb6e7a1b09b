package redact

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/internal/ascii"
)

// Commands and statements give passwords to programs: mysql -pSECRET, IDENTIFIED BY 'SECRET'.

// passwordOption describes an option of one letter whose value is a password.
type passwordOption struct {
	command  string // the program's name starts with it, or the subcommand is it
	letter   byte
	attached bool // the value is part of the word: -pSECRET
}

var passwordOptions = [...]passwordOption{
	{"mysql", 'p', true}, {"mariadb", 'p', true}, {"mytop", 'p', true},
	{"7z", 'p', true}, {"7za", 'p', true}, {"rar", 'p', true}, {"unrar", 'p', true},
	{"sshpass", 'p', false}, {"sshpass", 'p', true}, {"login", 'p', false}, {"mongo", 'p', false}, {"mosquitto", 'P', false},
	{"zip", 'P', false}, {"unzip", 'P', false}, {"redis-cli", 'a', false}, {"ldap", 'w', false}, {"sqlcmd", 'P', false},
	{"bcp", 'P', false}, {"ipmitool", 'P', false}, {"svn", 'p', false},
}

// findShortOption finds the password that a command gets by an option of one letter. The option is
// the word s[i:j], whose quotes, if any, follow.
func findShortOption(s string, i, j int) (span, bool) {
	if j-i < 2 || i > 0 && !isBlank(s[i-1]) {
		return span{}, false
	}
	letter := s[i+1]
	if letter|0x20 != 'p' && letter != 'a' && letter != 'w' {
		return span{}, false
	}
	from, attached := i+2, true
	if j == from && j < len(s) && (s[j] == ' ' || s[j] == '=') {
		from, attached = j+1, false
	}
	if q := skipQuote(s, from); q > from && q < len(s) {
		from = q
	}
	end := indexFrom(s, from, " \t\r\n\"'`;|<>\\")
	if end == from || from > i+2 && s[from] == '-' || s[from] == '$' || !takesPassword(s, i, letter, attached) {
		return span{}, false
	}
	return span{start: from, end: end}, !isHarmlessSecret(s[from:end])
}

// takesPassword reports whether the option at i is that of a command that takes a password by it.
func takesPassword(s string, i int, letter byte, attached bool) bool {
	low := max(0, i-2*names.MaxLen)
	command := s[low:i]
	command = command[strings.LastIndexAny(command, "\n\r;|&`(")+1:]
	for n := 0; n < 12; n++ {
		word, rest, more := strings.Cut(strings.TrimLeft(command, " \t\"'"), " ")
		word = word[strings.LastIndexByte(word, '/')+1:]
		for _, o := range &passwordOptions {
			if o.letter == letter && o.attached == attached && (strings.HasPrefix(word, o.command) && n < 4 || word == o.command) {
				return true
			}
		}
		if command = rest; !more {
			break
		}
	}
	return false
}

// mayEndStatement is a quick check whether a word before a blank may stand before the password of a
// statement.
func mayEndStatement(w string) bool {
	return equalFold(w, "by") || equalFold(w, "for") || equalFold(w, "password") || equalFold(w, "passwd")
}

// findStatement finds the password of a statement of SQL: IDENTIFIED BY 'x', PASSWORD 'x', SET
// PASSWORD FOR y = 'x'. The last word before its quote or blank is s[i:j].
func findStatement(s string, i, j int) (span, bool) {
	from, quoted := j+1, false
	switch word := s[i:j]; {
	case equalFold(word, "by"):
		if !isIdentified(s, i) {
			return span{}, false
		}
	case equalFold(word, "for"):
		if from = passwordFor(s, i, j); from == 0 {
			return span{}, false
		}
	case equalFold(word, "password"), equalFold(word, "passwd"):
		quoted = true
	default:
		return span{}, false
	}
	if n := skipQuote(s, from); n > from {
		sp, ok := secretSpan(s[n:valueEnd(s, n, s[n-1], names.Plain)])
		sp.start, sp.end = sp.start+n, sp.end+n
		return sp, ok
	} else if quoted {
		return span{}, false
	}
	end := indexFrom(s, from, " \t\r\n\"'`;,)")
	if end == from || strings.IndexByte("?:@%$", s[from]) >= 0 { // a parameter
		return span{}, false
	}
	return span{start: from, end: end}, !isHarmlessSecret(s[from:end])
}

// isIdentified reports whether the word at i, which is BY, follows IDENTIFIED, maybe with the name
// of a plugin.
func isIdentified(s string, i int) bool {
	before := strings.TrimRight(s[max(0, i-names.MaxLen):i], " \t\r\n")
	if strings.HasSuffix(strings.ToLower(before), "identified") {
		return true
	}
	n := strings.LastIndexByte(before, ' ') // the plugin
	return n > 0 && strings.HasSuffix(strings.ToLower(strings.TrimRight(before[:n], " ")), "identified with")
}

// passwordFor returns where the value of SET PASSWORD FOR user = 'x' starts if the word s[i:j] is
// its FOR, else 0.
func passwordFor(s string, i, j int) int {
	before := strings.TrimRight(s[max(0, i-16):i], " ")
	if !strings.HasSuffix(strings.ToLower(before), "password") {
		return 0
	}
	n := strings.IndexByte(s[j:min(len(s), j+names.MaxLen)], '=')
	if n < 0 {
		return 0
	}
	k := skipSpace(s, j+n+1)
	for end := k; end < len(s) && (ascii.IsLower(s[end]|0x20) || s[end] == '_' || s[end] == '('); end++ {
		if s[end] == '(' { // of PASSWORD('x')
			return end + 1
		}
	}
	return k
}
