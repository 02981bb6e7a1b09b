// Command sbom writes the bill of materials of a Go program: CycloneDX 1.6, from the build info in
// the program. The same program gives the same bytes.
//
//	go run ./packaging/sbom PROGRAM FILE
//
// Read main.go, which is all of it.
package main

import (
	"cmp"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"runtime/debug"
	"strings"
)

// document is a CycloneDX document: https://cyclonedx.org/docs/1.6/json/.
type document struct {
	Schema       string       `json:"$schema"`
	Format       string       `json:"bomFormat"`
	SpecVersion  string       `json:"specVersion"`
	Serial       string       `json:"serialNumber"`
	Version      int          `json:"version"`
	Metadata     metadata     `json:"metadata"`
	Components   []component  `json:"components"`
	Dependencies []dependency `json:"dependencies"`
}

type metadata struct {
	Timestamp string     `json:"timestamp,omitempty"` // of the commit
	Component component  `json:"component"`
	Settings  []property `json:"properties,omitempty"` // of the build
}

type component struct {
	Type       string     `json:"type"`
	Ref        string     `json:"bom-ref"`
	Name       string     `json:"name"`
	Version    string     `json:"version,omitempty"`
	Purl       string     `json:"purl"`
	Hashes     []hash     `json:"hashes,omitempty"`
	Properties []property `json:"properties,omitempty"`
}

type hash struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type dependency struct {
	Ref       string   `json:"ref"`
	DependsOn []string `json:"dependsOn,omitempty"`
}

func main() {
	if err := write(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

func write(args []string) error {
	if len(args) != 2 {
		return errors.New("usage: sbom PROGRAM FILE")
	}
	program, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	info, err := buildinfo.ReadFile(args[0])
	if err != nil {
		return fmt.Errorf("read build info: %w", err)
	}
	data, err := json.MarshalIndent(describe(info, sha256.Sum256(program)), "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(args[1], append(data, '\n'), 0o644)
}

func describe(info *debug.BuildInfo, sum [sha256.Size]byte) *document {
	self := library(&info.Main)
	self.Type, self.Name = "application", path.Base(info.Main.Path)
	self.Hashes = []hash{{"SHA-256", hex.EncodeToString(sum[:])}}
	d := &document{
		Schema: "http://cyclonedx.org/schema/bom-1.6.schema.json", Format: "CycloneDX", SpecVersion: "1.6",
		Serial: serial(sum), Version: 1, Metadata: metadata{Component: self},
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.time" {
			d.Metadata.Timestamp = s.Value
		}
		d.Metadata.Settings = append(d.Metadata.Settings, property{"go:build:" + s.Key, s.Value})
	}
	modules := []*debug.Module{{Path: "std", Version: strings.TrimPrefix(strings.Fields(info.GoVersion)[0], "go")}}
	graph := dependency{Ref: self.Ref}
	for _, m := range append(modules, info.Deps...) {
		c := library(cmp.Or(m.Replace, m))
		d.Components, graph.DependsOn = append(d.Components, c), append(graph.DependsOn, c.Ref)
	}
	d.Dependencies = []dependency{graph}
	return d
}

func library(m *debug.Module) component {
	purl := "pkg:golang/" + m.Path
	if m.Version != "" {
		purl += "@" + strings.ReplaceAll(m.Version, "+", "%2B")
	}
	c := component{Type: "library", Ref: purl, Name: m.Path, Version: m.Version, Purl: purl}
	if m.Sum != "" {
		c.Properties = []property{{"go:sum", m.Sum}} // a hash of the hashes of all files
	}
	return c
}

// serial returns a UUID (RFC 9562, version 8) of the hash of a program.
func serial(sum [sha256.Size]byte) string {
	b := sum[:16]
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
