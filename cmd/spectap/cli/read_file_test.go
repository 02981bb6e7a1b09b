package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// TestReadFile reads files up to the limit, and no further.
func TestReadFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	const limit = 1 << 20
	for _, tt := range []struct {
		size int
		want string // of the error
	}{{0, ""}, {limit, ""}, {limit + 1, "it has more than 1 MiB"}} {
		must.Do(t, os.WriteFile(path, make([]byte, tt.size), 0o600))
		for name, read := range map[string]func(string, int64) ([]byte, error){"readFile": ReadFile, "readFound": ReadFound} {
			data, err := read(path, limit)
			if tt.want == "" && (err != nil || len(data) != tt.size) || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("%s of %d bytes: %d bytes, %v", name, tt.size, len(data), err)
			}
		}
	}
	if _, err := ReadFile(os.DevNull, limit); err != nil {
		t.Errorf("readFile of a device: %v", err)
	}
	if _, err := ReadFound(os.DevNull, limit); err == nil {
		t.Error("readFound reads a device")
	}
	if _, err := ReadFound(path+".none", limit); !os.IsNotExist(err) {
		t.Errorf("a missing file: %v", err)
	}
}
