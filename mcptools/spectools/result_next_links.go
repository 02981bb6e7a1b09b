package spectools

import (
	"strings"

	"github.com/spectap/spectap/mcptools/spectools/sanitize"
)

// linkTargets returns the targets of the relations next, prev, first and last in Link headers (RFC
// 8288).
func linkTargets(lines []string) map[string]string {
	var out map[string]string
	for _, line := range lines {
		for line != "" {
			var target, parameters string
			target, parameters, line = cutLink(line)
			for parameters != "" {
				var p string
				p, parameters = cutUnquoted(parameters, ';')
				name, rels, _ := strings.Cut(strings.TrimSpace(p), "=")
				if !strings.EqualFold(name, "rel") {
					continue
				}
				for rel := range strings.FieldsSeq(strings.Trim(rels, `"`)) {
					if rel == "next" || rel == "prev" || rel == "first" || rel == "last" {
						if out == nil {
							out = make(map[string]string)
						}
						out[rel] = sanitize.Line(target, 2000)
					}
				}
			}
		}
	}
	return out
}

// cutLink cuts the first link off a Link header. Its target may have commas and semicolons, and so
// may values of its parameters in quotes.
func cutLink(line string) (target, parameters, rest string) {
	_, line, _ = strings.Cut(line, "<")
	target, line, _ = strings.Cut(line, ">")
	parameters, rest = cutUnquoted(line, ',')
	return target, parameters, rest
}

// cutUnquoted cuts s around the first separator that is not in quotes.
func cutUnquoted(s string, separator byte) (before, after string) {
	isQuoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			isQuoted = !isQuoted
		case s[i] == '\\' && isQuoted:
			i++
		case s[i] == separator && !isQuoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}
