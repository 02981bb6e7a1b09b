package sysproxy

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spectap/spectap/internal/safefile"
)

// lock excludes other processes until unlock is called or this process ends. It returns ErrBusy if
// another process has the lock.
func (m *Manager) lock() (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(m.File), 0o700); err != nil {
		return nil, fmt.Errorf("lock the saved settings: %w", err)
	}
	f, err := safefile.Lock(m.File + ".lock")
	switch {
	case errors.Is(err, safefile.ErrLocked):
		return nil, ErrBusy
	case err != nil:
		return nil, fmt.Errorf("lock the saved settings: %w", err)
	}
	return func() { f.Close() }, nil
}
