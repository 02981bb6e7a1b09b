package audit

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A log without any record is not intact: whoever opens one for writing writes a record first.
func TestEmptyLog(t *testing.T) {
	for name, text := range map[string]string{"empty": "", "half a record": `{"seq":1,"pr`, "zeros of a power cut": "\x00\x00\x00"} {
		path := filepath.Join(t.TempDir(), "audit.jsonl")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := Verify(t.Context(), path, nil)
		var empty *EmptyError
		if !errors.As(err, &empty) || !IsDamage(err) || r.Records != 0 || !strings.HasPrefix(err.Error(), path+" has no record") {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	path := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(path, []byte("notes"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(t.Context(), path, nil); err == nil || IsDamage(err) || !strings.Contains(err.Error(), "is no audit") {
		t.Errorf("a file that is no audit: %v", err)
	}
	if _, err := Verify(t.Context(), filepath.Join(t.TempDir(), "none"), nil); err == nil || IsDamage(err) {
		t.Errorf("a file that is missing: %v", err)
	}
}
