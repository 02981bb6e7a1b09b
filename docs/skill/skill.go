// Package skill has the skills of this program for models, in the Agent Skills format.
package skill

import (
	_ "embed" // for the texts
	"strings"
)

// Capture is the SKILL.md of spectap mcp.
//
//go:embed SKILL.md
var Capture string

// Serve is the SKILL.md of spectap serve, which ends before a list of operations.
//
//go:embed serve/SKILL.md
var Serve string

// Description returns the description in the front matter of a text.
func Description(text string) string {
	_, text, _ = strings.Cut(text, "\ndescription: ")
	text, _, _ = strings.Cut(text, "\nlicense: ")
	return strings.Join(strings.Fields(text), " ")
}
