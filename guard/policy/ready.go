package policy

// This file has the policies that come with the program: for its own MCP server over a capture, and
// examples for public servers.
//
// Each names every tool of its server. A tool that reads is allowed; one that writes may be called
// 30 times a minute, one that executes 10 times; one that destroys is hidden.

import (
	"embed"
	"strings"
)

//go:embed ready/*.yaml
var files embed.FS

// ReadyNames returns the names of the policies, sorted.
func ReadyNames() []string {
	entries, _ := files.ReadDir("ready") // embedded
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return names
}

// Ready returns the text of a policy, and whether one of this name exists.
func Ready(name string) (text []byte, ok bool) {
	if strings.ContainsAny(name, "/.") {
		return nil, false
	}
	text, err := files.ReadFile("ready/" + name + ".yaml")
	return text, err == nil
}
