package nextpage

import (
	"strings"

	"github.com/spectap/spectap/mcptools/spectools/sanitize"
)

// LinkTargets returns the targets of the relations next, prev, first and last in Link headers (RFC
// 8288).
func LinkTargets(lines []string) map[string]string {
	var out map[string]string
	for _, line := range lines {
		for line != "" {
			var target, parameters string
			target, parameters, line = cutLink(line)
			for p := range strings.SplitSeq(parameters, ";") {
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
	isQuoted := false
	for i := range len(line) {
		switch {
		case line[i] == '"':
			isQuoted = !isQuoted
		case line[i] == ',' && !isQuoted:
			return target, line[:i], line[i+1:]
		}
	}
	return target, line, ""
}
