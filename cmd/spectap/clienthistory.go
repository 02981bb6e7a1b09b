package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/adrg/xdg"
)

// defaultHistory is where the client's commands are kept: in the XDG state folder.
func defaultHistory() string { return filepath.Join(xdg.StateHome, "spectap", "client_history") }

// clientHistory keeps commands in a file that only its owner reads. It is a convenience: where the file cannot be
// written, nothing is kept and nobody is told.
type clientHistory struct {
	path string
	past []string
}

// maxHistoryFile bounds what is read of the file; it is written anew once it is twice as long as what is kept.
const maxHistoryFile = 1 << 20

func openHistory(path string) *clientHistory {
	h := &clientHistory{path: path}
	fi, err := os.Lstat(path)
	if err != nil || !fi.Mode().IsRegular() || fi.Size() > maxHistoryFile {
		return h
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return h
	}
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" {
			h.past = append(h.past, line)
		}
	}
	if len(h.past) > 2*maxRemembered {
		h.past = h.past[len(h.past)-maxRemembered:]
		writeFile(path, []byte(strings.Join(h.past, "\n")+"\n"), 0o600)
	}
	h.past = h.past[max(0, len(h.past)-maxRemembered):]
	return h
}

// lines are what earlier sessions left.
func (h *clientHistory) lines() []string { return slices.Clone(h.past) }

// add keeps a line, which must hold no secret. A line that is there already, or empty, is not kept again.
func (h *clientHistory) add(line string) {
	if n := len(h.past); line == "" || n > 0 && h.past[n-1] == line || strings.ContainsAny(line, "\r\n") {
		return
	}
	h.past = append(h.past, line)
	if os.MkdirAll(filepath.Dir(h.path), 0o700) != nil {
		return
	}
	f, err := os.OpenFile(h.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	defer f.Close()
	if f.Chmod(0o600) != nil { // one that was there before
		return
	}
	f.WriteString(line + "\n")
}
