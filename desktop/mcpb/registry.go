package mcpb

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// schemaURL is the version of server.json that Entry writes.
const schemaURL = "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"

// maxDescription bounds the description in server.json, in characters.
const maxDescription = 100

var entryName = regexp.MustCompile(`^[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+$`)

// Entry returns the server.json with which a bundle is published in the MCP registry
// (https://github.com/modelcontextprotocol/registry). name is NAMESPACE/NAME, such as
// io.github.USER/shop, and address the https URL where the bundle will be.
func Entry(m Manifest, bundle []byte, name, address string) ([]byte, error) {
	if !entryName.MatchString(name) {
		return nil, fmt.Errorf("the name %q in the registry: must be NAMESPACE/NAME, such as io.github.USER/shop", name)
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return nil, errors.New("the address of the bundle must be an https URL, without a user")
	}
	if !strings.Contains(address, "mcp") { // a rule of the registry
		return nil, fmt.Errorf("the address %s: the registry wants \"mcp\" in it: let the file end in .mcpb", address)
	}
	type transport struct {
		Type string `json:"type"`
	}
	type pack struct {
		RegistryType string    `json:"registryType"`
		Identifier   string    `json:"identifier"`
		FileSHA256   string    `json:"fileSha256"`
		Transport    transport `json:"transport"`
	}
	data, err := json.MarshalIndent(struct {
		Schema      string `json:"$schema"`
		Name        string `json:"name"`
		Title       string `json:"title,omitempty"`
		Description string `json:"description"`
		Version     string `json:"version"`
		Packages    []pack `json:"packages"`
	}{
		schemaURL, name, cut(m.DisplayName), cut(m.Description), m.Version,
		[]pack{{"mcpb", address, Sum(bundle), transport{"stdio"}}},
	}, "", "  ")
	return append(data, '\n'), err
}

// cut shortens a text at a space.
func cut(s string) string {
	r := []rune(s)
	if len(r) <= maxDescription {
		return s
	}
	s = string(r[:maxDescription-1])
	if i := strings.LastIndexByte(s, ' '); i > 0 {
		s = s[:i]
	}
	return s + "…"
}
