package mcpconfig

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/spectap/spectap/internal/lazyregexp"
)

// Server is an MCP server on stdio.
type Server struct {
	Name    string
	Command string
	Args    []string
	Env     []string // names of variables of the environment that the server needs
}

// names are accepted by all clients. Some use the name as part of the names of tools.
var names = lazyregexp.New(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// variables are the names of environment variables.
var variables = lazyregexp.New(`^[A-Za-z_][A-Za-z0-9_]*$`)

// CheckName returns an error unless all clients accept the name of a server.
func CheckName(name string) error {
	if !names.MatchString(name) {
		return fmt.Errorf("%q: a name has at most 64 letters, digits, - and _", name)
	}
	return nil
}

// check returns an error for a server that cannot be an entry of the client.
func (s *Server) check(c *Client) error {
	if err := CheckName(s.Name); err != nil {
		return err
	}
	for _, name := range s.Env {
		if !variables.MatchString(name) {
			name, _, _ = strings.Cut(name, "=") // the rest may be a secret
			return fmt.Errorf("--env %s: must be the name of a variable, without a value", name)
		}
	}
	if len(s.Env) > 0 && !c.Refers() {
		return fmt.Errorf("%s cannot refer to variables of the environment, and passes none to servers", c.Title)
	}
	return nil
}

// setting is a value at a path below the entry of a server: a string, a list of strings, or an
// object.
type setting struct {
	path  []string
	value any
}

// settings returns the members of an entry in their order.
func (c *Client) settings(s *Server) []setting {
	var out []setting
	for _, x := range c.extra {
		out = append(out, setting{[]string{x[0]}, x[1]})
	}
	args := s.Args
	if args == nil {
		args = []string{}
	}
	out = append(out, setting{[]string{"command"}, s.Command}, setting{[]string{"args"}, args})
	switch {
	case len(s.Env) == 0:
	case c.passes == passesListed:
		out = append(out, setting{[]string{"env_vars"}, s.Env})
	case c.reference != "":
		for _, name := range s.Env {
			out = append(out, setting{[]string{"env", name}, strings.Replace(c.reference, "NAME", name, 1)})
		}
	}
	return out
}

// isOurs reports whether an entry of a configuration starts this program from any path.
func isOurs(entry any) bool {
	m, ok := entry.(map[string]any)
	if !ok {
		return false
	}
	command, _ := m["command"].(string)
	base := strings.ToLower(path.Base(strings.ReplaceAll(command, `\`, "/")))
	return slices.Contains([]string{"spectap", "spectap.exe"}, base)
}
