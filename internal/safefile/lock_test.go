package safefile

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

func TestLockExcludes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first := must.Get(Lock(path))
	if _, err := Lock(path); !errors.Is(err, ErrLocked) {
		t.Errorf("a second lock: %v, want ErrLocked", err)
	}
	first.Close()
	second := must.Get(Lock(path))
	second.Close()
}
