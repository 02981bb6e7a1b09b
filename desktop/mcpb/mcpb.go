// Package mcpb writes MCP bundles: zip files of an MCP server with a manifest, which
// clients such as Claude Desktop install with a double click
// (https://github.com/modelcontextprotocol/mcpb, version 0.3 of the manifest).
//
// The bytes of a bundle depend only on its files, so that two bundles made from the same files have
// the same hash.
//
// A bundle contains no program: a script finds that of the machine, so that updates apply. The
// client asks its user for secrets (user_config, sensitive). An optional one has the default "",
// since clients otherwise pass the text ${user_config.…}. Files of credentials, audits and
// approvals belong to one machine and are refused.
//
// Read mcpb.go first.
package mcpb

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"
)

// ManifestName is the name of the manifest in a bundle.
const ManifestName = "manifest.json"

// Manifest describes a bundle. Names, Version, Description, Author and Server are required.
type Manifest struct {
	ManifestVersion string            `json:"manifest_version"` // set by Write
	Name            string            `json:"name"`
	DisplayName     string            `json:"display_name,omitempty"`
	Version         string            `json:"version"`
	Description     string            `json:"description"`
	Author          Author            `json:"author"`
	Server          Server            `json:"server"`
	Tools           []Tool            `json:"tools,omitempty"`
	ToolsGenerated  bool              `json:"tools_generated,omitempty"` // there are more
	Compatibility   Compatibility     `json:"compatibility"`
	UserConfig      map[string]Option `json:"user_config,omitempty"`
}

// epoch is the time of all files, the first that a zip file can have.
var epoch = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// Author is who made a bundle.
type Author struct {
	Name string `json:"name"`
}

// Server describes how a client starts the server. Type is always "binary": a program or a script.
type Server struct {
	Type       string  `json:"type"` // set by Write
	EntryPoint string  `json:"entry_point"`
	Config     Command `json:"mcp_config"`
}

// Command is the command of a server. In it, ${__dirname} is the folder of the unpacked bundle, and
// ${user_config.KEY} the value that the user entered.
type Command struct {
	Command   string             `json:"command"`
	Args      []string           `json:"args"`
	Env       map[string]string  `json:"env,omitempty"`
	Overrides map[string]Command `json:"platform_overrides,omitempty"` // by platform
}

// Tool is one of the server's tools, as a client shows it before the installation.
type Tool struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
}

// Compatibility lists the platforms of a bundle: darwin, linux, win32.
type Compatibility struct {
	Platforms []string `json:"platforms"`
}

// Option is a value that a client asks its user for. The client stores a sensitive value as a
// secret.
type Option struct {
	Type        string  `json:"type"`
	Title       string  `json:"title"`
	Description string  `json:"description"`
	Required    bool    `json:"required"`
	Default     *string `json:"default,omitempty"`
	Sensitive   bool    `json:"sensitive,omitempty"`
}

// File is a file of a bundle besides the manifest.
type File struct {
	Name       string // with slashes
	Data       []byte
	Executable bool
}

// Write returns a bundle.
func Write(m Manifest, files []File) ([]byte, error) {
	m.ManifestVersion, m.Server.Type = "0.3", "binary"
	for _, f := range files {
		if !fs.ValidPath(f.Name) || f.Name == ManifestName {
			return nil, fmt.Errorf("bundle: the name %q is not valid", f.Name)
		}
	}
	var manifest bytes.Buffer
	e := json.NewEncoder(&manifest)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(&m); err != nil {
		return nil, fmt.Errorf("encode the manifest: %w", err)
	}
	files = slices.Clone(files)
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	files = slices.Insert(files, 0, File{Name: ManifestName, Data: manifest.Bytes()})
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range files {
		h := &zip.FileHeader{Name: f.Name, Method: zip.Deflate, Modified: epoch}
		h.SetMode(0o644)
		if f.Executable {
			h.SetMode(0o755)
		}
		w, err := z.CreateHeader(h)
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", f.Name, err)
		}
		if _, err := w.Write(f.Data); err != nil {
			return nil, fmt.Errorf("write %s: %w", f.Name, err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("write the bundle: %w", err)
	}
	return out.Bytes(), nil
}

// Sum returns the SHA-256 of data in hexadecimal digits.
func Sum(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
