package mcpclient

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spectap/spectap/internal/safefile"
)

// History keeps commands in a file that only its owner can read. It is a convenience: if the file
// cannot be read or written, nothing is kept, and there is no error. A History is not safe for
// concurrent use.
type History struct {
	path string
	past []string
}

// maxHistoryFile limits the part of the file that is read, in bytes. A file with more than twice
// maxHistory lines is rewritten.
const maxHistoryFile = 1 << 20

// OpenHistory reads the history of earlier sessions.
func OpenHistory(path string) *History {
	h := &History{path: path}
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
	if len(h.past) > 2*maxHistory {
		h.past = h.past[len(h.past)-maxHistory:]
		// In one step. If that is not possible, the file stays and grows.
		_ = safefile.Write(context.Background(), h.path, 0o600, []byte(strings.Join(h.past, "\n")+"\n"))
	}
	h.past = h.past[max(0, len(h.past)-maxHistory):]
	return h
}

// Lines returns the commands of earlier sessions, and those added since.
func (h *History) Lines() []string { return slices.Clone(h.past) }

// Add appends a line, which must not hold a secret, unless it is empty or equal to the last one.
func (h *History) Add(line string) {
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
	if f.Chmod(0o600) != nil { // the file of an older version may be readable by others
		return
	}
	f.WriteString(line + "\n")
}
