package find

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/names"
)

// sections are names of sections in files of settings whose values are secrets under any name.
var sections = [...]string{"secrets", "secret", "passwords", "credentials", "api_keys", "apikeys", "secret_keys"}

// userSections are names of sections that may list users, each with a password.
var userSections = [...]string{"users", "accounts", "logins", "admins"}

// openSection sets the region to the section of INI or TOML whose name starts with the word s[i:j],
// if it says that it holds secrets: [secrets], [app.credentials], [[secrets]], [credentials "x"].
func (sc *Scanner) openSection(i, j int) {
	s := sc.Text
	open := i
	for open > 0 && s[open-1] == '[' {
		open--
	}
	if open == i || i-open > 2 || open > 0 && s[open-1] != '\n' || sc.region.end > i {
		return
	}
	kind := sectionRegion
	switch {
	case isSection(s[i:j], sections[:]):
	case isSection(s[i:j], userSections[:]):
		kind = userRegion
	default:
		return
	}
	start := lex.IndexFrom(s, j, "\n")
	if rest := afterHead(s[j:start]); rest != "" && rest[0] != '#' && rest[0] != ';' {
		return
	}
	end := min(len(s), start+maxRegion)
	if n := strings.Index(s[start:end], "\n["); n >= 0 {
		end = start + n
	}
	sc.region = region{start: start, end: end, kind: kind, at: start}
}

// afterHead returns what a line has after the head of a section. It starts after the first word of
// the section's name, which a second part in quotes may follow.
func afterHead(line string) string {
	rest := strings.TrimLeft(line, " \t")
	if rest != "" && (rest[0] == '"' || rest[0] == '\'') {
		if n := strings.IndexByte(rest[1:], rest[0]); n >= 0 {
			rest = rest[n+2:]
		}
	}
	if !strings.HasPrefix(rest, "]") {
		return "."
	}
	return strings.TrimSpace(strings.TrimLeft(rest, "]"))
}

// isSection reports whether a part of a section's name is one of these names.
func isSection(name string, of []string) bool {
	for part := range strings.SplitSeq(name, ".") {
		if slices.ContainsFunc(of, func(known string) bool { return equalFold(part, known) }) {
			return true
		}
	}
	return false
}

// userSpan returns the span of the password s[from:to], which a section gives the user of this
// name. Roles may follow it after a comma. A word of letters says nothing.
func userSpan(s string, from, to int, name string) (Span, bool) {
	if n := strings.IndexByte(s[from:to], ','); n >= 0 {
		to = from + n
	}
	v := s[from:to]
	if names.IsNameLike(strings.TrimRight(v, "0123456789")) && strings.IndexByte(v, '-') > 0 { // eu-west-1
		return Span{}, false
	}
	if len(v) < 6 || !form.IsMixed(v) || strings.ContainsAny(v, " \t/@:()[]{}") || form.IsDateLike(v) || names.IsDescription(name) ||
		names.SensitivityOf(name) == names.Identifier || isSetting(name) {
		return Span{}, false
	}
	return belowSpan(s, from, to, "value")
}

// isSetting reports whether a name is that of a setting of users rather than a user.
func isSetting(name string) bool {
	switch names.LastWord(name) {
	case "theme", "color", "colour", "scheme", "skin", "style", "font", "layout", "lang", "language", "locale", "timezone", "zone", "format",
		"encoding", "charset", "editor", "shell", "template", "icon", "backend", "driver", "database", "table", "path", "file", "dir",
		"home", "mode", "level", "quota", "plan", "tier", "role", "group":
		return true
	}
	return false
}

// nextInSection returns the next value of a section.
func (sc *Scanner) nextInSection() (Span, bool) {
	g := &sc.region
	s := sc.Text[:g.end]
	for g.at < len(s) {
		from := skipSpace(s, g.at)
		if from >= len(s) {
			break
		}
		lineEnd := lex.IndexFrom(s, from, "\n")
		g.at = min(len(s), lineEnd+1)
		sign := lex.IndexFrom(s[:lineEnd], from, "=:")
		if s[from] == '#' || s[from] == ';' || sign == lineEnd {
			continue
		}
		name := strings.Trim(s[from:sign], " \t\"'")
		for from = sign + 1; from < lineEnd && lex.IsBlank(s[from]); from++ {
		}
		if from == lineEnd {
			continue
		}
		end := yamlScalarEnd(s, from, lineEnd)
		if s[from] == '"' || s[from] == '\'' {
			from++
		}
		spanOf := belowSpan
		if g.kind == userRegion {
			spanOf = userSpan
		}
		if sp, ok := spanOf(s, from, end, name); ok {
			g.at = max(g.at, end)
			return sp, true
		}
	}
	return Span{}, false
}
