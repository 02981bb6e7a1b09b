package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/flow/redact"
)

// configName is the name of the configuration file, looked for from the working folder upwards.
const configName = ".spectap.yaml"

// configEnv names the environment variable that names another file; empty means no file at all.
const configEnv = "SPECTAP_CONFIG"

// config is the configuration file:
//
//	redact:                       # what else is a secret, see the package redact
//	  - header: X-Tenant
//	  - json: $.customer.phone
//	  - name: nickname            # of a query, form or JSON value, or of a cookie
//	  - regexp: 'ACME-(\d+)'      # RE2; with a group, only what it matches
type config struct {
	Redact []redact.Rule `yaml:"redact"`

	path  string // of the file; "" when there is none
	rules redact.Rules
}

// loadConfig reads the configuration file, if there is one: the one named, else that of the environment, else the
// nearest. A key that nobody knows is an error: a rule that is
// misspelt must not silently hide nothing.
func loadConfig(named string) (*config, error) {
	c := &config{}
	path, err := findConfig(named)
	if err != nil || path == "" {
		return c, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration %s: %w", path, plainPathError(err))
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(c); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read configuration %s: %s", path, plainYAMLError(err))
	}
	c.path = path
	if c.rules, err = redact.Compile(c.Redact); err != nil {
		return nil, fmt.Errorf("read configuration %s: %w", path, err)
	}
	return c, nil
}

// findConfig returns the path of the configuration file, "" when there is none.
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

// plainYAMLError is the library's message in one line, without its Go types.
func plainYAMLError(err error) string {
	s := strings.TrimPrefix(err.Error(), "yaml: ")
	s = strings.TrimPrefix(s, "unmarshal errors:")
	s = strings.NewReplacer(" in type main.config", "", " in type redact.Rule", "").Replace(s)
	return strings.Join(strings.Fields(s), " ")
}
