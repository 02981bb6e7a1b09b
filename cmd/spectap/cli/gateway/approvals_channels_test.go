package gateway

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/internal/test/must"
)

// TestKeyOfApprovals checks the warning that every process of this user can decide: it is printed
// only without a key, and once for several policies.
func TestKeyOfApprovals(t *testing.T) {
	dir := t.TempDir()
	key, short := filepath.Join(dir, "key"), filepath.Join(dir, "short")
	for path, text := range map[string]string{key: strings.Repeat("k", approval.MinKey), short: strings.Repeat("k", approval.MinKey-1)} {
		must.Do(t, os.WriteFile(path, []byte(text), 0o600))
	}
	for _, tt := range []struct{ name, file, key, says, err string }{
		{"no approvals", "", "", "", ""},
		{"no key", "open.json", "", "--approval-key FILE demands a key", ""},
		{"a key", "keyed.json", key, "", ""},
		{"a short key", "short.json", short, "", "bytes, and needs"},
		{"a damaged file", "short", "", "", "is damaged"},
	} {
		var notes bytes.Buffer
		f := PolicyFlags{Held: tt.file, heldKey: tt.key}
		if f.Held != "" {
			f.Held = filepath.Join(dir, f.Held)
		}
		err := f.OpenApprovals(&notes)
		if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: error %v, want %s", tt.name, err, tt.err)
		}
		if said := notes.String(); (said == "") != (tt.says == "") || !strings.Contains(said, tt.says) {
			t.Errorf("%s: it says %q, want %q", tt.name, said, tt.says)
		}
		notes.Reset()
		if err == nil && (f.OpenApprovals(&notes) != nil || notes.Len() > 0) {
			t.Errorf("%s: a second policy: %s", tt.name, &notes)
		}
	}
}
