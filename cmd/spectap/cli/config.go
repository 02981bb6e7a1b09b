package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact"
)

// ConfigName is the name of the configuration file in the working folder or one above it.
const ConfigName = ".spectap.yaml"

// ConfigEnv is the environment variable that names another file. An empty value means no file.
const ConfigEnv = "SPECTAP_CONFIG"

// config is the configuration file:
//
//	redact:                       # additional secrets, see package redact
//	  - header: X-Tenant
//	  - json: $.customer.phone
//	  - name: nickname            # of a query, form or JSON value, or of a cookie
//	  - regexp: 'ACME-(\d+)'      # RE2; with a group, only the match of the group
//	  - gitleaks: rules.toml      # rules in the form of gitleaks
//	proxy:                        # defaults for flags of proxy, mcp and run, see proxy_defaults.go
//	  host: 127.0.0.1
//	  port: 8080
//	  skip: [ext:png, method:OPTIONS]
type config struct {
	Redact []redact.Rule `yaml:"redact"`
	Proxy  proxyConfig   `yaml:"proxy"`

	Path  string       `yaml:"-"` // of the file; "" without one
	Rules redact.Rules `yaml:"-"`
}

// LoadConfig reads the configuration file, if there is one: the named file, else the file that the
// environment names, else the nearest. An unknown key is an error, since a misspelled rule would
// hide nothing.
func LoadConfig(named string) (*config, error) {
	c := &config{}
	path, err := findConfig(named)
	if err != nil || path == "" {
		return c, err
	}
	read := ReadFound
	if named != "" {
		read = ReadFile
	}
	data, err := read(path, MaxSettings)
	if err != nil {
		return nil, fmt.Errorf("read configuration %s: %w", path, PlainPathError(err))
	}
	if err := decode.YAMLFile(data, c); err != nil {
		return nil, WithHint(fmt.Errorf("read configuration %s: %w", path, err), "the keys of docs/configuration.md, or another file with --config")
	}
	c.Path = path
	for i := range c.Redact {
		if r := &c.Redact[i]; r.Gitleaks != "" {
			file := r.Gitleaks
			if !filepath.IsAbs(file) {
				file = filepath.Join(filepath.Dir(path), file)
			}
			if r.Content, err = ReadFound(file, MaxSettings); err != nil {
				return nil, fmt.Errorf("read configuration %s: redact: rule %d: gitleaks %s: %w", path, i+1, file, PlainPathError(err))
			}
		}
	}
	if c.Rules, err = redact.Compile(c.Redact); err != nil {
		return nil, fmt.Errorf("read configuration %s: %w", path, err)
	}
	return c, nil
}

// findConfig returns the path of the configuration file, or "" if there is none.
func findConfig(named string) (string, error) {
	if named != "" {
		return named, nil
	}
	if path, ok := os.LookupEnv(ConfigEnv); ok {
		return path, nil
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("look for %s: %w", ConfigName, err)
	}
	for {
		path := filepath.Join(dir, ConfigName)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("look for %s: %w", ConfigName, err)
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", nil
		}
		dir = up
	}
}

// proxyConfig is the part of the configuration file about proxies.
type proxyConfig struct {
	// Host is the loopback address that the proxies of spectap proxy and spectap mcp listen on.
	Host string `yaml:"host"`
	// Port is the port that they listen on; 0 selects a free one.
	Port *int `yaml:"port"`
	// Skip is a list of filters; flows that one of them selects are not recorded.
	Skip []string `yaml:"skip"`
}
