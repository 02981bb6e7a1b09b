package gateway

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/internal/test/must"
)

// TestCheckpointFiles checks which files are read as checkpoints: those named, and those of a
// folder that end in .json.
func TestCheckpointFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "kept[1]*")
	must.Do(t, os.Mkdir(dir, 0o700))
	checkpoint := must.Get(json.Marshal(audit.Checkpoint{Key: "k1", Signature: "s"}))
	all, others := audit.ParseCheckpoints(string(checkpoint) + "\n")
	if len(all) != 1 || others != 0 {
		t.Fatalf("%s is no checkpoint", checkpoint)
	}
	for name, text := range map[string]string{
		"a.json": string(checkpoint) + "\n", "b.json": string(checkpoint) + "\nx\n", "c.json": "x\ny\n", "d.txt": string(checkpoint) + "\n",
	} {
		must.Do(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	for _, tt := range []struct {
		kept  string
		found int
		says  string // on stderr, or in the error
	}{
		{dir, 2, "b.json: no checkpoint in 1 line\n"},
		{dir, 2, "c.json: no checkpoint in 2 lines\n"},
		{filepath.Join(dir, "d.txt"), 1, ""},
		{filepath.Join(dir, "c.json"), 0, "c.json has no checkpoints"},
		{filepath.Join(dir, "none"), 0, "read the checkpoints"},
	} {
		var errs bytes.Buffer
		p := cli.New(nil, &errs, &errs)
		trust, err := AuditTrust(p, nil, []string{tt.kept})
		p.Stderr.Flush()
		said := errs.String()
		if err != nil {
			said += err.Error()
		}
		if (err == nil) != (tt.found > 0) || err == nil && len(trust.Kept) != tt.found || !strings.Contains(said, tt.says) {
			t.Errorf("%s: %+v, %s", tt.kept, trust, said)
		}
	}
}
