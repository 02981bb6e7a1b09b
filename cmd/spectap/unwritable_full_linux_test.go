package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/internal/filelimittest"
)

// TestFileDoesNotFit checks that no command succeeds without the file that it was to write if that
// does not fit on the disk, that the error names the file, and that an earlier file stays.
func TestFileDoesNotFit(t *testing.T) {
	if !filelimittest.Alone(t) {
		return
	}
	lines := writtenFiles(t)
	for _, line := range lines("out") {
		for _, old := range []string{"", "old"} {
			if line[0] == "run" || old == "" && slices.Contains(line, "--state") {
				continue // writes its CA first, or nothing before the first call
			}
			noError(t, os.WriteFile("out", []byte(old), 0o600))
			if old == "" {
				os.Remove("out")
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // for what serves all the same
			var errs bytes.Buffer
			reset := filelimittest.Set(t, 8)
			status := run(ctx, line, strings.NewReader(""), io.Discard, &errs)
			reset()
			cancel()
			if first, _, _ := strings.Cut(errs.String(), "\n"); status != cli.ExitFailed || !strings.Contains(first, "out") || strings.Contains(first, ".out") {
				t.Errorf("%s with %q: exit %d: %s", line, old, status, &errs)
			}
			after, _ := os.ReadFile("out")
			if string(after) != old && !slices.Contains(line, "--audit") { // the command appends
				t.Errorf("%s: the file has %q, not %q", line, after, old)
			}
		}
	}
}
