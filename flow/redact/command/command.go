// Package command finds the passwords that command lines give to programs: mysql -pSECRET, curl -u
// user:SECRET, tool --password SECRET, echo SECRET | docker login --password-stdin.
//
// It knows options, not shells: quotes are skipped, variables are not secrets, and a list of
// arguments, as in ["mysql", "-pSECRET"], is read like a line.
//
// It may import internal/ascii and, of flow/redact, form, lex and names. Read command.go first,
// then options.go (the options of programs), positional.go and oracle.go (passwords without an
// option) and input.go (passwords that programs read).
package command

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/internal/ascii"
)

// maxLine bounds the bytes before an option in which its program is searched for.
const maxLine = 1000

// Password returns where in s the password is that the option which starts at i gives its program.
// The option ends at j or, if a value is attached to it, later. s[i] is a hyphen.
func Password(s string, i, j int) (start, end int, ok bool) {
	if j-i < 2 || i > 0 && !lex.IsBlank(s[i-1]) && !lex.IsQuote(s[i-1]) {
		return 0, 0, false
	}
	if s[i+1] == '-' {
		return long(s, i, j)
	}
	if start, end, ok = short(s, i, j); !ok {
		start, end, ok = single(s, i, j)
	}
	if !ok && s[i:j] == "-p" {
		if start, end, ok = besideUser(s, i, j); !ok {
			start, end, ok = afterColonOption(s, i, j)
		}
	}
	return start, end, ok
}

// besideUser finds the value of -p in a command that has a user before it, which most programs take
// for a password: tool -u name -p SECRET. Ports, paths and modes are none.
func besideUser(s string, i, j int) (start, end int, ok bool) {
	before := s[max(0, i-maxUserDistance):i]
	before = before[strings.LastIndexAny(before, "\n\r;|&`(")+1:]
	if !strings.Contains(before, " -u ") && !strings.Contains(before, " --user ") && !strings.Contains(before, " --username ") && !strings.Contains(before, " -U ") {
		return 0, 0, false
	}
	start, end, ok = whole.of(valueAt(s, afterOption(s, j)))
	if !ok || end-start < 6 || strings.ContainsAny(s[start:end], ":/,=") || ascii.AllDigits(s[start:end]) {
		return 0, 0, false
	}
	return start, end, true
}

// afterColonOption finds the value of -p: in a command of Windows that has a user before it: tool
// -u:name -p:SECRET.
func afterColonOption(s string, i, j int) (start, end int, ok bool) {
	before := s[max(0, i-maxUserDistance):i]
	before = before[strings.LastIndexAny(before, "\n\r;|&`(")+1:]
	if j == len(s) || s[j] != ':' || !strings.Contains(before, " -u:") && !strings.Contains(before, " -username:") {
		return 0, 0, false
	}
	return whole.of(valueAt(s, lex.SkipQuote(s, j+1)))
}

// maxUserDistance bounds the bytes before -p in which the name of a user is looked for.
const maxUserDistance = 120

// account finds the password in the value of an option for authentication: -auth name:SECRET.
func account(s string, j int) (start, end int, ok bool) {
	value, k := valueAt(s, afterOption(s, j))
	user, password, ok := strings.Cut(value, ":")
	if !ok || len(user) < 2 || len(password) < 6 || ascii.AllDigits(password) || strings.ContainsAny(value, "/@,=[") {
		return 0, 0, false
	}
	return k + len(user) + 1, k + len(value), true
}

// isAuthOption reports whether an option of this name takes a name and a password.
func isAuthOption(name string) bool {
	switch names.LastWord(name) {
	case "auth", "cred", "creds", "credential", "credentials", "userpwd", "userpass":
		return true
	}
	return false
}

// long finds the value of an option of two hyphens: --password SECRET, --user=name:SECRET.
func long(s string, i, j int) (start, end int, ok bool) {
	name := s[i+2 : j]
	for _, o := range pairOptions {
		if o.name == name && isProgram(s, i, o.programs) {
			return o.part.of(valueAt(s, afterOption(s, j)))
		}
	}
	if isAuthOption(name) {
		if start, end, ok = account(s, j); ok {
			return start, end, true
		}
	}
	if j < len(s) && s[j] == '=' || names.SensitivityOf(name) != names.Secret {
		return 0, 0, false // with an equals sign it is a name and a value as anywhere
	}
	value, k := valueAt(s, afterOption(s, j))
	if names.IsTypeWord(value) || value == strings.ToUpper(name) {
		return 0, 0, false // the help of a program
	}
	return whole.of(value, k)
}

// single finds the value of an option of several letters with one hyphen: -storepass SECRET.
func single(s string, i, j int) (start, end int, ok bool) {
	name := s[i+1 : j]
	if len(name) < 2 || j == len(s) || s[j] != ' ' && !lex.IsQuote(s[j]) {
		return 0, 0, false
	}
	if isAuthOption(name) {
		if start, end, ok = account(s, j); ok {
			return start, end, true
		}
	}
	isStore := strings.HasSuffix(name, "storepass") || name == "keypass" || name == "hmac" || name == "upw" || name == "opw" || name == "pw" && isProgram(s, i, takesPW)
	if !isStore && (len(name) < 4 && name != "pwd" && name != "psk" && name != "otp" || names.SensitivityOf(name) != names.Secret) {
		return 0, 0, false
	}
	start, end, ok = whole.of(valueAt(s, afterOption(s, j)))
	if ok && !isStore && !form.IsMixed(s[start:end]) {
		return start, end, followsUser(s, i) && !names.IsProse(s[start:end])
	}
	return start, end, ok
}

// followsUser reports whether an option of one hyphen for a user, with its value, stands directly
// before the option at i: tool -username ann -password SECRET.
func followsUser(s string, i int) bool {
	before := strings.TrimRight(s[max(0, i-maxUserDistance):i], " ")
	n := strings.LastIndexByte(before, ' ')
	if n < 0 || before[n+1:] == "" || before[n+1] == '-' {
		return false
	}
	before = strings.TrimRight(before[:n], " ")
	switch before[strings.LastIndexByte(before, ' ')+1:] {
	case "-username", "-user", "-u", "-login":
		return true
	}
	return false
}

// short finds the value of an option of one letter, which may be attached to it, and may stand
// after other letters: -p SECRET, -pSECRET, -u name:SECRET, -sSu name:SECRET.
func short(s string, i, j int) (start, end int, ok bool) {
	list := shortOptions[s[i+1]]
	if last := s[j-1]; len(list) == 0 && j-i > 2 && j-i < 8 && ascii.IsLower(last|0x20) {
		if list = shortOptions[last]; len(list) == 0 || !allLetters(s[i+1:j]) {
			return 0, 0, false
		}
		return find(s, i, j, list, combined)
	}
	if len(list) == 0 {
		return 0, 0, false
	}
	if j == i+2 && j < len(s) && (lex.IsBlank(s[j]) || s[j] == '=' || lex.IsQuote(s[j])) {
		how := separate
		if lex.IsQuote(s[j]) && (i == 0 || !lex.IsQuote(s[i-1])) {
			how = attached // -p'SECRET'
		}
		return find(s, i, j, list, how)
	}
	if start, end, ok = find(s, i, i+2, list, attached); !ok && j-i < 8 && allLetters(s[i+1:j]) {
		start, end, ok = find(s, i, j, shortOptions[s[j-1]], combined)
	}
	return start, end, ok
}

// find returns the password of the first of the options that the program at i has.
func find(s string, i, j int, list []shortOption, how manner) (start, end int, ok bool) {
	for _, o := range list {
		if o.how&how == 0 || !isProgram(s, i, o.programs) {
			continue
		}
		from := j
		if how == attached {
			from = lex.SkipQuote(s, j)
		} else {
			from = afterOption(s, j)
		}
		if start, end, ok = o.part.of(valueAt(s, from)); ok {
			return start, end, true
		}
	}
	return 0, 0, false
}

// afterOption returns the start of the value after an option that ends at j.
func afterOption(s string, j int) int {
	k := j
	if k < len(s) && lex.IsQuote(s[k]) { // "-u", "name:SECRET" in a list
		if n := nextItem(s, k+1); n > k+1 {
			return lex.SkipQuote(s, n)
		}
		k++
		for k < len(s) && (s[k] == ',' || lex.IsBlank(s[k])) {
			k++
		}
		return lex.SkipQuote(s, k)
	}
	if k < len(s) && s[k] == '=' {
		return lex.SkipQuote(s, k+1)
	}
	for k < len(s) && (s[k] == ' ' || s[k] == '\t') {
		k++
	}
	if n := nextItem(s, k); n > k {
		return lex.SkipQuote(s, n)
	}
	if k == j {
		return len(s)
	}
	return lex.SkipQuote(s, k)
}

// nextItem returns where the next item of a list of YAML starts, if the line ends at k, else k.
func nextItem(s string, k int) int {
	n := k
	for n < len(s) && (s[n] == '\r' || s[n] == '\n') {
		n++
	}
	if n == k {
		return k
	}
	for n < len(s) && s[n] == ' ' {
		n++
	}
	if !strings.HasPrefix(s[n:], "- ") {
		return k
	}
	for n++; n < len(s) && s[n] == ' '; n++ {
	}
	return n
}

// maxItems bounds the items of a list of YAML before an option in which its program is searched
// for.
const maxItems = 12

// itemsBefore returns the items of a list of YAML that stand before the item which ends with the
// text before, as a line, and whether before ends in such an item.
func itemsBefore(before string) (string, bool) {
	at := strings.LastIndexByte(before, '\n') + 1
	item, ok := strings.CutPrefix(strings.TrimLeft(before[at:], " "), "- ")
	if !ok || strings.Trim(item, " \"'") != "" { // the item is a line of its own, as in the history of fish
		return "", false
	}
	var items []string
	for range maxItems {
		if at == 0 {
			break
		}
		line := strings.TrimRight(before[:at-1], "\r")
		at = strings.LastIndexByte(line, '\n') + 1
		item, ok := strings.CutPrefix(strings.TrimLeft(line[at:], " "), "- ")
		if !ok {
			break
		}
		items = append(items, item)
	}
	slices.Reverse(items)
	return strings.Join(items, " "), true
}

// valueAt returns the value that starts at k: text and position.
func valueAt(s string, k int) (string, int) {
	if k >= len(s) {
		return "", k
	}
	end := k
	for end < len(s) && strings.IndexByte(" \t\r\n\"'`;|<>", s[end]) < 0 {
		if s[end] == '\\' && (end+1 == len(s) || !ascii.IsAlnum(s[end+1]) || s[end+1] == 'n') { // not DOMAIN\name
			break
		}
		end++
	}
	value := s[k:end]
	if value == "" || value[0] == '-' || value[0] == '$' || value[0] == '%' && strings.HasSuffix(value, "%") {
		return "", k
	}
	return value, k
}

// isProgram reports whether the command line with the option at i calls one of the programs: its
// name begins with that of a program, or its subcommand is one.
func isProgram(s string, i int, programs []string) bool {
	command := s[max(0, i-maxLine):i]
	if programs[0] == curl && strings.Contains(command, curl) { // which often has long arguments before the option
		return true
	}
	if items, ok := itemsBefore(command); ok {
		command = items
	} else {
		command = command[strings.LastIndexAny(command, "\n\r;|&`(")+1:]
	}
	for n := 0; n < 12; n++ {
		command = strings.TrimLeft(command, " \t\"',[")
		word, rest, more := command, "", false
		if k := strings.IndexAny(command, " ,"); k >= 0 {
			word, rest, more = command[:k], command[k:], true
		}
		word = strings.TrimRight(word, "\"'")
		word = word[strings.LastIndexAny(word, "/\\\"':")+1:]
		for _, p := range programs {
			if word == p || n < 4 && len(p) > 3 && strings.HasPrefix(word, p) {
				return true
			}
		}
		if command = rest; !more {
			break
		}
	}
	return false
}

const curl = "curl"

func allLetters(v string) bool {
	for i := range len(v) {
		if !ascii.IsLower(v[i] | 0x20) {
			return false
		}
	}
	return true
}
