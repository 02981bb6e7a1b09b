package childenv

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// unset is the head of a script that starts a browser. A browser sends requests that belong to no
// profile, such as time queries, through the proxy of the environment.
const unset = "#!/bin/sh\nunset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY\n"

// Firefox holds the settings for a Firefox that a program starts with a new profile.
type Firefox struct {
	// Before and After are preferences, as in user.js, around those of the program.
	Before string `json:"before"`
	After  string `json:"after"`
	// Environ are variables that they need.
	Environ []string `json:"environ"`
}

// scripts are wrappers that come first in PATH. Each starts the command of its name with arguments
// before those of the caller.
type scripts struct {
	env  *environment
	path string // before the scripts
	dir  string
	made bool
}

// add writes a script for a command, if the command is in PATH. words gets the path of the command.
func (s *scripts) add(name, head string, words func(path string) []string) error {
	path, ok := inPath(s.path, name)
	if !ok {
		return nil
	}
	if !s.made {
		if err := os.MkdirAll(s.dir, 0o700); err != nil {
			return err
		}
		s.env.set("PATH", s.dir+string(filepath.ListSeparator)+s.path)
		s.made = true
	}
	script := head + "exec"
	for _, w := range words(path) {
		script += " " + quoteShell(w)
	}
	return os.WriteFile(filepath.Join(s.dir, name), []byte(script+" \"$@\"\n"), 0o700)
}

// writeScripts writes the flags of browsers for the Node.js hook, and a script for each program in
// PATH that is not configured by variables.
func writeScripts(env *environment, cfg Config, bundle string) error {
	hook := struct {
		Flags   []string `json:"flags"`
		Firefox *Firefox `json:"firefox,omitempty"`
		CA      string   `json:"ca"`
	}{append([]string{}, cfg.BrowserFlags...), cfg.Firefox, filepath.Join(cfg.Dir, "ca.pem")}
	text, err := json.Marshal(hook)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(cfg.Dir, "browser.json"), text, 0o600); err != nil {
		return err
	}
	if runtime.GOOS == "windows" { // where sh is not, and browsers are not in PATH
		return nil
	}
	s := &scripts{env: env, path: env.get("PATH"), dir: filepath.Join(cfg.Dir, "bin")}
	if len(cfg.BrowserFlags) > 0 {
		for _, name := range cfg.Browsers {
			if err := s.add(name, unset, func(path string) []string { return append([]string{path}, cfg.BrowserFlags...) }); err != nil {
				return err
			}
		}
	}
	return s.addTools(cfg.Dir, bundle)
}

// addTools writes scripts for programs with GnuTLS that take the CA only as an argument. The
// person's settings for them still apply.
func (s *scripts) addTools(dir, bundle string) error {
	rc := filepath.Join(dir, "lftprc")
	if err := os.WriteFile(rc, []byte("set ssl:ca-file \""+bundle+"\"\n"), 0o600); err != nil {
		return err
	}
	for name, args := range map[string][]string{
		"aria2c": {"--ca-certificate=" + bundle},
		"lftp":   {"--rcfile", rc},
	} {
		if err := s.add(name, "#!/bin/sh\n", func(path string) []string { return append([]string{path}, args...) }); err != nil {
			return err
		}
	}
	return nil
}

// LookPath returns the file of a command in the PATH of an environment, or the command itself.
func LookPath(env []string, command string) string {
	if runtime.GOOS == "windows" || strings.Contains(command, "/") {
		return command
	}
	if path, ok := inPath(environment(env).get("PATH"), command); ok {
		return path
	}
	return command
}

// inPath returns the file that a shell starts for a name.
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
