package gateway

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// The gateway warns of a server with access to a folder that contains files of the gateway.
func TestGatewayWarnsOfExposedFiles(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, d := range []string{"data/deep", "own", "database"} {
		must.Do(t, os.MkdirAll(d, 0o700))
	}
	if err := os.Symlink("own", "link"); err != nil {
		t.Skip("no symbolic links")
	}
	for _, tt := range []struct {
		word, file string
		want       bool
	}{
		{"data", "data/approvals.json", true},
		{"data", "data/deep/approvals.json", true},
		{".", "approvals.json", true},
		{dir, "own/approvals.json", true},
		{"--root=data", "data/approvals.json", true},
		{"link", "own/approvals.json", true},
		{"own", "link/approvals.json", true},
		{"data", "own/approvals.json", false},
		{"data", "database/approvals.json", false},
		{"data/deep", "data/approvals.json", false},
		{"nothing", "nothing/approvals.json", false},
	} {
		var out bytes.Buffer
		x := gatewayFlags{PolicyFlags: PolicyFlags{Held: filepath.FromSlash(tt.file)}}
		x.warnExposed([]backend{{command: []string{"server", filepath.FromSlash(tt.word)}}}, slog.New(slog.NewTextHandler(&out, nil)))
		if got := strings.Contains(out.String(), "keep it elsewhere"); got != tt.want {
			t.Errorf("%s with %s: %q", tt.word, tt.file, out.String())
		}
	}
}
