package command

import (
	"strings"

	"github.com/spectap/spectap/internal/ascii"
)

// setting: rootpw SECRET, in configurations.
func (l *line) setting() (start, end int, ok bool) {
	before := l.s[max(0, l.name-maxLine):l.name]
	if len(l.words) != 1 || strings.TrimSpace(before[strings.LastIndexByte(before, '\n')+1:]) != "" {
		return 0, 0, false
	}
	return l.word(0)
}

// samba: user create NAME SECRET, user setpassword NAME --newpassword=SECRET.
func (l *line) samba() (start, end int, ok bool) {
	if len(l.words) < 4 || l.text(0) != "user" || l.text(1) != "create" && l.text(1) != "add" || strings.HasPrefix(l.text(3), "-") {
		return 0, 0, false
	}
	return l.word(3)
}

// secureString: SECRET, -String SECRET.
func (l *line) secureString() (start, end int, ok bool) {
	if start, end, ok = l.after("-String"); ok {
		return start, end, true
	}
	return l.word(0)
}

// sentinel: auth-pass NAME SECRET, set NAME auth-pass SECRET.
func (l *line) sentinel() (start, end int, ok bool) {
	if len(l.words) == 3 && l.text(0) == "auth-pass" {
		return l.word(2)
	}
	if len(l.words) > 3 && strings.EqualFold(l.text(0), "set") {
		return l.after("auth-pass")
	}
	return 0, 0, false
}

// alias: alias set NAME URL KEY SECRET.
func (l *line) alias() (start, end int, ok bool) {
	if len(l.words) < 6 || l.text(0) != "alias" && l.text(0) != "config" || !strings.Contains(l.text(3), "://") {
		return 0, 0, false
	}
	return l.word(5)
}

// dscl: . -passwd /Users/NAME SECRET, maybe with the old one before it.
func (l *line) dscl() (start, end int, ok bool) {
	for n := range l.words {
		if w := l.text(n); (w == "-passwd" || w == "passwd") && n+2 < len(l.words) {
			return l.words[n+2][0], l.words[len(l.words)-1][1], true
		}
	}
	return 0, 0, false
}

// qpdf: --encrypt SECRET SECRET 256 --.
func (l *line) qpdf() (start, end int, ok bool) {
	for n := range l.words {
		if l.text(n) == "--encrypt" && n+3 < len(l.words) && ascii.AllDigits(l.text(n+3)) {
			return l.words[n+1][0], l.words[n+2][1], true
		}
	}
	return 0, 0, false
}

// rdp: /p:SECRET.
func (l *line) rdp() (start, end int, ok bool) {
	for n := range l.words {
		for _, option := range [...]string{"/p:", "/pth:", "/gp:"} {
			if strings.HasPrefix(l.text(n), option) && len(l.text(n)) > len(option) {
				return l.words[n][0] + len(option), l.words[n][1], true
			}
		}
	}
	return 0, 0, false
}

// pulumi: config set --secret NAME SECRET.
func (l *line) pulumi() (start, end int, ok bool) {
	if len(l.words) < 5 || l.text(0) != "config" || l.text(1) != "set" {
		return 0, 0, false
	}
	for n := range l.words {
		if l.text(n) == "--secret" {
			return l.word(len(l.words) - 1)
		}
	}
	return 0, 0, false
}
