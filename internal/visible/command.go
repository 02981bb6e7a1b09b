package visible

import (
	"fmt"
	"strings"
)

// Build services read the output of each step, and run commands in it:
//
//   - GitHub: "::NAME …::" at the beginning of a line, and "##[NAME …]" anywhere in one
//     (https://docs.github.com/actions/reference/workflow-commands-for-github-actions)
//   - Azure Pipelines: "##vso[…]" anywhere in a line
//     (https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands)
//   - TeamCity: "##teamcity[…]" at the beginning of a line
//     (https://www.jetbrains.com/help/teamcity/service-messages.html)
//
// beforeBracket are the texts after which a bracket begins a command.
var beforeBracket = []string{"##", "##vso", "##teamcity"}

// Log returns Text(s) without commands to build services: the bracket or second colon that would
// begin one is an escape.
func Log(s string) string {
	c := commands{format: `\x%02x`}
	return c.escape(Text(s))
}

// commands escapes commands in a text that comes in pieces.
type commands struct {
	format string // of an escape
	own    bool   // lines may begin with "::"

	last   [len("##teamcity")]byte // the last characters
	begun  bool                    // the line has more than blanks and colons
	colons int                     // at the beginning of the line
}

func (c *commands) escape(s string) string {
	var b strings.Builder
	done := 0 // bytes of s that b has
	for i := range len(s) {
		if c.begins(s[i]) {
			b.WriteString(s[done:i])
			fmt.Fprintf(&b, c.format, s[i])
			done = i + 1
		}
		c.note(s[i])
	}
	if done == 0 {
		return s
	}
	b.WriteString(s[done:])
	return b.String()
}

// begins reports whether char makes a command of what precedes it.
func (c *commands) begins(char byte) bool {
	switch char {
	case ':':
		return c.colons == 1 && !c.begun && !c.own
	case '[':
		last := string(c.last[:])
		for _, before := range beforeBracket {
			if strings.EqualFold(last[len(last)-len(before):], before) {
				return true
			}
		}
	}
	return false
}

// note adds char to what precedes the next one.
func (c *commands) note(char byte) {
	switch {
	case char == '\n':
		c.begun, c.colons = false, 0
	case c.begun:
	case char == ':':
		c.colons++
	default:
		c.begun = c.colons > 0 || char != ' ' && char != '\t'
	}
	copy(c.last[:], c.last[1:])
	c.last[len(c.last)-1] = char
}
