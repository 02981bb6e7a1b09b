package command

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/internal/ascii"
)

// Programs and protocols that take a password by its position: htpasswd -b FILE NAME SECRET.

// positional finds the password among the arguments of a program.
var positional = map[string]func(l *line) (start, end int, ok bool){
	"htpasswd":         (*line).htpasswd,
	"net":              (*line).net,
	"openssl":          (*line).openssl,
	"wpa_passphrase":   func(l *line) (int, int, bool) { return l.word(1) },
	"rabbitmqctl":      (*line).rabbitmqctl,
	"mosquitto_passwd": (*line).htpasswd,
	"samba-tool":       (*line).samba,
	"sentinel":         (*line).sentinel,
	"mc":               (*line).alias,
	"dscl":             (*line).dscl,
	"pdftk":            func(l *line) (int, int, bool) { return l.after("input_pw", "user_pw", "owner_pw") },
	"qpdf":             (*line).qpdf,
	"signtool":         func(l *line) (int, int, bool) { return l.after("/p") },
	"xfreerdp":         (*line).rdp, "wlfreerdp": (*line).rdp, "mstsc": (*line).rdp,
	"rclone": func(l *line) (int, int, bool) { return l.after("pass", "password", "obscure") },
	"pulumi": (*line).pulumi,
	"rootpw": (*line).setting, "bindpw": (*line).setting, "bind_pw": (*line).setting,
	"primaryauth":   func(l *line) (int, int, bool) { return l.only(1) },
	"ansible-vault": func(l *line) (int, int, bool) { return l.after("encrypt_string") },
	"vault":         (*line).vault,
	"cargo":         (*line).vault,
	"aws":           (*line).configure,
	"nmcli":         (*line).network,
	"smbclient":     (*line).share,
	"oathtool":      (*line).seed,
	"isql":          (*line).isql,
	"setx":          (*line).setx,
	"schtasks":      func(l *line) (int, int, bool) { return l.after("/rp") },
	"requirepass":   func(l *line) (int, int, bool) { return l.only(1) },
	"masterauth":    func(l *line) (int, int, bool) { return l.only(1) },
	"community":     (*line).community,
	"isakmp":        (*line).isakmp,
	"AUTH":          (*line).auth,
	"LOGIN":         (*line).login,
	"PASS":          (*line).pass,

	"ConvertTo-SecureString": (*line).secureString,
	"sqlplus":                (*line).oracleAccount, "sqlldr": (*line).oracleAccount, "exp": (*line).oracle, "imp": (*line).oracle,
	"expdp": (*line).oracleAccount, "impdp": (*line).oracleAccount, "rman": (*line).oracle, "tnsping": (*line).oracle,
	"CONNECT": (*line).oracle, "connect": (*line).oracle, "conn": (*line).oracle,
}

// Positionals are the words that [Positional] knows.
var Positionals = func() (all []string) {
	for w := range positional {
		all = append(all, w)
	}
	return all
}()

// positionalLens has, by the first letter of a word, a bit for each length that one of
// [Positionals] has.
var positionalLens = func() (t [256]uint32) {
	for _, w := range Positionals {
		t[w[0]] |= 1 << len(w)
	}
	return t
}()

// IsPositional reports whether a word is one of [Positionals].
func IsPositional(w string) bool {
	return len(w) > 0 && len(w) < 32 && positionalLens[w[0]]>>len(w)&1 != 0 && positional[w] != nil
}

// Positional returns where the password is that the program or protocol takes whose name is the
// word s[i:j].
func Positional(s string, i, j int) (start, end int, ok bool) {
	find := positional[s[i:j]]
	if find == nil {
		return 0, 0, false
	}
	l := line{s: s, name: i}
	l.read(j)
	if start, end, ok = find(&l); !ok || strings.IndexByte("$*-", s[start]) >= 0 {
		return 0, 0, false
	}
	return start, end, true
}

// line is the arguments of a command.
type line struct {
	s     string
	name  int // where the name of the command starts
	words [][2]int
}

// maxWords bounds the words of a command that are read.
const maxWords = 16

// read reads the words from j to the end of the command. A word may be in quotes.
func (l *line) read(j int) {
	s := l.s[:min(len(l.s), j+maxLine)]
	for k := j; k < len(s) && len(l.words) < maxWords; {
		for k < len(s) && (s[k] == ' ' || s[k] == '\t') {
			k++
		}
		if k == len(s) || strings.IndexByte("\r\n|;&<>)", s[k]) >= 0 {
			return
		}
		if from := lex.SkipQuote(s, k); from > k {
			end := strings.IndexByte(s[from:], s[from-1])
			if end < 0 {
				return
			}
			l.words = append(l.words, [2]int{from, from + len(strings.TrimRight(s[from:from+end], `\`))})
			k = from + end + 1
			continue
		}
		end := k
		for end < len(s) && strings.IndexByte(" \t\r\n|;&<>\"'`)", s[end]) < 0 {
			end++
		}
		if end == k {
			return
		}
		l.words = append(l.words, [2]int{k, end})
		k = end
	}
}

func (l *line) text(n int) string { return l.s[l.words[n][0]:l.words[n][1]] }

// word returns the word with a number.
func (l *line) word(n int) (start, end int, ok bool) {
	if n >= len(l.words) || l.words[n][0] == l.words[n][1] {
		return 0, 0, false
	}
	return l.words[n][0], l.words[n][1], true
}

// only returns the last of n words if there are no others and the command begins its line.
func (l *line) only(n int) (start, end int, ok bool) {
	if len(l.words) != n || !l.beginsLine() {
		return 0, 0, false
	}
	return l.word(n - 1)
}

// beginsLine reports whether the command begins its line, also after the prompt of a shell.
func (l *line) beginsLine() bool {
	return l.name == 0 || l.s[l.name-1] == '\n' || strings.HasSuffix(l.s[:l.name], "$ ") && (l.name == 2 || l.s[l.name-3] == '\n')
}

// minWord is the least length of a password that may be a word, in bytes.
const minWord = 5

// after returns the word after one of others.
func (l *line) after(others ...string) (start, end int, ok bool) {
	for n := range l.words {
		for _, w := range others {
			if strings.EqualFold(l.text(n), w) {
				return l.word(n + 1)
			}
		}
	}
	return 0, 0, false
}

// openssl: passwd -6 SECRET.
func (l *line) openssl() (start, end int, ok bool) {
	n := len(l.words) - 1
	if n < 2 || l.text(0) != "passwd" || !strings.HasPrefix(l.text(1), "-") {
		return 0, 0, false
	}
	return l.word(n)
}

// htpasswd: -b FILE NAME SECRET, -nb NAME SECRET.
func (l *line) htpasswd() (start, end int, ok bool) {
	batch, at := false, 2
	for n := range l.words {
		w := l.text(n)
		switch {
		case strings.HasPrefix(w, "-"):
			batch = batch || strings.ContainsRune(w, 'b')
			if strings.ContainsRune(w, 'n') {
				at = 1
			}
		case at == 0:
			start, end, ok = l.word(n)
			return start, end, ok && batch
		default:
			at--
		}
	}
	return 0, 0, false
}

// net: user NAME SECRET [/add], use DEVICE \\HOST\SHARE SECRET.
func (l *line) net() (start, end int, ok bool) {
	if len(l.words) < 3 {
		return 0, 0, false
	}
	use := strings.EqualFold(l.text(0), "use")
	if !use && !strings.EqualFold(l.text(0), "user") {
		return 0, 0, false
	}
	at, option := 1, false // the number of words before the secret
	for n := range l.words {
		option = option || strings.HasPrefix(l.text(n), "/")
	}
	for n := 1; n < len(l.words); n++ {
		switch w := l.text(n); {
		case strings.HasPrefix(w, "/"):
		case use && strings.HasPrefix(w, `\\`):
			at = 0
		case at == 0:
			start, end, ok = l.word(n)
			return start, end, ok && (use || option || form.IsMixed(w)) // "net user growth is" is prose
		case !use:
			at--
		}
	}
	return 0, 0, false
}

func (l *line) rabbitmqctl() (start, end int, ok bool) {
	for n := range l.words {
		if w := l.text(n); w == "add_user" || w == "change_password" || w == "authenticate_user" {
			return l.word(n + 2)
		}
	}
	return 0, 0, false
}

// network: [OPTION] device wifi connect NAME password SECRET, connection modify NAME wifi-sec.psk
// SECRET.
func (l *line) network() (start, end int, ok bool) {
	for n := range l.words {
		w := l.text(n)
		if w == "" || strings.HasPrefix(w, "-") {
			continue
		}
		if w[0] != 'd' && w[0] != 'c' || !strings.HasPrefix("device", w) && !strings.HasPrefix("connection", w) {
			return 0, 0, false
		}
		start, end, ok = l.after("password", "wifi-sec.psk", "802-11-wireless-security.psk", "wifi-sec.wep-key0", "802-1x.password")
		return start, end, ok && !names.IsProse(l.s[start:end])
	}
	return 0, 0, false
}

// share: //HOST/SHARE SECRET [OPTION].
func (l *line) share() (start, end int, ok bool) {
	if len(l.words) < 2 || !strings.HasPrefix(l.text(0), "//") && !strings.HasPrefix(l.text(0), `\\`) || names.IsProse(l.text(1)) {
		return 0, 0, false
	}
	if len(l.words) > 2 && !strings.HasPrefix(l.text(2), "-") || len(l.words) == 2 && !l.beginsLine() {
		return 0, 0, false
	}
	return l.word(1)
}

// vault: login SECRET, token lookup SECRET.
func (l *line) vault() (start, end int, ok bool) {
	n := len(l.words) - 1
	if n == 1 && l.text(0) == "login" && l.beginsLine() && len(l.text(1)) >= minWord && ascii.AllAlnum(l.text(1)) && !names.IsProse(l.text(1)) {
		return l.word(1)
	}
	if n < 1 || l.text(0) != "login" && (l.text(0) != "token" || n < 2) || !form.IsMixed(l.text(n)) || strings.Contains(l.text(n), "=") {
		return 0, 0, false
	}
	return l.word(n)
}

// seed: --totp -b SECRET.
func (l *line) seed() (start, end int, ok bool) {
	n := len(l.words) - 1
	if n < 0 || !form.IsMixed(l.text(n)) || strings.HasPrefix(l.text(n), "-") {
		return 0, 0, false
	}
	return l.word(n)
}

// isql: SOURCE NAME SECRET.
func (l *line) isql() (start, end int, ok bool) {
	if len(l.words) < 3 || !form.IsMixed(l.text(2)) || strings.HasPrefix(l.text(0), "-") || strings.HasPrefix(l.text(1), "-") {
		return 0, 0, false
	}
	return l.word(2)
}

// setx: NAME SECRET.
func (l *line) setx() (start, end int, ok bool) {
	if len(l.words) < 2 || names.SensitivityOf(l.text(0)) != names.Secret {
		return 0, 0, false
	}
	return l.word(1)
}

// configure: aws configure set aws_secret_access_key SECRET.
func (l *line) configure() (start, end int, ok bool) {
	if len(l.words) < 4 || l.text(0) != "configure" || l.text(1) != "set" || names.SensitivityOf(l.text(2)) != names.Secret {
		return 0, 0, false
	}
	return l.word(3)
}

// community: snmp-server community SECRET RO.
func (l *line) community() (start, end int, ok bool) {
	if !strings.HasSuffix(l.s[:l.name], "snmp-server ") {
		return 0, 0, false
	}
	return l.word(0)
}

// auth: AUTH SECRET of a database, AUTH PLAIN SECRET of mail.
func (l *line) auth() (start, end int, ok bool) {
	if len(l.words) == 2 && (l.text(0) == "PLAIN" || l.text(0) == "LOGIN" || l.text(0) == "XOAUTH2" || l.text(0) == "default") {
		return l.only(2)
	}
	if start, end, ok = l.only(1); ok {
		ok = form.IsMixed(l.s[start:end])
	}
	return start, end, ok
}

// login: TAG LOGIN NAME SECRET of mail.
func (l *line) login() (start, end int, ok bool) {
	tag := l.s[max(0, l.name-12):l.name]
	tag = tag[strings.LastIndexByte(tag, '\n')+1:]
	if len(l.words) != 2 || len(tag) < 2 || len(tag) > 8 || tag[len(tag)-1] != ' ' || !ascii.IsDigit(tag[len(tag)-2]) {
		return 0, 0, false
	}
	return l.word(1)
}

// pass: USER NAME and PASS SECRET, each on a line.
func (l *line) pass() (start, end int, ok bool) {
	before := strings.TrimRight(l.s[max(0, l.name-maxLine):l.name], "\r\n")
	if !strings.HasPrefix(before[strings.LastIndexByte(before, '\n')+1:], "USER ") {
		return 0, 0, false
	}
	return l.only(1)
}

// isakmp: key [TYPE] SECRET address ….
func (l *line) isakmp() (start, end int, ok bool) {
	if start, end, ok = l.after("key"); !ok || end > start+1 || !ascii.IsDigit(l.s[start]) {
		return start, end, ok
	}
	for n := range l.words {
		if l.words[n][0] == start && n+1 < len(l.words) {
			return l.words[n+1][0], l.words[n+1][1], true
		}
	}
	return 0, 0, false
}
