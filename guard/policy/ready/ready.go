// Package ready holds policies that come with the program: for its own MCP server over a capture,
// and examples for public servers.
//
// Each names every tool of its server. A tool that reads is allowed; one that writes may be called
// 30 times a minute, one that executes 10 times; one that destroys is hidden.
//
// The package imports no other package of this module. Read ready.go first.
package ready

import (
	"embed"
	"path"
	"strings"
)

//go:embed *.yaml
var files embed.FS

// Names returns the names of the policies, sorted.
func Names() []string {
	entries, _ := files.ReadDir(".") // embedded
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), path.Ext(e.Name())))
	}
	return names
}

// Read returns the text of a policy, and whether there is one of this name.
func Read(name string) (text []byte, ok bool) {
	if strings.ContainsAny(name, "/.") {
		return nil, false
	}
	text, err := files.ReadFile(name + ".yaml")
	return text, err == nil
}
