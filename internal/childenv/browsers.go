package childenv

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// unset is the head of a script that starts a browser. A browser sends what does not belong to a
// profile, such as questions for the time, by the proxy of the environment.
const unset = "#!/bin/sh\nunset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY\n"

// writeBrowsers writes the flags of browsers for the hook in Node.js, and a script for each browser
// in PATH that adds them.
func writeBrowsers(env *environment, cfg Config) error {
	if len(cfg.BrowserFlags) == 0 {
		return nil
	}
	flags, err := json.Marshal(cfg.BrowserFlags)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(cfg.Dir, "browser.json"), flags, 0o600); err != nil {
		return err
	}
	if runtime.GOOS == "windows" { // where browsers are not in PATH
		return nil
	}
	bin := filepath.Join(cfg.Dir, "bin")
	for _, name := range cfg.Browsers {
		path, ok := inPath(env.get("PATH"), name)
		if !ok {
			continue
		}
		if err := os.MkdirAll(bin, 0o700); err != nil {
			return err
		}
		script := unset + "exec " + quoteShell(path)
		for _, f := range cfg.BrowserFlags {
			script += " " + quoteShell(f)
		}
		if err := os.WriteFile(filepath.Join(bin, name), []byte(script+" \"$@\"\n"), 0o700); err != nil {
			return err
		}
		env.set("PATH", bin+string(filepath.ListSeparator)+strings.TrimPrefix(env.get("PATH"), bin+string(filepath.ListSeparator)))
	}
	return nil
}

// LookPath returns the file that a command is in the PATH of an environment, or the command itself.
func LookPath(env []string, command string) string {
	if runtime.GOOS == "windows" || strings.Contains(command, "/") {
		return command
	}
	if path, ok := inPath(environment(env).get("PATH"), command); ok {
		return path
	}
	return command
}

// inPath returns the file that a shell starts by a name.
func inPath(path, name string) (string, bool) {
	for _, dir := range filepath.SplitList(path) {
		file := filepath.Join(dir, name)
		if info, err := os.Stat(file); err == nil && filepath.IsAbs(file) && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return file, true
		}
	}
	return "", false
}

// quoteShell quotes a word for a shell.
func quoteShell(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
