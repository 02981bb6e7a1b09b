package mcpconfig

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
)

// Client is a program that starts MCP servers, with the format of its configuration.
type Client struct {
	ID      string // as users type it
	Title   string
	Restart string // how a user makes the client reload its file
	// path returns the file for all projects of a user.
	path func(*Environment) string
	// project is the path of the file in a project's folder, with slashes, or "" if there is none.
	project string
	// servers is the JSON member or TOML table that holds the servers by name.
	servers string
	toml    bool
	extra   [][2]string // further members of an entry
	// reference is the syntax with which a value of env refers to a variable NAME of the
	// environment. It is "" if the client has no such syntax; see passes.
	reference string
	passes    passing
}

// passing is the way in which a client without references passes its own environment to servers.
type passing int

const (
	passesNothing passing = iota // only a few variables, such as PATH
	passesAll                    // its whole environment
	passesListed                 // the variables in the member env_vars
)

// Scope is the set of users that a server is configured for.
type Scope string

const (
	User    Scope = "user"    // all projects of the user
	Project Scope = "project" // everyone who works in a folder
)

// Clients returns all clients.
//
// The sources of the facts below, read in November 2026:
//   - Claude Code: https://code.claude.com/docs/en/mcp (scopes; ${VAR:-default} in env)
//   - Claude Desktop: https://modelcontextprotocol.io/quickstart/user (files on macOS and Windows;
//     the folder on Linux is that of its unofficial builds). Servers inherit a few variables only:
//     https://modelcontextprotocol.io/docs/tools/debugging
//   - Codex: https://developers.openai.com/codex/mcp (config.toml, CODEX_HOME, env_vars)
//   - Cursor: https://cursor.com/docs/mcp (mcp.json, ${env:NAME})
//   - Gemini CLI: https://github.com/google-gemini/gemini-cli/blob/main/docs/tools/mcp-server.md
//     ($NAME; variables with names of secrets are not inherited)
//   - VS Code: https://code.visualstudio.com/docs/copilot/reference/mcp-configuration (servers,
//     type) and …/docs/reference/variables-reference (${env:NAME})
//   - Windsurf: https://docs.windsurf.com/windsurf/cascade/mcp (mcp_config.json, ${env:NAME})
//   - Zed: https://zed.dev/docs/ai/mcp (context_servers, source). Servers inherit its environment:
//     crates/context_server/src/transport/stdio_transport.rs. Folders: crates/paths
func Clients() []Client {
	stdio := [][2]string{{"type", "stdio"}}
	return []Client{
		{
			ID: "claude-code", Title: "Claude Code", Restart: "start a new session of claude, and type /mcp to see the server",
			path:    func(e *Environment) string { return filepath.Join(e.or("CLAUDE_CONFIG_DIR", e.Home), ".claude.json") },
			project: ".mcp.json", servers: "mcpServers", extra: stdio, reference: "${NAME:-}",
		},
		{
			ID: "claude-desktop", Title: "Claude Desktop", Restart: "quit and start Claude Desktop",
			path: func(e *Environment) string {
				return e.config("Claude", "claude_desktop_config.json")
			}, servers: "mcpServers",
		},
		{
			ID: "codex", Title: "Codex", Restart: "start Codex anew",
			path: (*Environment).codex, project: ".codex/config.toml", servers: "mcp_servers", toml: true, passes: passesListed,
		},
		{
			ID: "cursor", Title: "Cursor", Restart: "enable the server in Cursor's settings, under MCP",
			path:    func(e *Environment) string { return filepath.Join(e.Home, ".cursor", "mcp.json") },
			project: ".cursor/mcp.json", servers: "mcpServers", extra: stdio, reference: "${env:NAME}",
		},
		{
			ID: "gemini", Title: "Gemini CLI", Restart: "start gemini anew, and type /mcp to see the server",
			path:    func(e *Environment) string { return filepath.Join(e.Home, ".gemini", "settings.json") },
			project: ".gemini/settings.json", servers: "mcpServers", reference: "$NAME",
		},
		{
			ID: "vscode", Title: "VS Code", Restart: "run the command MCP: List Servers in VS Code and start the server",
			path:    func(e *Environment) string { return e.config("Code", "User", "mcp.json") },
			project: ".vscode/mcp.json", servers: "servers", extra: stdio, reference: "${env:NAME}",
		},
		{
			ID: "windsurf", Title: "Windsurf", Restart: "refresh the servers in Windsurf's Cascade panel",
			path: func(e *Environment) string {
				return filepath.Join(e.Home, ".codeium", "windsurf", "mcp_config.json")
			}, servers: "mcpServers", reference: "${env:NAME}",
		},
		{
			ID: "zed", Title: "Zed", Restart: "Zed starts the server by itself; see its agent settings",
			path: (*Environment).zed, project: ".zed/settings.json", servers: "context_servers",
			extra: [][2]string{{"source", "custom"}}, passes: passesAll,
		},
	}
}

// IDs returns the ids of all clients.
func IDs() []string {
	var out []string
	for _, c := range Clients() {
		out = append(out, c.ID)
	}
	return out
}

// Find returns the client with an id. Case does not matter.
func Find(id string) (Client, bool) {
	all := Clients()
	i := slices.IndexFunc(all, func(c Client) bool { return strings.EqualFold(c.ID, id) })
	if i < 0 {
		return Client{}, false
	}
	return all[i], true
}

// Refers reports whether servers of this client can get variables from its environment.
func (c *Client) Refers() bool { return c.reference != "" || c.passes != passesNothing }

// ErrNoProject is the error for the scope of a project in a client that has none.
var ErrNoProject = errors.New("has no configuration for a project")

// File returns the path of a client's configuration file. The file need not exist.
func (c *Client) File(e *Environment, scope Scope) (string, error) {
	if scope != Project {
		if e.Home == "" {
			return "", errors.New("the home folder is unknown: set HOME")
		}
		return c.path(e), nil
	}
	if c.project == "" {
		return "", ErrNoProject
	}
	return filepath.Join(e.Project, filepath.FromSlash(c.project)), nil
}

// Environment holds the values that the path of a configuration file depends on.
type Environment struct {
	GOOS    string
	Home    string
	Project string // the folder of the project
	Getenv  func(string) string
}

// config joins names to the folder of the configuration of desktop programs.
func (e *Environment) config(names ...string) string {
	dir := filepath.Join(e.Home, ".config")
	switch e.GOOS {
	case "windows":
		dir = e.or("APPDATA", filepath.Join(e.Home, "AppData", "Roaming"))
	case "darwin":
		dir = filepath.Join(e.Home, "Library", "Application Support")
	default:
		dir = e.or("XDG_CONFIG_HOME", dir)
	}
	return filepath.Join(append([]string{dir}, names...)...)
}

// or returns the folder that a variable names, or else another folder. It ignores relative paths,
// as the XDG specification requires.
func (e *Environment) or(name, other string) string {
	if dir := e.Getenv(name); filepath.IsAbs(dir) || e.GOOS == "windows" && dir != "" {
		return dir
	}
	return other
}

func (e *Environment) codex() string {
	return filepath.Join(e.or("CODEX_HOME", filepath.Join(e.Home, ".codex")), "config.toml")
}

func (e *Environment) zed() string {
	switch e.GOOS {
	case "windows":
		return e.config("Zed", "settings.json")
	case "darwin":
		return filepath.Join(e.Home, ".config", "zed", "settings.json")
	}
	return e.config("zed", "settings.json")
}
