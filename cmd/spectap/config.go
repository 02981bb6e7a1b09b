package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact"
)

// configName is the name of the configuration file in the working folder or one above it.
const configName = ".spectap.yaml"

// configEnv is the environment variable that names another file. An empty value means no file.
const configEnv = "SPECTAP_CONFIG"

// config is the configuration file:
//
//	redact:                       # additional secrets, see package redact
//	  - header: X-Tenant
//	  - json: $.customer.phone
//	  - name: nickname            # of a query, form or JSON value, or of a cookie
//	  - regexp: 'ACME-(\d+)'      # RE2; with a group, only the match of the group
//	proxy:                        # defaults for flags of proxy, mcp and run, see proxy_defaults.go
//	  host: 127.0.0.1
//	  port: 8080
//	  skip: [ext:png, method:OPTIONS]
type config struct {
	Redact []redact.Rule `yaml:"redact"`
	Proxy  proxyConfig   `yaml:"proxy"`

	path  string // of the file; "" without one
	rules redact.Rules
}

// loadConfig reads the configuration file, if there is one: the named one, else that of the
// environment, else the nearest. An unknown key is an error: a misspelled rule would hide nothing.
func loadConfig(named string) (*config, error) {
	c := &config{}
	path, err := findConfig(named)
	if err != nil || path == "" {
		return c, err
	}
	read := readFound
	if named != "" {
		read = readFile
	}
	data, err := read(path, maxSettings)
	if err != nil {
		return nil, fmt.Errorf("read configuration %s: %w", path, plainPathError(err))
	}
	if err := decode.YAMLFile(data, c); err != nil {
		return nil, &hint{fmt.Errorf("read configuration %s: %w", path, err), cmp.Or(mistakeLines(path, err), "the keys of docs/configuration.md, or another file with --config")}
	}
	c.path = path
	if c.rules, err = redact.Compile(c.Redact); err != nil {
		return nil, fmt.Errorf("read configuration %s: %w", path, err)
	}
	return c, nil
}

// findConfig returns the path of the configuration file, "" if there is none.
func findConfig(named string) (string, error) {
	if named != "" {
		return named, nil
	}
	if path, ok := os.LookupEnv(configEnv); ok {
		return path, nil
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("look for %s: %w", configName, err)
	}
	for {
		path := filepath.Join(dir, configName)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("look for %s: %w", configName, err)
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", nil
		}
		dir = up
	}
}
