package find

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/redact/lex"
)

// sections are names of sections in files of settings whose values are secrets under any name.
var sections = [...]string{"secrets", "passwords", "credentials", "api_keys", "apikeys", "secret_keys"}

// openSection sets the region to the section of INI or TOML whose head ends with the word s[i:j],
// if its name says that it holds secrets: [secrets], [app.credentials], [[secrets]].
func (sc *Scanner) openSection(i, j int) {
	s := sc.Text
	open := i
	for open > 0 && s[open-1] == '[' {
		open--
	}
	if open == i || i-open > 2 || open > 0 && s[open-1] != '\n' || sc.region.end > i || !isSection(s[i:j]) {
		return
	}
	start := lex.IndexFrom(s, j, "\n")
	if rest := strings.TrimSpace(strings.TrimLeft(s[j:start], "]")); rest != "" && rest[0] != '#' && rest[0] != ';' {
		return
	}
	end := min(len(s), start+maxRegion)
	if n := strings.Index(s[start:end], "\n["); n >= 0 {
		end = start + n
	}
	sc.region = region{start: start, end: end, kind: sectionRegion, at: start}
}

func isSection(name string) bool {
	for part := range strings.SplitSeq(name, ".") {
		if slices.ContainsFunc(sections[:], func(known string) bool { return equalFold(part, known) }) {
			return true
		}
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
		if sp, ok := belowSpan(s, from, end, name); ok {
			g.at = max(g.at, end)
			return sp, true
		}
	}
	return Span{}, false
}
