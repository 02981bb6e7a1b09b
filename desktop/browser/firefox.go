package browser

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
)

// firefoxPreferences is a file of preferences.
//
//go:embed firefox.js
var firefoxPreferences string

// firefoxEnvironment lets the preferences name the server of settings, and reports no crash.
var firefoxEnvironment = []string{"MOZ_REMOTE_SETTINGS_DEVTOOLS=1", "MOZ_CRASHREPORTER_DISABLE=1"}

// firefoxUser returns the file of preferences of a profile whose requests go through a proxy.
func firefoxUser(proxy string) ([]byte, error) {
	host, port, err := net.SplitHostPort(proxy)
	if err != nil {
		return nil, err
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return nil, err
	}
	b := bytes.NewBufferString(firefoxPreferences)
	for _, scheme := range []string{"http", "ssl"} {
		b.WriteString(preference("network.proxy."+scheme, host))
		b.WriteString(preference("network.proxy."+scheme+"_port", number))
	}
	return b.Bytes(), nil
}

// preference returns a line of a file of preferences.
func preference(name string, value any) string {
	text, _ := json.Marshal(value) // strings, numbers and truth values are the same in JavaScript
	return fmt.Sprintf("user_pref(%q, %s);\n", name, text)
}

// settings is the preference that test tools also set, to hosts that do not exist.
var settings = preference("services.settings.server", "data:,")

// FirefoxForOthers returns preferences and variables for a Firefox that another program starts with
// its own profile. The preferences in before come before those of the program, which override them;
// those in after come last.
func FirefoxForOthers(proxy string) (before, after string, environ []string, err error) {
	text, err := firefoxUser(proxy)
	return string(text), settings, firefoxEnvironment, err
}

// writeFirefoxProfile writes the preferences to a new profile, and adds the CA to it.
func writeFirefoxProfile(ctx context.Context, cfg Config, dir string) error {
	text, err := firefoxUser(cfg.Proxy)
	if err != nil {
		return err
	}
	text = append(text, preference("marionette.port", 0)...) // any free one, when addByFirefox asks for it
	if err := os.WriteFile(filepath.Join(dir, "user.js"), text, 0o600); err != nil {
		return err
	}
	if addByCertutil(ctx, cfg, dir) == nil {
		return nil
	}
	return addByFirefox(ctx, cfg, dir)
}

// firefoxArguments returns the arguments of Firefox.
func firefoxArguments(cfg Config, dir string) []string {
	args := []string{"--no-remote", "--profile", dir}
	if cfg.Headless {
		args = append(args, "--headless")
	}
	if cfg.URL == "" {
		return append(args, "about:blank")
	}
	return append(args, cfg.URL)
}

// addByCertutil adds the CA to the certificate database of a profile with certutil of NSS, which is
// fast. Few machines have it; the certutil of Windows is a different tool.
func addByCertutil(ctx context.Context, cfg Config, dir string) error {
	tool, err := exec.LookPath("certutil")
	if err != nil || runtime.GOOS == "windows" {
		return exec.ErrNotFound
	}
	db := "sql:" + dir
	if err := exec.CommandContext(ctx, tool, "-N", "-d", db, "--empty-password").Run(); err != nil {
		return err
	}
	add := exec.CommandContext(ctx, tool, "-A", "-d", db, "-n", cfg.CA.Subject.CommonName, "-t", "C,,")
	add.Stdin = bytes.NewReader(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cfg.CA.Raw}))
	return add.Run()
}
