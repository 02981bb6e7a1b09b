package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// warnExposed warns of files of the gateway in folders that its servers are given: whoever calls
// the tools of such a server may write them, and with them decide on held calls or on the policy.
func (x *gatewayFlags) warnExposed(backends []backend, log *slog.Logger) {
	own := []string{
		x.policy, x.config, x.held, x.heldKey, x.pins, x.state, x.taints, x.audit, x.key, x.grants.grants, x.http.tokenFile, x.channels.secret,
	}
	for i := range backends {
		own = append(own, backends[i].policy, backends[i].upstream.tokenFile)
	}
	slices.Sort(own)
	own = slices.Compact(own)
	for i := range backends {
		for _, word := range backends[i].command {
			if _, value, ok := strings.Cut(word, "="); ok && strings.HasPrefix(word, "-") {
				word = value
			}
			if info, err := os.Stat(word); err != nil || !info.IsDir() {
				continue
			}
			for _, path := range own {
				if path != "" && isBelow(path, word) {
					log.Warn("the MCP server is given a folder with a file of the gateway, which its tools may be able to change: keep it elsewhere",
						"folder", word, "file", path)
				}
			}
		}
	}
}

// isBelow reports whether a file, which need not exist, is in a folder or one below it.
func isBelow(path, folder string) bool {
	folder, err := resolved(folder)
	if err != nil {
		return false
	}
	at, err := resolved(filepath.Dir(path))
	if err != nil {
		return false
	}
	relative, err := filepath.Rel(folder, at)
	return err == nil && relative != ".." && !strings.HasPrefix(relative, ".."+string(filepath.Separator))
}

// resolved returns the absolute path of a folder without symbolic links.
func resolved(folder string) (string, error) {
	absolute, err := filepath.Abs(folder)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(absolute)
}
